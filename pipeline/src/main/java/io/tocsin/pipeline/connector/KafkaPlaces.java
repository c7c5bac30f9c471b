package io.tocsin.pipeline.connector;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/// Finds where to go on in partitions in which the place of a group is not there: it has none yet, or the brokers have
/// deleted what it was to read next.
///
/// Thread-safety: the thread of the consumer.
final class KafkaPlaces {
    private static final System.Logger LOGGER = System.getLogger(KafkaPlaces.class.getName());
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final KafkaConnector.Start start;
    private final String service;
    private final Consumer<byte[], byte[]> consumer;

    /// Hears of records that nobody can read any more.
    @FunctionalInterface
    interface Gap {
        /// @param from the first of them
        /// @param to behind the last one
        void skipped(TopicPartition partition, long from, long to);
    }

    /// @param service name of the collector
    KafkaPlaces(KafkaConnector.Start start, String service, Consumer<byte[], byte[]> consumer) {
        this.start = start;
        this.service = service;
        this.consumer = consumer;
    }

    /// Goes to where reading goes on.
    ///
    /// @throws NoOffsetForPartitionException when somebody has to say where that is
    void find(InvalidOffsetException reason, Gap gap) {
        Set<TopicPartition> partitions = reason.partitions();
        switch (reason) {
            case NoOffsetForPartitionException nowhere -> begin(nowhere, partitions);
            case OffsetOutOfRangeException gone -> goOn(gone, partitions, gap);
            default -> throw reason;
        }
    }

    private void begin(NoOffsetForPartitionException nowhere, Set<TopicPartition> partitions) {
        switch (start) {
            case EARLIEST -> consumer.seekToBeginning(partitions);
            case LATEST -> consumer.seekToEnd(partitions);
            case COMMITTED -> throw nowhere;
        }
    }

    private void goOn(OffsetOutOfRangeException gone, Set<TopicPartition> partitions, Gap gap) {
        Map<TopicPartition, Long> firsts = consumer.beginningOffsets(partitions, LIMIT);
        Map<TopicPartition, OffsetAndMetadata> shared =
                gone instanceof LogTruncationException cut ? cut.divergentOffsets() : Map.of();
        gone.offsetOutOfRangePartitions().forEach((partition, wanted) -> {
            long first = Objects.requireNonNull(firsts.get(partition), "the brokers tell where each partition begins");
            OffsetAndMetadata agreed = shared.get(partition);
            if (wanted < first) {
                LOGGER.log(
                        System.Logger.Level.ERROR,
                        "the brokers deleted records before they were read; make retention of the topic longer, or"
                                + " forwarding faster [collector={0}, partition={1}, from={2}, lost={3}]",
                        service,
                        partition,
                        Long.toString(wanted),
                        Long.toString(first - wanted));
                gap.skipped(partition, wanted, first);
                consumer.seek(partition, first);
                return;
            }
            long next = agreed == null ? first : Math.max(first, agreed.offset());
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the brokers have less in a partition than was read: it was made anew, or they lost its newest"
                            + " records; reading goes on where both agree [collector={0}, partition={1}, read={2},"
                            + " next={3}]",
                    service,
                    partition,
                    Long.toString(wanted),
                    Long.toString(next));
            consumer.seek(partition, next);
        });
    }
}
