package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class TlsTest {
    @TempDir
    private static Path folder;

    private static TestCore core;

    @BeforeAll
    static void start() {
        core = new TestCore(folder);
    }

    @AfterAll
    static void stop() {
        core.close();
    }

    private static SSLSocket connect() throws IOException {
        SSLContext context = Client.trusting(folder.resolve("tls"));
        URI address = core.server().address();
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(address.getHost(), address.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static X509Certificate certificate() throws IOException {
        try (SSLSocket socket = connect()) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void namesThisMachineInItsCertificate() throws Exception {
        List<String> names = certificate().getSubjectAlternativeNames().stream()
                .map(name -> String.valueOf(name.get(1)))
                .toList();
        assertThat(names).contains("localhost", "127.0.0.1");
        String host = InetAddress.getLocalHost().getHostName();
        assertThat(names).contains(host);
    }

    @Test
    void speaksTls12And13Only() throws IOException {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (SSLSocket socket = connect()) {
                socket.setEnabledProtocols(new String[] {protocol});
                socket.startHandshake();
                assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
            }
        }
        try (SSLSocket socket = connect()) {
            socket.setEnabledProtocols(new String[] {"TLSv1.1"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    @Test
    @Timeout(20)
    void dropsClientsThatSpeakPlainHttp() throws IOException {
        URI address = core.server().address();
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).doesNotContain("HTTP/1.1 200");
        }
    }

    @Test
    void keepsItsCertificateUntilItIsAboutToExpire(@TempDir Path other) throws IOException {
        try (TestCore mine = new TestCore(other)) {
            byte[] first = Files.readAllBytes(other.resolve("tls/core.p12"));
            mine.restart();
            assertThat(Files.readAllBytes(other.resolve("tls/core.p12"))).isEqualTo(first);
            String exported = Files.readString(other.resolve("tls/certificate.pem"));
            assertThat(exported).startsWith("-----BEGIN CERTIFICATE-----").doesNotContain("PRIVATE");
            mine.clock.advanceMillis(Duration.ofDays(900).toMillis());
            mine.restart();
            assertThat(Files.readAllBytes(other.resolve("tls/core.p12"))).isNotEqualTo(first);
            assertThat(Files.readString(other.resolve("tls/certificate.pem"))).isNotEqualTo(exported);
        }
    }

    @Test
    void saysWhatToDoWhenTheKeyStoreIsDamaged(@TempDir Path other) throws IOException {
        new TestCore(other).close();
        Files.writeString(other.resolve("tls/core.p12"), "damaged");
        assertThatThrownBy(() -> new TestCore(other)).rootCause().isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new TestCore(other))
                .hasStackTraceContaining("cannot open the key store of the HTTPS listener; restore it, or delete it");
    }
}
