package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// An immutable map from byte texts in small letters to lists of numbers, looked up by a stretch of an array, whose
/// ASCII letters may be capital ones, without making an object.
///
/// Thread-safety: immutable.
final class ByteTable {
    static final int[] NOTHING = {};

    private static final int MAXIMUM_TOLD = 63;

    private final byte[][] keys;
    private final int[][] values;
    private final int mask;
    /// One bit for each length that a key has; those of 63 bytes and more share one.
    private long lengths;

    ByteTable(Map<ByteText, List<Integer>> entries) {
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, entries.size()) * 4 - 1));
        keys = new byte[capacity][];
        values = new int[capacity][];
        mask = capacity - 1;
        entries.forEach((text, numbers) -> {
            int place = ByteWords.hash(text.bytes(), 0, text.bytes().length) & mask;
            while (keys[place] != null) {
                place = (place + 1) & mask;
            }
            keys[place] = text.bytes();
            lengths |= 1L << Math.min(text.bytes().length, MAXIMUM_TOLD);
            values[place] = numbers.stream().mapToInt(Integer::intValue).toArray();
        });
    }

    /// A text as a key of a map.
    @SuppressWarnings("ArrayRecordComponent")
    record ByteText(byte[] bytes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof ByteText that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    static void put(Map<ByteText, List<Integer>> entries, byte[] text, int number) {
        entries.computeIfAbsent(new ByteText(text), absent -> new ArrayList<>()).add(number);
    }

    static Map<ByteText, List<Integer>> entries() {
        return new HashMap<>();
    }

    int[] get(byte[] bytes, int offset, int length) {
        if ((lengths & (1L << Math.min(length, MAXIMUM_TOLD))) == 0) {
            return NOTHING;
        }
        int place = ByteWords.hash(bytes, offset, length) & mask;
        byte[] key = keys[place];
        while (key != null) {
            if (key.length == length && ByteWords.isFolded(key, bytes, offset)) {
                return values[place];
            }
            place = (place + 1) & mask;
            key = keys[place];
        }
        return NOTHING;
    }
}
