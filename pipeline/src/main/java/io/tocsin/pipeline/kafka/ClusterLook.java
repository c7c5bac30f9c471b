package io.tocsin.pipeline.kafka;

import io.tocsin.error.TocsinException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// One look at topics of a cluster: how they are kept, where they begin and end. What the brokers do not let us see
/// is left out and noted.
///
/// Thread-safety: one thread.
final class ClusterLook implements AutoCloseable {
    private static final int ANSWER_MILLIS = 10_000;

    private final Admin admin;
    private final Set<String> refused = new TreeSet<>();
    private final Map<String, TopicDescription> described = new TreeMap<>();

    /// What a partition holds.
    ///
    /// @param begin its oldest record
    /// @param end behind its newest record
    /// @param bytes on the disk of the broker that leads it; 0: not known
    record Extent(String topic, int partition, long begin, long end, long bytes) {}

    /// @throws TocsinException when the brokers cannot be used as they are configured
    ClusterLook(KafkaAccess access) {
        Map<String, Object> properties = access.properties("tocsin-watch");
        properties.put("request.timeout.ms", ANSWER_MILLIS);
        properties.put("default.api.timeout.ms", ANSWER_MILLIS);
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            throw AdminFailure.of("cannot use these brokers", e);
        }
    }

    /// What the brokers did not let us see, as requests that a right is needed for.
    Set<String> refused() {
        return refused;
    }

    /// Names of all topics that we may see.
    Set<String> names() {
        return Objects.requireNonNullElse(ask("ListTopics", admin.listTopics().names()), Set.of());
    }

    /// How topics are kept, by name; those that are not there, or that we may not see, are left out.
    Map<String, TopicSettings> topics(Collection<String> names) {
        if (names.isEmpty()) {
            return Map.of();
        }
        Map<String, TopicDescription> there = new TreeMap<>();
        admin.describeTopics(names).topicNameValues().forEach((name, asked) -> {
            TopicDescription found = ask("Describe of topic " + name, asked);
            if (found != null) {
                there.put(name, found);
            }
        });
        described.putAll(there);
        List<ConfigResource> resources = there.keySet().stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        Map<ConfigResource, KafkaFuture<Config>> configs = resources.isEmpty()
                ? Map.of()
                : admin.describeConfigs(resources).values();
        Map<String, TopicSettings> topics = new TreeMap<>();
        there.forEach((name, description) -> {
            KafkaFuture<Config> asked = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, name));
            topics.put(
                    name, settings(description, asked == null ? null : ask("DescribeConfigs of topic " + name, asked)));
        });
        return topics;
    }

    private static TopicSettings settings(TopicDescription description, @Nullable Config config) {
        int replicas = description.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
        boolean deletes = text(config, TopicConfig.CLEANUP_POLICY_CONFIG).contains(TopicConfig.CLEANUP_POLICY_DELETE);
        return new TopicSettings(
                description.name(),
                replicas,
                (int) number(config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG),
                text(config, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG).equals("true"),
                deletes ? number(config, TopicConfig.RETENTION_MS_CONFIG) : 0,
                deletes ? number(config, TopicConfig.RETENTION_BYTES_CONFIG) : 0);
    }

    private static String text(@Nullable Config config, String name) {
        ConfigEntry entry = config == null ? null : config.get(name);
        return entry == null || entry.value() == null ? "" : entry.value();
    }

    /// 0 for none, which is written as -1.
    private static long number(@Nullable Config config, String name) {
        try {
            return Math.max(0, Long.parseLong(text(config, name)));
        } catch (NumberFormatException unknown) {
            return 0;
        }
    }

    /// What partitions hold; those that nobody leads are left out.
    ///
    /// @param places partitions of topics that were asked for before
    /// @param sizes topics whose size matters
    List<Extent> extents(Collection<KafkaUse.Place> places, Set<String> sizes) {
        Map<TopicPartition, OffsetSpec> begins = new HashMap<>();
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (KafkaUse.Place place : places) {
            TopicPartition partition = new TopicPartition(place.topic(), place.partition());
            if (leader(partition) != null) {
                begins.put(partition, OffsetSpec.earliest());
                ends.put(partition, OffsetSpec.latest());
            }
        }
        if (begins.isEmpty()) {
            return List.of();
        }
        Map<TopicPartition, Long> bytes = bytes(ends.keySet(), sizes);
        var first = admin.listOffsets(begins);
        var last = admin.listOffsets(ends);
        List<Extent> extents = new ArrayList<>();
        for (TopicPartition partition : begins.keySet()) {
            var begin = ask("Describe of topic " + partition.topic(), first.partitionResult(partition));
            var end = ask("Describe of topic " + partition.topic(), last.partitionResult(partition));
            if (begin != null && end != null) {
                extents.add(new Extent(
                        partition.topic(),
                        partition.partition(),
                        begin.offset(),
                        end.offset(),
                        bytes.getOrDefault(partition, 0L)));
            }
        }
        return extents;
    }

    private Map<TopicPartition, Long> bytes(Collection<TopicPartition> partitions, Set<String> sizes) {
        Set<Integer> leaders = new HashSet<>();
        for (TopicPartition partition : partitions) {
            Node leader = leader(partition);
            if (leader != null && sizes.contains(partition.topic())) {
                leaders.add(leader.id());
            }
        }
        Map<TopicPartition, Long> bytes = new HashMap<>();
        if (leaders.isEmpty()) {
            return bytes;
        }
        admin.describeLogDirs(leaders).descriptions().forEach((broker, asked) -> {
            Map<String, LogDirDescription> folders = ask("Describe of the cluster", asked);
            if (folders == null) {
                return;
            }
            for (LogDirDescription folder : folders.values()) {
                folder.replicaInfos().forEach((partition, replica) -> {
                    Node leader = leader(partition);
                    if (leader != null && leader.id() == broker) {
                        bytes.put(partition, size(replica));
                    }
                });
            }
        });
        return bytes;
    }

    private static long size(ReplicaInfo replica) {
        // A future replica is one that moves to another disk.
        return replica.isFuture() ? 0 : replica.size();
    }

    private @Nullable Node leader(TopicPartition partition) {
        TopicDescription topic = described.get(partition.topic());
        if (topic == null || partition.partition() >= topic.partitions().size()) {
            return null;
        }
        Node leader = topic.partitions().get(partition.partition()).leader();
        return leader == null || leader.isEmpty() ? null : leader;
    }

    /// @param right that the brokers demand
    /// @return null when we have no right to know, or what is asked about is not there
    private <T> @Nullable T ask(String right, KafkaFuture<T> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException || e.getCause() instanceof UnsupportedVersionException) {
                refused.add(right);
                return null;
            }
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return null;
            }
            throw AdminFailure.of("brokers do not answer", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    @Override
    public void close() {
        admin.close(java.time.Duration.ofSeconds(1));
    }
}
