package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.KafkaReplay;
import io.tocsin.pipeline.kafka.KafkaReplay.Part;
import io.tocsin.pipeline.kafka.SharedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
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

/// P23: a group of a real cluster is moved back, by a time range and by a number of records, and its collector reads
/// exactly that once more.
@Tag("slow")
final class KafkaReplayTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int RECORDS = 200;
    private static final String GROUP = "reads-once-more";
    private static final String TOPIC = "read-once-more";
    /// Record number i was written i seconds later.
    private static final Instant BEGIN = Instant.parse("2026-11-22T10:00:00Z");

    private static final KafkaCluster CLUSTER = SharedKafka.cluster();
    private static KafkaProducer<byte[], byte[]> producer;

    @TempDir
    Path folder;

    @BeforeAll
    static void fill() throws InterruptedException {
        CLUSTER.createTopic(new NewTopic(TOPIC, 2, (short) 3).configs(Map.of("retention.ms", "-1")), 2);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", CLUSTER.brokerList()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        IntStream.range(0, RECORDS).forEach(KafkaReplayTest::send);
        producer.flush();
    }

    @AfterAll
    static void end() {
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
    }

    private static void send(int number) {
        Future<?> _ = producer.send(new ProducerRecord<>(
                TOPIC,
                number % 2,
                BEGIN.plusSeconds(number).toEpochMilli(),
                null,
                ("event " + number).getBytes(UTF_8)));
    }

    private static CollectorTopology start(Harness harness) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector: { type: kafka, brokers: "%s", topics: %s, group: %s }
              keepRaw: true
            """.formatted(CLUSTER.addresses().getFirst(), TOPIC, GROUP));
    }

    private static Map<TopicPartition, OffsetAndMetadata> places() throws ExecutionException, InterruptedException {
        try (Admin admin = CLUSTER.admin()) {
            return admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get();
        }
    }

    private static long place(int partition) throws ExecutionException, InterruptedException {
        OffsetAndMetadata place = places().get(new TopicPartition(TOPIC, partition));
        return place == null ? -1 : place.offset();
    }

    private static List<String> texts(int from, int to, int step) {
        return IntStream.iterate(from, i -> i < to, i -> i + step)
                .mapToObj(i -> "event " + i)
                .toList();
    }

    /// What was read behind the first events of the log, of one partition, in the order of the log.
    private static List<String> readSince(Harness harness, int events, int partition) {
        return harness.loggedTexts().stream()
                .skip(events)
                .filter(text -> Integer.parseInt(text.substring("event ".length())) % 2 == partition)
                .toList();
    }

    private static void stop(CollectorTopology collector) {
        assertThat(collector.drain(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void readsExactlyATimeRangeOrTheLastRecordsOnceMoreInOrderAndThenGoesOnWhereItStood() throws Exception {
        try (Harness harness = new Harness(folder);
                KafkaReplay replay = new KafkaReplay(Map.of("bootstrap.servers", CLUSTER.brokerList()))) {
            CollectorTopology first = start(harness);
            await().atMost(LIMIT).until(() -> harness.logged().size() == RECORDS);
            assertThatThrownBy(() -> replay.shift(GROUP, Set.of(), 10))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining("the consumer group is active");
            stop(first);
            assertThat(List.of(place(0), place(1))).containsExactly(100L, 100L);

            // From 50 to 120, exclusive; the times of the records decide, whatever the places are.
            List<Part> range = replay.range(GROUP, Set.of(), BEGIN.plusSeconds(50), BEGIN.plusSeconds(120));
            assertThat(range).containsExactly(new Part(TOPIC, 0, 25, 60, 100), new Part(TOPIC, 1, 25, 60, 100));
            assertThat(List.of(place(0), place(1))).as("asked only").containsExactly(100L, 100L);
            replay.apply(GROUP, range);
            assertThat(List.of(place(0), place(1))).containsExactly(25L, 25L);
            send(RECORDS);
            producer.flush();
            CollectorTopology second = start(harness);
            await().atMost(LIMIT).until(() -> harness.logged().size() >= RECORDS + 70 + 1);
            await().atMost(LIMIT).until(() -> place(0) == 101 && place(1) == 100);
            stop(second);
            assertThat(readSince(harness, RECORDS, 0))
                    .as("exactly these, in order, and what is new")
                    .isEqualTo(concat(texts(50, 120, 2), texts(RECORDS, RECORDS + 1, 2)));
            assertThat(readSince(harness, RECORDS, 1)).isEqualTo(texts(51, 120, 2));
            assertThat(second.figures().counts()).containsEntry(StageCounter.REPLAYED_EVENTS, 70L);
            assertThat(second.figures().counts()).containsEntry(StageCounter.PASSED_OVER_MESSAGES, 80L);

            // The last ten of each partition, of which one is another one now.
            List<Part> shift = replay.shift(GROUP, Set.of(TOPIC), 10);
            assertThat(shift).containsExactly(new Part(TOPIC, 0, 91, 101, 101), new Part(TOPIC, 1, 90, 100, 100));
            replay.apply(GROUP, shift);
            assertThat(List.of(place(0), place(1))).containsExactly(91L, 90L);
            int before = harness.logged().size();
            CollectorTopology third = start(harness);
            await().atMost(LIMIT).until(() -> place(0) == 101 && place(1) == 100);
            stop(third);
            assertThat(harness.logged()).hasSize(before + 20);
            assertThat(readSince(harness, before, 0)).isEqualTo(texts(182, 201, 2));
            assertThat(readSince(harness, before, 1)).isEqualTo(texts(181, 200, 2));
            assertThat(third.figures().counts()).containsEntry(StageCounter.REPLAYED_EVENTS, 20L);

            // Nothing is left of it for the next one.
            assertThat(places().values()).allMatch(place -> place.metadata().isEmpty());
            assertThat(replay.range(GROUP, Set.of(), BEGIN.minusSeconds(100), BEGIN))
                    .isEmpty();
            assertThat(replay.shift(GROUP, Set.of(), 1_000_000))
                    .containsExactly(new Part(TOPIC, 0, 0, 101, 101), new Part(TOPIC, 1, 0, 100, 100));
        }
    }

    private static List<String> concat(List<String> one, List<String> other) {
        return java.util.stream.Stream.concat(one.stream(), other.stream()).toList();
    }
}
