package io.tocsin.core.ledger;

import io.tocsin.core.ledger.LedgerBalance.Line;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Looks at each minute of the ledger ten minutes later, and once more after five when it does not balance: a line that
/// still does not is told to the alarm. A look costs a count of one minute's events in storage.
///
/// At the start the last hour is looked at, because the alarm may have been missed while nothing ran; alarms about the
/// same line are recognised by who takes them.
///
/// Thread-safety: one thread runs it.
final class LedgerWatch implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(LedgerWatch.class.getName());
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long FIRST_LOOK_MILLIS = Duration.ofMinutes(10).toMillis();
    private static final long SECOND_LOOK_MILLIS = Duration.ofMinutes(15).toMillis();
    private static final long EARLIEST_MILLIS = Duration.ofHours(1).toMillis();
    private static final Duration PAUSE = Duration.ofSeconds(20);

    /// Reads the lines of one minute.
    @FunctionalInterface
    interface Minute {
        List<Line> lines(long minuteMillis);
    }

    private record Key(String collector, String source) {}

    private final Minute ledger;
    private final LedgerAlarm alarm;
    private final InstantSource clock;
    private final Thread thread = Thread.ofVirtual().name("ledger-watch").unstarted(this::repeat);
    /// The first minute that was not looked at.
    private long next;
    /// Lines that did not balance at the first look, by minute.
    private final Map<Long, Map<Key, Long>> doubtful = new HashMap<>();

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
        for (; next + MINUTE_MILLIS + FIRST_LOOK_MILLIS <= now; next += MINUTE_MILLIS) {
            Map<Key, Long> gaps = gaps(next);
            if (!gaps.isEmpty()) {
                doubtful.put(next, gaps);
            }
        }
        for (long minute : List.copyOf(doubtful.keySet())) {
            if (minute + MINUTE_MILLIS + SECOND_LOOK_MILLIS <= now) {
                Map<Key, Long> before = doubtful.get(minute);
                gaps(minute).forEach((key, balance) -> {
                    if (before != null && before.containsKey(key)) {
                        alarm.gap(minute, key.collector(), key.source(), balance);
                    }
                });
                doubtful.remove(minute);
            }
        }
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
