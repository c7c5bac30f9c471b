package io.tocsin.pipeline.normalizer.flow;

/// Numbers in network byte order.
public final class FlowBytes {
    private FlowBytes() {}

    public static int unsigned16(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }

    public static long unsigned32(byte[] bytes, int at) {
        return ((long) unsigned16(bytes, at) << 16) | unsigned16(bytes, at + 2);
    }

    /// An unsigned number of up to eight bytes; one of eight may come out negative.
    public static long unsigned(byte[] bytes, int at, int length) {
        long value = 0;
        for (int i = at; i < at + length; i++) {
            value = (value << 8) | (bytes[i] & 0xFF);
        }
        return value;
    }

    /// A signed number of one to eight bytes.
    public static long signed(byte[] bytes, int at, int length) {
        int shift = 64 - 8 * length;
        return (unsigned(bytes, at, length) << shift) >> shift;
    }

    static boolean allZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
