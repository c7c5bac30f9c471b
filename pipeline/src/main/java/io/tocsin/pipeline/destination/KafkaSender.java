package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchFormatException;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.kafka.EntryHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/// A producer that writes packets and knows which of them all replicas in sync have.
///
/// Thread-safety: as [Sender]; the library's thread confirms.
final class KafkaSender implements Sender {
    /// How long the library tries by itself before it gives a record up; it is sent again then.
    private static final Duration DELIVERY_LIMIT = Duration.ofMinutes(2);

    /// A new leader is known after so long, also while the old one answers nothing.
    private static final long METADATA_MILLIS = 1000;

    /// How many times the destination's timeout the library may take to find another leader by itself,
    /// with the same numbers for what it sends again. A producer that is made anew has to ask who leads,
    /// and may ask a frozen broker.
    private static final int PATIENCE = 2;

    private static final int LINGER_MILLIS = 5;
    private static final int BATCH_BYTES = 256 << 10;
    private static final int FRAME_BYTES = 64 << 10;
    private static final long LEAST_MEMORY_BYTES = 32L << 20;

    /// How long after a refusal each packet is waited for, so that it is known which one is refused.
    private static final long CAREFUL_NANOS = 10_000_000_000L;

    private static final long AWAIT_MILLIS = 100;

    private final KafkaDestination destination;
    private final Producer<byte[], byte[]> producer;
    private final Refusals refusals;
    private final BatchCuts cuts;
    private final Map<String, Topic> topics = new HashMap<>();
    private final Deque<OnItsWay> onTheirWay = new ArrayDeque<>();
    private volatile @Nullable Exception failure;

    /// When the brokers last refused a record for its size. All connections of a destination share it: a packet that
    /// was refused after others were sent behind it comes again over the next connection, and is waited for there.
    ///
    /// Thread-safety: any thread.
    static final class Refusals {
        private volatile long untilNanos = System.nanoTime();

        void add() {
            untilNanos = System.nanoTime() + CAREFUL_NANOS;
        }

        boolean isCareful() {
            return System.nanoTime() - untilNanos < 0;
        }
    }

    /// What is known of a topic. A partition gets one record alone before it gets several at once: a
    /// broker that does not know yet that it leads a new partition refuses the first request and may
    /// take the second one; it then refuses each attempt to bring the first one after it, until the
    /// library gives up minutes later (KAFKA-15591).
    ///
    /// Thread-safety: one thread.
    private static final class Topic {
        final int partitions;
        /// Partitions that have a record of this producer.
        final BitSet opened = new BitSet();
        /// Those that a record for any partition opens.
        private final Deque<Integer> unopened = new ArrayDeque<>();

        Topic(List<PartitionInfo> partitions) {
            this.partitions = partitions.size();
            for (PartitionInfo partition : partitions) {
                if (partition.leader() != null) {
                    unopened.add(partition.partition());
                }
            }
        }

        /// @return null: the library chooses
        @Nullable
        Integer choose() {
            Integer next = unopened.pollFirst();
            while (next != null && opened.get(next)) {
                next = unopened.pollFirst();
            }
            return next;
        }
    }

    /// A packet whose records are on their way.
    ///
    /// Thread-safety: records are confirmed by the library's thread.
    private final class OnItsWay implements Callback {
        /// One for each record, and one for the packet until all of them are handed over.
        final AtomicInteger missing = new AtomicInteger(1);
        /// Records that the brokers have not dealt with in one way or the other.
        private int open;
        private @Nullable RecordTooLargeException refused;
        private boolean isAwaited = true;

        synchronized void handedOver() {
            open++;
        }

        @Override
        public void onCompletion(org.apache.kafka.clients.producer.RecordMetadata metadata, @Nullable Exception e) {
            if (e == null) {
                missing.decrementAndGet();
            }
            completed(e);
        }

        private synchronized void completed(@Nullable Exception e) {
            open--;
            notifyAll();
            if (e instanceof RecordTooLargeException tooLarge) {
                refusals.add();
                refused = tooLarge;
                if (isAwaited) {
                    // Its sender hears of it and the connection goes on.
                    return;
                }
            }
            if (e != null && failure == null) {
                failure = e;
            }
        }

