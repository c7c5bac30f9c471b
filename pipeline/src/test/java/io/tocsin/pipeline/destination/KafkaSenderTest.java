package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/// In which order records go to the library. Its producer for tests confirms when it is told to:
/// the moment in which a broker has a partition and does not know it yet cannot be held on a real one.
final class KafkaSenderTest {
    private static final int PARTITIONS = 3;

    private final MockProducer<byte[], byte[]> producer = producer();

    private static MockProducer<byte[], byte[]> producer() {
        Node node = new Node(1, "127.0.0.1", 9092);
        Node[] replicas = {node};
        List<PartitionInfo> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> new PartitionInfo("t", i, i == 2 ? null : node, replicas, replicas))
                .toList();
        return new MockProducer<>(
                new Cluster("c", List.of(node), partitions, Set.of(), Set.of()),
                false,
                new RoundRobinPartitioner(),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private KafkaSender sender(String more) {
        return sender(more, new KafkaSender.Refusals());
    }

    private KafkaSender sender(String more, KafkaSender.Refusals refusals) {
        KafkaDestination destination = (KafkaDestination) NumberedEvents.plan(
                        "kafka", "{ type: kafka, brokers: \"127.0.0.1:9092\", topic: t, format: raw" + more + " }")
                .config();
        return new KafkaSender(destination, producer, refusals);
    }

    private static Packet packet(int events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Packet.Unit> units = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            int start = bytes.size();
            bytes.writeBytes(("event " + i).getBytes(UTF_8));
            int end = bytes.size();
            units.add(new Packet.Unit(start, end, end, 1, 1, i, i, NumberedEvents.origin("10.0.0.1", 514), List.of()));
        }
        return new Packet(EventFormat.RAW, bytes.toByteArray(), 0, bytes.size(), units, List.of());
    }

    /// Sends in a thread of its own.
    private static FutureTask<Boolean> send(KafkaSender sender, Packet packet) {
        FutureTask<Boolean> sending = new FutureTask<>(() -> {
            sender.send(packet);
            return true;
        });
        Thread.ofVirtual().start(sending);
        return sending;
    }

    private void awaitHandedOver(int records) {
        await().untilAsserted(() -> assertThat(producer.history()).hasSize(records));
    }

    @Test
    void sendsTheFirstRecordOfAPartitionAloneAndTheOthersAtOnce() throws Exception {
        KafkaSender sender = sender("");
        FutureTask<Boolean> sending = send(sender, packet(10));
        awaitHandedOver(1);
        assertThat(sending.isDone()).isFalse();
        producer.completeNext();
        awaitHandedOver(10);
        assertThat(sending.get()).isTrue();
        assertThat(producer.history())
                .extracting(ProducerRecord::partition)
                .containsOnly(producer.history().getFirst().partition());
        assertThat(sender.unconfirmed()).isEqualTo(1);
        while (producer.completeNext()) {
            // All of them.
        }
        assertThat(sender.unconfirmed()).isZero();
        assertThat(send(sender, packet(5)).get()).as("waits for nobody").isTrue();
        assertThat(producer.history()).hasSize(15);
    }

    @Test
    void opensEveryPartitionThatHasALeaderWhenAnyWillDo() throws Exception {
        KafkaSender sender = sender(", key: none");
        FutureTask<Boolean> sending = send(sender, packet(10));
        awaitHandedOver(1);
        producer.completeNext();
        awaitHandedOver(2);
        assertThat(sending.isDone()).isFalse();
        producer.completeNext();
        assertThat(sending.get()).isTrue();
        assertThat(producer.history())
                .hasSize(10)
                .extracting(ProducerRecord::partition)
                .startsWith(0, 1, null);
    }

    @Test
    void opensAPartitionAgainThatTookNothing() throws Exception {
        KafkaSender sender = sender("");
        FutureTask<Boolean> late = send(sender, packet(2));
        awaitHandedOver(1);
        producer.errorNext(new TimeoutException("late"));
        assertThatThrownBy(late::get).hasRootCauseMessage("late");
        FutureTask<Boolean> large = send(sender, packet(1));
        awaitHandedOver(2);
        producer.errorNext(new RecordTooLargeException("large"));
        assertThatThrownBy(large::get).hasCauseInstanceOf(RefusedPacketException.class);
        FutureTask<Boolean> sending = send(sender, packet(2));
        awaitHandedOver(3);
        assertThat(sending.isDone()).isFalse();
        producer.completeNext();
        awaitHandedOver(4);
        assertThat(sending.isDone()).as("waits for all after a refusal").isFalse();
        producer.completeNext();
        assertThat(sending.get())
                .as("a packet that is refused does not end the connection")
                .isTrue();
    }

    /// The answer comes after another packet was sent: that one is not to blame, and the next time it is known who is.
    @Test
    void blamesNoOtherPacketForARecordThatIsTooLarge() throws Exception {
        KafkaSender.Refusals refusals = new KafkaSender.Refusals();
        KafkaSender sender = sender("", refusals);
        FutureTask<Boolean> opening = send(sender, packet(1));
        awaitHandedOver(1);
        producer.completeNext();
        assertThat(opening.get()).isTrue();
        Packet large = packet(1);
        assertThat(send(sender, large).get()).isTrue();
        assertThat(send(sender, packet(1)).get()).isTrue();
        producer.errorNext(new RecordTooLargeException("large"));
        assertThatThrownBy(sender::unconfirmed)
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(RefusedPacketException.class)
                .hasMessageContaining("finding out which");
        FutureTask<Boolean> next = send(sender, packet(1));
        assertThatThrownBy(next::get).cause().isNotInstanceOf(RefusedPacketException.class);

        KafkaSender again = sender("", refusals);
        while (producer.completeNext()) {
            // What is left.
        }
        producer.clear();
        FutureTask<Boolean> first = send(again, packet(1));
        awaitHandedOver(1);
        producer.completeNext();
        assertThat(first.get()).isTrue();
        FutureTask<Boolean> alone = send(again, large);
        awaitHandedOver(2);
        assertThat(alone.isDone()).isFalse();
        producer.errorNext(new RecordTooLargeException("large"));
        assertThatThrownBy(alone::get).hasCauseInstanceOf(RefusedPacketException.class);
        FutureTask<Boolean> other = send(again, packet(1));
        awaitHandedOver(3);
        producer.completeNext();
        assertThat(other.get()).as("the connection goes on").isTrue();
        assertThat(again.unconfirmed()).isZero();
    }
}
