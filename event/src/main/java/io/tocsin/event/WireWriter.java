package io.tocsin.event;

import java.util.Arrays;

/// Writes variable-length numbers and texts into a growing array.
///
/// Thread-safety: one thread.
final class WireWriter {
    /// Longest number, LEB128 of 64 bits.
    static final int MAXIMUM_NUMBER_BYTES = 10;

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
        ensure(MAXIMUM_NUMBER_BYTES);
        length = unsigned(bytes, length, value);
    }

    void signed(long value) {
        unsigned(value << 1 ^ value >> 63);
    }

    /// Writes a number at `at`, where there must be room, and returns the place after it: for loops that keep the
    /// place in a register.
    static int unsigned(byte[] target, int at, long value) {
        if ((value & ~0x7FL) == 0) {
            target[at] = (byte) value;
            return at + 1;
        }
        return longer(target, at, value);
    }

    /// [#unsigned(byte[], int, long)] after zigzag.
    static int signed(byte[] target, int at, long value) {
        return unsigned(target, at, value << 1 ^ value >> 63);
    }

    private static int longer(byte[] target, int at, long value) {
        long rest = value;
        int next = at;
        do {
            target[next++] = (byte) (rest | 0x80);
            rest >>>= 7;
        } while ((rest & ~0x7FL) != 0);
        target[next++] = (byte) rest;
        return next;
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
