package io.tocsin.storage.store;

import java.util.Arrays;

/// A set of identifiers, 128 bits each, in two arrays.
///
/// Thread-safety: one thread at a time.
final class IdSet {
    private static final int SMALLEST = 1024;

    private long[] high = new long[SMALLEST];
    private long[] low = new long[SMALLEST];
    private int size;
    private boolean holdsZero;

    /// Adds an identifier; false when it was there.
    boolean add(long idHigh, long idLow) {
        if ((idHigh | idLow) == 0) {
            boolean fresh = !holdsZero;
            holdsZero = true;
            return fresh;
        }
        if (size * 2 >= high.length) {
            grow();
        }
        int at = find(idHigh, idLow);
        if ((high[at] | low[at]) != 0) {
            return false;
        }
        high[at] = idHigh;
        low[at] = idLow;
        size++;
        return true;
    }

    boolean contains(long idHigh, long idLow) {
        if ((idHigh | idLow) == 0) {
            return holdsZero;
        }
        int at = find(idHigh, idLow);
        return (high[at] | low[at]) != 0;
    }

    boolean isEmpty() {
        return size == 0 && !holdsZero;
    }

    void clear() {
        if (size > 0) {
            Arrays.fill(high, 0);
            Arrays.fill(low, 0);
        }
        size = 0;
        holdsZero = false;
    }

    /// Where the identifier is, or the free place where it belongs.
    private int find(long idHigh, long idLow) {
        long mixed = (idHigh ^ Long.rotateLeft(idLow, 22)) * 0x9E37_79B9_7F4A_7C15L;
        int mask = high.length - 1;
        int at = (int) (mixed >>> 32) & mask;
        while ((high[at] | low[at]) != 0 && (high[at] != idHigh || low[at] != idLow)) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        high = new long[oldHigh.length * 2];
        low = new long[oldHigh.length * 2];
        for (int i = 0; i < oldHigh.length; i++) {
            if ((oldHigh[i] | oldLow[i]) != 0) {
                int at = find(oldHigh[i], oldLow[i]);
                high[at] = oldHigh[i];
                low[at] = oldLow[i];
            }
        }
    }
}