        /// Waits until the brokers have dealt with all records, when it has to be known now whether they refuse one.
        ///
        /// @throws RefusedPacketException when they did
        synchronized void settle(boolean careful) throws IOException, InterruptedException {
            while (careful && open > 0 && failure == null) {
                wait(AWAIT_MILLIS);
            }
            RecordTooLargeException tooLarge = refused;
            if (tooLarge != null) {
                throw new RefusedPacketException(tooLarge(tooLarge));
            }
            isAwaited = false;
        }
    }

    /// @param producer closed with the sender
    KafkaSender(KafkaDestination destination, Producer<byte[], byte[]> producer, Refusals refusals) {
        this.destination = destination;
        this.producer = producer;
        this.refusals = refusals;
        this.cuts = new BatchCuts(destination.maximumRecordBytes() - 1024);
    }

    /// Opens a connection to the cluster.
    ///
    /// @param name of the destination, for the logs of the brokers
    /// @throws IOException when the cluster or the topic is not there
    static KafkaSender open(KafkaDestination destination, String name, Refusals refusals) throws IOException {
        KafkaProducer<byte[], byte[]> producer = producer(destination, name);
        KafkaSender sender = new KafkaSender(destination, producer, refusals);
        boolean done = false;
        try {
            if (destination.topic().isFixed()) {
                sender.topic(destination.topic().of(EntryOrigin.local("", "", "")));
            }
            done = true;
            return sender;
        } finally {
            if (!done) {
                sender.close();
            }
        }
    }

    /// Returns normally when the cluster answers.
    static void probe(KafkaDestination destination, String name) throws IOException {
        open(destination, name, new Refusals()).close();
    }

    private static KafkaProducer<byte[], byte[]> producer(KafkaDestination destination, String name)
            throws IOException {
        Map<String, Object> properties = destination.access().properties("tocsin-" + name);
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("max.in.flight.requests.per.connection", 5);
        properties.put("retries", Integer.MAX_VALUE);
        properties.put("delivery.timeout.ms", (int) DELIVERY_LIMIT.toMillis());
        properties.put(
                "max.block.ms", Math.max(1000, destination.settings().timeout().toMillis() * 3 / 4));
        // A broker that takes connections and answers nothing is left for the next leader before the whole is given up.
        properties.put("request.timeout.ms", (int)
                Math.max(1000, destination.settings().timeout().toMillis() * 2 / 5));
        properties.put("metadata.max.age.ms", METADATA_MILLIS);
        properties.put("linger.ms", LINGER_MILLIS);
        properties.put("batch.size", BATCH_BYTES);
        properties.put("max.request.size", destination.maximumRecordBytes() + FRAME_BYTES);
        // Room for all that the destination has on its way: while no broker leads, nothing waits for memory.
        properties.put(
                "buffer.memory",
                Math.max(
                        LEAST_MEMORY_BYTES,
                        2L * (destination.settings().buffer().bytes() + destination.maximumRecordBytes())));
        properties.put("compression.type", destination.compression().name().toLowerCase(Locale.ROOT));
        properties.put("partitioner.ignore.keys", "false");
        ByteArraySerializer bytes = new ByteArraySerializer();
        try {
            return new KafkaProducer<>(properties, bytes, bytes);
        } catch (KafkaException e) {
            throw failed(e);
        }
    }

    private Topic topic(String name) throws IOException {
        Topic known = topics.get(name);
        if (known == null) {
            try {
                known = new Topic(producer.partitionsFor(name));
            } catch (KafkaException e) {
                throw e instanceof TimeoutException
                        ? new IOException(
                                "topic is not there, or no broker answers [topic=" + name + "]: make the topic", e)
                        : failed(e);
            }
            topics.put(name, known);
        }
        return known;
    }

    @Override
    public void send(Packet packet) throws IOException, InterruptedException {
        refuseFailed();
        OnItsWay onItsWay = new OnItsWay();
        try {
            for (Packet.Unit unit : packet.units()) {
                if (packet.format() == EventFormat.BATCH) {
                    sendBatch(packet, unit, onItsWay);
                } else {
                    sendEvent(packet, unit, onItsWay);
                }
            }
            onItsWay.settle(refusals.isCareful());
        } catch (InterruptException e) {
            throw new IOException("sending was given up", e);
        } catch (KafkaException | BatchFormatException e) {
            throw failed(e);
        }
        refuseFailed();
        onItsWay.missing.decrementAndGet();
        onTheirWay.addLast(onItsWay);
    }

