package io.tocsin.pipeline.kafka;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a collector or a destination of this process uses of a Kafka cluster, for [KafkaWatch].
///
/// @param role what uses it
/// @param name name of the resource
/// @param topics names of its topics; empty when there is a pattern
/// @param pattern instead: a regular expression that names match as a whole, or null
/// @param places how far it has read in the partitions that it has now; gives none for a destination
/// @param unnamedPorts events that a collector took because no other one names their port, by port
public record KafkaUse(
        Role role,
        String name,
        KafkaAccess access,
        List<String> topics,
        @Nullable String pattern,
        Supplier<List<Place>> places,
        Supplier<Map<String, Long>> unnamedPorts) {
    /// What uses a cluster.
    public enum Role {
        /// Reads.
        COLLECTOR,
        /// Writes.
        DESTINATION;

        /// For labels and messages.
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How far a partition is read.
    ///
    /// @param next the first record that is not dealt with: whoever goes on instead of this process begins there;
    ///     -1: not known yet
    /// @param oldestMillis when that record was written, epoch milliseconds; 0: there is none, or it is not known
    public record Place(String topic, int partition, long next, long oldestMillis) {}

    public KafkaUse {
        topics = List.copyOf(topics);
    }

    /// Of a destination.
    public static KafkaUse ofDestination(
            String name, KafkaAccess access, List<String> topics, @Nullable String pattern) {
        return new KafkaUse(Role.DESTINATION, name, access, topics, pattern, List::of, Map::of);
    }
}
