package io.tocsin.pipeline.connector.framing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Finds terminators eight bytes at a time.
final class ByteScan {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private ByteScan() {}

    /// The first position in `from` (inclusive) to `to` (exclusive) that holds `first` or `second`, or -1.
    /// Both may be the same byte.
    static int find(byte[] bytes, int from, int to, byte first, byte second) {
        long firstPattern = LOW_BITS * (first & 0xFF);
        long secondPattern = LOW_BITS * (second & 0xFF);
        int position = from;
        for (int last = to - Long.BYTES; position <= last; position += Long.BYTES) {
            long word = (long) LONGS.get(bytes, position);
            long found = zeroBytes(word ^ firstPattern) | zeroBytes(word ^ secondPattern);
            if (found != 0) {
                return position + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        for (; position < to; position++) {
            byte value = bytes[position];
            if (value == first || value == second) {
                return position;
            }
        }
        return -1;
    }

    /// Sets the high bit of bytes that are 0. Bytes above the first such byte may be set wrongly; only the
    /// lowest is used.
    private static long zeroBytes(long word) {
        return (word - LOW_BITS) & ~word & HIGH_BITS;
    }
}