    private void sendEvent(Packet packet, Packet.Unit unit, OnItsWay onItsWay)
            throws IOException, InterruptedException {
        String topic = destination.topic().of(unit.origin());
        byte[] key = destination.key() == KafkaDestination.RecordKey.SOURCE
                ? unit.origin().source().getBytes(StandardCharsets.UTF_8)
                : null;
        int partition = key == null ? -1 : partition(topic(topic), key);
        send(topic, partition, key, packet.copy(unit), unit, onItsWay);
    }

    private void sendBatch(Packet packet, Packet.Unit unit, OnItsWay onItsWay)
            throws IOException, InterruptedException {
        IOException[] failed = new IOException[1];
        var parts = cuts.cut(packet.bytes(), unit.start(), unit.end() - unit.start(), origin -> {
            String topic = destination.topic().of(origin);
            try {
                return new BatchCuts.Lot(topic, partition(topic, origin));
            } catch (IOException e) {
                failed[0] = e;
                return new BatchCuts.Lot(topic, -1);
            }
        });
        if (failed[0] != null) {
            throw failed[0];
        }
        for (BatchCuts.Cut part : parts) {
            send(part.lot().topic(), part.lot().partition(), null, part.bytes(), null, onItsWay);
        }
    }

    private int partition(String topic, EntryOrigin origin) throws IOException {
        if (destination.key() == KafkaDestination.RecordKey.NONE) {
            return -1;
        }
        return partition(topic(topic), origin.source().getBytes(StandardCharsets.UTF_8));
    }

    /// The same choice that the library makes for a record with this key.
    private static int partition(Topic topic, byte[] key) {
        return Utils.toPositive(Utils.murmur2(key)) % topic.partitions;
    }

    /// @param partition -1: any
    /// @param described what the headers say of the entry; null: nothing
    private void send(
            String name,
            int partition,
            byte @Nullable [] key,
            byte[] value,
            Packet.@Nullable Unit described,
            OnItsWay onItsWay)
            throws IOException, InterruptedException {
        Topic topic = topic(name);
        Integer chosen = partition < 0 ? topic.choose() : Integer.valueOf(partition);
        ProducerRecord<byte[], byte[]> produced = new ProducerRecord<>(name, chosen, key, value);
        if (described != null) {
            new EntryHeaders(
                            described.idHigh(),
                            described.idLow(),
                            described.receivedNanos(),
                            described.origin(),
                            described.hops())
                    .write(produced.headers());
        }
        if (chosen != null && !topic.opened.get(chosen)) {
            sendAlone(produced);
            topic.opened.set(chosen);
            return;
        }
        onItsWay.missing.incrementAndGet();
        onItsWay.handedOver();
        // The callback hears of it, too.
        Future<?> _ = producer.send(produced, onItsWay);
    }

    /// Returns when the brokers have it.
    private void sendAlone(ProducerRecord<byte[], byte[]> produced) throws IOException, InterruptedException {
        try {
            producer.send(produced).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecordTooLargeException tooLarge) {
                refusals.add();
                throw new RefusedPacketException(tooLarge(tooLarge));
            }
            throw e.getCause() instanceof Exception cause ? failed(cause) : failed(e);
        }
    }

    @Override
    public int unconfirmed() throws IOException {
        while (!onTheirWay.isEmpty() && onTheirWay.getFirst().missing.get() == 0) {
            onTheirWay.removeFirst();
        }
        refuseFailed();
        return onTheirWay.size();
    }

    @Override
    public Duration patience(Duration timeout) {
        return timeout.multipliedBy(PATIENCE);
    }

    /// What was sent last says nothing about the packet that is sent now: never a refusal.
    private void refuseFailed() throws IOException {
        Exception e = failure;
        if (e instanceof RecordTooLargeException) {
            throw new IOException(
                    "one of the packets that were sent last is refused, finding out which: " + tooLarge(e));
        }
        if (e != null) {
            throw failed(e);
        }
    }

    private static String tooLarge(Exception e) {
        return "brokers do not take records of this size: make maxRecordSize smaller or message.max.bytes of the topic"
                + " larger ["
                + e.getMessage() + "]";
    }

    private static IOException failed(Exception e) {
        Throwable cause = e.getCause();
        return new IOException("Kafka: " + e.getMessage() + (cause == null ? "" : ": " + cause.getMessage()), e);
    }

    /// Gives up what is not confirmed; it is sent again over the next connection.
    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
