package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;

/// Full matches of one window that nothing has cleared, added up for its end.
///
/// Thread-safety: one thread.
final class Standing {
    private final int[] counts;
    private int total;
    private long firstMillis;
    private final ArrayDeque<Occurrence> kept = new ArrayDeque<>();

    Standing(int selectors) {
        counts = new int[selectors];
    }

    void add(WindowSettings settings, Trigger trigger) {
        if (total == 0) {
            firstMillis = trigger.firstMillis();
        }
        total += trigger.total();
        for (int i = 0; i < counts.length; i++) {
            counts[i] += (settings.recovery() & (1L << i)) == 0 ? trigger.counts()[i] : 0;
        }
        for (Occurrence occurrence : trigger.kept()) {
            if (kept.size() < settings.keptEvents()) {
                kept.addLast(occurrence);
            } else if (settings.keepLast()) {
                kept.removeFirst();
                kept.addLast(occurrence);
            }
        }
    }

    Trigger trigger(long windowStartMillis, long endMillis) {
        return new Trigger(
                windowStartMillis,
                Trigger.TIMEOUT,
                firstMillis,
                endMillis,
                total,
                counts.clone(),
                new ArrayList<>(kept));
    }

    /// About how many bytes of memory it takes.
    long bytes() {
        return 80 + 4L * counts.length + (long) Occurrence.BYTES * kept.size();
    }

    Standing copy() {
        Standing copy = new Standing(counts.length);
        System.arraycopy(counts, 0, copy.counts, 0, counts.length);
        copy.total = total;
        copy.firstMillis = firstMillis;
        copy.kept.addAll(kept);
        return copy;
    }

    void write(StateWriter out) {
        for (int count : counts) {
            out.count(count);
        }
        out.count(total);
        out.number(firstMillis);
        out.count(kept.size());
        for (Occurrence occurrence : kept) {
            occurrence.write(out);
        }
    }

    static Standing read(StateReader in, int selectors) {
        Standing standing = new Standing(selectors);
        for (int i = 0; i < selectors; i++) {
            standing.counts[i] = in.smallCount();
        }
        standing.total = in.smallCount();
        standing.firstMillis = in.number();
        int size = in.size();
        if (size > standing.total) {
            throw new DamagedStateException("more kept events than counted ones", size);
        }
        for (int i = 0; i < size; i++) {
            standing.kept.addLast(Occurrence.read(in));
        }
        return standing;
    }
}
