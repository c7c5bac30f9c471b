package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.tls.TlsVersion;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// S16: a certificate that is taken back ends the connections that were made with it, and those only.
@Timeout(120)
class RevokedPeersTest {
    @TempDir
    static Path secrets;

    private static TestCertificates certificates;

    @TempDir
    Path folder;

    @RegisterExtension
    final LoggedWarnings warnings = new LoggedWarnings();

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(secrets);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1");
        certificates.sign("lost", "DNS:lost.example");
        certificates.sign("kept", "DNS:kept.example");
    }

    private Path lists() {
        return folder.resolve("now.crl");
    }

    private void publish(String... revoked) throws IOException {
        Path made = certificates.revoke(revoked.length + ".crl", revoked);
        Path beside = Files.copy(made, folder.resolve("next.crl"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(beside, lists(), StandardCopyOption.ATOMIC_MOVE);
    }

    private CollectorTopology start(Harness harness, String type, String clientCertificate) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector:
                type: %s
                listen: "127.0.0.1:0"%s
                tls: { certificate: '%s', key: '%s', clientCertificate: %s, authorities: '%s', revoked: '%s' }
              keepRaw: true
            """.formatted(
                        type,
                        type.equals("http") ? "\n    anonymous: true" : "",
                        certificates.certificate("server"),
                        certificates.key("server"),
                        clientCertificate,
                        certificates.authority(),
                        lists()));
    }

    /// @param name of the certificate; empty: none is shown
    private static SSLSocket connect(CollectorTopology topology, String name) throws IOException {
        Socket plain = Harness.connect(topology);
        plain.setSoTimeout(20_000);
        return new ClientTls(
                        ClientTls.Verify.FULL,
                        certificates.authority(),
                        name.isEmpty() ? null : certificates.certificate(name),
                        name.isEmpty() ? null : certificates.key(name),
                        null,
                        TlsVersion.TLS_1_2)
                .open()
                .socket(plain, "localhost", plain.getPort());
    }

    private static boolean hasEnded(SSLSocket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    private static void awaitSources(CollectorTopology topology, int sources) {
        await().atMost(Duration.ofSeconds(20)).until(() -> topology.figures().openSources() == sources);
    }

    private static void awaitEvents(CollectorTopology topology, long events) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(topology.figures().counts()).containsEntry(StageCounter.RECEIVED_EVENTS, events));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "relp", "beats", "http", "redis"})
    void endsTheConnectionsOfARevokedPeerAndNoOther(String type) throws IOException {
        publish();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, type, "optional");
            try (SSLSocket first = connect(topology, "lost");
                    SSLSocket second = connect(topology, "lost");
                    SSLSocket kept = connect(topology, "kept");
                    SSLSocket unknown = connect(topology, "")) {
                awaitSources(topology, 4);
                publish("lost");
                assertThat(hasEnded(first)).isTrue();
                assertThat(hasEnded(second)).isTrue();
                awaitSources(topology, 2);
                // As long as a look at the lists may take, and longer.
                for (SSLSocket open : List.of(kept, unknown)) {
                    open.setSoTimeout(1500);
                    assertThat(hasEnded(open)).isFalse();
                }
            }
            assertThat(topology.figures().counts()).containsEntry(StageCounter.TLS_ERRORS, 2L);
        }
        assertThat(warnings.texts())
                .filteredOn(text -> text.startsWith("connections closed"))
                .singleElement()
                .asString()
                .matches("(?s)connections closed: the certificate was revoked \\[subject="
                        + "CN=lost,O=Test, serial=[0-9a-f]+, since=20[^]]+Z] \\[collector=test, peer=127\\.0\\.0\\.1:[0-9]+]: give the peer"
                        + " a new certificate if it may go on");
    }

    @Test
    void keepsWhatTheRevokedPeerHadSentAndTakesNothingMore() throws IOException {
        publish();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "tls", "required");
            try (SSLSocket lost = connect(topology, "lost");
                    SSLSocket kept = connect(topology, "kept")) {
                lost.getOutputStream().write("10 <13>before".getBytes(UTF_8));
                awaitEvents(topology, 1);
                publish("lost");
                assertThat(hasEnded(lost)).isTrue();
                assertThatThrownBy(() -> {
                            try (SSLSocket again = connect(topology, "lost")) {
                                again.getOutputStream().write("9 <13>again".getBytes(UTF_8));
                                again.getInputStream().read();
                            }
                        })
                        .isInstanceOf(IOException.class);
                kept.getOutputStream().write("9 <13>after".getBytes(UTF_8));
                awaitEvents(topology, 2);
            }
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.loggedTexts()).containsExactly("<13>before", "<13>after");
        }
    }
}
