package io.tocsin.expression;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Compares text regardless of case. Two characters are equal when their lower case of their upper case is, as in
/// [String#equalsIgnoreCase]. ASCII goes by a table; text with other characters is folded into a buffer first.
///
/// Thread-safety: one thread, because of the buffer; the static parts are free.
final class CaseFolding {
    /// Lower case of each ASCII byte; other bytes stand for themselves.
    static final byte[] LOWER = lower();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private byte[] folded = new byte[256];

    /// The bytes of the last [#fold(byte[], int, int)].
    byte[] bytes() {
        return folded;
    }

    /// Folds UTF-8 text into [#bytes()] and returns its length. Bytes that are no UTF-8 stay as they are.
    int fold(byte[] source, int offset, int length) {
        // A folded character takes at most three bytes where the original took two.
        if (folded.length < length * 2) {
            folded = new byte[length * 3];
        }
        int out = 0;
        int end = offset + length;
        int i = offset;
        while (i < end) {
            byte first = source[i];
            if (first >= 0) {
                folded[out++] = LOWER[first];
                i++;
                continue;
            }
            int size = Utf8.sequenceLength(source, i, end);
            if (size == 1) {
                folded[out++] = first;
            } else {
                out = Utf8.encode(fold(Utf8.decode(source, i, size)), folded, out);
            }
            i += size;
        }
        return out;
    }

    /// The folded text as UTF-8.
    static byte[] fold(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> out.appendCodePoint(fold(codePoint)));
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    static int fold(int codePoint) {
        return Character.toLowerCase(Character.toUpperCase(codePoint));
    }

    static boolean isAscii(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int i = offset;
        for (; i + 8 <= end; i += 8) {
            if (((long) LONGS.get(bytes, i) & HIGH_BITS) != 0) {
                return false;
            }
        }
        for (; i < end; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /// Compares ASCII text with a folded one of the same length.
    static boolean equalsAscii(byte[] bytes, int offset, byte[] folded) {
        for (int i = 0; i < folded.length; i++) {
            if (bytes[offset + i] != folded[i] && lowerOf(bytes[offset + i]) != folded[i]) {
                return false;
            }
        }
        return true;
    }

    /// Finds a folded text within ASCII text.
    static boolean containsAscii(byte[] bytes, int offset, int length, byte[] folded) {
        int last = offset + length - folded.length;
        byte first = folded[0];
        for (int i = offset; i <= last; i++) {
            if (lowerOf(bytes[i]) == first && equalsAscii(bytes, i, folded)) {
                return true;
            }
        }
        return false;
    }

    static byte lowerOf(byte value) {
        return LOWER[value & 0xff];
    }

    private static byte[] lower() {
        byte[] table = new byte[256];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
        }
        return table;
    }
}
