package io.tocsin.storage.block;

import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/// Groups the entries of a slot list by row and key, keeping the order of first appearance, in time linear in the
/// number of entries however many keys a hostile event has.
///
/// Thread-safety: one thread.
final class KeyGroups {
    /// Key of a group: the bytes of a span. Compared by content.
    private record Key(int hash, Event cursor, long span) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that
                    && hash == that.hash
                    && Arrays.equals(
                            cursor.arena(),
                            EventBatch.spanOffset(span),
                            EventBatch.spanOffset(span) + EventBatch.spanLength(span),
                            that.cursor.arena(),
                            EventBatch.spanOffset(that.span),
                            EventBatch.spanOffset(that.span) + EventBatch.spanLength(that.span));
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private int count;
    private int[] rows = new int[16];
    private int[] first = new int[16];
    private int[] last = new int[16];
    private int[] sizes = new int[16];
    private int[] next = new int[16];
    private final Map<Key, Integer> ofRow = new HashMap<>();

    void group(SlotList list, IntFunction<Event> cursorOf) {
        count = 0;
        if (next.length < list.size()) {
            next = new int[list.size()];
        }
        int row = -1;
        for (int entry = 0; entry < list.size(); entry++) {
            if (list.row(entry) != row) {
                row = list.row(entry);
                ofRow.clear();
            }
            Event cursor = cursorOf.apply(row);
            long span = cursor.slotKey(list.slot(entry));
            Integer group = ofRow.putIfAbsent(new Key(hash(cursor, span), cursor, span), count);
            next[entry] = -1;
            if (group == null) {
                open(row, entry);
            } else {
                next[last[group]] = entry;
                last[group] = entry;
                sizes[group]++;
            }
        }
        ofRow.clear();
    }

    private void open(int row, int entry) {
        if (count == rows.length) {
            rows = Arrays.copyOf(rows, count * 2);
            first = Arrays.copyOf(first, count * 2);
            last = Arrays.copyOf(last, count * 2);
            sizes = Arrays.copyOf(sizes, count * 2);
        }
        rows[count] = row;
        first[count] = entry;
        last[count] = entry;
        sizes[count] = 1;
        count++;
    }

    private static int hash(Event cursor, long span) {
        int hash = 1;
        int offset = EventBatch.spanOffset(span);
        byte[] arena = cursor.arena();
        for (int i = 0; i < EventBatch.spanLength(span); i++) {
            hash = 31 * hash + arena[offset + i];
        }
        return hash;
    }

    int count() {
        return count;
    }

    int row(int group) {
        return rows[group];
    }

    int size(int group) {
        return sizes[group];
    }

    int firstEntry(int group) {
        return first[group];
    }

    /// The next entry of the same group, or -1.
    int nextEntry(int entry) {
        return next[entry];
    }
}
