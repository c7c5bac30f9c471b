package io.tocsin.event;

import java.util.Arrays;

/// Writes variable-length numbers and texts into a growing array.
///
/// Thread-safety: one thread.
final class WireWriter {
    byte[] bytes;
    int length;

    WireWriter(int capacity) {
        bytes = new byte[capacity];
    }

    void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), bytes.length * 2));
        }
    }

    void unsigned(long value) {
        ensure(10);
        byte[] target = bytes;
        int at = length;
        while ((value & ~0x7FL) != 0) {
            target[at++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        target[at++] = (byte) value;
        length = at;
    }

    void signed(long value) {
        unsigned(value << 1 ^ value >> 63);
    }

    void bits(long value) {
        ensure(Long.BYTES);
        BatchHeader.LONG.set(bytes, length, value);
        length += Long.BYTES;
    }

    void text(byte[] text) {
        unsigned(text.length);
        copy(text, 0, text.length);
    }

    void copy(byte[] source, int offset, int count) {
        ensure(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }
}
