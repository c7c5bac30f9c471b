package io.tocsin.correlator.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads texts eight bytes at a time and compares them without regard to the case of ASCII letters.
///
/// **Rough folding** sets one bit of each byte, which makes letters small but also makes some other bytes equal
/// (`[` and `{`). It tells at once that two texts differ; whether they are equal is said by [#isFolded].
final class ByteWords {
    /// Set in a word, makes its letters small and some other bytes equal.
    static final long ROUGH = 0x2020_2020_2020_2020L;

    static final int BYTES = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long FROM_A = 0x3F3F_3F3F_3F3F_3F3FL;
    private static final long BEHIND_Z = 0x2525_2525_2525_2525L;
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    /// Small letters of ASCII, all other bytes as they are.
    private static final byte[] LOWER = new byte[256];

    static {
        for (int i = 0; i < 256; i++) {
            LOWER[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
        }
    }

    private ByteWords() {}

    /// Eight bytes, the first one least significant.
    static long at(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    /// The fewer than eight bytes up to `end`, the first one least significant; zeros follow.
    static long tail(byte[] bytes, int offset, int end) {
        if (offset + BYTES <= bytes.length) {
            return offset < end ? at(bytes, offset) & (-1L >>> (64 - 8 * (end - offset))) : 0;
        }
        long word = 0;
        for (int i = end - 1; i >= offset; i--) {
            word = word << 8 | (bytes[i] & 0xFF);
        }
        return word;
    }

    /// The byte with an ASCII letter made small.
    static byte lower(byte each) {
        return LOWER[each & 0xFF];
    }

    /// Copies a text with the letters of ASCII made small.
    ///
    /// @return true when all of it was ASCII
    static boolean copyLower(byte[] from, int offset, byte[] to, int start, int length) {
        int at = 0;
        long seen = 0;
        for (; at + BYTES <= length; at += BYTES) {
            long word = at(from, offset + at);
            seen |= word;
            // Bit 7 of each byte: set in the one sum from 'A' on, in the other from behind 'Z' on.
            long low = word & ~HIGH_BITS;
            long letters = ((low + FROM_A) ^ (low + BEHIND_Z)) & ~word & HIGH_BITS;
            LONG.set(to, start + at, word | letters >>> 2);
        }
        for (; at < length; at++) {
            byte each = from[offset + at];
            seen |= each;
            to[start + at] = lower(each);
        }
        return (seen & HIGH_BITS) == 0;
    }

    /// True when the eight bytes at `offset` are there and are ASCII.
    static boolean isAsciiWord(byte[] bytes, int offset, int end) {
        return offset + BYTES <= end && (at(bytes, offset) & HIGH_BITS) == 0;
    }

    static boolean isAscii(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        long seen = 0;
        for (; at + BYTES <= end; at += BYTES) {
            seen |= at(bytes, at);
        }
        return ((seen | tail(bytes, at, end)) & HIGH_BITS) == 0;
    }

    /// True when a stretch, its ASCII letters made small, is the text, which has none that are not.
    static boolean isFolded(byte[] text, byte[] bytes, int offset) {
        for (int i = 0; i < text.length; i++) {
            if (text[i] != LOWER[bytes[offset + i] & 0xFF]) {
                return false;
            }
        }
        return true;
    }

    /// A hash that is the same for texts which differ in the case of ASCII letters only.
    static int hash(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        long hash = length * FACTOR;
        for (; at + BYTES <= end; at += BYTES) {
            hash = mixed(hash ^ (at(bytes, at) | ROUGH));
        }
        if (at < end) {
            hash = mixed(hash ^ (tail(bytes, at, end) | ROUGH));
        }
        return (int) hash;
    }

    private static long mixed(long hash) {
        long product = hash * FACTOR;
        return product ^ (product >>> 32);
    }
}
