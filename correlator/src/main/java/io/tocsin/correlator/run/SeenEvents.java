package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// Recognises events that come twice although nobody wanted that: a forwarder died between sending and committing, and
/// the next one sent them again. Identifiers are made in order by many generators (`EventIds`), so for each of them a
/// list of numbers in order is enough; a new event is nearly always behind the last one.
///
/// The newest 500,000 to 1,000,000 identifiers are remembered; that is far more than can be on its way at the moment of
/// a crash. They are part of the checkpoint, so that what is read again after one is decided in the same way.
/// Identifiers that no generator made are not looked at.
///
/// Thread-safety: one thread.
final class SeenEvents {
    private static final int MAXIMUM = 1_000_000;
    private static final int INSTANCE_BITS = 42;
    private static final int COUNTER_BITS = 20;
    private static final long INSTANCE_MASK = (1L << INSTANCE_BITS) - 1;
    private static final long COUNTER_MASK = (1L << COUNTER_BITS) - 1;
    private static final long MILLIS_MASK = (1L << 43) - 1;

    private final int maximum;
    private final Map<Long, Run> runs = new HashMap<>();
    private int size;

    SeenEvents() {
        this(MAXIMUM);
    }

    SeenEvents(int maximum) {
        this.maximum = maximum;
    }

    /// Notes an event.
    ///
    /// @return false when it was noted before
    boolean add(long idHigh, long idLow) {
        if ((idHigh & 0xF000) != 0x7000 || idLow >>> 62 != 2) {
            return true;
        }
        long generator = (idLow & INSTANCE_MASK) | (idHigh & 0xFFF) << INSTANCE_BITS;
        long position = (idHigh >>> 16 & MILLIS_MASK) << COUNTER_BITS | (idLow >>> INSTANCE_BITS & COUNTER_MASK);
        if (!runs.computeIfAbsent(generator, unknown -> new Run()).add(position)) {
            return false;
        }
        size++;
        if (size > maximum) {
            forgetOlderHalf();
        }
        return true;
    }

    private void forgetOlderHalf() {
        long[] all = new long[size];
        int next = 0;
        for (Run run : runs.values()) {
            System.arraycopy(run.positions, 0, all, next, run.count);
            next += run.count;
        }
        Arrays.sort(all);
        long oldest = all[all.length / 2];
        size = 0;
        for (Iterator<Run> each = runs.values().iterator(); each.hasNext(); ) {
            Run run = each.next();
            run.dropBefore(oldest);
            size += run.count;
            if (run.count == 0) {
                each.remove();
            }
        }
    }

    /// Number of identifiers that are remembered.
    int size() {
        return size;
    }

    void clear() {
        runs.clear();
        size = 0;
    }

    void write(StateWriter out) {
        out.count(runs.size());
        runs.forEach((generator, run) -> {
            out.bits(generator);
            out.count(run.count);
            long before = 0;
            for (int i = 0; i < run.count; i++) {
                out.count(run.positions[i] - before);
                before = run.positions[i];
            }
        });
    }

    /// Takes over what [#write] wrote.
    void read(StateReader in) {
        clear();
        int generators = in.size();
        for (int g = 0; g < generators; g++) {
            Run run = new Run();
            runs.put(in.bits(), run);
            int count = in.size();
            long position = 0;
            for (int i = 0; i < count; i++) {
                position += in.count();
                run.add(position);
            }
            size += run.count;
        }
    }

    /// Positions of one generator in order.
    ///
    /// Thread-safety: as the whole.
    private static final class Run {
        long[] positions = new long[4];
        int count;

        boolean add(long position) {
            int at = count;
            if (count > 0 && position <= positions[count - 1]) {
                int found = Arrays.binarySearch(positions, 0, count, position);
                if (found >= 0) {
                    return false;
                }
                at = -found - 1;
            }
            if (count == positions.length) {
                positions = Arrays.copyOf(positions, count * 2);
            }
            System.arraycopy(positions, at, positions, at + 1, count - at);
            positions[at] = position;
            count++;
            return true;
        }

        void dropBefore(long position) {
            int found = Arrays.binarySearch(positions, 0, count, position);
            int first = found >= 0 ? found : -found - 1;
            System.arraycopy(positions, first, positions, 0, count - first);
            count -= first;
        }
    }
}
