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
    private final @Nullable Entry<T>[] entries;
    private final int size;

    /// A key with what belongs to it, all that a comparison needs in one place.
    private static final class Entry<T> {
        private final long head;
        private final long tail;
        private final byte[] key;
        private final T value;

        Entry(byte[] key, T value) {
            this.head = ByteScan.upToEight(key, 0, key.length);
            this.tail = tail(key, 0, key.length);
            this.key = key;
            this.value = value;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type parameters; the array never leaves this class
    KeyTable(Map<String, T> values) {
        int capacity = Integer.highestOneBit(Math.max(4, values.size() * 4 - 1)) * 2;
        shift = 64 - Integer.numberOfTrailingZeros(capacity);
        entries = new Entry[capacity];
        size = values.size();
        values.forEach((key, value) -> {
            Entry<T> entry = new Entry<>(key.getBytes(StandardCharsets.UTF_8), value);
            int slot = slot(entry.head, entry.tail, entry.key.length);
            while (entries[slot] != null) {
                slot = (slot + 1) & (entries.length - 1);
            }
            entries[slot] = entry;
        });
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// What belongs to the key in `bytes`, or null.
    @Nullable
    T find(byte[] bytes, int offset, int length) {
        long head = ByteScan.upToEight(bytes, offset, length);
        long tail = tail(bytes, offset, length);
        int slot = slot(head, tail, length);
        while (true) {
            Entry<T> entry = entries[slot];
            if (entry == null) {
                return null;
            }
            if (entry.head == head
                    && entry.tail == tail
                    && entry.key.length == length
                    && (length <= 16
                            || Arrays.equals(entry.key, 8, length - 8, bytes, offset + 8, offset + length - 8))) {
                return entry.value;
            }
            slot = (slot + 1) & (entries.length - 1);
        }
    }

    private static long tail(byte[] bytes, int offset, int length) {
        return length <= 8 ? length : ByteScan.eight(bytes, offset + length - 8);
    }

    private int slot(long head, long tail, int length) {
        return (int) (((head ^ (tail + length) * 0xC2B2_AE3D_27D4_EB4FL) * MIX) >>> shift);
    }
}
