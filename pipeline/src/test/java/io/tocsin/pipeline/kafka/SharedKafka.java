package io.tocsin.pipeline.kafka;

import io.tocsin.pipeline.tls.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The one cluster of three brokers that all tests of a JVM use: starting one costs more than most tests. Whoever kills
/// a broker starts it again; topics have names of their own.
///
/// Brokers also listen with TLS for a user `tocsin` with the password `right`.
public final class SharedKafka {
    private static final Path FOLDER = folder();
    private static final TestCertificates CERTIFICATES = certificates();
    private static final KafkaCluster CLUSTER = start();

    private SharedKafka() {}

    /// The cluster, started with the first call.
    public static KafkaCluster cluster() {
        return CLUSTER;
    }

    /// The authority that signed the brokers' certificate.
    public static Path authority() {
        return CERTIFICATES.authority();
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("tocsin-kafka-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestCertificates certificates() {
        TestCertificates certificates = new TestCertificates(FOLDER);
        certificates.sign("broker", "DNS:localhost,IP:127.0.0.1");
        return certificates;
    }

    private static KafkaCluster start() {
        try {
            KafkaCluster cluster = KafkaCluster.startSecured(
                    FOLDER, 3, CERTIFICATES.certificate("broker"), CERTIFICATES.key("broker"), "tocsin", "right");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(cluster), "kafka-end"));
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while brokers started", e);
        }
    }

    private static void end(KafkaCluster cluster) {
        cluster.close();
        try (Stream<Path> files = Files.walk(FOLDER)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
