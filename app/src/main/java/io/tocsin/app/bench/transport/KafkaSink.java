package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A topic of brokers that are there already, and a collector that reads it and so is measured as well.
///
/// Thread-safety: one thread.
final class KafkaSink implements DestinationSink {
    private final String brokers;
    private final String topic = "tocsin-bench-" + UUID.randomUUID();
    private final ReceivingProcess reader;

    /// @param brokers host:port
    KafkaSink(String brokers, Path folder) throws IOException {
        this.brokers = brokers;
        this.reader = ReceivingProcess.tocsin(folder, new Reader(), "group", null);
    }

    /// The way in that reads the topic. Nothing is sent to it by itself.
    private final class Reader implements InputLoad {
        @Override
        public String name() {
            return "kafka";
        }

        @Override
        public String connector(int port) {
            return "{ type: kafka, brokers: [ \"%s\" ], topics: %s, group: %s, start: earliest }"
                    .formatted(brokers, topic, topic);
        }

        @Override
        public String format() {
            return "syslog";
        }

        @Override
        public @Nullable String peer(int port) {
            return null;
        }

        @Override
        public boolean listens() {
            return false;
        }

        @Override
        public void send(InetSocketAddress target, int times) {
            throw new UnsupportedOperationException("the destination sends");
        }
    }

    @Override
    public String destination() {
        return "{ type: kafka, brokers: [ \"%s\" ], topic: %s, format: raw }".formatted(brokers, topic);
    }

    @Override
    public @Nullable String peer() {
        return null;
    }

    @Override
    public long events() throws IOException {
        return reader.received();
    }

    @Override
    public Duration readerCpu() {
        reader.awaitIdle();
        return reader.cpu();
    }

    @Override
    public void close() {
        reader.close();
    }
}
