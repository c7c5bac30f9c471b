package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The state of one key of a rule that looks back from each occurrence over a length of time, both ends included,
/// and matches whenever what it measures there is within its bounds.
///
/// Matches one after another are an **episode**: it begins with the first occurrence for which the bounds hold and
/// ends with one for which they do not, or when none came for the length of the window. In an episode the first 100
/// matches trigger, then those whose number is a power of two: a flood is told, not repeated.
///
/// Thread-safety: one thread.
final class SlidingState implements KeyState {
    /// Occurrences that one window remembers; beyond, the oldest are forgotten, so a count says at
    /// least this.
    static final int MAXIMUM_ENTRIES = 1 << 20;

    private static final int TRIGGERS_TOLD = 100;
    /// Time, selectors, value (two words).
    private static final int STRIDE = 4;

    private static final long NEVER = Long.MIN_VALUE;

    private final SlidingSettings sliding;
    private final int[] counts;
    private final ArrayDeque<Occurrence> kept = new ArrayDeque<>();
    /// A ring of entries.
    private long[] ring = new long[8 * STRIDE];

    private int first;
    private int size;
    private final @Nullable ValueCounts values;
    private final @Nullable NumberWindow numbers;
    /// For each selector and length: latest start of a run of this length that ends with it. Row `selector`, column
    /// `length - 1`.
    private final long[] runs;

    private long sessionMillis = NEVER;
    private boolean holding;
    private long episodeMillis;
    private long lastHoldMillis;
    private int number;

    SlidingState(SlidingSettings sliding, int selectors) {
        this.sliding = sliding;
        counts = new int[selectors];
        values = sliding.measure().isHashed() ? new ValueCounts() : null;
        numbers = sliding.measure().isNumeric() ? new NumberWindow(sliding.measure() == Measure.PERCENTILE) : null;
        runs = new long[sliding.measure() == Measure.SELECTORS_IN_ORDER ? selectors * selectors : 0];
        Arrays.fill(runs, NEVER);
    }

    @Override
    public @Nullable Trigger add(WindowSettings settings, Occurrence occurrence) {
        long now = occurrence.timeMillis();
        long begin = begin(settings, now);
        forgetBefore(begin);
        if (size == MAXIMUM_ENTRIES) {
            forgetFirst();
        }
        append(occurrence);
        keep(settings, occurrence);
        extendRuns(occurrence, begin);
        double measured = measure(occurrence, begin);
        if (!isWanted(measured)) {
            holding = false;
            return null;
        }
        if (!holding || now - lastHoldMillis > settings.windowMillis()) {
            holding = true;
            episodeMillis = now;
            number = 0;
        }
        lastHoldMillis = now;
        number++;
        boolean told = number <= TRIGGERS_TOLD || Integer.bitCount(number) == 1;
        return told
                ? new Trigger(
                        episodeMillis,
                        number,
                        ring[first * STRIDE],
                        now,
                        size,
                        counts.clone(),
                        new ArrayList<>(kept),
                        measured)
                : null;
    }

    @Override
    public WindowProgress progress() {
        return new WindowProgress(
                size > 0,
                holding ? episodeMillis : size > 0 ? time(0) : 0,
                holding ? number : 0,
                Arrays.stream(counts).boxed().toList(),
                size);
    }

    /// Where the window that ends now begins, inclusive.
    private long begin(WindowSettings settings, long now) {
        return switch (sliding.form()) {
            case SLIDING -> now - settings.windowMillis();
            case TUMBLING -> Math.floorDiv(now, settings.windowMillis()) * settings.windowMillis();
            case SESSION -> {
                boolean silent = size > 0 && now - time(size - 1) > sliding.gapMillis();
                if (size == 0 || silent || now - sessionMillis > settings.windowMillis()) {
                    sessionMillis = now;
                }
                yield sessionMillis;
            }
        };
    }

    private void forgetBefore(long begin) {
        while (size > 0 && time(0) < begin) {
            forgetFirst();
        }
        while (!kept.isEmpty() && kept.getFirst().timeMillis() < begin) {
            kept.removeFirst();
        }
    }

