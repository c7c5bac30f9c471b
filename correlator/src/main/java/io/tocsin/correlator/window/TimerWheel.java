package io.tocsin.correlator.window;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// When to look at which key, by event time: a hierarchical wheel (Varghese and Lauck, "Hashed and Hierarchical
/// Timing Wheels", 1987) of 64 slots a level. A slot of the lowest level is a millisecond, one of each other level
/// is as long as the whole level below it, and eleven levels hold all times there are. The links stand in the keys
/// themselves.
///
/// The wheel's present is the time of what was taken last. A key stands on the level of the highest
/// six bits in which its time differs from the present, so each level holds only later times than
/// those below it. When the present comes into a slot, its keys move to lower levels. What is to be
/// looked at before the present, because a late event made it so, waits in a queue beside the wheel.
///
/// Keys of the same time come in the order of their hashes, so the order does not depend on how they
/// were added.
///
/// Thread-safety: one thread.
final class TimerWheel {
    private static final int BITS = 6;
    private static final int SLOTS = 1 << BITS;
    private static final int LEVELS = (Long.SIZE + BITS - 1) / BITS;

    private static final Comparator<KeyWindow> BY_HASH =
            Comparator.<KeyWindow>comparingLong(each -> each.high).thenComparingLong(each -> each.low);

    private final @Nullable Level[] levels = new Level[LEVELS];
    /// Bit i is set when level i holds a key.
    private int filledLevels;
    /// With the sign turned over, so that times are compared without one.
    private long present;

    private final PriorityQueue<KeyWindow> passed = new PriorityQueue<>(
            Comparator.<KeyWindow>comparingLong(KeyWindow::scheduledMillis).thenComparing(BY_HASH));

    /// Thread-safety: one thread.
    private static final class Level {
        private final @Nullable KeyWindow[] first = new KeyWindow[SLOTS];
        /// The earliest time that was ever added to a slot since it was empty: nothing in it is
        /// earlier.
        private final long[] earliestMillis = new long[SLOTS];
        /// Bit i is set when slot i holds a key.
        private long filled;

        private int firstSlot() {
            return Long.numberOfTrailingZeros(filled);
        }
    }

    boolean isEmpty() {
        return filledLevels == 0 && passed.isEmpty();
    }

    /// Until when there is nothing to look at, [Long#MAX_VALUE] for ever. When keys were removed there
    /// may be nothing at that time either, never something before it.
    long earliestMillis() {
        KeyWindow late = passed.peek();
        return late == null ? earliestAhead() : late.scheduledMillis();
    }

    private long earliestAhead() {
        if (filledLevels == 0) {
            return Long.MAX_VALUE;
        }
        Level lowest = level(Integer.numberOfTrailingZeros(filledLevels));
        return lowest.earliestMillis[lowest.firstSlot()];
    }

    /// Adds a key that is not there, to be looked at at a time.
    void add(KeyWindow window, long millis) {
        window.schedule(millis);
        if (Long.compareUnsigned(unsigned(millis), present) < 0) {
            passed.add(window);
        } else {
            link(window);
        }
    }

    /// Takes a key out, if it is there.
    void remove(KeyWindow window) {
        long millis = window.scheduledMillis();
        if (millis == Long.MAX_VALUE) {
            return;
        }
        if (Long.compareUnsigned(unsigned(millis), present) < 0) {
            passed.remove(window);
        } else {
            unlink(window);
        }
        window.schedule(Long.MAX_VALUE);
    }

    /// Takes out what is to be looked at at [#earliestMillis], in order. Time goes on to there.
    List<KeyWindow> take() {
        List<KeyWindow> taken = new ArrayList<>();
        KeyWindow late = passed.peek();
        if (late != null) {
            long millis = late.scheduledMillis();
            for (; late != null && late.scheduledMillis() == millis; late = passed.peek()) {
                taken.add(passed.remove());
            }
        } else if (filledLevels != 0) {
            advance(unsigned(earliestAhead()));
            KeyWindow first = detach(0, slot(present, 0));
            for (KeyWindow each = first; each != null; each = each.timerAfter) {
                taken.add(each);
            }
            taken.sort(BY_HASH);
        }
        for (KeyWindow each : taken) {
            each.timerBefore = null;
            each.timerAfter = null;
            each.schedule(Long.MAX_VALUE);
        }
        return taken;
    }

    /// Forgets all keys; those are not used any more.
    void clear() {
        passed.clear();
        for (int i = 0; i < LEVELS; i++) {
            levels[i] = null;
        }
        filledLevels = 0;
        present = 0;
    }

    /// Moves the present to the earliest time, and the keys of its slot to where they belong then.
    private void advance(long next) {
        int level = level(next, present);
        present = next;
        if (level > 0) {
            KeyWindow each = detach(level, slot(next, level));
            while (each != null) {
                KeyWindow after = each.timerAfter;
                link(each);
                each = after;
            }
        }
    }

    private void link(KeyWindow window) {
        long at = unsigned(window.scheduledMillis());
        int number = level(at, present);
        int slot = slot(at, number);
        Level level = level(number);
        KeyWindow after = level.first[slot];
        window.timerBefore = null;
        window.timerAfter = after;
        if (after == null) {
            level.earliestMillis[slot] = window.scheduledMillis();
        } else {
            after.timerBefore = window;
            level.earliestMillis[slot] = Math.min(level.earliestMillis[slot], window.scheduledMillis());
        }
        level.first[slot] = window;
        level.filled |= 1L << slot;
        filledLevels |= 1 << number;
    }

    private void unlink(KeyWindow window) {
        KeyWindow before = window.timerBefore;
        KeyWindow after = window.timerAfter;
        if (after != null) {
            after.timerBefore = before;
        }
        if (before != null) {
            before.timerAfter = after;
        } else {
            long at = unsigned(window.scheduledMillis());
            int number = level(at, present);
            int slot = slot(at, number);
            level(number).first[slot] = after;
            if (after == null) {
                emptied(number, slot);
            }
        }
        window.timerBefore = null;
        window.timerAfter = null;
    }

    /// Takes all keys of a slot out.
    ///
    /// @return the first of them
    private @Nullable KeyWindow detach(int number, int slot) {
        Level level = level(number);
        KeyWindow first = level.first[slot];
        level.first[slot] = null;
        emptied(number, slot);
        return first;
    }

    private void emptied(int number, int slot) {
        Level level = level(number);
        level.filled &= ~(1L << slot);
        if (level.filled == 0) {
            filledLevels &= ~(1 << number);
        }
    }

    private Level level(int number) {
        Level known = levels[number];
        if (known == null) {
            known = new Level();
            levels[number] = known;
        }
        return known;
    }

    private static long unsigned(long millis) {
        return millis ^ Long.MIN_VALUE;
    }

    private static int level(long at, long present) {
        return at == present ? 0 : (Long.SIZE - 1 - Long.numberOfLeadingZeros(at ^ present)) / BITS;
    }

    private static int slot(long at, int level) {
        return (int) (at >>> (level * BITS)) & (SLOTS - 1);
    }
}
