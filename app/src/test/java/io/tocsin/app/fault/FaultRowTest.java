package io.tocsin.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FaultRowTest {
    private static final Duration BOUND = Duration.ofSeconds(10);

    @Test
    void passesOnlyWhatRanAndLostNothing() {
        assertThat(row(1_000, 0, 0, 0, 9, "").passed()).isTrue();
        assertThat(row(0, 0, 0, 0, 9, "").passed()).as("nothing acknowledged").isFalse();
        assertThat(row(1_000, 1, 0, 0, 9, "").passed()).as("lost").isFalse();
        assertThat(row(1_000, 0, 1, 0, 9, "").passed()).as("twice").isFalse();
        assertThat(row(1_000, 0, 0, -1, 9, "").passed()).as("unbalanced").isFalse();
        assertThat(row(1_000, 0, 0, 0, 11, "").passed()).as("late").isFalse();
        assertThat(row(1_000, 0, 0, 0, 9, "died").verdict()).isEqualTo("FAILED: died");
    }

    @Test
    void countsWhatWasSkippedAsNeither() {
        FaultRow skipped = row(0, 0, 0, 0, 0, "skipped: no brokers");
        assertThat(skipped.passed()).isFalse();
        assertThat(skipped.skipped()).isTrue();
        assertThat(skipped.verdict()).isEqualTo("skipped: no brokers");
    }

    private static FaultRow row(long acknowledged, long lost, long twice, long balance, int seconds, String note) {
        return new FaultRow(
                "kill",
                acknowledged,
                acknowledged,
                acknowledged - lost,
                lost,
                0,
                twice,
                balance,
                Duration.ofSeconds(seconds),
                BOUND,
                note);
    }
}
