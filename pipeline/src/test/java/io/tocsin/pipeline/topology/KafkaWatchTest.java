package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.kafka.KafkaAlarm;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.kafka.KafkaWatch;
import io.tocsin.pipeline.kafka.SharedKafka;
import io.tocsin.pipeline.kafka.TopicSettings;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is told of the topics of real brokers.
@Tag("slow")
final class KafkaWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long HOUR_MILLIS = 3_600_000L;
    private static final KafkaCluster CLUSTER = SharedKafka.cluster();

    @TempDir
    Path folder;

    /// Keeps what was told.
    ///
    /// Thread-safety: one thread.
    private static final class Told implements KafkaAlarm {
        final List<String> told = new ArrayList<>();
        boolean isKnown = true;

        @Override
        public boolean topicUnsafe(KafkaUse.Role role, String name, TopicSettings topic, String message) {
            told.add(role.text() + " " + name + " " + topic.name() + " " + message);
            return isKnown;
        }

        @Override
        public boolean unreadNearDeletion(
                String collector, TopicSettings topic, long records, double share, String message) {
            told.add(collector + " " + topic.name() + " " + records + " records " + (share >= 0.9 ? "red" : "yellow"));
            return isKnown;
        }

        List<String> take() {
            List<String> taken = List.copyOf(told);
            told.clear();
            return taken;
        }
    }

    private static KafkaUse destination(String name, String spec) {
        Problems problems = new Problems();
        ConfigNode node =
                YamlReader.read("test.yaml", "kind: destination\nname: " + name + "\nspec: " + spec + "\n", problems);
        DestinationPlan plan = DestinationPlan.read(Objects.requireNonNull(node), StageResources.NONE, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(Objects.requireNonNull(plan).config().kafka(name));
    }

    private static KafkaUse writesTo(String name, String topic) {
        return destination(
                name,
                "{ type: kafka, brokers: \"%s\", topic: \"%s\" }"
                        .formatted(CLUSTER.addresses().getFirst(), topic));
    }

    private static NewTopic topic(String name, int replicas, Map<String, String> settings) {
        return new NewTopic(name, 1, (short) replicas).configs(settings);
    }

    @Test
    void saysOnceWhichTopicsMayLoseWhatTheyConfirmAndAgainAfterTheyWereWell() throws Exception {
        CLUSTER.createTopic(topic("watched-1", 1, Map.of("min.insync.replicas", "1")), 1);
        CLUSTER.createTopic(topic("watched-2", 2, Map.of("min.insync.replicas", "1")), 1);
        CLUSTER.createTopic(topic("watched-3", 3, Map.of("min.insync.replicas", "2")), 1);
        CLUSTER.createTopic(topic("watched-4", 2, Map.of("min.insync.replicas", "3")), 1);
        List<KafkaUse> uses = new ArrayList<>(
                List.of(writesTo("out", "watched-{localPort}"), writesTo("elsewhere", "watched-missing")));
        Told told = new Told();
        KafkaWatch watch = new KafkaWatch(() -> uses, told, SystemClock.process());
        told.isKnown = false;
        watch.look();
        assertThat(told.take()).hasSize(3);
        told.isKnown = true;
        watch.look();
        assertThat(told.take())
                .satisfiesExactlyInAnyOrder(
                        one -> assertThat(one).contains("watched-1 of destination out: there is one replica"),
                        two -> assertThat(two).contains("watched-2 of destination out: min.insync.replicas is 1"),
                        four -> assertThat(four).contains("watched-4 of", "nothing can be confirmed"));
        watch.look();
        assertThat(told.take()).as("told and heard once").isEmpty();
        assertThat(watch.metrics())
                .contains("tocsin_kafka_topic_replicas{destination=\"out\",topic=\"watched-1\"} 1\n")
                .contains("tocsin_kafka_topic_min_insync_replicas{destination=\"out\",topic=\"watched-3\"} 2\n")
                .contains("tocsin_kafka_topic_unsafe{destination=\"out\",topic=\"watched-2\"} 1\n")
                .contains("tocsin_kafka_topic_unsafe{destination=\"out\",topic=\"watched-3\"} 0\n");
        // Not used and used once more.
        KafkaUse use = uses.removeFirst();
        watch.look();
        uses.add(use);
        watch.look();
        assertThat(told.take()).hasSize(3);
    }

    @Test
    void worksOnWithoutAWordMoreThanOnceWhenTheBrokersDoNotTell() throws Exception {
        CLUSTER.createTopic(topic("guarded", 1, Map.of("min.insync.replicas", "1")), 1);
        ResourcePattern guarded = new ResourcePattern(ResourceType.TOPIC, "guarded", PatternType.LITERAL);
        try (Admin admin = CLUSTER.admin()) {
            admin.createAcls(List.of(
                            new AclBinding(
                                    guarded,
                                    new AccessControlEntry("User:*", "*", AclOperation.ALL, AclPermissionType.ALLOW)),
                            new AclBinding(
                                    guarded,
                                    new AccessControlEntry(
                                            "User:tocsin",
                                            "*",
                                            AclOperation.DESCRIBE_CONFIGS,
                                            AclPermissionType.DENY))))
                    .all()
                    .get();
        }
        KafkaUse use = destination("out", """
            { type: kafka, brokers: "%s", topic: guarded, tls: { authorities: "%s" }, \
            login: { mechanism: plain, user: tocsin, password: right } }\
            """.formatted(CLUSTER.securedAddress(), SharedKafka.authority()));
        Told told = new Told();
        List<String> logged = new ArrayList<>();
        Handler listening = new Handler() {
            @Override
            public void publish(LogRecord logging) {
                if (KafkaWatch.class.getName().equals(logging.getLoggerName())) {
                    logged.add(logging.getLevel() + " " + List.of(logging.getParameters()));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(listening);
        try {
            KafkaWatch watch = new KafkaWatch(() -> List.of(use), told, SystemClock.process());
            // The brokers learn of the rule one after another.
            await().atMost(LIMIT).until(() -> {
                watch.look();
                return watch.metrics()
                        .contains("tocsin_kafka_topic_min_insync_replicas{destination=\"out\",topic=\"guarded\"} 0");
            });
            watch.look();
            watch.look();
        } finally {
            Logger.getLogger("").removeHandler(listening);
        }
        assertThat(told.take())
                .as("what is known all the same")
                .singleElement()
                .satisfies(one -> assertThat(one).contains("guarded of destination out: there is one replica"));
        assertThat(logged)
                .filteredOn(line -> !line.contains("one replica"))
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("INFO").contains("DescribeConfigs of topic guarded"));
        assertThat(logged).hasSize(2);
    }

    @Test
    void saysAtSeventyAndNinetyPercentOfItsTimeThatUnreadRecordsWillBeDeleted() throws Exception {
        CLUSTER.createTopic(topic("ageing", 3, Map.of("retention.ms", Long.toString(HOUR_MILLIS))), 1);
        long written = SystemClock.process().millis() - 10_000;
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int i = 0; i < 20; i++) {
                Future<?> _ =
                        producer.send(new ProducerRecord<>("ageing", 0, written, null, ("event " + i).getBytes(UTF_8)));
            }
        }
        AtomicLong now = new AtomicLong(written + HOUR_MILLIS / 2);
        try (Harness harness = new Harness(folder);
                var slow = harness.log.consumer("centre")) {
            CollectorTopology collector = collect(harness, "ageing");
            Told told = new Told();
            KafkaWatch watch = new KafkaWatch(
                    () -> List.of(Objects.requireNonNull(collector.kafka())),
                    told,
                    () -> Instant.ofEpochMilli(now.get()));
            await().atMost(LIMIT).until(() -> harness.logged().size() == 20);
            watch.look();
            assertThat(told.take()).as("half of its time").isEmpty();
            assertThat(watch.metrics())
                    .contains("tocsin_kafka_lag_records{collector=\"test\",topic=\"ageing\",partition=\"0\"} 20\n")
                    .contains("tocsin_kafka_lag_age_seconds{collector=\"test\",topic=\"ageing\",partition=\"0\"} 1800")
                    .contains("tocsin_kafka_retention_used_ratio{collector=\"test\",topic=\"ageing\",partition=\"0\"}"
                            + " 0.500\n");
            now.set(written + HOUR_MILLIS * 7 / 10);
            watch.look();
            watch.look();
            assertThat(told.take()).containsExactly("test ageing 20 records yellow");
            now.set(written + HOUR_MILLIS * 9 / 10);
            watch.look();
            watch.look();
            assertThat(told.take()).containsExactly("test ageing 20 records red");
            LogPosition end = harness.log.end();
            slow.seek(end);
            slow.commit(end);
            await().atMost(LIMIT).until(() -> {
                watch.look();
                return watch.metrics()
                        .contains("tocsin_kafka_lag_records{collector=\"test\",topic=\"ageing\",partition=\"0\"} 0\n");
            });
            assertThat(told.take()).as("all is passed on").isEmpty();
        }
    }

    @Test
    void saysThatUnreadRecordsWillBeDeletedForTheirSizeAndNotThoseThatWereRead() throws Exception {
        CLUSTER.createTopic(topic("filling", 3, Map.of("retention.bytes", "1000000", "min.insync.replicas", "2")), 1);
        try (Harness harness = new Harness(folder);
                var slow = harness.log.consumer("centre")) {
            CollectorTopology collector = collect(harness, "filling");
            Told told = new Told();
            KafkaWatch watch = new KafkaWatch(
                    () -> List.of(Objects.requireNonNull(collector.kafka())), told, SystemClock.process());
            noise(600_000);
            await().atMost(LIMIT).until(() -> harness.logged().size() == 600);
            watch.look();
            assertThat(told.take()).isEmpty();
            noise(200_000);
            await().atMost(LIMIT).until(() -> harness.logged().size() == 800);
            watch.look();
            assertThat(told.take()).containsExactly("test filling 800 records yellow");
            LogPosition end = harness.log.end();
            slow.seek(end);
            slow.commit(end);
            await().atMost(LIMIT).until(() -> {
                watch.look();
                return watch.metrics()
                        .contains("tocsin_kafka_lag_records{collector=\"test\",topic=\"filling\",partition=\"0\"} 0\n");
            });
            noise(150_000);
            await().atMost(LIMIT).until(() -> harness.logged().size() == 950);
            watch.look();
            assertThat(told.take()).as("the topic is full of what was read").isEmpty();
        }
    }

    /// Records of 1,000 bytes that no codec makes shorter.
    private static void noise(int bytes) {
        Random random = new Random(bytes);
        byte[] noise = new byte[702];
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int i = 0; i < bytes / 1000; i++) {
                random.nextBytes(noise);
                Future<?> _ = producer.send(new ProducerRecord<>(
                        "filling", Base64.getEncoder().encodeToString(noise).getBytes(UTF_8)));
            }
        }
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", CLUSTER.brokerList()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static CollectorTopology collect(Harness harness, String topic) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector: { type: kafka, brokers: "%s", topics: %s, commit: delivered }
              keepRaw: true
            """.formatted(CLUSTER.addresses().getFirst(), topic));
    }
}
