package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.Arrays;

/// A set of 128-bit hashes in one array, for exact counting of distinct values (two different values share a
/// hash with a chance of about 2⁻¹²⁸ a pair).
///
/// Thread-safety: one thread.
public final class HashSet128 {
    private long[] table = new long[SMALLEST];
    private int size;
    /// Two places, one of which stays empty: most keys have seen one value.
    private static final int SMALLEST = 4;
    /// The pair (0, 0) marks an empty place; when it is a member it is kept here.
    private boolean hasZero;

    public HashSet128() {}

    int size() {
        return size;
    }

    boolean contains(long high, long low) {
        if (high == 0 && low == 0) {
            return hasZero;
        }
        return table[find(table, high, low)] != 0 || table[find(table, high, low) + 1] != 0;
    }

    /// Adds a hash.
    ///
    /// @return true when it was not there yet
    public boolean add(long high, long low) {
        if (high == 0 && low == 0) {
            boolean added = !hasZero;
            hasZero = true;
            size += added ? 1 : 0;
            return added;
        }
        int place = find(table, high, low);
        if (table[place] != 0 || table[place + 1] != 0) {
            return false;
        }
        table[place] = high;
        table[place + 1] = low;
        size++;
        if (size * 4 > table.length) {
            grow();
        }
        return true;
    }

    void clear() {
        if (size > 0) {
            table = table.length > 1024 ? new long[SMALLEST] : table;
            Arrays.fill(table, 0);
            size = 0;
            hasZero = false;
        }
    }

    /// About how many bytes of memory it takes.
    long bytes() {
        return 64 + 48L * size;
    }

    HashSet128 copy() {
        HashSet128 copy = new HashSet128();
        copy.table = table.clone();
        copy.size = size;
        copy.hasZero = hasZero;
        return copy;
    }

    void write(StateWriter out) {
        out.count(size);
        out.flag(hasZero);
        for (int i = 0; i < table.length; i += 2) {
            if (table[i] != 0 || table[i + 1] != 0) {
                out.bits(table[i]);
                out.bits(table[i + 1]);
            }
        }
    }

    static HashSet128 read(StateReader in) {
        HashSet128 set = new HashSet128();
        int size = in.size();
        if (in.flag()) {
            set.add(0, 0);
            size--;
        }
        for (int i = 0; i < size; i++) {
            set.add(in.bits(), in.bits());
        }
        return set;
    }

    private void grow() {
        long[] larger = new long[table.length * 2];
        for (int i = 0; i < table.length; i += 2) {
            if (table[i] != 0 || table[i + 1] != 0) {
                int place = find(larger, table[i], table[i + 1]);
                larger[place] = table[i];
                larger[place + 1] = table[i + 1];
            }
        }
        table = larger;
    }

    private static int find(long[] table, long high, long low) {
        int mask = table.length - 1;
        int place = ((int) (low ^ (low >>> 32)) * 2) & mask;
        while ((table[place] != 0 || table[place + 1] != 0) && (table[place] != high || table[place + 1] != low)) {
            place = (place + 2) & mask;
        }
        return place;
    }
}
