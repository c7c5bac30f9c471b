package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.kafka.KafkaUse;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// The part of the Kafka connector that talks to the brokers: fetches, hands each partition's records to its
/// [KafkaPartition], and commits what those say is safe. A partition whose records pile up is paused; fetching and
/// the heartbeats of the group go on.
///
/// Thread-safety: `run` by one thread; the others by any.
final class KafkaConsumption {
    private static final System.Logger LOGGER = System.getLogger(KafkaConsumption.class.getName());
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration POLL_WHILE_PAUSED = Duration.ofMillis(10);
    private static final long COMMIT_INTERVAL_NANOS = 250_000_000L;
    private static final long RETRY_NANOS = 1_000_000_000L;
    private static final Duration REVOKE_LIMIT = Duration.ofSeconds(5);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(5);
    private static final int REQUEST_LIMIT_MILLIS = 8000;
    private static final long METADATA_MILLIS = 1000;
    private static final long METADATA_OF_ALL_MILLIS = 3000;
    private static final int RECORDS_PER_POLL = 4096;
    private static final int MAXIMUM_FETCH_BYTES = 16 << 20;

    private final KafkaConnector.Config config;
    private final ConnectorContext context;
    private final KafkaRest rest;
    private final Map<TopicPartition, KafkaPartition> partitions = new ConcurrentHashMap<>();
    private volatile boolean stopping;
    private volatile long drainUntilNanos;
    private volatile boolean finished;
    private boolean failing;

    KafkaConsumption(KafkaConnector.Config config, ConnectorContext context, KafkaRest rest) {
        this.config = config;
        this.context = context;
        this.rest = rest;
    }

    /// Until a drain or close.
    void run() {
        try {
            while (!stopping) {
                try (KafkaConsumer<byte[], byte[]> consumer = open()) {
                    read(consumer);
                } catch (RuntimeException e) {
                    // Brokers that are gone, but also a password file that is being replaced: nothing ends a
                    // collector.
                    failed(e);
                } finally {
                    partitions.values().forEach(KafkaPartition::abandon);
                    partitions.clear();
                }
            }
        } finally {
            finished = true;
        }
    }

