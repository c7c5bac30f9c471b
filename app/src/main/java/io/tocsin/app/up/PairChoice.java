package io.tocsin.app.up;

import io.tocsin.pipeline.pair.PairOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a process becomes one of a pair of collectors.
///
/// @param listen where it waits for the other one; null when it connects
/// @param peer where it connects to; null when it listens
/// @param timeout silence after which the other one counts as lost
/// @param acknowledgeReplicated an input is acknowledged when the other one has it as well
/// @param witness storage decides when the two lose sight of each other
public record PairChoice(
        @Nullable ListenAddress listen,
        @Nullable ListenAddress peer,
        Duration timeout,
        boolean acknowledgeReplicated,
        boolean witness) {
    PairOptions options(String secret) {
        return new PairOptions(
                listen == null ? null : listen.socketAddress(),
                peer == null ? null : peer.socketAddress(),
                secret,
                timeout,
                acknowledgeReplicated,
                PairOptions.DEFAULT_REPLICA_LIMIT_BYTES);
    }
}