    private void forgetFirst() {
        int at = first * STRIDE;
        countSelectors(ring[at + 1], -1);
        if (ring[at + 2] != 0 || ring[at + 3] != 0) {
            ValueCounts counted = values;
            if (counted != null) {
                counted.remove(ring[at + 2], ring[at + 3]);
            }
            NumberWindow measured = numbers;
            if (measured != null) {
                measured.remove(Double.longBitsToDouble(ring[at + 2]));
            }
        }
        first = (first + 1) & (ring.length / STRIDE - 1);
        size--;
    }

    private void append(Occurrence occurrence) {
        if (size * STRIDE == ring.length) {
            long[] larger = new long[ring.length * 2];
            int head = ring.length - first * STRIDE;
            System.arraycopy(ring, first * STRIDE, larger, 0, head);
            System.arraycopy(ring, 0, larger, head, first * STRIDE);
            ring = larger;
            first = 0;
        }
        int at = ((first + size++) & (ring.length / STRIDE - 1)) * STRIDE;
        long[] unique = occurrence.unique();
        long high = unique == null ? 0 : unique[0];
        long low = unique == null ? 0 : unique[1];
        ring[at] = occurrence.timeMillis();
        ring[at + 1] = occurrence.selectors();
        ring[at + 2] = high;
        ring[at + 3] = low;
        countSelectors(occurrence.selectors(), 1);
        if (high != 0 || low != 0) {
            ValueCounts counted = values;
            if (counted != null) {
                counted.add(high, low);
            }
            NumberWindow measured = numbers;
            if (measured != null) {
                measured.add(Double.longBitsToDouble(high));
            }
        }
    }

    private void countSelectors(long selectors, int change) {
        for (long bits = selectors; bits != 0; bits &= bits - 1) {
            counts[Long.numberOfTrailingZeros(bits)] += change;
        }
    }

    private void keep(WindowSettings settings, Occurrence occurrence) {
        if (kept.size() == settings.keptEvents()) {
            kept.removeFirst();
        }
        kept.addLast(occurrence);
    }

    /// From the last selector to the first, so that one occurrence takes one step only.
    private void extendRuns(Occurrence occurrence, long begin) {
        if (runs.length == 0) {
            return;
        }
        int selectors = counts.length;
        for (int selector = selectors - 1; selector >= 0; selector--) {
            if ((occurrence.selectors() & (1L << selector)) == 0) {
                continue;
            }
            for (int length = selectors - 1; length > 0; length--) {
                long start = NEVER;
                for (int before = 0; before < selector; before++) {
                    start = Math.max(start, runs[before * selectors + length - 1]);
                }
                int at = selector * selectors + length;
                runs[at] = Math.max(runs[at], start >= begin ? start : NEVER);
            }
            runs[selector * selectors] = Math.max(runs[selector * selectors], occurrence.timeMillis());
        }
    }

    private double measure(Occurrence occurrence, long begin) {
        NumberWindow measured = numbers;
        ValueCounts counted = values;
        return switch (sliding.measure()) {
            case EVENTS -> size;
            case DISTINCT -> counted == null ? 0 : counted.distinct();
            case SUM -> measured == null ? Double.NaN : measured.sum();
            case AVERAGE -> measured == null ? Double.NaN : measured.average();
            case PERCENTILE -> measured == null ? Double.NaN : measured.percentile(sliding.percentile());
            case SHARE -> {
                long[] unique = occurrence.unique();
                yield counted == null || unique == null || (unique[0] == 0 && unique[1] == 0)
                        ? Double.NaN
                        : 100.0 * counted.count(unique[0], unique[1]) / size;
            }
            case SELECTORS -> Long.bitCount(seen());
            case SELECTORS_IN_ORDER -> longestRun(begin);
        };
    }

