package io.tocsin.correlator.checkpoint;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads what [StateWriter] wrote. Anything that does not fit is a [DamagedStateException], never a
/// read beyond the end and never a large allocation for a small input.
///
/// Thread-safety: one thread.
public final class StateReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int end;
    private int at;

    public StateReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    public StateReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    public long count() {
        long value = varint();
        if (value < 0) {
            throw new DamagedStateException("negative count", at);
        }
        return value;
    }

    /// A count of things that each take at least one byte, so it cannot exceed what is left.
    public int size() {
        long value = count();
        if (value > end - at) {
            throw new DamagedStateException("more elements than bytes", at);
        }
        return (int) value;
    }

    /// A count that fits an `int`.
    public int smallCount() {
        long value = count();
        if (value > Integer.MAX_VALUE) {
            throw new DamagedStateException("count out of range", at);
        }
        return (int) value;
    }

    public long number() {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    public long bits() {
        need(8);
        at += 8;
        return (long) LONG.get(bytes, at - 8);
    }

    public boolean flag() {
        need(1);
        return bytes[at++] != 0;
    }

    public byte[] blob() {
        int size = size();
        at += size;
        return Arrays.copyOfRange(bytes, at - size, at);
    }

    /// Reads a blob from where it stands, without a copy.
    public StateReader nested() {
        int size = size();
        at += size;
        return new StateReader(bytes, at - size, size);
    }

    public String text() {
        return new String(blob(), StandardCharsets.UTF_8);
    }

    /// Passes over so many bytes.
    public void skip(long count) {
        if (count > end - at) {
            throw new DamagedStateException("ends too early", at);
        }
        at += (int) count;
    }

    /// Passes over bytes when they are what comes next.
    ///
    /// @return false when others come
    public boolean passOver(byte[] expected) {
        boolean comes = end - at >= expected.length
                && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
        at += comes ? expected.length : 0;
        return comes;
    }

    /// True when everything was read.
    public boolean isExhausted() {
        return at == end;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            need(1);
            byte next = bytes[at++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new DamagedStateException("number too long", at);
    }

    private void need(int more) {
        if (end - at < more) {
            throw new DamagedStateException("ends too early", at);
        }
    }
}
