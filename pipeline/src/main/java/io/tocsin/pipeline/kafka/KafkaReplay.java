package io.tocsin.pipeline.kafka;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Makes a consumer group read a part of its topics once more: moves what it has committed back, and marks how far,
/// so that collectors mark the events and go on behind what they had read before.
///
/// Thread-safety: one thread.
public final class KafkaReplay implements AutoCloseable {
    private final Admin admin;

    /// What is done to one partition.
    ///
    /// @param from first place that is read once more
    /// @param until place behind the last one
    /// @param resume where the group stands, and goes on afterwards
    public record Part(String topic, int partition, long from, long until, long resume) {
        /// Records that are read once more; some of them may be gone since.
        public long records() {
            return until - from;
        }
    }

    /// @param properties of the client, at least `bootstrap.servers`
    public KafkaReplay(Map<String, Object> properties) {
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            throw AdminFailure.of("cannot use these brokers", e);
        }
    }

    /// Finds the places of a time range, by the times of the records.
    ///
    /// @param topics empty: all that the group has committed
    /// @param to exclusive; null: up to where the group stands
    /// @throws TocsinException when the group is not known, or is active
    public List<Part> range(String group, Set<String> topics, Instant from, @Nullable Instant to) {
        Map<TopicPartition, Long> committed = committed(group, topics);
        Map<TopicPartition, Long> begins = offsets(committed.keySet(), OffsetSpec.forTimestamp(from.toEpochMilli()));
        Map<TopicPartition, Long> ends =
                to == null ? Map.of() : offsets(committed.keySet(), OffsetSpec.forTimestamp(to.toEpochMilli()));
        return parts(committed, (partition, stands) -> {
            // No record that late: -1.
            long begin = begins.getOrDefault(partition, -1L);
            long end = ends.getOrDefault(partition, -1L);
            return new long[] {begin < 0 ? stands : begin, end < 0 ? stands : end};
        });
    }

    /// Goes so many records back in each partition.
    ///
    /// @param records at least 1
    public List<Part> shift(String group, Set<String> topics, long records) {
        Map<TopicPartition, Long> committed = committed(group, topics);
        return parts(committed, (partition, stands) -> new long[] {stands - records, stands});
    }

    private List<Part> parts(Map<TopicPartition, Long> committed, BiFunction<TopicPartition, Long, long[]> range) {
        Map<TopicPartition, Long> earliest = offsets(committed.keySet(), OffsetSpec.earliest());
        List<Part> parts = new ArrayList<>();
        committed.forEach((partition, stands) -> {
            long[] wanted = range.apply(partition, stands);
            long until = Math.min(wanted[1], stands);
            long from = Math.clamp(wanted[0], Math.min(until, earliest.getOrDefault(partition, 0L)), until);
            if (from < until) {
                parts.add(new Part(partition.topic(), partition.partition(), from, until, stands));
            }
        });
        parts.sort(Comparator.comparing(Part::topic).thenComparingInt(Part::partition));
        return parts;
    }

    /// Moves the group. Its members find what to do when they start.
    ///
    /// @throws TocsinException when a member has come in the meantime
    public void apply(String group, List<Part> parts) {
        Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
        for (Part part : parts) {
            places.put(
                    new TopicPartition(part.topic(), part.partition()),
                    new OffsetAndMetadata(part.from(), new ReplayMark(part.until(), part.resume()).text()));
        }
        try {
            admin.alterConsumerGroupOffsets(group, places).all().get();
        } catch (ExecutionException e) {
            throw AdminFailure.of("cannot move the consumer group [group=" + group + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    private Map<TopicPartition, Long> committed(String group, Set<String> topics) {
        requireIdle(group);
        try {
            Map<TopicPartition, OffsetAndMetadata> all = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<TopicPartition, Long> committed = new HashMap<>();
            all.forEach((partition, place) -> {
                if (place != null && (topics.isEmpty() || topics.contains(partition.topic()))) {
                    // A replay that is not at its end yet goes on to where the group stood before it.
                    ReplayMark mark = ReplayMark.read(place.metadata());
                    committed.put(partition, mark == null ? place.offset() : mark.resume());
                }
            });
            if (committed.isEmpty()) {
                throw TocsinException.invalidRequest("the group has read nothing yet [group=" + group
                        + (topics.isEmpty() ? "" : ", topics=" + String.join(",", topics)) + "]: check the names");
            }
            return committed;
        } catch (ExecutionException e) {
            throw AdminFailure.of("cannot read what the group has committed [group=" + group + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    private void requireIdle(String group) {
        try {
            ConsumerGroupDescription found = Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .get();
            if (found.groupState() != GroupState.EMPTY && found.groupState() != GroupState.DEAD) {
                throw TocsinException.of(
                        ErrorCode.PEER_BUSY,
                        "the consumer group is active and would not notice [group=" + group + ", state="
                                + found.groupState() + ", members="
                                + found.members().stream()
                                        .map(member -> member.clientId() + member.host())
                                        .sorted()
                                        .collect(Collectors.joining(","))
                                + "]: stop its collectors first, and start them afterwards");
            }
        } catch (ExecutionException e) {
            throw AdminFailure.of(
                    "there is no such consumer group, or no broker answers [group=" + group + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, which));
        try {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            admin.listOffsets(wanted).all().get().forEach((partition, found) -> offsets.put(partition, found.offset()));
            return offsets;
        } catch (ExecutionException e) {
            throw AdminFailure.of("cannot look up places in partitions", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