    private long seen() {
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen |= counts[i] > 0 ? 1L << i : 0;
        }
        return seen;
    }

    private int longestRun(long begin) {
        int longest = 0;
        for (int i = 0; i < runs.length; i++) {
            if (runs[i] >= begin) {
                longest = Math.max(longest, i % counts.length + 1);
            }
        }
        return longest;
    }

    private boolean isWanted(double measured) {
        Seen seen = sliding.seen();
        if (seen != null && !seen.holds(seen())) {
            return false;
        }
        for (Bound bound : sliding.bounds()) {
            if (!bound.holds(measured)) {
                return false;
            }
        }
        return true;
    }

    private long time(int entry) {
        return ring[((first + entry) & (ring.length / STRIDE - 1)) * STRIDE];
    }

    @Override
    public boolean isOver(WindowSettings settings, long timeMillis) {
        return size == 0 || timeMillis - time(size - 1) > settings.windowMillis();
    }

    @Override
    public long bytes() {
        return 320 + 100L * size + (long) Occurrence.BYTES * kept.size();
    }

    @Override
    public SlidingState copy() {
        SlidingState copy = new SlidingState(sliding, counts.length);
        copy.ring = new long[ring.length];
        int head = Math.min(size * STRIDE, ring.length - first * STRIDE);
        System.arraycopy(ring, first * STRIDE, copy.ring, 0, head);
        System.arraycopy(ring, 0, copy.ring, head, size * STRIDE - head);
        copy.size = size;
        copy.kept.addAll(kept);
        copy.recount();
        System.arraycopy(runs, 0, copy.runs, 0, runs.length);
        copy.sessionMillis = sessionMillis;
        copy.holding = holding;
        copy.episodeMillis = episodeMillis;
        copy.lastHoldMillis = lastHoldMillis;
        copy.number = number;
        return copy;
    }

    /// Counts what stands in the ring, which begins at its first place.
    private void recount() {
        for (int at = 0; at < size * STRIDE; at += STRIDE) {
            countSelectors(ring[at + 1], 1);
            if (ring[at + 2] != 0 || ring[at + 3] != 0) {
                ValueCounts counted = values;
                if (counted != null) {
                    counted.add(ring[at + 2], ring[at + 3]);
                }
                NumberWindow measured = numbers;
                if (measured != null) {
                    measured.add(Double.longBitsToDouble(ring[at + 2]));
                }
            }
        }
    }

    @Override
    public void write(StateWriter out) {
        out.count(size);
        for (int i = 0; i < size; i++) {
            int at = ((first + i) & (ring.length / STRIDE - 1)) * STRIDE;
            out.number(ring[at]);
            out.bits(ring[at + 1]);
            out.bits(ring[at + 2]);
            out.bits(ring[at + 3]);
        }
        out.count(kept.size());
        for (Occurrence occurrence : kept) {
            occurrence.write(out);
        }
        for (long run : runs) {
            out.number(run);
        }
        out.number(sessionMillis);
        out.flag(holding);
        out.number(episodeMillis);
        out.number(lastHoldMillis);
        out.count(number);
    }

    static SlidingState read(StateReader in, WindowSettings settings, SlidingSettings sliding, int selectors) {
        SlidingState state = new SlidingState(sliding, selectors);
        int size = in.size();
        if (size > MAXIMUM_ENTRIES) {
            throw new DamagedStateException("more events in a window than are remembered", size);
        }
        state.ring = new long[Math.max(8, Integer.highestOneBit(Math.max(1, size) * 2 - 1)) * STRIDE];
        for (int at = 0; at < size * STRIDE; at += STRIDE) {
            state.ring[at] = in.number();
            state.ring[at + 1] = in.bits();
            state.ring[at + 2] = in.bits();
            state.ring[at + 3] = in.bits();
            if (state.ring[at + 1] >>> selectors != 0) {
                throw new DamagedStateException("an event belongs to a selector that is not there", at);
            }
        }
        state.size = size;
        state.recount();
        int kept = in.size();
        if (kept > settings.keptEvents()) {
            throw new DamagedStateException("more kept events than are kept", kept);
        }
        for (int i = 0; i < kept; i++) {
            state.kept.addLast(Occurrence.read(in));
        }
        for (int i = 0; i < state.runs.length; i++) {
            state.runs[i] = in.number();
        }
        state.sessionMillis = in.number();
        state.holding = in.flag();
        state.episodeMillis = in.number();
        state.lastHoldMillis = in.number();
        state.number = in.smallCount();
        return state;
    }
}
