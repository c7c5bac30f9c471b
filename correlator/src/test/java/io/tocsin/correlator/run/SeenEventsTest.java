package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.EventIds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
                seen.read(new StateReader(out.toBytes()));
            }
        }
        assertThat(seen.size()).isEqualTo(model.size());
    }

    @Test
    void forgetsTheOldestWhenThereAreTooMany() {
        SeenEvents seen = new SeenEvents(1000);
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

    @Test
    void takesIdentifiersThatNoGeneratorMadeForNew() {
        SeenEvents seen = new SeenEvents();
        assertThat(seen.add(1, 2)).isTrue();
        assertThat(seen.add(1, 2)).isTrue();
        assertThat(seen.size()).isZero();
    }
}
