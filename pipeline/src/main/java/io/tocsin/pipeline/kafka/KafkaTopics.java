package io.tocsin.pipeline.kafka;

import io.tocsin.error.TocsinException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;

/// Makes topics of one partition in a cluster of one's own, and tells which broker leads them.
///
/// Thread-safety: one thread.
public final class KafkaTopics implements AutoCloseable {
    private static final int ANSWER_MILLIS = 1_000;
    private static final int REQUEST_MILLIS = 5_000;

    private final Admin admin;

    /// @param brokers each as host:port
    public KafkaTopics(List<String> brokers) {
        try {
            admin = Admin.create(Map.of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    String.join(",", brokers),
                    AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    REQUEST_MILLIS));
        } catch (KafkaException e) {
            throw AdminFailure.of("cannot use these brokers", e);
        }
    }

    /// How many brokers take part now; 0 when none answers within a second.
    public int members() {
        try {
            return admin.describeCluster(new DescribeClusterOptions().timeoutMs(ANSWER_MILLIS))
                    .nodes()
                    .get()
                    .size();
        } catch (ExecutionException none) {
            return 0;
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    /// Makes a topic of one partition. It is not led at once: see [#isLed(String)].
    ///
    /// @param replicas not more than there are brokers
    /// @param inSync how many of the replicas must have a record before it counts as written
    /// @throws TocsinException when the brokers refuse
    public void create(String topic, int replicas, int inSync) {
        NewTopic wanted = new NewTopic(topic, 1, (short) replicas)
                .configs(Map.of(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(inSync)));
        try {
            admin.createTopics(List.of(wanted)).all().get();
        } catch (ExecutionException e) {
            throw AdminFailure.of("cannot make a topic [topic=" + topic + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    /// Whether the broker that leads a topic knows that it does: only that one tells where it ends.
    ///
    /// @throws TocsinException when that cannot be found out
    public boolean isLed(String topic) {
        Map<TopicPartition, OffsetSpec> end = Map.of(new TopicPartition(topic, 0), OffsetSpec.latest());
        try {
            admin.listOffsets(end, new ListOffsetsOptions().timeoutMs(ANSWER_MILLIS))
                    .all()
                    .get();
            return true;
        } catch (ExecutionException e) {
            // A broker may not have heard of the topic.
            if (e.getCause() instanceof RetriableException) {
                return false;
            }
            throw AdminFailure.of("cannot ask about a topic [topic=" + topic + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    /// The number of the broker that leads a topic; negative when none does.
    ///
    /// @throws TocsinException when that cannot be found out
    public int leader(String topic) {
        try {
            Node leader = Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic))
                    .partitions()
                    .getFirst()
                    .leader();
            return leader == null ? Node.noNode().id() : leader.id();
        } catch (ExecutionException e) {
            throw AdminFailure.of("cannot ask about a topic [topic=" + topic + "]", e.getCause());
        } catch (InterruptedException e) {
            throw AdminFailure.interrupted(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
