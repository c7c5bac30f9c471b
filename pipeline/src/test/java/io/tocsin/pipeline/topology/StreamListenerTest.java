package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.ClientTlsContext;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.tls.TlsVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What every connector that listens for connections has in common: TLS and the PROXY header.
class StreamListenerTest {
    @TempDir
    static Path secrets;

    private static TestCertificates certificates;

    @TempDir
    Path folder;

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(secrets);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1");
        certificates.sign("client", "DNS:host7.site.example");
    }

    private static String tls(String more) {
        return ", tls: { certificate: '%s', key: '%s'%s }"
                .formatted(certificates.certificate("server"), certificates.key("server"), more);
    }

    private static CollectorTopology startTls(Harness harness, String more) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector: { type: tls, listen: "127.0.0.1:0"%s }
              keepRaw: true
            """.formatted(more));
    }

    private static ClientTlsContext client(boolean withCertificate) {
        return new ClientTls(
                        ClientTls.Verify.FULL,
                        certificates.authority(),
                        withCertificate ? certificates.certificate("client") : null,
                        withCertificate ? certificates.key("client") : null,
                        null,
                        TlsVersion.TLS_1_2)
                .open();
    }

    private static SSLSocket connect(CollectorTopology topology, boolean withCertificate) throws IOException {
        Socket plain = Harness.connect(topology);
        plain.setSoTimeout(20_000);
        return client(withCertificate).socket(plain, "localhost", plain.getPort());
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static String counted(String text) {
        return text.getBytes(UTF_8).length + " " + text;
    }

    private static void awaitCount(CollectorTopology topology, StageCounter counter, long value) {
        await().atMost(Duration.ofSeconds(20)).until(() -> Harness.count(topology, counter) >= value);
    }

    @Test
    void receivesCountedFramesOverTlsInOrder() throws IOException {
        List<String> texts = IntStream.range(0, 5000)
                .mapToObj(i -> "<13>1 - host app - - - line one\nline two " + i)
                .toList();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(harness, tls(""));
            try (SSLSocket socket = connect(topology, false)) {
                write(socket, texts.stream().map(StreamListenerTest::counted).collect(Collectors.joining()));
                for (int i = 0; i < 10; i++) {
                    write(socket, counted("<13>alone " + i));
                }
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, texts.size() + 10);
                // The connection stays open; a drain must not wait for its end.
                long before = System.nanoTime();
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
                assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
            }
            assertThat(harness.loggedTexts().subList(0, texts.size())).isEqualTo(texts);
            assertThat(harness.logged()).hasSize(texts.size() + 10);
            assertThat(Harness.count(topology, StageCounter.CONNECTION_ERRORS)).isZero();
        }
    }

    @Test
    void drainsWhatLiesEncryptedInTheKernelBuffers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(harness, tls(""));
            try (SSLSocket socket = connect(topology, false)) {
                write(
                        socket,
                        IntStream.range(0, 5000)
                                .mapToObj(i -> counted("<13>line " + i))
                                .collect(Collectors.joining()));
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            }
            assertThat(harness.logged()).hasSize(5000);
        }
    }

    /// rsyslog looks whether its connection is still whole before it writes.
    @Test
    void losesNothingOfAPeerThatLooksBeforeItWritesAndNeverRests() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: lines
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: syslog
                    """);
            AtomicInteger written = new AtomicInteger();
            CountDownLatch writes = new CountDownLatch(20);
            Thread peer = Thread.ofPlatform().start(() -> {
                try (SocketChannel channel = SocketChannel.open(Harness.address(topology))) {
                    channel.configureBlocking(false);
                    ByteBuffer answer = ByteBuffer.allocate(1);
                    while (channel.read(answer) == 0) {
                        channel.write(ByteBuffer.wrap(("<13>line " + written + "\n").getBytes(UTF_8)));
                        written.incrementAndGet();
                        writes.countDown();
                        LockSupport.parkNanos(2_000_000);
                    }
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            });
            writes.await();
            assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            peer.join();
            assertThat(harness.logged()).hasSize(written.get());
        }
    }

    @Test
    void refusesPeersWithoutARightCertificateAndGoesOn() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(
                    harness,
                    tls(", clientCertificate: required, authorities: '%s', allow: ['*.site.example']"
                            .formatted(certificates.authority())));
            try (SSLSocket nobody = connect(topology, false)) {
                write(nobody, counted("<13>not taken"));
                assertThat(nobody.getInputStream().read()).isEqualTo(-1);
            } catch (IOException refused) {
                assertThat(refused).isNotNull();
            }
            awaitCount(topology, StageCounter.TLS_ERRORS, 1);
            try (SSLSocket known = connect(topology, true)) {
                write(known, counted("<13>taken"));
            }
            awaitCount(topology, StageCounter.RECEIVED_EVENTS, 1);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).containsExactly("<13>taken");
            // W27: who the peer is stands on every event.
            assertThat(harness.origins())
                    .singleElement()
                    .satisfies(origin ->
                            assertThat(origin.subject()).startsWith("CN=").contains("O=Test"));
            assertThat(harness.loggedJson("test"))
                    .singleElement()
                    .satisfies(json -> assertThat(json).contains("\"EntrySubject\":\"CN="));
        }
    }

    @Test
    void countsPlainTextAndGarbageOnATlsPortAndMakesNoEvent() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(harness, tls(""));
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "<13>plain\n");
                assertThat(endOf(socket)).isTrue();
            }
            awaitCount(topology, StageCounter.PLAINTEXT_ON_TLS, 1);
            try (Socket socket = Harness.connect(topology)) {
                socket.getOutputStream().write(new byte[] {0x16, 3, 3, (byte) 0xFF, (byte) 0xFF, 1, 2, 3});
                socket.shutdownOutput();
                endOf(socket);
            }
            awaitCount(topology, StageCounter.TLS_ERRORS, 1);
            Harness.connect(topology).close();
            awaitCount(topology, StageCounter.HEALTH_PROBES, 1);
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    /// Reads until the connection ends, in whatever way.
    private static boolean endOf(Socket socket) {
        try {
            socket.setSoTimeout(20_000);
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            // An end as well.
        }
        return true;
    }

    @Test
    void countsTlsOnAPlainPortAndMakesNoEvent() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try (Socket plain = Harness.connect(topology)) {
                plain.setSoTimeout(20_000);
                client(false).socket(plain, "localhost", plain.getPort());
            } catch (IOException expected) {
                assertThat(expected).isNotNull();
            }
            awaitCount(topology, StageCounter.TLS_ON_PLAINTEXT, 1);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    @Test
    void closesPeersThatDribbleTheirHandshake() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(harness, tls(""));
            try (Socket slow = Harness.connect(topology)) {
                slow.setSoTimeout(100);
                long began = System.nanoTime();
                byte[] hello = {0x16, 3, 1, 0, (byte) 200, 1, 0, 0, (byte) 196, 3, 3};
                int sent = 0;
                boolean ended = false;
                while (!ended && System.nanoTime() - began < 30_000_000_000L) {
                    try {
                        slow.getOutputStream().write(sent < hello.length ? hello[sent] : 7);
                        sent++;
                        ended = slow.getInputStream().read() < 0;
                    } catch (java.net.SocketTimeoutException notYet) {
                        // It sends another byte.
                    } catch (IOException reset) {
                        ended = true;
                    }
                }
                assertThat(ended).isTrue();
                assertThat(System.nanoTime() - began).isLessThan(20_000_000_000L);
            }
            awaitCount(topology, StageCounter.TLS_ERRORS, 1);
        }
    }

    @Test
    void namesThePeerThatTheProxyNames() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", proxyProtocol: true, trustedProxies: [127.0.0.0/8]");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\r\n<13>from afar\n");
            }
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "PROXY UNKNOWN\r\n<13>from here\n");
            }
            awaitCount(topology, StageCounter.RECEIVED_EVENTS, 2);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged())
                    .extracting(event -> event.source() + " " + event.raw())
                    .containsExactlyInAnyOrder("192.0.2.7 <13>from afar", "127.0.0.1 <13>from here");
            // P3: the proxy is kept beside the true peer.
            assertThat(harness.origins())
                    .extracting(origin -> origin.relayAddress() + " " + (origin.relayPort() > 0))
                    .containsExactlyInAnyOrder("127.0.0.1 true", " false");
        }
    }

    @Test
    void namesThePeerThatTheProxyNamesBeforeTls() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTls(harness, tls("") + ", proxyProtocol: true");
            Socket plain = Harness.connect(topology);
            write(plain, "PROXY TCP6 2001:db8::7 ::1 40001 443\r\n");
            try (SSLSocket socket = client(false).socket(plain, "localhost", plain.getPort())) {
                write(socket, counted("<13>from afar"));
            }
            awaitCount(topology, StageCounter.RECEIVED_EVENTS, 1);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged())
                    .singleElement()
                    .satisfies(event -> assertThat(event.source()).isEqualTo("2001:db8:0:0:0:0:0:7"));
        }
    }

    @Test
    void closesConnectionsWithoutTheHeaderThatIsDemanded() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", proxyProtocol: true");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "<13>no header\n");
                assertThat(endOf(socket)).isTrue();
            }
            awaitCount(topology, StageCounter.PROXY_HEADER_ERRORS, 1);
            Harness.connect(topology).close();
            awaitCount(topology, StageCounter.HEALTH_PROBES, 1);
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    /// W29: 5 seconds for the header, however little and often the proxy sends.
    @Test
    void closesAProxyThatDribblesItsHeader() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", proxyProtocol: true");
            try (Socket slow = Harness.connect(topology)) {
                long took = dribble(slow, "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443 " + "0".repeat(40));
                assertThat(took).isBetween(3_000_000_000L, 9_500_000_000L);
            }
            awaitCount(topology, StageCounter.PROXY_HEADER_ERRORS, 1);
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    /// Sends a byte now and then, the last one for ever, until the other side ends the connection.
    ///
    /// @return nanoseconds until then
    private static long dribble(Socket slow, String text) throws IOException {
        slow.setSoTimeout(100);
        long began = System.nanoTime();
        int sent = 0;
        while (System.nanoTime() - began < 30_000_000_000L) {
            try {
                slow.getOutputStream().write(text.charAt(Math.min(sent++, text.length() - 1)));
                if (slow.getInputStream().read() < 0) {
                    break;
                }
            } catch (java.net.SocketTimeoutException notYet) {
                // It sends another byte.
            } catch (IOException reset) {
                break;
            }
        }
        return System.nanoTime() - began;
    }

    @Test
    void handsOnALongEventThatDoesNotEndAndClosesTheConnection() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", eventTimeout: 300ms");
            try (Socket slow = Harness.connect(topology);
                    Socket silent = Harness.connect(topology);
                    Socket small = Harness.connect(topology)) {
                write(small, "<13>an event that is left unfinished and holds no memory");
                write(silent, "<13>whole\n<13>" + "s".repeat(5000));
                write(slow, "<13>" + "d".repeat(5000));
                // The allowance for 5,000 bytes is 4 seconds.
                assertThat(dribble(slow, "d")).isBetween(3_000_000_000L, 15_000_000_000L);
                assertThat(endOf(silent)).isTrue();
                awaitCount(topology, StageCounter.STALLED_EVENTS, 2);
                write(small, ", for the time being\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 4);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged().stream()
                            .filter(Harness.Logged::cut)
                            .map(event -> event.raw().substring(0, 1000)))
                    .containsExactlyInAnyOrder("<13>" + "s".repeat(996), "<13>" + "d".repeat(996));
            assertThat(harness.loggedTexts())
                    .contains(
                            "<13>whole",
                            "<13>an event that is left unfinished and holds no memory, for the time being");
        }
    }

    @Test
    void keepsALongEventThatComesSlowlyButComes() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", eventTimeout: 2s");
            try (Socket socket = Harness.connect(topology)) {
                socket.setSoTimeout(100);
                write(socket, "<13>");
                for (int i = 0; i < 30; i++) {
                    write(socket, "p".repeat(2000));
                    assertThatThrownBy(() -> socket.getInputStream().read())
                            .isInstanceOf(java.net.SocketTimeoutException.class);
                }
                write(socket, "\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 1);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged()).singleElement().matches(event -> !event.cut());
        }
    }

    @Test
    void handsOnTheLastMessageOfSeveralLinesAfterAMoment() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", framing: lf-priority");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "<13>one\n\tat a\n<13>two\n\tat b\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 2);
                write(socket, "<13>three\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 3);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).containsExactly("<13>one\n\tat a", "<13>two\n\tat b", "<13>three");
            assertThat(harness.logged()).noneMatch(Harness.Logged::cut);
        }
    }

    @Test
    void countsEmptyLinesAndMakesNoEventOfThem() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "\n\n<13>one\n <13>two\n\r\n");
                awaitCount(topology, StageCounter.EMPTY_LINES, 3);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).containsExactly("<13>one", "<13>two");
        }
    }

    @Test
    void makesSeveralEventsOfALineThatIsTooLong() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", maxEventSize: 64B, longLines: split");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "x".repeat(150) + "\n<13>two\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 4);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts())
                    .containsExactly("x".repeat(64), "x".repeat(64), "x".repeat(22), "<13>two");
            assertThat(Harness.count(topology, StageCounter.SPLIT_LINES)).isEqualTo(1);
            assertThat(Harness.count(topology, StageCounter.CUT_EVENTS)).isEqualTo(3);
        }
    }

    @Test
    void endsEventsWithTheDelimitersOfTheUserAlsoWhenTheSenderRests() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology =
                    harness.startTcp(", framing: delimited, delimiters: ['\\r', '\\r\\n', '\\x03']");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "<13>one\u0003<13>two\r");
                // The last one is known to be whole a second later.
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 2);
                write(socket, "<13>three\r\n");
                awaitCount(topology, StageCounter.RECEIVED_EVENTS, 3);
            }
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.loggedTexts()).containsExactly("<13>one", "<13>two", "<13>three");
        }
    }

    @Test
    void believesNoStranger() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", proxyProtocol: true, trustedProxies: [10.0.0.0/8]");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\r\n<13>forged\n");
                assertThat(endOf(socket)).isTrue();
            }
            awaitCount(topology, StageCounter.PROXY_HEADER_ERRORS, 1);
            assertThat(harness.loggedTexts()).isEmpty();
        }
    }

    @Test
    void takesAProxyHeaderForDataWhenNoneIsDemanded() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "PROXY TCP4 192.0.2.7 203.0.113.9 40001 443\r\n<13>data\n");
            }
            awaitCount(topology, StageCounter.RECEIVED_EVENTS, 2);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged()).extracting(Harness.Logged::source).containsExactly("127.0.0.1", "127.0.0.1");
        }
    }
}
