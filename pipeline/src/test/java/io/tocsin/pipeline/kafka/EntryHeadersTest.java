package io.tocsin.pipeline.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.stage.Hops;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class EntryHeadersTest {
    private static final EntryOrigin ORIGIN = new EntryOrigin(
                    "t1", "edge", "tls", "10.0.0.7", 40001, "192.0.2.7", 514, "")
            .through("10.0.0.1", 4711, "CN=host7")
            .in("00c0ffee00c0ffee");

    @Test
    void carriesEveryHopInItsOrder() {
        EntryHeaders entry = new EntryHeaders(1, 2, 3, ORIGIN, List.of("relay 1 2", "site 3 4"));
        RecordHeaders headers = new RecordHeaders();
        entry.write(headers);
        assertThat(EntryHeaders.read(headers)).isEqualTo(entry);
    }

    @Test
    void readsWhatWasWrittenBeforeThereWereHops() {
        EntryHeaders entry = new EntryHeaders(1, 2, 3, ORIGIN, List.of());
        RecordHeaders headers = new RecordHeaders();
        entry.write(headers);
        assertThat(headers.headers(EntryHeaders.HOP)).isEmpty();
        assertThat(EntryHeaders.read(headers)).isEqualTo(entry);
    }

    @Test
    void takesNoMoreHopsThanAnEventMayHaveWhateverIsWritten() {
        long seed = System.nanoTime();
        System.out.println("EntryHeadersTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            RecordHeaders headers = new RecordHeaders();
            new EntryHeaders(1, 2, 3, ORIGIN, List.of()).write(headers);
            int written = random.nextInt(3 * Hops.MAXIMUM);
            for (int i = 0; i < written; i++) {
                byte[] value = new byte[random.nextInt(10_000)];
                random.nextBytes(value);
                headers.add(EntryHeaders.HOP, random.nextInt(5) == 0 ? null : value);
            }
            EntryHeaders read = Objects.requireNonNull(EntryHeaders.read(headers));
            assertThat(read.hops()).hasSizeLessThanOrEqualTo(Hops.MAXIMUM);
            assertThat(read.hops())
                    .allSatisfy(hop -> assertThat(hop.getBytes(UTF_8)).hasSizeLessThan(3 * 4096 + 1));
        }
    }
}
