package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.pipeline.transport.log.WhenFull;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of events, and of the ledger, when the log is full.
final class FullBufferTest {
    private static final int LINES = 40_000;

    @TempDir
    private Path folder;

    /// What a consumer got: events, and what the ledger said.
    private static final class Taken {
        long events;
        final Map<String, Long> ledger = new TreeMap<>();

        long letGo() {
            return ledger.getOrDefault("REJECTED:buffer full", 0L);
        }

        void all(LogConsumer consumer) throws InterruptedException {
            List<LogRecord> records = consumer.poll(100, 1 << 20, Duration.ofMillis(300));
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    BatchHeader header = BatchHeader.read(record.payload(), 0, record.payload().length);
                    events += header.count();
                    for (BatchLedger.Entry entry : header.ledger()) {
                        String key = entry.counter() + (entry.reason().isEmpty() ? "" : ":" + entry.reason());
                        ledger.merge(key, entry.value(), Long::sum);
                    }
                }
                consumer.commit(records.getLast().end());
                records = consumer.poll(100, 1 << 20, Duration.ofMillis(300));
            }
        }
    }

    private static void send(CollectorTopology topology, int lines) throws Exception {
        Random random = new Random(3);
        try (Socket socket = Harness.connect(topology)) {
            OutputStream out = socket.getOutputStream();
            String text = IntStream.range(0, lines)
                    .mapToObj(i -> "<13>line " + i + " "
                            + Long.toHexString(random.nextLong()).repeat(10) + "\n")
                    .collect(Collectors.joining());
            out.write(text.getBytes(UTF_8));
        }
    }

    private static long received(CollectorTopology topology) {
        return topology.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L);
    }

    private Taken run(WhenFull policy) throws Exception {
        LogOptions small = LogOptions.defaults().withReserveBytes(1).withSizes(64 << 10, 1 << 20);
        Taken taken = new Taken();
        try (Harness harness = new Harness(folder, small);
                LogConsumer consumer = harness.log.consumer("storage")) {
            harness.log.onLoss("storage", new LossLedger(harness.log, _ -> true));
            CollectorTopology topology = harness.startTcp("");
            assertThat(topology.whenFull()).isEqualTo(WhenFull.BLOCK);
            topology.whenFull(policy);
            send(topology, LINES);
            await().atMost(Duration.ofSeconds(30)).until(() -> received(topology) == LINES);
            assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                taken.all(consumer);
                assertThat(taken.ledger).containsEntry("RECEIVED", (long) LINES);
            });
            assertThat(harness.log.metrics().lostRecords()).isZero();
        }
        return taken;
    }

    @Test
    void dropsTheNewestAndTheLedgerSaysExactlyHowMany() throws Exception {
        Taken taken = run(WhenFull.DROP_NEWEST);
        assertThat(taken.letGo()).isBetween(1L, LINES - 1L);
        assertThat(taken.events + taken.letGo()).isEqualTo(LINES);
    }

    @Test
    void dropsTheOldestAndTheLedgerSaysExactlyHowMany() throws Exception {
        Taken taken = run(WhenFull.DROP_OLDEST);
        assertThat(taken.letGo()).isBetween(1L, LINES - 1L);
        assertThat(taken.events + taken.letGo()).isEqualTo(LINES);
    }

    /// K14: a collector that can keep nothing lets a front end see it: after some time it closes its port, and opens
    /// it again when there is room. What was under way comes through.
    @Test
    void closesItsPortWhileNothingCanBeKeptAndOpensItAgain() throws Exception {
        LogOptions small = LogOptions.defaults().withReserveBytes(1).withSizes(64 << 10, 256 << 10);
        Taken taken = new Taken();
        try (Harness harness = new Harness(folder, small);
                LogConsumer consumer = harness.log.consumer("storage")) {
            CollectorTopology topology = harness.startTcp(", closeListenerAfter: 1s");
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    send(topology, LINES);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            await().atMost(Duration.ofSeconds(20)).until(() -> isRefused(topology));
            assertThat(topology.figures().waitingForLog()).isTrue();
            assertThat(received(topology)).isLessThan(LINES);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                taken.all(consumer);
                assertThat(taken.events).isEqualTo(LINES);
            });
            sender.join();
            await().atMost(Duration.ofSeconds(20)).until(() -> !isRefused(topology));
            send(topology, 10);
            await().atMost(Duration.ofSeconds(20)).until(() -> received(topology) == LINES + 10);
        }
    }

    private static boolean isRefused(CollectorTopology topology) {
        try {
            Harness.connect(topology).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    @Test
    void datagramsDropTheNewestAndEverybodyElseBlocksUnlessSettingsSayOtherwise() {
        BufferConfig plain = BufferConfig.of(LogOptions.defaults());
        assertThat(plain.policy("edge", "udp")).isEqualTo(WhenFull.DROP_NEWEST);
        assertThat(plain.policy("edge", "tcp")).isEqualTo(WhenFull.BLOCK);
        BufferConfig named = new BufferConfig(
                LogOptions.defaults(), Map.of("udp", WhenFull.DROP_OLDEST, "edge", WhenFull.DROP_NEWEST));
        assertThat(named.policy("edge", "udp")).isEqualTo(WhenFull.DROP_NEWEST);
        assertThat(named.policy("other", "udp")).isEqualTo(WhenFull.DROP_OLDEST);
        assertThat(named.policy("other", "relp")).isEqualTo(WhenFull.BLOCK);
    }
}
