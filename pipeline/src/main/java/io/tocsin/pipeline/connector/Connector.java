package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.kafka.KafkaUse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A running source of events: `open`, `run`, then `drain` and `close`.
///
/// Thread-safety: `run` is called once, by one thread, after `open`; `drain` and `close` come from any
/// other thread.
public interface Connector extends AutoCloseable {
    /// Takes what is needed to receive: binds the port, looks into the folder.
    ///
    /// @throws io.tocsin.error.TocsinException when that is not possible, for example because the port is
    /// taken
    void open();

    /// Receives until [#drain] or [#close]. Errors of the source are counted and survived.
    void run();

    /// Stops taking new input, hands on what has arrived already, and returns when that is done or the time
    /// is over.
    void drain(Duration limit);

    /// Stops at once and gives everything back. May be called at any time and more than once.
    @Override
    void close();

    /// Where it listens or reads, for people; after [#open()] with the real port.
    List<String> addresses();

    /// Connections, or files, open now.
    int openSources();

    /// Says how the other collectors of this process are configured that run: before [#run()], and whenever that
    /// changes. For connectors that share a source.
    default void others(List<ConnectorConfig> configs) {}

    /// What it uses of a Kafka cluster; null when it does not.
    default @Nullable KafkaUse kafka() {
        return null;
    }
}
