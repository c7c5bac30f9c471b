package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.EventIds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class SeenEventsTest {
    private static final long BASE_MILLIS = 1_780_000_000_000L;

    /// Answers as a set does, whatever the order, over checkpoints as well.
    @Test
    void knowsExactlyWhatCameBefore() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<EventIds> generators = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            generators.add(new EventIds(() -> Instant.EPOCH));
        }
        SeenEvents seen = new SeenEvents();
        Set<UUID> model = new HashSet<>();
        List<UUID> all = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            UUID id;
            if (!all.isEmpty() && random.nextInt(4) == 0) {
                id = all.get(random.nextInt(all.size()));
            } else {
                EventIds ids = generators.get(random.nextInt(5));
                if (random.nextInt(10) == 0) {
                    ids.ofPlace(BASE_MILLIS + random.nextInt(1000), random.nextLong(1L << 32), random.nextLong());
                } else {
                    ids.next(BASE_MILLIS + i / 10);
                }
                id = new UUID(ids.high(), ids.low());
                all.add(id);
            }
            assertThat(seen.add(id.getMostSignificantBits(), id.getLeastSignificantBits()))
                    .as("seed %d, event %d", seed, i)
                    .isEqualTo(model.add(id));
            if (i % 5000 == 0) {
                StateWriter out = new StateWriter();
                seen.write(out);
                seen = new SeenEvents();
                seen.read(SavedPieces.of(new StateReader(out.toBytes())));
            }
        }
        assertThat(seen.size()).isEqualTo(model.size());
    }

    @Test
    void forgetsTheOldestWhenThereAreTooMany() {
        SeenEvents seen = new SeenEvents(1000, Long.MAX_VALUE);
        EventIds ids = new EventIds(() -> Instant.EPOCH);
        List<UUID> all = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            ids.next(BASE_MILLIS + i);
            all.add(new UUID(ids.high(), ids.low()));
            seen.add(ids.high(), ids.low());
            assertThat(seen.size()).isLessThanOrEqualTo(1000);
        }
        for (UUID id : all.subList(4600, 5000)) {
            assertThat(seen.add(id.getMostSignificantBits(), id.getLeastSignificantBits()))
                    .isFalse();
        }
    }

    /// The same as a set, when many come late, so that packed blocks are opened and cut.
    @Test
    void knowsWhatComesInAnyOrder() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        SeenEvents seen = new SeenEvents();
        Set<UUID> model = new HashSet<>();
        EventIds ids = new EventIds(() -> Instant.EPOCH);
        for (int i = 0; i < 60_000; i++) {
            int late = random.nextInt(3) == 0 ? random.nextInt(1 + i / 20) : 0;
            ids.ofPlace(BASE_MILLIS + i / 20 - late, random.nextInt(30), 0x1234_0000_0000_0000L);
            assertThat(seen.add(ids.high(), ids.low()))
                    .as("seed %d, event %d", seed, i)
                    .isEqualTo(model.add(new UUID(ids.high(), ids.low())));
            if (i % 20_000 == 7) {
                StateWriter out = new StateWriter();
                seen.write(out);
                seen = new SeenEvents();
                seen.read(SavedPieces.of(new StateReader(out.toBytes())));
            }
        }
        assertThat(seen.size()).isEqualTo(model.size());
    }

    /// What an identifier costs when many are made in a millisecond, and when one is.
    @Test
    void remembersTenMillionInAFewBytesEach() {
        boolean fresh = true;
        SeenEvents busy = new SeenEvents();
        EventIds first = new EventIds(() -> Instant.EPOCH);
        EventIds second = new EventIds(() -> Instant.EPOCH);
        for (int i = 0; i < 9_900_000; i++) {
            EventIds ids = (i & 1) == 0 ? first : second;
            ids.next(BASE_MILLIS + i / 40);
            fresh &= busy.add(ids.high(), ids.low());
        }
        SeenEvents quiet = new SeenEvents();
        for (int i = 0; i < 1_000_000; i++) {
            first.next(BASE_MILLIS * 2 + i);
            fresh &= quiet.add(first.high(), first.low());
        }
        StateWriter out = new StateWriter();
        quiet.write(out);
        System.out.printf(
                Locale.ROOT,
                "bytes an identifier: %.2f at 20 in a millisecond, %.2f at one, %.2f in the checkpoint%n",
                (double) busy.bytes() / busy.size(),
                (double) quiet.bytes() / quiet.size(),
                (double) out.length() / quiet.size());
        assertThat(fresh).isTrue();
        assertThat(busy.size()).isEqualTo(9_900_000);
        assertThat(busy.bytes()).isLessThan(9_900_000);
        assertThat(quiet.bytes()).isLessThan(5_000_000);
        assertThat(out.length()).isLessThan(4_500_000);
    }

    /// A generator for each event is the worst case: memory is the limit then.
    @Test
    void staysWithinItsMemoryWhateverComes() {
        long limit = 1 << 20;
        SeenEvents seen = new SeenEvents(10_000_000, limit);
        EventIds ids = new EventIds(() -> Instant.EPOCH);
        for (int i = 0; i < 50_000; i++) {
            ids.ofPlace(BASE_MILLIS + i, 1, (long) i << 40);
            assertThat(seen.add(ids.high(), ids.low())).isTrue();
            assertThat(seen.bytes()).isLessThanOrEqualTo(limit);
        }
        assertThat(seen.size()).isGreaterThan(3_000);
        assertThat(seen.add(ids.high(), ids.low())).isFalse();
    }

    @Test
    void takesIdentifiersThatNoGeneratorMadeForNew() {
        SeenEvents seen = new SeenEvents();
        assertThat(seen.add(1, 2)).isTrue();
        assertThat(seen.add(1, 2)).isTrue();
        assertThat(seen.size()).isZero();
    }
}
