package io.tocsin.storage.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// Tells quickly of most events that they cannot have been stored before. Identifiers are made in order by many
/// generators (`EventIds`), so a batch is a range of one generator, and new events are a range that touches none of
/// those before. What touches one **may** be stored already; the table knows.
///
/// Everything up to `floor` may be stored: the floor starts at the present, because nothing is remembered of what
/// earlier processes stored, and rises when there are too many ranges.
///
/// Thread-safety: one thread at a time.
final class StoredRanges {
    /// Group of identifiers that no generator made, such as those of correlation events.
    static final int FOREIGN = -1;

    private static final int MAXIMUM_RANGES = 200_000;
    private static final int COUNTER_BITS = 20;
    private static final int GROUP_SHIFT = 20;
    private static final int GROUP_MASK = (1 << 22) - 1;
    private static final long MILLIS_MASK = (1L << 43) - 1;

    private final Map<Integer, Ranges> groups = new HashMap<>();
    private final int maximumRanges;
    private long floor;
    private int total;

    StoredRanges(long nowMillis) {
        this(nowMillis, MAXIMUM_RANGES);
    }

    StoredRanges(long nowMillis, int maximumRanges) {
        this.floor = nowMillis << COUNTER_BITS;
        this.maximumRanges = maximumRanges;
    }

    /// The generator that made the identifier, more or less: few of them share a group.
    static int group(long idHigh, long idLow) {
        return isGenerated(idHigh, idLow) ? (int) (idLow >>> GROUP_SHIFT) & GROUP_MASK : FOREIGN;
    }

    /// Where the identifier stands among those of its group.
    ///
    /// @param receivedMillis for those that no generator made
    static long position(long idHigh, long idLow, long receivedMillis) {
        if (!isGenerated(idHigh, idLow)) {
            return (receivedMillis & MILLIS_MASK) << COUNTER_BITS;
        }
        long counter = (idHigh & 0xFFF) << COUNTER_BITS | (idLow >>> 42 & 0xF_FFFF);
        return (idHigh >>> 16 & MILLIS_MASK) << COUNTER_BITS | Math.min(counter, (1 << COUNTER_BITS) - 1);
    }

    /// True for the layout of UUID version 7.
    static boolean isGenerated(long idHigh, long idLow) {
        return (idHigh & 0xF000) == 0x7000 && idLow >>> 62 == 2;
    }

    /// True when an identifier of the group between the two positions may be stored.
    boolean mayHold(int group, long from, long to) {
        if (from <= floor) {
            return true;
        }
        Ranges ranges = groups.get(group);
        return ranges != null && ranges.touches(from, to);
    }

    /// Notes that identifiers of the group between the two positions are stored.
    void add(int group, long from, long to) {
        Ranges ranges = groups.computeIfAbsent(group, unknown -> new Ranges());
        total -= ranges.count;
        ranges.add(from, to);
        total += ranges.count;
        if (total > maximumRanges) {
            raiseFloor();
        }
    }

    /// Forgets the older half.
    private void raiseFloor() {
        long[] ends = new long[total];
        int next = 0;
        for (Ranges ranges : groups.values()) {
            System.arraycopy(ranges.to, 0, ends, next, ranges.count);
            next += ranges.count;
        }
        Arrays.sort(ends);
        floor = Math.max(floor, ends[ends.length / 2]);
        total = 0;
        for (Iterator<Ranges> all = groups.values().iterator(); all.hasNext(); ) {
            Ranges ranges = all.next();
            ranges.dropUpTo(floor);
            total += ranges.count;
            if (ranges.count == 0) {
                all.remove();
            }
        }
    }

    /// Number of ranges in memory.
    int size() {
        return total;
    }

    /// Disjoint ranges in order.
    ///
    /// Thread-safety: as the whole.
    private static final class Ranges {
        long[] from = new long[4];
        long[] to = new long[4];
        int count;

        /// The first range that ends at or behind the position.
        private int firstEndingFrom(long position) {
            if (count > 0 && to[count - 1] < position) {
                return count;
            }
            int at = Arrays.binarySearch(to, 0, count, position);
            return at >= 0 ? at : -at - 1;
        }

        boolean touches(long begin, long end) {
            int at = firstEndingFrom(begin);
            return at < count && from[at] <= end;
        }

        void add(long begin, long end) {
            int at = firstEndingFrom(begin);
            int behind = at;
            long newFrom = begin;
            long newTo = end;
            while (behind < count && from[behind] <= end) {
                newFrom = Math.min(newFrom, from[behind]);
                newTo = Math.max(newTo, to[behind]);
                behind++;
            }
            int change = 1 - (behind - at);
            if (count + change > from.length) {
                from = Arrays.copyOf(from, count * 2);
                to = Arrays.copyOf(to, count * 2);
            }
            System.arraycopy(from, behind, from, behind + change, count - behind);
            System.arraycopy(to, behind, to, behind + change, count - behind);
            from[at] = newFrom;
            to[at] = newTo;
            count += change;
        }

        void dropUpTo(long position) {
            int first = firstEndingFrom(position + 1);
            System.arraycopy(from, first, from, 0, count - first);
            System.arraycopy(to, first, to, 0, count - first);
            count -= first;
        }
    }
}
