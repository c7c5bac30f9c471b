package io.tocsin.expression;

import java.util.Arrays;

/// Finds bytes within bytes.
final class ByteSearch {
    private ByteSearch() {}

    /// @param needle not empty
    static boolean contains(byte[] bytes, int offset, int length, byte[] needle) {
        return indexOf(bytes, offset, length, needle) >= 0;
    }

    /// First place of the needle in the array, or -1.
    ///
    /// @param needle not empty
    static int indexOf(byte[] bytes, int offset, int length, byte[] needle) {
        int size = needle.length;
        int last = offset + length - size;
        byte first = needle[0];
        // Looking at the end of the needle first rules out most places where its beginning stands by chance.
        byte end = needle[size - 1];
        for (int i = offset; i <= last; i++) {
            if (bytes[i] == first && bytes[i + size - 1] == end && Arrays.equals(bytes, i, i + size, needle, 0, size)) {
                return i;
            }
        }
        return -1;
    }

    static boolean equal(byte[] bytes, int offset, int length, byte[] other) {
        return length == other.length && Arrays.equals(bytes, offset, offset + length, other, 0, length);
    }

    static boolean startsWith(byte[] bytes, int offset, int length, byte[] prefix) {
        return length >= prefix.length
                && Arrays.equals(bytes, offset, offset + prefix.length, prefix, 0, prefix.length);
    }

    static boolean endsWith(byte[] bytes, int offset, int length, byte[] suffix) {
        int end = offset + length;
        return length >= suffix.length && Arrays.equals(bytes, end - suffix.length, end, suffix, 0, suffix.length);
    }
}
