package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.kafka.EntryHeaders;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.ReplayMark;
import io.tocsin.pipeline.kafka.SharedKafka;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Collectors that read from a real broker.
@Tag("slow")
final class KafkaCollectorTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /// Longest pause when a broker is lost, of which the cluster needs its session to know it.
    private static final Duration STALL = Duration.ofSeconds(15);

    private static final List<Future<?>> SENT = new ArrayList<>();

    private static final KafkaCluster CLUSTER = SharedKafka.cluster();
    private static KafkaProducer<byte[], byte[]> producer;

    @TempDir
    Path folder;

    @BeforeAll
    static void startProducer() {
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", CLUSTER.brokerList(),
                        "request.timeout.ms", 5000,
                        "delivery.timeout.ms", 20_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void stopProducer() {
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
    }

    private static void topic(String name, int partitions) throws InterruptedException {
        CLUSTER.createTopic(name, partitions);
    }

    private static void send(String topic, String text) {
        send(new ProducerRecord<>(topic, text.getBytes(UTF_8)));
    }

    private static void send(ProducerRecord<byte[], byte[]> sent) {
        SENT.add(producer.send(sent));
    }

    /// Waits until the broker has what was sent; says why when it has not.
    private static void flush() throws ExecutionException, InterruptedException {
        producer.flush();
        for (Future<?> sent : SENT) {
            sent.get();
        }
        SENT.clear();
    }

    private static CollectorTopology start(Harness harness, String topic, String more) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector: { type: kafka, brokers: "%s", topics: %s%s }
              keepRaw: true
            """.formatted(CLUSTER.addresses().getFirst(), topic, more));
    }

    private static long committed(String group, String topic, int partition)
            throws ExecutionException, InterruptedException {
        try (Admin admin = CLUSTER.admin()) {
            OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(new TopicPartition(topic, partition));
            return offset == null ? -1 : offset.offset();
        }
    }

    private static void awaitLogged(Harness harness, int events) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(harness.logged().size()).isEqualTo(events));
    }

    @Test
    void readsEveryPartitionInItsOrderAndCommitsBehindWhatIsSynced() throws Exception {
        topic("ordered", 3);
        for (int i = 0; i < 3000; i++) {
            send(new ProducerRecord<>("ordered", i % 3, null, ("p" + i % 3 + " " + i).getBytes(UTF_8)));
        }
        flush();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology collector = start(harness, "ordered", "");
            awaitLogged(harness, 3000);
            for (int partition = 0; partition < 3; partition++) {
                String prefix = "p" + partition + " ";
                assertThat(harness.loggedTexts().stream().filter(text -> text.startsWith(prefix)))
                        .isEqualTo(IntStream.iterate(partition, i -> i < 3000, i -> i + 3)
                                .mapToObj(i -> prefix + i)
                                .toList());
                int of = partition;
                await().atMost(LIMIT).until(() -> committed("tocsin-test", "ordered", of) == 1000);
            }
            assertThat(harness.ledger()).containsEntry("RECEIVED", 3000L).hasSize(1);
            assertThat(collector.figures().openSources()).isEqualTo(3);
        }
    }

    @Test
    void goesOnWhereTheGroupStopped() throws Exception {
        topic("stopped", 1);
        send("stopped", "one");
        flush();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology first = start(harness, "stopped", "");
            awaitLogged(harness, 1);
            assertThat(first.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(committed("tocsin-test", "stopped", 0)).isEqualTo(1);
            send("stopped", "two");
            flush();
            start(harness, "stopped", "");
            awaitLogged(harness, 2);
            assertThat(harness.loggedTexts()).containsExactly("one", "two");
        }
    }

    /// F-BRK-03 where it is read: the leader keeps its connections and answers nothing.
    @Test
    void readsFromTheNextLeaderWhenOneIsFrozen() throws Exception {
        topic("led-on", 1);
        send("led-on", "one");
        flush();
        try (Harness harness = new Harness(folder)) {
            start(harness, "led-on", "");
            awaitLogged(harness, 1);
            int frozen = CLUSTER.leader("led-on", 0);
            CLUSTER.freeze(frozen);
            long before = System.nanoTime();
            try (KafkaProducer<byte[], byte[]> next = new KafkaProducer<>(
                    Map.of(
                            "bootstrap.servers", CLUSTER.brokerListWithout(frozen),
                            "request.timeout.ms", 2000,
                            "metadata.max.age.ms", 500,
                            "reconnect.backoff.ms", 500),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                next.send(new ProducerRecord<>("led-on", "two".getBytes(UTF_8))).get();
                awaitLogged(harness, 2);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(STALL);
            } finally {
                CLUSTER.thaw(frozen);
            }
            await("the old leader takes part again").atMost(LIMIT).until(() -> {
                CLUSTER.startEnded();
                return CLUSTER.inSync("led-on", 0) == 3;
            });
        }
    }

    @Test
    void givesWhatIsReadAgainTheSameIdentifiers() throws Exception {
        topic("again", 1);
        for (int i = 0; i < 50; i++) {
            send("again", "a" + i + "\nb" + i + "\r\n\nc" + i);
        }
        flush();
        List<String> first;
        try (Harness harness = new Harness(folder.resolve("1"))) {
            start(harness, "again", ", group: g1, format: lines");
            awaitLogged(harness, 150);
            first = identifiers(harness);
        }
        try (Harness harness = new Harness(folder.resolve("2"))) {
            start(harness, "again", ", group: g2, format: lines");
            awaitLogged(harness, 150);
            assertThat(harness.loggedTexts()).startsWith("a0", "b0", "c0", "a1");
            assertThat(identifiers(harness)).isEqualTo(first).doesNotHaveDuplicates();
        }
    }

    @Test
    void keepsWhatTheHeadersSayOfTheEntry() throws Exception {
        topic("headers", 1);
        EntryOrigin origin = new EntryOrigin("t1", "edge", "tcp", "10.1.1.9", 40001, "192.0.2.7", 1522, "");
        EventIds ids = new EventIds(SystemClock.process());
        ids.next(1_700_000_000_123L);
        byte[] raw = {'<', '1', '3', '>', (byte) 0xFF, 0, (byte) 0xC3, 'x'};
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("headers", raw);
        new EntryHeaders(ids.high(), ids.low(), 1_700_000_000_123_456_789L, origin, List.of("relay 1 2", "site 3 4"))
                .write(record.headers());
        send(record);
        flush();
        try (Harness harness = new Harness(folder)) {
            start(harness, "headers", "");
            awaitLogged(harness, 1);
            EventBatch batch = batches(harness).getFirst();
            Event event = new Event().moveTo(batch, 0);
            assertThat(event.idHigh()).isEqualTo(ids.high());
            assertThat(event.idLow()).isEqualTo(ids.low());
            assertThat(event.receivedNanos()).isEqualTo(1_700_000_000_123_456_789L);
            assertThat(event.origin()).isEqualTo(origin);
            // P6: whoever passed it on before the topic, and then this one.
            assertThat(Hops.of(event)).hasSize(3).startsWith("relay 1 2", "site 3 4");
            assertThat(Hops.of(event).getLast()).startsWith("test ");
            assertThat(Arrays.copyOfRange(event.arena(), event.rawOffset(), event.rawOffset() + event.rawLength()))
                    .isEqualTo(raw);
            // The ledger counts it in the minute in which it was received at the edge.
            assertThat(batch.ledger().entries())
                    .containsExactly(new BatchLedger.Entry(
                            1_700_000_000L / 60, "edge", "10.1.1.9", BatchLedger.Counter.RECEIVED, "", 1));
        }
    }

    @Test
    void takesOnlyWhatEnteredOnItsPorts() throws Exception {
        topic("ports", 1);
        int[] ports = {1522, 1523, 1524};
        EventIds ids = new EventIds(SystemClock.process());
        for (int i = 0; i < 300; i++) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("ports", ("event " + i).getBytes(UTF_8));
            ids.next();
            String peer = i % 2 == 0 ? "10.1.0.1" : "10.2.0.1";
            new EntryHeaders(
                            ids.high(),
                            ids.low(),
                            1_700_000_000_000_000_000L,
                            new EntryOrigin("", "edge", "tcp", peer, 1, "192.0.2.7", ports[i % 3], ""),
                            List.of())
                    .write(record.headers());
            send(record);
        }
        flush();
        Map<String, Integer> expected = Map.of(
                "{ ports: [1523] }", 100,
                "{ notPorts: [1522, 1523] }", 100,
                "{ ports: [1522], networks: [10.1.0.0/16] }", 50,
                "{ prefixes: [\"event 1\"] }", 111);
        int run = 0;
        for (Map.Entry<String, Integer> only : expected.entrySet()) {
            try (Harness harness = new Harness(folder.resolve("run" + run))) {
                CollectorTopology collector =
                        start(harness, "ports", ", group: run" + run++ + ", only: " + only.getKey());
                awaitLogged(harness, only.getValue());
                await().atMost(LIMIT)
                        .until(() -> collector.figures().counts().getOrDefault(StageCounter.PASSED_OVER_MESSAGES, 0L)
                                == 300 - only.getValue());
            }
        }
    }

    @Test
    void passesBatchesOnAndPutsDamagedOnesAside() throws Exception {
        topic("batches", 1);
        byte[] whole = batch(3);
        byte[] damaged = whole.clone();
        damaged[damaged.length - 1] ^= 1;
        send(new ProducerRecord<>("batches", damaged));
        send("batches", "this is no batch");
        send(new ProducerRecord<>("batches", whole));
        flush();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology collector = start(harness, "batches", ", format: batch");
            await().atMost(LIMIT).until(() -> harness.logged().size() == 3);
            assertThat(harness.logged()).allMatch(event -> event.route().equals("test"));
            EventBatch original = new EventBatch();
            new BatchDecoder().decode(whole, 0, whole.length, original);
            EventBatch logged = batches(harness).stream()
                    .filter(batch -> batch.count() > 0)
                    .findFirst()
                    .orElseThrow();
            for (int i = 0; i < 3; i++) {
                Event was = new Event().moveTo(original, i);
                Event is = new Event().moveTo(logged, i);
                assertThat(List.of(is.idHigh(), is.idLow(), is.receivedNanos(), is.sequence(), is.origin()))
                        .isEqualTo(
                                List.of(was.idHigh(), was.idLow(), was.receivedNanos(), was.sequence(), was.origin()));
                assertThat(is.text(Field.MESSAGE)).isEqualTo("message " + i);
            }
            assertThat(harness.ledger()).containsEntry("RECEIVED", 3L + 2).containsEntry("REJECTED damaged batch", 2L);
            assertThat(collector.figures().counts().get(StageCounter.DAMAGED_MESSAGES))
                    .isEqualTo(2);
            assertThat(folder.resolve("positions/dead-letters/test/batches-0-1.record"))
                    .hasContent("this is no batch");
            await().atMost(LIMIT).until(() -> committed("tocsin-test", "batches", 0) == 3);
        }
    }

    @Test
    void marksWhatIsReadOnceMoreAndPassesOverWhatWasReadBehindIt() throws Exception {
        topic("replayed", 1);
        for (int i = 0; i < 10; i++) {
            send("replayed", "event " + i);
        }
        flush();
        TopicPartition partition = new TopicPartition("replayed", 0);
        try (Admin admin = CLUSTER.admin()) {
            admin.alterConsumerGroupOffsets(
                            "tocsin-test", Map.of(partition, new OffsetAndMetadata(4, new ReplayMark(7, 9).text())))
                    .all()
                    .get();
        }
        try (Harness harness = new Harness(folder)) {
            start(harness, "replayed", "");
            awaitLogged(harness, 4);
            List<Boolean> marks = new ArrayList<>();
            for (EventBatch batch : batches(harness)) {
                for (int i = 0; i < batch.count(); i++) {
                    marks.add(new Event().moveTo(batch, i).hasFlag(EventBatch.FLAG_REPLAYED));
                }
            }
            assertThat(marks).containsExactly(true, true, true, false);
        }
    }

    @Test
    void staysInTheGroupWhileTheLogIsFull() throws Exception {
        topic("full", 1);
        // Nothing that the log could make small.
        Random random = new Random(1);
        byte[] noise = new byte[3000];
        for (int i = 0; i < 4000; i++) {
            random.nextBytes(noise);
            send("full", i + " " + Base64.getEncoder().encodeToString(noise));
        }
        flush();
        LogOptions small = LogOptions.defaults().withReserveBytes(0).withSizes(1 << 20, 4 << 20);
        try (Harness harness = new Harness(folder, small);
                var consumer = harness.log.consumer("storage")) {
            CollectorTopology collector = start(harness, "full", "");
            await().atMost(LIMIT).until(() -> collector.figures().waitingForLog());
            assertThat(collector.figures().openSources()).isEqualTo(1);
            long before = committed("tocsin-test", "full", 0);
            assertThat(before).isLessThan(4000);
            Set<String> seen = new HashSet<>();
            await().atMost(LIMIT).until(() -> {
                List<LogRecord> records = consumer.poll(100, 4 << 20, Duration.ofMillis(100));
                for (LogRecord found : records) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(found.payload(), 0, found.payload().length, batch);
                    for (int i = 0; i < batch.count(); i++) {
                        Event event = new Event().moveTo(batch, i);
                        seen.add(new String(event.arena(), event.rawOffset(), 5, UTF_8));
                    }
                    consumer.commit(found.end());
                }
                return seen.size() == 4000;
            });
            await().atMost(LIMIT).until(() -> committed("tocsin-test", "full", 0) == 4000);
        }
    }

    @Test
    void commitsOnlyWhatEveryDestinationHasWhenToldSo() throws Exception {
        topic("delivered", 1);
        for (int i = 0; i < 10; i++) {
            send("delivered", "event " + i);
        }
        flush();
        try (Harness harness = new Harness(folder)) {
            try (var slow = harness.log.consumer("centre")) {
                CollectorTopology collector = start(harness, "delivered", ", commit: delivered");
                awaitLogged(harness, 10);
                assertThat(collector.figures().openSources()).isEqualTo(1);
                assertThat(committed("tocsin-test", "delivered", 0)).isEqualTo(-1);
                LogPosition end = harness.log.end();
                slow.seek(end);
                slow.commit(end);
                await().atMost(LIMIT).until(() -> committed("tocsin-test", "delivered", 0) == 10);
            }
        }
    }

    /// F-BRK-06: the brokers deleted records that were still to be read.
    @Test
    void countsWhatTheBrokersDeletedBeforeItWasReadOnceAndSaysSo() throws Exception {
        topic("deleted", 1);
        for (int i = 0; i < 10; i++) {
            send("deleted", "event " + i);
        }
        flush();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology first = start(harness, "deleted", "");
            awaitLogged(harness, 10);
            assertThat(first.drain(Duration.ofSeconds(10))).isTrue();
            for (int i = 10; i < 30; i++) {
                send("deleted", "event " + i);
            }
            flush();
            deleteBefore("deleted", 25);
            CollectorTopology second = start(harness, "deleted", "");
            awaitLogged(harness, 15);
            assertThat(harness.loggedTexts()).endsWith("event 25", "event 26", "event 27", "event 28", "event 29");
            assertThat(second.figures().counts()).containsEntry(StageCounter.LOST_MESSAGES, 15L);
            assertThat(harness.ledger())
                    .containsEntry("RECEIVED", 30L)
                    .containsEntry("REJECTED deleted by the queue", 15L);

            // Nothing comes behind what is gone: it counts all the same, and not once more after a restart.
            assertThat(second.drain(Duration.ofSeconds(10))).isTrue();
            for (int i = 30; i < 34; i++) {
                send("deleted", "event " + i);
            }
            flush();
            deleteBefore("deleted", 34);
            CollectorTopology third = start(harness, "deleted", "");
            await().atMost(LIMIT).until(() -> committed("tocsin-test", "deleted", 0) == 34);
            assertThat(third.drain(Duration.ofSeconds(10))).isTrue();
            start(harness, "deleted", "");
            send("deleted", "event 34");
            flush();
            awaitLogged(harness, 16);
            assertThat(harness.ledger())
                    .containsEntry("RECEIVED", 35L)
                    .containsEntry("REJECTED deleted by the queue", 19L);
        }
    }

    /// What retention does, at once.
    private static void deleteBefore(String topic, long offset) throws ExecutionException, InterruptedException {
        try (Admin admin = CLUSTER.admin()) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get();
        }
    }

    @Test
    void beginsWhereItIsToldWhenItHasNoPlace() throws Exception {
        topic("begun", 1);
        send("begun", "before");
        flush();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology latest = start(harness, "begun", ", group: late, start: latest");
            await().atMost(LIMIT).until(() -> latest.figures().openSources() == 1);
            // Nothing tells from outside when it has its place.
            await().atMost(LIMIT).until(() -> {
                send("begun", "after");
                flush();
                return !harness.logged().isEmpty();
            });
            assertThat(harness.loggedTexts()).containsOnly("after");
        }
    }

    @Test
    void goesOnTryingWhenThePasswordCannotBeRead() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "secret");
        try (Harness harness = new Harness(folder);
                CollectorTopology collector = CollectorTopology.open(
                        Harness.config("""
                            kind: collector
                            name: test
                            spec:
                              connector:
                                type: kafka
                                brokers: "%s"
                                topics: unread
                                login: { user: tocsin, password: "file:%s" }
                            """.formatted(CLUSTER.addresses().getFirst(), password)),
                        harness.log,
                        folder.resolve("positions"),
                        SystemClock.process())) {
            Files.delete(password);
            collector.start();
            await().atMost(LIMIT)
                    .until(() -> collector.figures().counts().getOrDefault(StageCounter.CONNECTION_ERRORS, 0L) > 1);
            assertThat(collector.figures().state()).isEqualTo(CollectorFigures.State.UP);
        }
    }

    private static byte[] batch(int events) {
        EventBatch batch = new EventBatch();
        EventIds ids = new EventIds(SystemClock.process());
        EntryOrigin origin = new EntryOrigin("", "edge", "tcp", "10.1.1.9", 40001, "192.0.2.7", 1522, "");
        for (int i = 0; i < events; i++) {
            ids.next(1_700_000_000_000L + i);
            byte[] raw = ("raw " + i).getBytes(UTF_8);
            batch.builder()
                    .begin(
                            origin,
                            ids.high(),
                            ids.low(),
                            1_700_000_000_000_000_000L + i * 1_000_000L,
                            100 + i,
                            raw,
                            0,
                            raw.length);
            batch.builder().setText(Field.MESSAGE, "message " + i);
            batch.builder().commit();
        }
        batch.ledger().add(1_700_000_000_000_000_000L, origin, BatchLedger.Counter.RECEIVED, "", events);
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(batch, "edge");
        return Arrays.copyOf(encoder.buffer(), length);
    }

    private static List<EventBatch> batches(Harness harness) throws InterruptedException {
        List<EventBatch> batches = new ArrayList<>();
        LogPosition end = harness.log.end();
        harness.log.awaitSynced(end, Duration.ofSeconds(10));
        try (LogReader reader = harness.log.reader(LogPosition.START)) {
            while (reader.position().compareTo(end) < 0) {
                for (LogRecord found : reader.poll(1000, Long.MAX_VALUE, Duration.ofSeconds(10))) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(found.payload(), 0, found.payload().length, batch);
                    batches.add(batch);
                }
            }
        }
        return batches;
    }

    private static List<String> identifiers(Harness harness) throws InterruptedException {
        List<String> identifiers = new ArrayList<>();
        for (EventBatch batch : batches(harness)) {
            for (int i = 0; i < batch.count(); i++) {
                identifiers.add(EventIds.text(batch.idHigh(i), batch.idLow(i)));
            }
        }
        return identifiers;
    }
}
