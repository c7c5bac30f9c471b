package io.tocsin.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.core.ledger.LedgerBalance.Line;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LedgerWatchTest {
    private static final long MINUTE = 60_000;
    /// A whole minute.
    private static final long START = 30_000_000 * MINUTE;

    private final Map<Long, Long> balances = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private final List<Long> asked = new ArrayList<>();
    private Instant now = Instant.ofEpochMilli(START);
    private boolean storageAway;
    private final LedgerWatch watch = new LedgerWatch(
            this::lines,
            (minute, collector, source, balance) ->
                    told.add((minute - START) / MINUTE + " " + collector + " " + source + " " + balance),
            () -> now);

    private List<Line> lines(long minute) {
        if (storageAway) {
            throw new IllegalStateException("storage does not answer");
        }
        asked.add(minute);
        return List.of(line(minute, "10.0.0.1", balances.getOrDefault(minute, 0L)), line(minute, "10.0.0.2", 0));
    }

    private static Line line(long minute, String source, long balance) {
        return new Line(minute, "syslog", source, 10, 10 - balance, 0, 0, Map.of(), 0, balance);
    }

    private void lookAfter(Duration time) {
        now = now.plus(time);
        watch.look();
    }

    @Test
    void tellsOnceALineThatStillDoesNotBalanceAtTheSecondLook() {
        balances.put(START, 3L);
        lookAfter(Duration.ofMinutes(12));
        assertThat(told).as("what is on its way gets a second look").isEmpty();
        lookAfter(Duration.ofMinutes(4));
        assertThat(told).containsExactly("0 syslog 10.0.0.1 3");
        lookAfter(Duration.ofMinutes(60));
        assertThat(told).hasSize(1);
    }

    @Test
    void tellsNothingOfWhatHasArrivedMeanwhile() {
        balances.put(START, 3L);
        lookAfter(Duration.ofMinutes(12));
        balances.clear();
        lookAfter(Duration.ofMinutes(60));
        assertThat(told).isEmpty();
    }

    @Test
    void tellsOfEventsThatAreThereWithoutHavingBeenReceived() {
        balances.put(START, -2L);
        lookAfter(Duration.ofMinutes(12));
        lookAfter(Duration.ofMinutes(12));
        assertThat(told).containsExactly("0 syslog 10.0.0.1 -2");
    }

    @Test
    void asksAgainForAMinuteThatCouldNotBeRead() {
        balances.put(START, 1L);
        storageAway = true;
        assertThatThrownBy(() -> lookAfter(Duration.ofMinutes(30))).hasMessageContaining("storage");
        storageAway = false;
        lookAfter(Duration.ZERO);
        assertThat(asked)
                .contains(START - 60 * MINUTE, START, START + 19 * MINUTE)
                .doesNotContain(START + 20 * MINUTE);
        assertThat(told).containsExactly("0 syslog 10.0.0.1 1");
    }

    /// Storage as it is asked for sums and for alarms.
    private final Map<Long, Long> sums = new HashMap<>();
    private final Set<LedgerWatch.Told> toldBefore = new HashSet<>();

    private LedgerWatch comparing() {
        LedgerWatch.Minute ledger = new LedgerWatch.Minute() {
            @Override
            public List<Line> lines(long minute) {
                return LedgerWatchTest.this.lines(minute);
            }

            @Override
            public Map<Long, Long> sums(long from) {
                Map<Long, Long> found = new HashMap<>(sums);
                found.keySet().removeIf(minute -> minute < from);
                return found;
            }

            @Override
            public Set<LedgerWatch.Told> told(long from) {
                return toldBefore;
            }
        };
        return new LedgerWatch(
                ledger,
                (minute, collector, source, balance) ->
                        told.add((minute - START) / MINUTE + " " + collector + " " + source + " " + balance),
                () -> now);
    }

    private void lookEveryMinute(LedgerWatch comparing, int minutes) {
        for (int i = 0; i < minutes; i++) {
            now = now.plusSeconds(60);
            comparing.look();
        }
    }

    @Test
    void looksAgainAtAMinuteOfWhichTheLineBroughtEventsHoursLater() {
        LedgerWatch comparing = comparing();
        sums.put(START, 40L);
        lookEveryMinute(comparing, 240);
        assertThat(told).isEmpty();
        long looks = asked.stream().filter(minute -> minute == START).count();
        balances.put(START, 7L);
        sums.put(START, 60L);
        lookEveryMinute(comparing, 4);
        assertThat(told).as("what comes now may still be on its way").isEmpty();
        lookEveryMinute(comparing, 10);
        assertThat(told).containsExactly("0 syslog 10.0.0.1 7");
        sums.put(START, 80L);
        lookEveryMinute(comparing, 30);
        assertThat(told).as("a line is told once").hasSize(1);
        assertThat(asked.stream().filter(minute -> minute == START).count() - looks)
                .as("a minute that does not change is left alone")
                .isEqualTo(4);
    }

    @Test
    void looksAfterAStartAtAllThatMayHaveComeMeanwhileAFewAtATime() {
        long dayAgo = START - Duration.ofDays(1).toMillis();
        for (int i = 0; i < 100; i++) {
            sums.put(dayAgo + i * MINUTE, 10L);
        }
        balances.put(dayAgo + 50 * MINUTE, 5L);
        balances.put(dayAgo + 51 * MINUTE, 6L);
        sums.put(START - Duration.ofDays(9).toMillis(), 10L);
        balances.put(START - Duration.ofDays(9).toMillis(), 8L);
        toldBefore.add(new LedgerWatch.Told(dayAgo + 51 * MINUTE, "syslog", "10.0.0.1"));
        LedgerWatch comparing = comparing();
        comparing.look();
        assertThat(asked.stream().filter(minute -> minute < START - 60 * MINUTE))
                .hasSize(30);
        lookEveryMinute(comparing, 20);
        assertThat(told)
                .as("neither what was told before the restart nor what is older than a week")
                .containsExactly("-1390 syslog 10.0.0.1 5");
    }
}
