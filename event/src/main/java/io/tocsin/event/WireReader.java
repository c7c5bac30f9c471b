package io.tocsin.event;

import java.nio.charset.StandardCharsets;

/// Reads variable-length numbers and texts from bytes that may be hostile: every read is checked against the end.
///
/// Thread-safety: one thread.
final class WireReader {
    private final byte[] source;
    private final int end;
    private int position;

    WireReader(byte[] source, int offset, int end) {
        this.source = source;
        this.position = offset;
        this.end = end;
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    int unsignedByte() {
        if (position >= end) {
            throw cut();
        }
        return source[position++] & 0xFF;
    }

    /// LEB128, at most ten bytes.
    long unsigned() {
        int at = position;
        if (at < end) {
            int first = source[at];
            if (first >= 0) {
                position = at + 1;
                return first;
            }
        }
        return longer();
    }

    private long longer() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = unsignedByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new BatchFormatException("number is longer than ten bytes [offset=" + position + "]");
    }

    /// Zigzag LEB128.
    long signed() {
        long value = unsigned();
        return value >>> 1 ^ -(value & 1);
    }

    /// A length or count in 0..limit.
    int size(int limit) {
        long value = unsigned();
        if (value < 0 || value > limit) {
            throw new BatchFormatException("length is out of range [length=" + value + ", limit=" + limit + "]");
        }
        return (int) value;
    }

    long bits() {
        if (end - position < Long.BYTES) {
            throw cut();
        }
        long value = (long) BatchHeader.LONG.get(source, position);
        position += Long.BYTES;
        return value;
    }

    String text() {
        int length = size(Integer.MAX_VALUE);
        if (end - position < length) {
            throw cut();
        }
        String text = new String(source, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    void copy(byte[] target, int offset, int length) {
        if (end - position < length) {
            throw cut();
        }
        System.arraycopy(source, position, target, offset, length);
        position += length;
    }

    private BatchFormatException cut() {
        return new BatchFormatException("batch body ends too early [offset=" + position + "]");
    }
}
