package io.tocsin.expression;

import java.util.Arrays;

/// A set of texts as bytes that is asked without allocation: open addressing over a hash of the bytes.
///
/// Immutable.
final class ByteSet {
    private final byte[][] table;
    private final int mask;
    private final boolean lowerCase;
    private final int shortest;
    private final int longest;

    /// @param values folded when case is ignored
    /// @param lowerCase looks at ASCII letters of what is asked as if they were in lower case
    ByteSet(byte[][] values, boolean lowerCase) {
        this.lowerCase = lowerCase;
        int capacity = Integer.highestOneBit(Math.max(4, values.length) * 4 - 1);
        table = new byte[capacity][];
        mask = capacity - 1;
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (byte[] value : values) {
            least = Math.min(least, value.length);
            most = Math.max(most, value.length);
            int at = hash(value, 0, value.length) & mask;
            while (table[at] != null && !Arrays.equals(table[at], value)) {
                at = (at + 1) & mask;
            }
            table[at] = value;
        }
        shortest = least;
        longest = most;
    }

    boolean contains(byte[] bytes, int offset, int length) {
        if (length < shortest || length > longest) {
            return false;
        }
        int at = hash(bytes, offset, length) & mask;
        byte[] value = table[at];
        while (value != null) {
            if (value.length == length && equal(bytes, offset, value)) {
                return true;
            }
            at = (at + 1) & mask;
            value = table[at];
        }
        return false;
    }

    private boolean equal(byte[] bytes, int offset, byte[] value) {
        return lowerCase
                ? CaseFolding.equalsAscii(bytes, offset, value)
                : ByteSearch.equal(bytes, offset, value.length, value);
    }

    private int hash(byte[] bytes, int offset, int length) {
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            int value = lowerCase ? CaseFolding.lowerOf(bytes[i]) : bytes[i];
            hash = hash * 31 + value;
        }
        return hash ^ hash >>> 15;
    }
}
