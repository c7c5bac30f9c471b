package io.tocsin.pipeline.normalizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what belongs to a key of which only the bytes are at hand. Open addressing at a load of at most one
/// quarter; keys of up to sixteen bytes are compared by two words. Immutable.
///
/// @param <T> what belongs to a key
final class KeyTable<T> {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final int shift;
    private final int mask;
    private final long[] heads;
    private final long[] tails;
    private final byte[][] keys;
    private final @Nullable Object[] values;
    private final int size;

    KeyTable(Map<String, T> entries) {
        int capacity = Integer.highestOneBit(Math.max(4, entries.size() * 4 - 1)) * 2;
        shift = 64 - Integer.numberOfTrailingZeros(capacity);
        mask = capacity - 1;
        heads = new long[capacity];
        tails = new long[capacity];
        keys = new byte[capacity][];
        values = new Object[capacity];
        size = entries.size();
        entries.forEach((key, value) -> {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            long head = ByteScan.upToEight(bytes, 0, bytes.length);
            long tail = tail(bytes, 0, bytes.length);
            int slot = slot(head, tail, bytes.length);
            while (values[slot] != null) {
                slot = slot + 1 & mask;
            }
            heads[slot] = head;
            tails[slot] = tail;
            keys[slot] = bytes;
            values[slot] = value;
        });
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// What belongs to the key in `bytes`, or null.
    @SuppressWarnings("unchecked")
    @Nullable
    T find(byte[] bytes, int offset, int length) {
        long head = ByteScan.upToEight(bytes, offset, length);
        long tail = tail(bytes, offset, length);
        int slot = slot(head, tail, length);
        while (true) {
            Object value = values[slot];
            if (value == null) {
                return null;
            }
            byte[] key = keys[slot];
            if (heads[slot] == head
                    && tails[slot] == tail
                    && key.length == length
                    && (length <= 16 || Arrays.equals(key, 8, length - 8, bytes, offset + 8, offset + length - 8))) {
                return (T) value;
            }
            slot = slot + 1 & mask;
        }
    }

    private static long tail(byte[] bytes, int offset, int length) {
        return length <= 8 ? length : ByteScan.eight(bytes, offset + length - 8);
    }

    private int slot(long head, long tail, int length) {
        return (int) (((head * MIX ^ (tail + length) * 0xC2B2_AE3D_27D4_EB4FL) * MIX) >>> shift);
    }
}
