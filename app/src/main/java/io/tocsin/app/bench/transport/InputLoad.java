package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// One way in, as the benchmark loads it. To add one, write a class and a line in [InputLoads].
///
/// Thread-safety: implementations keep no state between calls of [#send]; several threads may send at once.
interface InputLoad {
    /// Name of the row.
    String name();

    /// The connector as a flow mapping of YAML.
    String connector(int port);

    /// Format of the normalizer that reads what is sent: `syslog` or `json`.
    String format();

    /// Modules and inputs of an rsyslog that takes the same, bound to the ruleset `receive`; null when it has none.
    @Nullable
    String peer(int port);

    /// Whether connections can be made to it.
    default boolean listens() {
        return true;
    }

    /// Whether a receiver that is too slow loses events.
    default boolean lossy() {
        return false;
    }

    /// Which part of the events of a round it gets: less where it takes long.
    default double share() {
        return 1;
    }

    /// Sends as fast as the receiver takes it, and returns when it has acknowledged all, or closed.
    ///
    /// @param times how often [SyslogBlock#LINES] events are sent
    void send(InetSocketAddress target, int times) throws IOException;
}
