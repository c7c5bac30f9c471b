package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ClockWatchTest {
    private final AtomicLong offset = new AtomicLong(Duration.ofDays(20_000).toNanos());
    private final List<Duration> told = new ArrayList<>();
    private final ClockWatch watch = new ClockWatch(offset::get, nanos -> told.add(Duration.ofNanos(nanos)));

    private void move(Duration by) {
        offset.addAndGet(by.toNanos());
        watch.look();
    }

    @Test
    void tellsEachStepOnce() {
        move(Duration.ofHours(1));
        move(Duration.ZERO);
        move(Duration.ofHours(-1));
        move(Duration.ofDays(3653));
        move(Duration.ofDays(-20_000));
        assertThat(told)
                .containsExactly(
                        Duration.ofHours(1), Duration.ofHours(-1), Duration.ofDays(3653), Duration.ofDays(-20_000));
    }

    @Test
    void saysNothingWhileTheClockIsSlewed() {
        for (int second = 0; second < 10_000; second++) {
            move(Duration.ofNanos(500_000));
        }
        assertThat(told).isEmpty();
    }
}