    private void failed(RuntimeException e) {
        context.counters().increment(StageCounter.CONNECTION_ERRORS);
        if (!failing && !stopping) {
            failing = true;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cannot read from Kafka, trying again every second [collector={0}, brokers={1}, reason={2}]",
                    context.service(),
                    String.join(",", config.access().brokers()),
                    reason(e));
        }
        long until = System.nanoTime() + RETRY_NANOS;
        while (!stopping && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(20_000_000L);
        }
    }

    private static String reason(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + cause.getMessage();
    }

    private KafkaConsumer<byte[], byte[]> open() {
        Map<String, Object> properties = config.access().properties("tocsin-" + context.service());
        properties.put("group.id", config.groupOf(context.service()));
        properties.put("enable.auto.commit", "false");
        // The library would go on elsewhere without a word when records are gone; KafkaPlaces counts them.
        properties.put("auto.offset.reset", "none");
        properties.put("max.poll.records", RECORDS_PER_POLL);
        properties.put("fetch.max.bytes", MAXIMUM_FETCH_BYTES);
        properties.put("max.partition.fetch.bytes", MAXIMUM_FETCH_BYTES / 4);
        properties.put("session.timeout.ms", 15_000);
        // A broker that takes connections and answers nothing is left for the next leader.
        properties.put("request.timeout.ms", REQUEST_LIMIT_MILLIS);
        // Whoever leads now is fetched from, although a request to the frozen one is open. With a pattern the answer
        // names all topics of the cluster.
        properties.put("metadata.max.age.ms", config.topicPattern() == null ? METADATA_MILLIS : METADATA_OF_ALL_MILLIS);
        properties.put("allow.auto.create.topics", "false");
        // What a transaction took back was never written.
        properties.put("isolation.level", "read_committed");
        properties.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        return new KafkaConsumer<>(properties, bytes, bytes);
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer) {
        Rebalance rebalance = new Rebalance(consumer);
        String pattern = config.topicPattern();
        if (pattern == null) {
            consumer.subscribe(config.topics(), rebalance);
        } else {
            consumer.subscribe(Pattern.compile(pattern), rebalance);
        }
        KafkaPlaces places = new KafkaPlaces(config.start(), context.service(), consumer);
        long committedAtNanos = System.nanoTime();
        while (!stopping) {
            ConsumerRecords<byte[], byte[]> records;
            try {
                records = consumer.poll(consumer.paused().isEmpty() ? POLL : POLL_WHILE_PAUSED);
            } catch (InvalidOffsetException e) {
                places.find(e, this::skip);
                continue;
            }
            for (TopicPartition partition : records.partitions()) {
                KafkaPartition reading = partitions.get(partition);
                if (reading != null) {
                    reading.offer(records.records(partition));
                }
            }
            for (Map.Entry<TopicPartition, KafkaPartition> reading : partitions.entrySet()) {
                steer(consumer, reading.getKey(), reading.getValue());
            }
            if (!records.isEmpty()) {
                failing = false;
            }
            if (System.nanoTime() - committedAtNanos > COMMIT_INTERVAL_NANOS) {
                committedAtNanos = System.nanoTime();
                commit(consumer);
            }
        }
        finish(consumer, partitions.keySet(), Duration.ofNanos(Math.max(0, drainUntilNanos - System.nanoTime())));
    }

    /// Records of a partition that are gone.
    private void skip(TopicPartition partition, long from, long to) {
        KafkaPartition reading = partitions.get(partition);
        if (reading != null) {
            reading.skip(from, to);
        }
    }

    private static void steer(
            KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, KafkaPartition reading) {
        reading.throwIfFailed();
        boolean paused = consumer.paused().contains(partition);
        if (!paused && reading.isFull()) {
            consumer.pause(List.of(partition));
        } else if (paused && reading.hasRoom()) {
            consumer.resume(List.of(partition));
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> safe(Collection<TopicPartition> of) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : of) {
            KafkaPartition reading = partitions.get(partition);
            OffsetAndMetadata offset = reading == null ? null : reading.uncommitted();
            if (offset != null) {
                offsets.put(partition, offset);
            }
        }
        return offsets;
    }

    private void commit(KafkaConsumer<byte[], byte[]> consumer) {
        Map<TopicPartition, OffsetAndMetadata> offsets = safe(partitions.keySet());
        if (!offsets.isEmpty()) {
            // What cannot be committed now is committed the next time, or read again.
            consumer.commitAsync(offsets, (done, failure) -> {
                if (failure == null) {
                    done.forEach((partition, offset) -> {
                        KafkaPartition reading = partitions.get(partition);
                        if (reading != null) {
                            reading.committed(offset.offset());
                        }
                    });
                }
            });
        }
    }

    /// Lets go of partitions: what is on its way into the log is waited for and committed, the rest is read again
    /// by whoever gets them.
    private void finish(KafkaConsumer<byte[], byte[]> consumer, Collection<TopicPartition> of, Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        List<TopicPartition> left = List.copyOf(of);
        left.forEach(partition -> {
            KafkaPartition reading = partitions.get(partition);
            if (reading != null) {
                reading.stop();
            }
        });
        left.forEach(partition -> {
            KafkaPartition reading = partitions.get(partition);
            if (reading != null) {
                reading.awaitDurable(until);
            }
        });
        Map<TopicPartition, OffsetAndMetadata> offsets = safe(left);
        if (!offsets.isEmpty()) {
            try {
                consumer.commitSync(offsets, COMMIT_LIMIT);
            } catch (CommitFailedException gone) {
                LOGGER.log(System.Logger.Level.DEBUG, "another member has the partitions already", gone);
            } catch (KafkaException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "the places in partitions were not committed, their events are read again [collector={0},"
                                + " reason={1}]",
                        context.service(),
                        reason(e));
            }
        }
        left.forEach(partitions::remove);
    }

    /// Follows which partitions this member has.
    private final class Rebalance implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> consumer;

        Rebalance(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            if (assigned.isEmpty()) {
                return;
            }
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(assigned), COMMIT_LIMIT);
            for (TopicPartition partition : assigned) {
                @Nullable OffsetAndMetadata place = committed.get(partition);
                partitions.put(
                        partition,
                        new KafkaPartition(config, context, partition.topic(), partition.partition(), place, rest));
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            finish(consumer, revoked, REVOKE_LIMIT);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            for (TopicPartition partition : lost) {
                KafkaPartition reading = partitions.remove(partition);
                if (reading != null) {
                    reading.abandon();
                }
            }
        }
    }

    int partitions() {
        return partitions.size();
    }

    /// How far the partitions are read that this member of the group has now.
    List<KafkaUse.Place> places() {
        return partitions.values().stream().map(KafkaPartition::place).toList();
    }

    /// Stops fetching, waits for what is on its way, commits.
    void drain(Duration limit) {
        drainUntilNanos = System.nanoTime() + limit.toNanos();
        stopping = true;
        while (!finished && System.nanoTime() - drainUntilNanos < COMMIT_LIMIT.toNanos()) {
            LockSupport.parkNanos(5_000_000L);
        }
    }

    void close() {
        if (!stopping) {
            drainUntilNanos = System.nanoTime();
        }
        stopping = true;
        partitions.values().forEach(KafkaPartition::abandon);
    }
}
