package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.pipeline.kafka.EntryHeaders;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.SharedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Events on their way into three real brokers.
@Tag("slow")
final class KafkaDestinationTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final KafkaCluster CLUSTER = SharedKafka.cluster();

    @TempDir
    Path folder;

    private static String spec(String topic, String more) {
        return "{ type: kafka, brokers: [ "
                + String.join(
                        ", ",
                        CLUSTER.addresses().stream().map(a -> '"' + a + '"').toList()) + " ], topic: \"" + topic
                + "\", flushInterval: 20ms" + more + " }";
    }

    private static int number(String text) {
        return Integer.parseInt(text.substring(2, text.length() - 1));
    }

    /// P19: one of three brokers is killed while events go in.
    @Test
    void losesNothingAndGoesOnWithinFifteenSecondsWhenABrokerIsKilled() throws Exception {
        CLUSTER.createTopic("killed", 3);
        try (NumberedEvents events = new NumberedEvents(folder);
                RunningDestination destination =
                        events.start("kafka", spec("killed", ", format: batch, batch: 16KiB"))) {
            events.append(20, 200);
            await().atMost(LIMIT).until(() -> destination.figures().deliveredEvents() > 1000);
            int victim = CLUSTER.leader("killed", 0);
            CLUSTER.kill(victim);
            long killedNanos = System.nanoTime();
            events.append(20, 200);
            boolean drained = destination.drain(LIMIT);
            long stallMillis = (System.nanoTime() - killedNanos) / 1_000_000;
            System.out.println("all delivered " + stallMillis + " ms after a broker was killed");
            assertThat(drained)
                    .as("lastError %s", destination.figures().lastError())
                    .isTrue();
            CLUSTER.restart(victim);
            // What brokers by default take longer to miss one counts as well.
            Duration sooner = KafkaCluster.DEFAULT_SESSION.minus(KafkaCluster.SESSION);
            assertThat(stallMillis + sooner.toMillis()).isLessThan(15_000);
            Map<String, Integer> lastOfSource = new HashMap<>();
            TreeSet<Integer> numbers = new TreeSet<>();
            long received = 0;
            EventBatch batch = new EventBatch();
            for (ConsumerRecord<byte[], byte[]> found : CLUSTER.read("killed")) {
                BatchHeader header = new BatchDecoder().decode(found.value(), 0, found.value().length, batch);
                for (BatchLedger.Entry entry : header.ledger()) {
                    received += entry.value();
                }
                for (int i = 0; i < batch.count(); i++) {
                    Event event = new Event().moveTo(batch, i);
                    int number = number(Objects.requireNonNull(event.text(Field.MESSAGE)));
                    if (numbers.add(number)) {
                        Integer before = lastOfSource.put(event.origin().source(), number);
                        assertThat(before == null || before < number)
                                .as("order of a source")
                                .isTrue();
                    }
                }
            }
            assertThat(numbers)
                    .containsExactlyElementsOf(IntStream.range(0, 8000).boxed().toList());
            assertThat(received).isGreaterThanOrEqualTo(8000);
        }
    }

    private static List<String> hops(int number) {
        return number % 2 == 0 ? List.of() : List.of("relay 1 " + number, "site 2 3");
    }

    /// P8: three listeners in one topic, told apart by what the headers say.
    @Test
    void carriesTheEntryOfEveryEventInHeaders() throws Exception {
        CLUSTER.createTopic("entries", 2);
        try (NumberedEvents events = new NumberedEvents(folder)) {
            for (int i = 0; i < 300; i++) {
                events.add(i, NumberedEvents.origin("10.0.0." + i % 7, 1522 + i % 3), hops(i));
            }
            events.append();
            try (RunningDestination destination = events.start("kafka", spec("entries", ", format: raw"))) {
                assertThat(destination.drain(LIMIT)).isTrue();
            }
        }
        Map<Integer, Integer> byPort = new HashMap<>();
        Map<String, Integer> partitionOf = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> found : CLUSTER.read("entries")) {
            EntryHeaders entry = Objects.requireNonNull(EntryHeaders.read(found.headers()));
            byPort.merge(entry.origin().localPort(), 1, Integer::sum);
            int number = number(new String(found.value(), UTF_8));
            assertThat(entry.idLow()).isEqualTo(number);
            assertThat(entry.receivedNanos()).isEqualTo(1_700_000_000_000_000_000L + number * 1_000L);
            assertThat(entry.origin()).isEqualTo(NumberedEvents.origin("10.0.0." + number % 7, 1522 + number % 3));
            assertThat(entry.hops()).isEqualTo(hops(number));
            Integer partition = partitionOf.putIfAbsent(entry.origin().source(), found.partition());
            assertThat(partition == null || partition == found.partition()).isTrue();
        }
        assertThat(byPort).isEqualTo(Map.of(1522, 100, 1523, 100, 1524, 100));
    }

    @Test
    void choosesTheTopicByWhereAnEventEntered() throws Exception {
        CLUSTER.createTopic("in-1522", 1);
        CLUSTER.createTopic("in-1523", 1);
        try (NumberedEvents events = new NumberedEvents(folder)) {
            for (int i = 0; i < 100; i++) {
                events.add(i, NumberedEvents.origin("10.0.0.1", 1522 + i % 2));
            }
            events.append();
            try (RunningDestination destination = events.start("kafka", spec("in-{localPort}", ", format: batch"))) {
                assertThat(destination.drain(LIMIT)).isTrue();
            }
        }
        EventBatch batch = new EventBatch();
        for (int port = 1522; port < 1524; port++) {
            byte[] value = CLUSTER.read("in-" + port).getFirst().value();
            new BatchDecoder().decode(value, 0, value.length, batch);
            assertThat(batch.count()).isEqualTo(50);
            assertThat(batch.origin(0).localPort()).isEqualTo(port);
        }
    }

    @Test
    void cutsBatchesThatAreLongerThanTheBrokersTake() throws Exception {
        CLUSTER.createTopic("long", 1);
        try (NumberedEvents events = new NumberedEvents(folder)) {
            events.append(1, 4000);
            try (RunningDestination destination =
                    events.start("kafka", spec("long", ", format: batch, maxRecordSize: 16KiB"))) {
                assertThat(destination.drain(LIMIT)).isTrue();
                assertThat(destination.figures().deadLetters()).isZero();
            }
        }
        int count = 0;
        long received = 0;
        EventBatch batch = new EventBatch();
        List<ConsumerRecord<byte[], byte[]>> all = CLUSTER.read("long");
        assertThat(all).hasSizeGreaterThan(1);
        for (ConsumerRecord<byte[], byte[]> found : all) {
            assertThat(found.value().length).isLessThan(16 << 10);
            BatchHeader header = new BatchDecoder().decode(found.value(), 0, found.value().length, batch);
            count += batch.count();
            received +=
                    header.ledger().stream().mapToLong(BatchLedger.Entry::value).sum();
        }
        assertThat(count).isEqualTo(4000);
        assertThat(received).isEqualTo(4000);
    }

    @Test
    void waitsForATopicThatIsNotThereAndSaysSo() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder);
                RunningDestination destination =
                        events.start("kafka", spec("missing", ", format: batch, timeout: 2s, checkInterval: 300ms"))) {
            events.append(1, 10);
            await().atMost(LIMIT)
                    .until(() -> String.valueOf(destination.figures().lastError())
                            .contains("topic is not there, or no broker answers [topic=missing]"));
            CLUSTER.createTopic("missing", 1);
            assertThat(destination.drain(LIMIT)).isTrue();
        }
        assertThat(CLUSTER.read("missing")).hasSize(1);
    }

    /// Codecs of the library are native: each has to be there.
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4", "snappy", "zstd"})
    void compressesWithEveryCodecOfTheBrokers(String compression) throws Exception {
        String topic = "compressed-" + compression;
        CLUSTER.createTopic(topic, 1);
        try (NumberedEvents events = new NumberedEvents(folder)) {
            events.append(1, 500);
            try (RunningDestination destination =
                    events.start("kafka", spec(topic, ", format: raw, compression: " + compression))) {
                assertThat(destination.drain(LIMIT)).isTrue();
            }
        }
        assertThat(CLUSTER.read(topic).stream().map(found -> number(new String(found.value(), UTF_8))))
                .containsExactlyElementsOf(IntStream.range(0, 500).boxed().toList());
    }

    /// The brokers' own limit is lower than ours, and the answer comes when others are on their way behind it.
    @Test
    void putsAsideOnlyTheEventThatTheBrokersRefuse() throws Exception {
        for (String format : List.of("raw", "batch")) {
            String topic = "refusing-" + format;
            CLUSTER.createTopic(new NewTopic(topic, 1, (short) 3).configs(Map.of("max.message.bytes", "20000")), 1);
            Path own = folder.resolve(format);
            try (NumberedEvents events = new NumberedEvents(own)) {
                events.append(4, 500);
                // Noise, so that no codec makes it short enough.
                byte[] noise = new byte[30_000];
                new Random(1).nextBytes(noise);
                events.addNext(100);
                events.addNext(noise);
                events.addNext(100);
                events.append();
                events.append(4, 500);
                try (RunningDestination destination = events.start(
                        "kafka",
                        spec(topic, ", format: " + format + ", batch: 4KiB, workers: 2, checkInterval: 300ms"))) {
                    assertThat(destination.drain(LIMIT))
                            .as("%s", destination.figures().lastError())
                            .isTrue();
                    assertThat(destination.figures().deadLetters()).isEqualTo(1);
                }
            }
            TreeSet<Integer> numbers = new TreeSet<>();
            EventBatch batch = new EventBatch();
            for (ConsumerRecord<byte[], byte[]> found : CLUSTER.read(topic)) {
                if (format.equals("raw")) {
                    numbers.add(number(new String(found.value(), UTF_8)));
                } else {
                    new BatchDecoder().decode(found.value(), 0, found.value().length, batch);
                    for (int i = 0; i < batch.count(); i++) {
                        Event event = new Event().moveTo(batch, i);
                        numbers.add(number(Objects.requireNonNull(event.text(Field.MESSAGE))));
                    }
                }
            }
            assertThat(numbers)
                    .as("everything else, in the format %s", format)
                    .containsExactlyElementsOf(IntStream.range(0, 4201)
                            .filter(number -> number != 2100)
                            .boxed()
                            .toList());
        }
    }
}
