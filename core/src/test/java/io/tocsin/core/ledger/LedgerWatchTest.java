package io.tocsin.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.core.ledger.LedgerBalance.Line;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
}
