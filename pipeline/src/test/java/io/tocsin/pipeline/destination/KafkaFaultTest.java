package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.SharedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of events while brokers die, freeze or have a full disk: nothing is lost, and what cannot be kept by
/// as many brokers as demanded waits in the log.
@Tag("slow")
final class KafkaFaultTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /// Longest pause when a broker is lost, of which the cluster needs its session to know it.
    private static final Duration STALL = Duration.ofSeconds(15);

    private static final Duration QUIET = Duration.ofMillis(1500);
    private static final KafkaCluster CLUSTER = SharedKafka.cluster();

    @TempDir
    Path folder;

    @AfterEach
    void restartBrokers() throws Exception {
        CLUSTER.restartAll();
    }

    private static String spec(String topic) {
        return "{ type: kafka, brokers: [ "
                + String.join(
                        ", ",
                        CLUSTER.addresses().stream().map(a -> '"' + a + '"').toList()) + " ], topic: " + topic
                + ", format: raw, key: none, flushInterval: 20ms, timeout: 3s, checkInterval: 300ms }";
    }

    private static long delivered(RunningDestination destination) {
        return destination.figures().deliveredEvents();
    }

    /// Nothing more is confirmed, and the destination says that its peer has a problem.
    private static void awaitBlocked(RunningDestination destination) {
        await().atMost(LIMIT).until(() -> destination.figures().lastError() != null);
        long before = delivered(destination);
        await().during(QUIET).atMost(LIMIT).until(() -> delivered(destination) == before);
    }

    private static void assertHolds(String topic, int events) {
        TreeSet<Integer> numbers = new TreeSet<>();
        for (ConsumerRecord<byte[], byte[]> found : CLUSTER.read(topic)) {
            String text = new String(found.value(), UTF_8);
            numbers.add(Integer.parseInt(text.substring(2, text.length() - 1)));
        }
        assertThat(numbers)
                .as("topic %s", topic)
                .containsExactlyElementsOf(IntStream.range(0, events).boxed().toList());
    }

    /// F-BRK-02, F-BRK-04 and F-BRK-05: a topic whose records need two of three replicas, and one with two replicas of
    /// which one is enough, while one broker and then a second one die. Two of the three also are the majority that
    /// decides who leads.
    @Test
    void waitsWithoutLossWhileTooFewBrokersAreLeft() throws Exception {
        CLUSTER.createTopic("of-three", 1);
        CLUSTER.createTopic(
                new NewTopic("of-two", Map.of(0, List.of(1, 2)))
                        .configs(Map.of("min.insync.replicas", "1", "unclean.leader.election.enable", "false")),
                1);
        try (NumberedEvents events = new NumberedEvents(folder);
                RunningDestination three = events.start("three", spec("of-three"));
                RunningDestination two = events.start("two", spec("of-two"))) {
            events.append(1, 100);
            await().atMost(LIMIT).until(() -> delivered(three) == 100 && delivered(two) == 100);

            CLUSTER.kill(2);
            events.append(1, 100);
            await("one broker is left for one topic, two for the other")
                    .atMost(LIMIT)
                    .until(() -> delivered(three) == 200 && delivered(two) == 200);

            CLUSTER.kill(1);
            events.append(1, 100);
            awaitBlocked(three);
            awaitBlocked(two);
            assertThat(delivered(three)).isEqualTo(200);
            assertThat(delivered(two)).isEqualTo(200);
            assertThat(three.figures().backlogEvents()).isEqualTo(100);

            CLUSTER.restart(2);
            await("two of three are enough").atMost(LIMIT).until(() -> delivered(three) == 300);
            assertThat(CLUSTER.leader("of-two", 0))
                    .as("broker 2 lacks what only broker 1 has, and does not lead")
                    .isZero();
            assertThat(delivered(two)).isEqualTo(200);

            CLUSTER.restart(1);
            assertThat(two.drain(LIMIT)).as("%s", two.figures().lastError()).isTrue();
            assertThat(three.drain(LIMIT)).isTrue();
            assertThat(three.figures().deadLetters() + two.figures().deadLetters())
                    .isZero();
        }
        assertHolds("of-three", 300);
        assertHolds("of-two", 300);
    }

    /// F-BRK-03: the leader stops answering without closing a connection, then the next leader's disk is full.
    @Test
    void goesOnWithAnotherLeaderWhenOneIsFrozenOrItsDiskIsFull() throws Exception {
        CLUSTER.createTopic("led", 1);
        try (NumberedEvents events = new NumberedEvents(folder);
                RunningDestination destination = events.start("led", spec("led"))) {
            events.append(1, 100);
            await().atMost(LIMIT).until(() -> delivered(destination) == 100);

            int frozen = CLUSTER.leader("led", 0);
            CLUSTER.freeze(frozen);
            try {
                events.append(1, 100);
                long before = System.nanoTime();
                await().atMost(LIMIT).until(() -> delivered(destination) == 200);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(STALL);
            } finally {
                CLUSTER.thaw(frozen);
            }
            await("another one leads, and the old one takes part again")
                    .atMost(LIMIT)
                    .until(() -> {
                        CLUSTER.startEnded();
                        return CLUSTER.leader("led", 0) != frozen && CLUSTER.inSync("led", 0) == 3;
                    });

            int full = CLUSTER.leader("led", 0);
            CLUSTER.fillDisk(full, 4096);
            events.append(10, 200);
            await().atMost(LIMIT).until(() -> delivered(destination) == 2200);
            assertThat(CLUSTER.awaitEnd(full, LIMIT))
                    .as("a broker that cannot write ends")
                    .isTrue();
            CLUSTER.restart(full);
            assertThat(destination.drain(LIMIT)).isTrue();
            assertThat(destination.figures().deadLetters()).isZero();
        }
        assertHolds("led", 2200);
    }
}
