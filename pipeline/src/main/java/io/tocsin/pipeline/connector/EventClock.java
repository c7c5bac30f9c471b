package io.tocsin.pipeline.connector;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import java.time.Duration;

/// Says when an event of a connection takes too long: a peer that leaves a long one half sent holds memory that the
/// other connections need. It may take the limit and a second for each KiB that came, so that a slow line is no
/// reason to break off. While others ask for memory in vain, it may take much less. Only the time counts in which the
/// peer was waited for, not that in which the log had no room.
/// Events that fit into the buffer of an idle connection hold nothing and may take for ever.
///
/// Thread-safety: one thread.
final class EventClock {
    private static final int SLOWEST_BYTES_PER_SECOND = 1 << 10;
    /// The limit while memory is short.
    private static final long LIMIT_IN_NEED_NANOS = 2_000_000_000L;

    private static final int SLOWEST_BYTES_PER_SECOND_IN_NEED = 1 << 20;

    private final long limitNanos;
    private long waitsSinceNanos;
    private long waitedNanos;
    private long received;

    /// @param limit zero: for ever
    EventClock(Duration limit) {
        this.limitNanos = limit.toNanos();
    }

    /// The key by which connectors are told the limit.
    static Key<Duration> key(ConfigSpec.Builder keys) {
        return keys.duration(
                        "eventTimeout",
                        "Closes a connection that leaves an event of more than 4 KiB unfinished for so long, and a"
                                + " second for each KiB of it; 0 never does.",
                        Duration.ZERO,
                        Duration.ofDays(1))
                .defaultTo(Duration.ofMinutes(1));
    }

    /// A read begins.
    void waits() {
        waitsSinceNanos = System.nanoTime();
    }

    /// The read has ended.
    void waited() {
        waitedNanos += System.nanoTime() - waitsSinceNanos;
    }

    /// Bytes came.
    ///
    /// @param ended true: they ended an event, so that what is at hand now is another one
    void received(int bytes, boolean ended) {
        if (ended) {
            waitedNanos = 0;
            received = 0;
        }
        received += bytes;
    }

    /// True when the event at hand takes too long.
    ///
    /// @param memoryIsShort others need what this one holds: it may take two seconds and one for each MiB that came
    boolean isOver(boolean memoryIsShort) {
        if (limitNanos == 0) {
            return false;
        }
        long allowed = limitNanos + received / SLOWEST_BYTES_PER_SECOND * 1_000_000_000L;
        long allowedInNeed = LIMIT_IN_NEED_NANOS + received / SLOWEST_BYTES_PER_SECOND_IN_NEED * 1_000_000_000L;
        return waitedNanos > (memoryIsShort ? Math.min(allowed, allowedInNeed) : allowed);
    }
}
