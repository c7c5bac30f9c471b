package io.tocsin.storage.block;

import java.util.Arrays;

/// Slots of one code over all rows of a block, in row order; a row may have none or many.
///
/// Thread-safety: one thread.
final class SlotList {
    private int[] rows = new int[64];
    private int[] slots = new int[64];
    private int size;

    void clear() {
        size = 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void add(int row, int slot) {
        if (size == rows.length) {
            rows = Arrays.copyOf(rows, size * 2);
            slots = Arrays.copyOf(slots, size * 2);
        }
        rows[size] = row;
        slots[size] = slot;
        size++;
    }

    int row(int index) {
        return rows[index];
    }

    int slot(int index) {
        return slots[index];
    }
}
