package io.tocsin.pipeline.normalizer;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Remembers what belongs to keys of which only the bytes are at hand, for keys that are met while a stream is read;
/// [KeyTable] is for those that are known before. Open addressing at a load of at most one half. Looking a key up makes
/// no object; whoever adds bounds the number of keys by [#size()] and [#clear()].
///
/// Thread-safety: one thread.
///
/// @param <T> what belongs to a key
final class GrowingKeyTable<T> {
    private static final int FIRST_CAPACITY = 16;

    private final long secret = new SplittableRandom().nextLong();
    private @Nullable Entry<T>[] entries = empty(FIRST_CAPACITY);
    private int size;

    /// A key with what belongs to it. Immutable.
    private static final class Entry<T> {
        private final int hash;
        private final byte[] key;
        private final T value;

        Entry(int hash, byte[] key, T value) {
            this.hash = hash;
            this.key = key;
            this.value = value;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type parameters; the array never leaves this class
    private static <T> @Nullable Entry<T>[] empty(int capacity) {
        return new Entry[capacity];
    }

    int size() {
        return size;
    }

    void clear() {
        if (size > 0) {
            entries = empty(FIRST_CAPACITY);
            size = 0;
        }
    }

    /// What belongs to the key that these bytes are, or null.
    @Nullable
    T find(byte[] bytes, int from, int to) {
        int hash = hash(bytes, from, to);
        int slot = hash & entries.length - 1;
        while (true) {
            Entry<T> entry = entries[slot];
            if (entry == null) {
                return null;
            }
            if (entry.hash == hash && Arrays.equals(entry.key, 0, entry.key.length, bytes, from, to)) {
                return entry.value;
            }
            slot = slot + 1 & entries.length - 1;
        }
    }

    /// Adds a key that the table does not hold.
    void add(byte[] bytes, int from, int to, T value) {
        if (++size * 2 > entries.length) {
            @Nullable Entry<T>[] old = entries;
            entries = empty(old.length * 2);
            for (Entry<T> entry : old) {
                if (entry != null) {
                    place(entry);
                }
            }
        }
        place(new Entry<>(hash(bytes, from, to), Arrays.copyOfRange(bytes, from, to), value));
    }

    private void place(Entry<T> entry) {
        int slot = entry.hash & entries.length - 1;
        while (entries[slot] != null) {
            slot = slot + 1 & entries.length - 1;
        }
        entries[slot] = entry;
    }

    /// Begins with a number that no sender knows, so that none can choose keys that share a place.
    private int hash(byte[] bytes, int from, int to) {
        long hash = secret + to - from;
        for (int at = from; at < to; at += 8) {
            hash = (hash ^ ByteScan.upToEight(bytes, at, to - at)) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 29;
        }
        return (int) (hash >>> 32);
    }
}
