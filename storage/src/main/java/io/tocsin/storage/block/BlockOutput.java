package io.tocsin.storage.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing byte array with the primitives of the `Native` format: little-endian numbers, texts with a
/// variable-length length before them.
///
/// Thread-safety: one thread.
final class BlockOutput {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LONGEST_VARIABLE = 10;
    /// Spans may overlap, so the size of a delivery alone does not bound that of its block.
    private static final int MAXIMUM_BYTES = 256 << 20;

    private static final int RETAINED_BYTES = 16 << 20;

    private byte[] bytes = new byte[1 << 16];
    private int length;

    void clear() {
        length = 0;
        if (bytes.length > RETAINED_BYTES) {
            bytes = new byte[1 << 16];
        }
    }

    int length() {
        return length;
    }

    /// A view of what was written; good until the next write or clear.
    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    private void reserve(int more) {
        long needed = (long) length + more;
        if (needed > bytes.length) {
            if (needed > MAXIMUM_BYTES) {
                throw new IllegalArgumentException(
                        "the block is larger than its limit; send smaller deliveries [limit=" + MAXIMUM_BYTES + "]");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min((long) bytes.length * 2, MAXIMUM_BYTES)));
        }
    }

    void writeVariable(long value) {
        reserve(LONGEST_VARIABLE);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void writeLong(long value) {
        reserve(Long.BYTES);
        LONG.set(bytes, length, value);
        length += Long.BYTES;
    }

    void writeText(byte[] source, int offset, int count) {
        reserve(LONGEST_VARIABLE + count);
        int rest = count;
        while (rest > 0x7F) {
            bytes[length++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    void writeText(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        writeText(encoded, 0, encoded.length);
    }

    /// An empty text, or the number 0 of a variable length.
    void writeEmpty() {
        reserve(1);
        bytes[length++] = 0;
    }

    void writeHeader(int columns, int rows) {
        writeVariable(columns);
        writeVariable(rows);
    }

    void writeColumn(BlockColumn column) {
        writeText(column.name());
        writeText(column.type());
    }
}
