package io.tocsin.pipeline.kafka;

/// Hears of what threatens events in a Kafka cluster.
///
/// Thread-safety: one thread at a time calls.
public interface KafkaAlarm {
    /// A topic may lose what it has confirmed, or can confirm nothing.
    ///
    /// @param message what is wrong and what to do, for people
    /// @return false when this could not be made known; it is told again
    boolean topicUnsafe(KafkaUse.Role role, String name, TopicSettings topic, String message);

    /// The brokers will delete records of a topic before a collector has read them.
    ///
    /// @param records that are unread, in the partitions that this collector has
    /// @param share how much of what the topic keeps has passed, of the partition where it is most; 1: the brokers
    ///     delete
    /// @param message the same and what to do, for people
    /// @return false when this could not be made known; it is told again
    boolean unreadNearDeletion(String collector, TopicSettings topic, long records, double share, String message);
}
