package io.tocsin.pipeline.kafka;

/// How a topic is kept.
///
/// @param replicas of the partition that has the fewest
/// @param minInSync replicas that must have a record before it counts as written (`min.insync.replicas`); 0: the
///     brokers do not tell
/// @param unclean whether a replica may lead that lacks records (`unclean.leader.election.enable`)
/// @param retentionMillis age at which records are deleted; 0: at none, or not known
/// @param retentionBytes size of a partition at which its oldest records are deleted; 0: at none, or not known
public record TopicSettings(
        String name, int replicas, int minInSync, boolean unclean, long retentionMillis, long retentionBytes) {
    /// What of this may lose what was confirmed, or lets nothing be confirmed, and what to do; empty when nothing.
    ///
    /// Two replicas of which both must have a record are safe but stop when one is away: that is a choice.
    public String trouble() {
        if (minInSync > replicas) {
            return "min.insync.replicas is " + minInSync + " and there are only " + replicas
                    + " replicas: nothing can be confirmed with acks=all; add replicas or lower it";
        }
        if (replicas == 1) {
            return "there is one replica: when its broker is away nothing goes on, and what is on its disk alone is"
                    + " lost with it; give the topic 3 replicas and min.insync.replicas=2";
        }
        if (minInSync == 1) {
            return "min.insync.replicas is 1: while one broker is away, what the other one confirms is on its disk"
                    + " alone; set it to 2"
                    + (replicas == 2 ? ", with 3 replicas, or writes stop when one broker is away" : "");
        }
        if (unclean) {
            return "unclean.leader.election.enable is true: a replica that lacks confirmed records may lead, and they"
                    + " are gone; set it to false";
        }
        return "";
    }

    /// How much of what the topic keeps has passed for the oldest unread record of a partition: 1 when the
    /// brokers may delete it, 0 when nothing is unread or nothing is ever deleted. Brokers delete whole
    /// segments, each as old as its newest record, and keep at least `retentionBytes`: nothing is deleted
    /// before this is 1.
    ///
    /// @param unread records that are unread
    /// @param kept records that the partition holds
    /// @param ageMillis age of the oldest unread one; 0: not known
    /// @param bytes size of the partition; 0: not known
    double passed(long unread, long kept, long ageMillis, long bytes) {
        if (unread <= 0) {
            return 0;
        }
        double byTime = retentionMillis > 0 ? Math.max(0, ageMillis) / (double) retentionMillis : 0;
        // Records of one partition are of about the same size.
        double bySize = retentionBytes > 0 && kept > 0 ? bytes * (unread / (double) kept) / retentionBytes : 0;
        return Math.max(byTime, bySize);
    }
}
