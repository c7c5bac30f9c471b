package io.tocsin.pipeline.pair;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a process finds the other one of its pair.
///
/// @param listen where it waits for the other one; null when it connects
/// @param peer where it connects to; null when it listens
/// @param secret of the installation
/// @param timeout silence after which the other one counts as lost
/// @param acknowledgeReplicated true: an input is acknowledged when the other one has it as well;
///     false: when it is in the own log
/// @param replicaLimitBytes memory for what the other one holds, for each collector
public record PairOptions(
        @Nullable InetSocketAddress listen,
        @Nullable InetSocketAddress peer,
        String secret,
        Duration timeout,
        boolean acknowledgeReplicated,
        long replicaLimitBytes) {
    /// Unless told otherwise.
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(3);

    /// Unless told otherwise.
    public static final long DEFAULT_REPLICA_LIMIT_BYTES = 256L << 20;

    public PairOptions {
        if ((listen == null) == (peer == null)) {
            throw new IllegalArgumentException("one of a pair listens, the other one connects");
        }
    }
}
