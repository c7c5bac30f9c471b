package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.SharedKafka;
import io.tocsin.pipeline.tls.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real broker that demands TLS and a login.
@Tag("slow")
final class KafkaSecurityTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    @Test
    void writesOverTlsWithALoginAndSaysWhyWhenItMayNot() throws Exception {
        TestCertificates strangers = new TestCertificates(Files.createDirectories(folder.resolve("strangers")));
        KafkaCluster cluster = SharedKafka.cluster();
        cluster.createTopic("secured", 1);
        try (NumberedEvents events = new NumberedEvents(folder.resolve("node"))) {
            events.append(2, 50);
            refused(
                    events,
                    spec(cluster, strangers.authority(), "right"),
                    "does not chain with any of the trust anchors");
            refused(events, spec(cluster, SharedKafka.authority(), "wrong"), "Authentication failed");
            try (RunningDestination destination =
                    events.start("kafka", spec(cluster, SharedKafka.authority(), "right"))) {
                assertThat(destination.drain(LIMIT))
                        .as("%s", destination.figures().lastError())
                        .isTrue();
                assertThat(destination.figures().deliveredEvents()).isEqualTo(100);
            }
        }
    }

    private static void refused(NumberedEvents events, String spec, String why) throws Exception {
        try (RunningDestination destination = events.start("kafka", spec)) {
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(
                                    String.valueOf(destination.figures().lastError()))
                            .contains(why));
            assertThat(destination.figures().deliveredEvents()).isZero();
        }
    }

    private String spec(KafkaCluster cluster, Path authority, String password) throws Exception {
        Path file = Files.writeString(folder.resolve("password-" + password), password);
        return """
            { type: kafka, brokers: "%s", topic: secured, format: batch, timeout: 3s, checkInterval: 300ms, \
            tls: { authorities: "%s" }, login: { mechanism: plain, user: tocsin, password: "file:%s" } }\
            """.formatted(cluster.securedAddress(), authority, file);
    }
}
