package io.tocsin.correlator.checkpoint;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Appends values to a growing byte array: numbers as LEB128 varints, signed ones zigzag, 64-bit hashes
/// in full.
///
/// Thread-safety: one thread.
public final class StateWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MAXIMUM_LENGTH = Integer.MAX_VALUE - 8L;

    private byte[] bytes = new byte[512];
    private int length;

    public StateWriter() {}

    /// Writes a number that is not negative, in 1 to 9 bytes.
    public void count(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("a count is never negative [value=" + value + "]");
        }
        ensure(10);
        long rest = value;
        while (rest > 0x7F) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /// Writes any number; small magnitudes are short.
    public void number(long value) {
        ensure(10);
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /// Writes 8 bytes, least significant first.
    public void bits(long value) {
        ensure(8);
        LONG.set(bytes, length, value);
        length += 8;
    }

    public void flag(boolean value) {
        ensure(1);
        bytes[length++] = (byte) (value ? 1 : 0);
    }

    public void blob(byte[] value) {
        blob(value, 0, value.length);
    }

    public void blob(byte[] value, int offset, int size) {
        count(size);
        ensure(size);
        System.arraycopy(value, offset, bytes, length, size);
        length += size;
    }

    /// Writes bytes as they are; whoever reads them must know how many.
    public void raw(byte[] value) {
        ensure(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    public void text(String value) {
        blob(value.getBytes(StandardCharsets.UTF_8));
    }

    /// Begins anew.
    public void clear() {
        length = 0;
    }

    /// The array that is written to; only the first [#length()] bytes have a meaning.
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            // An array has no more places than this, so that growing by half ends there.
            long grown = Math.min(MAXIMUM_LENGTH, bytes.length + (long) (bytes.length >> 1));
            bytes = Arrays.copyOf(bytes, (int) Math.max(Math.addExact(length, more), grown));
        }
    }
}
