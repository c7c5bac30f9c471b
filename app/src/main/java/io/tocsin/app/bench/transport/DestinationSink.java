package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A peer of a destination that takes everything and does nothing with it but count. To add one, write a class and a
/// line in [DestinationSinks].
interface DestinationSink extends AutoCloseable {
    /// What the destination has for `spec`, as a flow mapping of YAML.
    String destination();

    /// Actions of an rsyslog that sends the same way; null when it has none.
    @Nullable
    String peer();

    /// Events that have arrived, repeated ones included.
    long events() throws IOException;

    /// Which part of the events of a round it gets: less where it takes long.
    default double share() {
        return 1;
    }

    /// Processor time of a collector that reads what arrives; zero when there is none.
    default Duration readerCpu() {
        return Duration.ZERO;
    }

    @Override
    void close() throws IOException;

    /// How a sink comes to be.
    @FunctionalInterface
    interface Opening {
        /// @param folder of its own; must exist
        DestinationSink open(Path folder) throws IOException;
    }
}
