package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// An immutable map from byte texts to lists of numbers, looked up by a stretch of an array without making an
/// object.
///
/// Thread-safety: immutable.
final class ByteTable {
    static final int[] NOTHING = {};

    private final byte[][] keys;
    private final int[][] values;
    private final int mask;

    ByteTable(Map<ByteText, List<Integer>> entries) {
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, entries.size()) * 4 - 1));
        keys = new byte[capacity][];
        values = new int[capacity][];
        mask = capacity - 1;
        entries.forEach((text, numbers) -> {
            int place = hash(text.bytes(), 0, text.bytes().length) & mask;
            while (keys[place] != null) {
                place = (place + 1) & mask;
            }
            keys[place] = text.bytes();
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
        int place = hash(bytes, offset, length) & mask;
        byte[] key = keys[place];
        while (key != null) {
            if (key.length == length && Arrays.equals(key, 0, length, bytes, offset, offset + length)) {
                return values[place];
            }
            place = (place + 1) & mask;
            key = keys[place];
        }
        return NOTHING;
    }

    static int hash(byte[] bytes, int offset, int length) {
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = hash * 31 + bytes[i];
        }
        hash *= 0x9E3779B1;
        return hash ^ (hash >>> 15);
    }
}
