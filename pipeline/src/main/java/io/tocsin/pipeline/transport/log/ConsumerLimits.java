package io.tocsin.pipeline.transport.log;

import java.time.Duration;

/// How much of a shared log one consumer may keep from being deleted, so that a destination that is gone cannot
/// hold everybody's disk. Whichever limit is reached first counts.
///
/// Limits are looked at once a second and whenever a segment is full, and data goes by whole segments: a consumer
/// may hold one segment more than its limit for a moment, and loses at most one segment more than it had to.
///
/// @param maxBytes bytes of segments that wait for the consumer; 0 means no limit of its own
/// @param maxAge age of the oldest record that waits for it; zero means no limit of its own
/// @param whenFull [WhenFull#DROP_OLDEST]: the consumer is moved forward over its oldest records and told what it
///     lost ([LogConsumer#takeLosses()], [LogConsumer#onLoss]). [WhenFull#BLOCK]: appending waits until it has
///     caught up. Dropping the newest is a matter of inputs: it would free nothing that other consumers hold
public record ConsumerLimits(long maxBytes, Duration maxAge, WhenFull whenFull) {
    /// No limits of its own: only those of the log.
    public static final ConsumerLimits NONE = new ConsumerLimits(0, Duration.ZERO, WhenFull.BLOCK);

    public ConsumerLimits {
        if (maxBytes < 0 || maxAge.isNegative()) {
            throw new IllegalArgumentException(
                    "limits of a consumer must not be negative [maxBytes=" + maxBytes + ", maxAge=" + maxAge + "]");
        }
        if (whenFull == WhenFull.DROP_NEWEST) {
            throw new IllegalArgumentException(
                    "a consumer of a shared log can block or drop the oldest [whenFull=drop-newest]");
        }
    }

    /// A consumer that is moved forward when more than this waits for it.
    public static ConsumerLimits droppingOldest(long maxBytes, Duration maxAge) {
        return new ConsumerLimits(maxBytes, maxAge, WhenFull.DROP_OLDEST);
    }

    boolean isNone() {
        return maxBytes == 0 && maxAge.isZero();
    }
}
