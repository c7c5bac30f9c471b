package io.tocsin.app.bench.transport;

import io.tocsin.app.fault.KafkaBrokers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A topic of brokers, three of its own or some that are there already, and a collector that reads it and so is
/// measured as well.
///
/// Thread-safety: one thread.
final class KafkaSink implements DestinationSink {
    /// Three brokers, their disks and both collectors share the machine.
    private static final double SHARE = 0.25;

    private final @Nullable KafkaBrokers own;
    private final String brokers;
    private final String topic;
    private final ReceivingProcess reader;

    private KafkaSink(@Nullable KafkaBrokers own, String brokers, String topic, Path folder) throws IOException {
        this.own = own;
        this.brokers = brokers;
        this.topic = topic;
        this.reader = ReceivingProcess.tocsin(folder, new Reader(), "group", null);
    }

    /// @param kafka folder with a distribution of Kafka, of which three brokers are started, or a broker that makes
    ///     topics by itself, host:port
    static KafkaSink open(String kafka, Path folder) throws IOException {
        String topic = "tocsin-bench-" + UUID.randomUUID();
        if (!Files.isDirectory(Path.of(kafka))) {
            return new KafkaSink(null, '"' + kafka + '"', topic, folder);
        }
        KafkaBrokers own = null;
        try {
            own = KafkaBrokers.start(Path.of(kafka), folder.resolve("brokers"));
            own.makeTopic(topic);
            String list = own.addresses().stream().map(each -> '"' + each + '"').collect(Collectors.joining(", "));
            return new KafkaSink(own, list, topic, folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(own);
            throw new IOException("interrupted", e);
        } catch (IOException | RuntimeException e) {
            end(own);
            throw e;
        }
    }

    private static void end(@Nullable KafkaBrokers own) {
        try {
            if (own != null) {
                own.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The way in that reads the topic. Nothing is sent to it by itself.
    private final class Reader implements InputLoad {
        @Override
        public String name() {
            return "kafka";
        }

        @Override
        public String connector(int port) {
            return "{ type: kafka, brokers: [ %s ], topics: %s, group: %s, start: earliest }"
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
        return "{ type: kafka, brokers: [ %s ], topic: %s, format: raw }".formatted(brokers, topic);
    }

    @Override
    public @Nullable String peer() {
        return null;
    }

    @Override
    public double share() {
        return SHARE;
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
        end(own);
    }
}
