package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is awaited for one key: each event of a starting selector waits as long as the window for an event of an
/// expected selector of the same key; when none has come by then, that is told. An expected event ends all waits that
/// began before it. Without starting selectors each expected event begins the wait for the next one.
///
/// One that comes exactly when the wait ends is too late, as with windows. Waits of which each began before the one
/// before it ended are an episode, and what is told of them is numbered.
///
/// Thread-safety: one thread.
final class Waits implements KeyState {
    /// Waits told apart at a time; those that begin while there are so many are counted with the latest.
    static final int MAXIMUM = 1_000;

    private final ArrayDeque<Occurrence> waiting = new ArrayDeque<>();
    /// Waits counted with the latest.
    private int uncounted;
    /// Number of the latest thing told in this episode.
    private int number;

    @Override
    public @Nullable Trigger add(WindowSettings settings, Occurrence occurrence) {
        long expected = settings.expected();
        boolean answers = (occurrence.selectors() & expected) != 0;
        if (answers) {
            waiting.clear();
            uncounted = 0;
        }
        boolean starts = Long.bitCount(expected) == settings.thresholds().length
                ? answers
                : (occurrence.selectors() & ~expected) != 0;
        if (starts) {
            number = waiting.isEmpty() ? 0 : number;
            if (waiting.size() < MAXIMUM) {
                waiting.addLast(occurrence);
            } else {
                uncounted++;
            }
        }
        return null;
    }

    @Override
    public @Nullable Trigger expire(WindowSettings settings, long timeMillis) {
        if (timeMillis < dueMillis(settings)) {
            return null;
        }
        Occurrence oldest = waiting.removeFirst();
        long due = oldest.timeMillis() + settings.windowMillis();
        int[] counts = new int[settings.thresholds().length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (int) (oldest.selectors() >>> i & 1);
        }
        int total = 1;
        if (waiting.isEmpty()) {
            total += uncounted;
            uncounted = 0;
        }
        return new Trigger(oldest.timeMillis(), ++number, oldest.timeMillis(), due, total, counts, List.of(oldest));
    }

    @Override
    public long dueMillis(WindowSettings settings) {
        return waiting.isEmpty() ? Long.MAX_VALUE : waiting.getFirst().timeMillis() + settings.windowMillis();
    }

    @Override
    public boolean isOver(WindowSettings settings, long timeMillis) {
        return waiting.isEmpty();
    }

    @Override
    public WindowProgress progress() {
        long start = waiting.isEmpty() ? 0 : waiting.getFirst().timeMillis();
        return new WindowProgress(!waiting.isEmpty(), start, number, List.of(), waiting.size() + uncounted);
    }

    @Override
    public long bytes() {
        return 80 + (long) Occurrence.BYTES * waiting.size();
    }

    @Override
    public Waits copy() {
        Waits copy = new Waits();
        copy.waiting.addAll(waiting);
        copy.uncounted = uncounted;
        copy.number = number;
        return copy;
    }

    @Override
    public void write(StateWriter out) {
        out.count(waiting.size());
        for (Occurrence occurrence : waiting) {
            occurrence.write(out);
        }
        out.count(uncounted);
        out.count(number);
    }

    static Waits read(StateReader in) {
        Waits waits = new Waits();
        int size = in.size();
        if (size > MAXIMUM) {
            throw new DamagedStateException("more waits than are told apart", size);
        }
        for (int i = 0; i < size; i++) {
            waits.waiting.addLast(Occurrence.read(in));
        }
        waits.uncounted = in.smallCount();
        waits.number = in.smallCount();
        return waits;
    }
}
