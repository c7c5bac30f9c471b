package io.tocsin.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SystemClockTest {
    private static final long SECOND = 1_000_000_000L;

    private long wall = 1_700_000_000L * SECOND;
    private long counter = 42;

    private void pass(long nanos) {
        wall += nanos;
        counter += nanos;
    }

    @Test
    void followsTheMachine() {
        SystemClock clock = new SystemClock(() -> wall, () -> counter);
        pass(SECOND / 2);

        assertThat(clock.epochNanos()).isEqualTo(wall);
        assertThat(clock.epochMillis()).isEqualTo(wall / 1_000_000);
        assertThat(clock.instant().getEpochSecond()).isEqualTo(wall / SECOND);
    }

    @Test
    void jumpsForwardWithTheWallClock() {
        SystemClock clock = new SystemClock(() -> wall, () -> counter);
        wall += 3600 * SECOND;
        pass(2 * SECOND);

        assertThat(clock.epochNanos()).isEqualTo(wall);
    }

    @Test
    void neverStepsBackWhenTheWallClockDoesAndCatchesUpSlowly() {
        SystemClock clock = new SystemClock(() -> wall, () -> counter);
        pass(2 * SECOND);
        long before = clock.epochNanos();
        wall -= 10 * SECOND;
        long ahead = Long.MAX_VALUE;
        for (int i = 0; i < 30; i++) {
            pass(SECOND);
            long now = clock.epochNanos();
            assertThat(now).isGreaterThan(before);
            assertThat(clock.aheadNanos()).isLessThanOrEqualTo(ahead);
            before = now;
            ahead = clock.aheadNanos();
        }

        assertThat(clock.epochNanos()).isEqualTo(wall);
    }

    @Test
    void keepsOrderUnderRandomSteps() {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        SystemClock clock = new SystemClock(() -> wall, () -> counter);
        long before = Long.MIN_VALUE;
        for (int i = 0; i < 100_000; i++) {
            pass(random.nextLong(SECOND / 10));
            if (random.nextInt(100) == 0) {
                wall += random.nextLong(-100 * SECOND, 100 * SECOND);
            }
            long now = clock.epochNanos();
            assertThat(now).as("seed %d, step %d", seed, i).isGreaterThanOrEqualTo(before);
            before = now;
        }
    }
}
