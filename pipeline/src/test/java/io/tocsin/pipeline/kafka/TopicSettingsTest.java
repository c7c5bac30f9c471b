package io.tocsin.pipeline.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TopicSettingsTest {
    private static TopicSettings topic(int replicas, int minInSync, boolean unclean) {
        return new TopicSettings("t", replicas, minInSync, unclean, 0, 0);
    }

    private static TopicSettings kept(long millis, long bytes) {
        return new TopicSettings("t", 3, 2, false, millis, bytes);
    }

    @Test
    void findsEveryWayInWhichConfirmedRecordsMayBeLostOrNothingBeConfirmed() {
        assertThat(topic(1, 1, false).trouble()).contains("one replica");
        assertThat(topic(3, 1, false).trouble())
                .contains("min.insync.replicas is 1")
                .endsWith("set it to 2");
        assertThat(topic(2, 1, false).trouble()).contains("with 3 replicas");
        assertThat(topic(2, 3, false).trouble()).contains("nothing can be confirmed");
        assertThat(topic(3, 2, true).trouble()).contains("unclean.leader.election.enable");
        assertThat(topic(3, 2, false).trouble()).isEmpty();
        // Safe; that writes stop when one is away is a choice.
        assertThat(topic(2, 2, false).trouble()).isEmpty();
    }

    @Test
    void findsWhatReplicasAloneSayWhenTheBrokersTellNoMore() {
        assertThat(topic(1, 0, false).trouble()).contains("one replica");
        assertThat(topic(3, 0, false).trouble()).isEmpty();
    }

    @Test
    void measuresTheOldestUnreadRecordByTheWorseOfAgeAndSize() {
        assertThat(kept(1000, 0).passed(10, 100, 700, 5_000)).isEqualTo(0.7);
        assertThat(kept(0, 1000).passed(10, 100, 700, 5_000)).isEqualTo(0.5);
        assertThat(kept(1000, 1000).passed(10, 100, 700, 5_000)).isEqualTo(0.7);
        assertThat(kept(1000, 1000).passed(20, 100, 700, 5_000)).isEqualTo(1.0);
        // However old the records are that were read.
        assertThat(kept(1000, 1000).passed(0, 100, 700, 5_000)).isZero();
        // Nothing is ever deleted.
        assertThat(kept(0, 0).passed(100, 100, 70_000, 5_000)).isZero();
    }
}
