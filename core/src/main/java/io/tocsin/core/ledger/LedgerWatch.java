package io.tocsin.core.ledger;

import io.tocsin.core.ledger.LedgerBalance.Line;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Looks at each minute of the ledger ten minutes later, and once more after five when it does not balance: a line
/// that still does not is told to the alarm. A look costs a count of one minute's events in storage.
///
/// Minutes are those of reception at the edge, and what a cut line or a stopped centre held back comes hours later.
/// So the sums of all minutes of the last days are compared every two minutes, which costs little, and a minute
/// whose sum has changed since it was looked at is looked at again. After a start all of them count as changed,
/// because anything may have come while nothing ran; they are looked at a few at a time.
///
/// A line is told once, also over restarts.
///
/// Thread-safety: one thread runs it.
final class LedgerWatch implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(LedgerWatch.class.getName());
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long FIRST_LOOK_MILLIS = Duration.ofMinutes(10).toMillis();
    private static final long SECOND_LOOK_MILLIS = Duration.ofMinutes(15).toMillis();
    private static final long EARLIEST_MILLIS = Duration.ofHours(1).toMillis();
    /// How far back what has come late is noticed.
    private static final long HORIZON_MILLIS = Duration.ofDays(7).toMillis();

    private static final long COMPARE_MILLIS = Duration.ofMinutes(2).toMillis();
    private static final int LATE_LOOKS = 30;
    private static final Duration PAUSE = Duration.ofSeconds(20);

    /// A line of the ledger.
    record Told(long minuteMillis, String collector, String source) {}

    /// Reads the ledger.
    @FunctionalInterface
    interface Minute {
        List<Line> lines(long minuteMillis);

        /// For each minute that storage has counts of, a sum that grows whenever more of them come.
        ///
        /// @param fromMillis first minute
        default Map<Long, Long> sums(long fromMillis) {
            return Map.of();
        }

        /// Lines that the alarm was told of before.
        ///
        /// @param fromMillis first minute
        default Set<Told> told(long fromMillis) {
            return Set.of();
        }
    }

    private record Key(String collector, String source) {}

    /// What did not balance at the first look.
    private record Doubt(Map<Key, Long> gaps, long lookAgainMillis) {}

    private final Minute ledger;
    private final LedgerAlarm alarm;
    private final InstantSource clock;
    private final Thread thread = Thread.ofVirtual().name("ledger-watch").unstarted(this::repeat);
    /// The first minute that was not looked at.
    private long next;
    /// Lines that did not balance at the first look, by minute.
    private final Map<Long, Doubt> doubtful = new TreeMap<>();
    /// Sums of the minutes as they were when they were compared last.
    private Map<Long, Long> sums = Map.of();
    private long comparedMillis = Long.MIN_VALUE;
    /// Minutes that have changed since they were looked at, the newest first.
    private final TreeSet<Long> changed = new TreeSet<>(Comparator.reverseOrder());
    private @Nullable Set<Told> told;

    LedgerWatch(Minute ledger, LedgerAlarm alarm, InstantSource clock) {
        this.ledger = ledger;
        this.alarm = alarm;
        this.clock = clock;
        this.next = Math.floorDiv(clock.millis() - EARLIEST_MILLIS, MINUTE_MILLIS) * MINUTE_MILLIS;
    }

    LedgerWatch start() {
        thread.start();
        return this;
    }

    private void repeat() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                try {
                    look();
                } catch (RuntimeException storageAway) {
                    LOGGER.log(
                            System.Logger.Level.DEBUG,
                            "the ledger cannot be looked at now, it is tried again",
                            storageAway);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Looks at the minutes that are due. What cannot be read now is due the next time as well.
    void look() {
        long now = clock.millis();
        compare(now);
        for (; next + MINUTE_MILLIS + FIRST_LOOK_MILLIS <= now; next += MINUTE_MILLIS) {
            lookFirst(next, next + MINUTE_MILLIS + SECOND_LOOK_MILLIS);
        }
        int looks = 0;
        for (long minute : List.copyOf(changed)) {
            // One that is in doubt is looked at anyway, and again when it changes afterwards.
            if (!doubtful.containsKey(minute) && looks++ < LATE_LOOKS) {
                lookFirst(minute, now + SECOND_LOOK_MILLIS - FIRST_LOOK_MILLIS);
                changed.remove(minute);
            }
        }
        for (long minute : List.copyOf(doubtful.keySet())) {
            Doubt doubt = doubtful.get(minute);
            if (doubt != null && doubt.lookAgainMillis() <= now) {
                gaps(minute).forEach((key, balance) -> {
                    if (doubt.gaps().containsKey(key)) {
                        tell(minute, key, balance);
                    }
                });
                doubtful.remove(minute);
            }
        }
    }

    private void lookFirst(long minute, long lookAgainMillis) {
        Map<Key, Long> gaps = gaps(minute);
        if (!gaps.isEmpty()) {
            doubtful.put(minute, new Doubt(gaps, lookAgainMillis));
        }
    }

    private void tell(long minute, Key key, long balance) {
        Set<Told> known = told;
        if (known == null || known.add(new Told(minute, key.collector(), key.source()))) {
            alarm.gap(minute, key.collector(), key.source(), balance);
        }
    }

    /// Finds minutes of which more has come since they were looked at.
    private void compare(long now) {
        if (comparedMillis != Long.MIN_VALUE && now - comparedMillis < COMPARE_MILLIS) {
            return;
        }
        long from = Math.floorDiv(now - HORIZON_MILLIS, MINUTE_MILLIS) * MINUTE_MILLIS;
        Set<Told> known = told;
        if (known == null) {
            told = new HashSet<>(ledger.told(from));
        } else {
            known.removeIf(line -> line.minuteMillis() < from);
        }
        Map<Long, Long> found = ledger.sums(from);
        found.forEach((minute, sum) -> {
            if (minute < next && !sum.equals(sums.get(minute))) {
                changed.add(minute);
            }
        });
        changed.removeIf(minute -> minute < from);
        sums = found;
        comparedMillis = now;
    }

    private Map<Key, Long> gaps(long minute) {
        Map<Key, Long> gaps = new HashMap<>();
        for (Line line : ledger.lines(minute)) {
            if (line.balance() != 0) {
                gaps.put(new Key(line.collector(), line.source()), line.balance());
            }
        }
        return gaps;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
