package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class EventIdsTest {
    private long millis = 1_795_000_000_000L;

    @Test
    void sortsByTimeAndNeverRepeatsEvenWhenTheClockStepsBack() {
        EventIds ids = new EventIds(() -> Instant.ofEpochMilli(millis));
        Set<UUID> seen = new HashSet<>();
        UUID previous = new UUID(0, 0);
        for (int i = 0; i < 200_000; i++) {
            if (i == 50_000) {
                millis -= 3_600_000;
            } else if (i % 1000 == 0) {
                millis++;
            }
            ids.next();
            UUID id = new UUID(ids.high(), ids.low());
            assertThat(seen.add(id)).isTrue();
            assertThat(Long.compareUnsigned(id.getMostSignificantBits(), previous.getMostSignificantBits()))
                    .isGreaterThanOrEqualTo(0);
            assertThat(EventIds.text(ids.high(), ids.low())).isGreaterThan(previous.toString());
            previous = id;
        }
        assertThat(previous.version()).isEqualTo(7);
        assertThat(previous.variant()).isEqualTo(2);
    }

    @Test
    void staysUniqueAcrossRestartsAtTheSameMillisecond() {
        Set<UUID> seen = new HashSet<>();
        for (int restart = 0; restart < 5_000; restart++) {
            EventIds ids = new EventIds(() -> Instant.ofEpochMilli(millis));
            for (int i = 0; i < 3; i++) {
                ids.next();
                assertThat(seen.add(new UUID(ids.high(), ids.low()))).isTrue();
            }
        }
    }

    @Test
    void carriesTheReceptionTime() {
        EventIds ids = new EventIds(() -> Instant.ofEpochMilli(millis));
        ids.next();
        assertThat(ids.high() >>> 16).isEqualTo(millis);
    }

    @Test
    void givesAPlaceInAQueueTheSameIdentifierEachTimeAndPartsOfItOthers() {
        EventIds ids = new EventIds(() -> Instant.EPOCH);
        Set<UUID> seen = new HashSet<>();
        for (long queue : new long[] {0x1234_5678_9ABC_DEF0L, 0x9234_5678_9ABC_DEF0L}) {
            for (long place : new long[] {0, 1, (1L << 20) - 1, 1L << 20, (1L << 32) - 1}) {
                ids.ofPlace(millis, place, queue);
                long high = ids.high();
                long low = ids.low();
                EventIds again = new EventIds(() -> Instant.EPOCH);
                again.ofPlace(millis, place, queue);
                assertThat(again.low()).isEqualTo(low);
                assertThat(new UUID(high, low).version()).isEqualTo(7);
                assertThat(new UUID(high, low).variant()).isEqualTo(2);
                for (long part : new long[] {0, 1, 1024, (1L << 20) - 1}) {
                    for (long piece : new long[] {0, 1, 4096, (1L << 22) - 1}) {
                        UUID derived = new UUID(high, EventIds.derived(low, part, piece));
                        assertThat(seen.add(derived)).as("%s %s", part, piece).isTrue();
                        assertThat(derived.variant()).isEqualTo(2);
                    }
                }
            }
        }
        ids.ofPlace(-1, 5, 0);
        assertThat(ids.high() >>> 16).as("a time that no clock shows").isZero();
    }
}
