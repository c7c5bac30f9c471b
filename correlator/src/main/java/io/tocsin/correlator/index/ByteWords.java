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
            LONG.set(to, start + at, lower(word));
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

    /// True when a letter outside of ASCII is there whose small letter is one of ASCII: the Kelvin sign and the
    /// capital i with a dot. Other such letters have small ones outside of ASCII.
    static boolean foldsIntoAscii(byte[] bytes, int offset, int length) {
        int end = offset + length;
        for (int at = offset; at < end; ) {
            if (isAsciiWord(bytes, at, end)) {
                at += BYTES;
                continue;
            }
            int each = bytes[at] & 0xFF;
            if (each == 0xC4 && at + 1 < end && (bytes[at + 1] & 0xFF) == 0xB0) {
                return true;
            }
            if (each == 0xE2 && at + 2 < end && (bytes[at + 1] & 0xFF) == 0x84 && (bytes[at + 2] & 0xFF) == 0xAA) {
                return true;
            }
            at++;
        }
        return false;
    }

    /// True when a stretch, its ASCII letters made small, is the text, which has none that are not.
    static boolean isFolded(byte[] text, byte[] bytes, int offset) {
        int length = text.length;
        if (length < BYTES) {
            for (int i = 0; i < length; i++) {
                if (text[i] != LOWER[bytes[offset + i] & 0xFF]) {
                    return false;
                }
            }
            return true;
        }
        int last = length - BYTES;
        for (int i = 0; i < last; i += BYTES) {
            if (at(text, i) != lower(at(bytes, offset + i))) {
                return false;
            }
        }
        // The last eight bytes, of which some were compared before.
        return at(text, last) == lower(at(bytes, offset + last));
    }

    /// The bytes with ASCII letters made small.
    private static long lower(long word) {
        // Bit 7 of each byte: set in the one sum from 'A' on, in the other from behind 'Z' on.
        long low = word & ~HIGH_BITS;
        long letters = ((low + FROM_A) ^ (low + BEHIND_Z)) & ~word & HIGH_BITS;
        return word | letters >>> 2;
    }

    /// True when one of the bytes is not ASCII.
    static boolean isForeign(long word) {
        return (word & HIGH_BITS) != 0;
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
