package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Some values of each field as they came, by which texts are told from values: a text is known by runs of bytes that
/// seldom stand in them (see [TextRuns]).
///
/// Holds at most 32 KiB of a field and 256 KiB together. Makes no object for a value.
///
/// Thread-safety: one thread.
final class ValueSample {
    /// Instead of the number of a field: the stretch in which all texts of an event lie.
    static final int ANYWHERE = -1;

    private static final int MOST_BYTES_OF_FIELD = 32_768;
    private static final int MOST_BYTES = 262_144;
    private static final int FIRST_BYTES = 1_024;
    private static final int FIRST_VALUES = 32;

    private byte[] bytes = new byte[FIRST_BYTES];
    /// Of each value its field and where it ends in the bytes.
    private int[] fields = new int[FIRST_VALUES];

    private int[] ends = new int[FIRST_VALUES];
    private int count;
    private int end;
    private final int[] bytesOfField;

    /// @param fields number of fields
    ValueSample(int fields) {
        bytesOfField = new int[fields + 1];
    }

    /// Keeps the value, or as much of it as there is room for.
    ///
    /// @param field number of a field, or [#ANYWHERE]
    void add(int field, byte[] array, int offset, int length) {
        int kept = Math.min(length, Math.min(MOST_BYTES_OF_FIELD - bytesOfField[field + 1], MOST_BYTES - end));
        if (kept <= 0) {
            return;
        }
        if (end + kept > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end + kept, 2 * bytes.length));
        }
        if (count == ends.length) {
            fields = Arrays.copyOf(fields, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        System.arraycopy(array, offset, bytes, end, kept);
        end += kept;
        fields[count] = field;
        ends[count++] = end;
        bytesOfField[field + 1] += kept;
    }

    /// The values of a field, or the stretches.
    List<byte[]> of(int field) {
        List<byte[]> values = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            if (fields[i] == field) {
                values.add(Arrays.copyOfRange(bytes, from, ends[i]));
            }
            from = ends[i];
        }
        return values;
    }
}
