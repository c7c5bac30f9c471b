package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Calls the values of custom keys by what their labels say: `cs1=Ada cs1Label=badge holder` is the part
/// `badge holder`. Holds such values back until the whole text was read, since a label may stand before its value.
///
/// Thread-safety: one thread.
final class LabelFolding {
    private static final byte[] LABEL = "Label".getBytes(US_ASCII);
    /// What is beyond is written as it stands.
    private static final int MAXIMUM_VALUES = 64;
    private static final String[] FAMILIES = {
        "cs",
        "cn",
        "cfp",
        "c6a",
        "flexString",
        "flexNumber",
        "flexDate",
        "deviceCustomString",
        "deviceCustomNumber",
        "deviceCustomFloatingPoint",
        "deviceCustomIPv6Address",
        "deviceCustomDate"
    };
    private static final byte[][] PREFIXES =
            Arrays.stream(FAMILIES).map(Conversions::bytes).toArray(byte[][]::new);

    private final KeyTable<Target> keys;
    /// Key and value, offset and length each.
    private final int[] spans = new int[MAXIMUM_VALUES * 4];

    private int count;

    LabelFolding(SourceMapping mapping) {
        keys = mapping.table();
    }

    void begin() {
        count = 0;
    }

    /// Holds a value back when its key is a custom one or the label of one.
    boolean takes(byte[] text, int key, int keyLength, int offset, int length) {
        if (count == MAXIMUM_VALUES || !isCustom(text, key, key + keyLength)) {
            return false;
        }
        spans[count * 4] = key;
        spans[count * 4 + 1] = keyLength;
        spans[count * 4 + 2] = offset;
        spans[count * 4 + 3] = length;
        count++;
        return true;
    }

    private static boolean isCustom(byte[] text, int from, int to) {
        int end = ByteScan.endsWith(text, from, to, LABEL) ? to - LABEL.length : to;
        int digits = end;
        while (digits > from && ByteScan.isDigit(text[digits - 1])) {
            digits--;
        }
        if (digits == end || end - digits > 2) {
            return false;
        }
        for (byte[] prefix : PREFIXES) {
            if (ByteScan.equal(text, from, digits, prefix)) {
                return true;
            }
        }
        return false;
    }

    /// Writes what was held back.
    void flush(EventBuilder event, FieldWriter writer) {
        for (int i = 0; i < count; i++) {
            int label = partner(event.arena(), i, true);
            if (label >= 0) {
                write(event, writer, spans[label * 4 + 2], spans[label * 4 + 3], i);
            } else if (partner(event.arena(), i, false) < 0) {
                // a value without a label, or a label without a value
                write(event, writer, spans[i * 4], spans[i * 4 + 1], i);
            }
        }
        count = 0;
    }

    private void write(EventBuilder event, FieldWriter writer, int key, int keyLength, int value) {
        Target target = find(event.arena(), key, keyLength);
        writer.accept(event, target, key, keyLength, spans[value * 4 + 2], spans[value * 4 + 3]);
    }

    private @Nullable Target find(byte[] text, int key, int length) {
        return keys.find(text, key, length);
    }

    /// The label of a value, or the value of a label; -1 when there is none.
    private int partner(byte[] text, int index, boolean label) {
        int key = spans[index * 4];
        int length = spans[index * 4 + 1];
        boolean isLabel = ByteScan.endsWith(text, key, key + length, LABEL);
        if (isLabel == label) {
            return -1;
        }
        int wanted = label ? length + LABEL.length : length - LABEL.length;
        int same = Math.min(wanted, length);
        for (int other = 0; other < count; other++) {
            int start = spans[other * 4];
            if (spans[other * 4 + 1] == wanted && Arrays.equals(text, start, start + same, text, key, key + same)) {
                boolean otherIsLabel = ByteScan.endsWith(text, start, start + wanted, LABEL);
                if (otherIsLabel == label) {
                    return other;
                }
            }
        }
        return -1;
    }
}
