package io.tocsin.pipeline.topology;

import static io.tocsin.pipeline.topology.LumberjackPeer.batch;
import static io.tocsin.pipeline.topology.LumberjackPeer.compressed;
import static io.tocsin.pipeline.topology.LumberjackPeer.data;
import static io.tocsin.pipeline.topology.LumberjackPeer.json;
import static io.tocsin.pipeline.topology.LumberjackPeer.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BeatsCollectorTest {
    /// Two windows, of three events and of one, as a client of other people writes them: recorded from version
    /// 1.0.3 of the npm package `lumberjack-client`, whose compression is that of `pako`.
    private static final String WINDOWS_OF_ANOTHER_CLIENT =
            "MlcAAAADMkMAAADaeJy1jz0KAjEQRle9iEy9P8ksimxlbW1lI6PO6sLuJpigiHggC3t7j+AVPIgTe0FQIYHky5svPJxEUdSR"
                    + "fT/C2FcNO0+NhQJQ4TDROkGcalWosFKl9AxiGDfsaUWeoDjCgskLXlY1v44x+INlSeYrs5TbjreuMq0Eo1QPUgWnGOQXR+sA"
                    + "1VXLfd2/nR/Xi8C1WYdOU5aOpVUrFb+aQ2jJb2Qi29E2Ey4ja9PAn6RwY5wPTEtNaN3zItHygEGu+7Ec/kMO38nhL+R6H8vl"
                    + "/5DL38nlX8o9AUFHyWcyVwAAAAEyQwAAAEh4nDPyYmBgYARim2olh5LM3NTiksTcAiUrJSMDIzNdQ0NdI6MQQwMrAxDSMzAw"
                    + "iVLSUQIqKk5MTwUqysnMS1UwUaoFAC9GEUY=";

    @TempDir
    private Path folder;

    private Harness harness;

    @BeforeEach
    void openLog() {
        harness = new Harness(folder);
    }

    @AfterEach
    void closeLog() {
        harness.close();
    }

    private CollectorTopology start(String more) {
        return start(harness, more);
    }

    private static CollectorTopology start(Harness harness, String more) {
        return harness.start("""
                kind: collector
                name: beats
                spec:
                  connector: { type: beats, listen: "127.0.0.1:0"%s }
                  normalizer: json
                  keepRaw: true
                """.formatted(more));
    }

    private static List<String> events(int from, int count) {
        List<String> events = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            events.add("{\"message\":\"line " + i + "\"}");
        }
        return events;
    }

    @Test
    void takesTheWindowsOfAClientThatOthersHaveWritten() throws IOException {
        byte[] recorded = Base64.getDecoder().decode(WINDOWS_OF_ANOTHER_CLIENT);
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(recorded);
            peer.awaitAcknowledgement(3);
            peer.awaitAcknowledgement(1);
        }
        assertThat(harness.loggedTexts())
                .hasSize(4)
                .first()
                .asString()
                .startsWith("{\"@timestamp\":\"2026-11-22T10:00:00.001Z\",\"@metadata\":{\"beat\":\"filebeat\"")
                .contains("\"message\":\"line 1 \u00e9\u4e2d\"");
        assertThat(harness.loggedTexts())
                .last()
                .isEqualTo("{\"@timestamp\":\"2026-11-22T10:00:00.004Z\",\"message\":\"line 4\"}");
    }

    @Test
    void acknowledgesAWindowWhenItIsOnDisk() throws IOException {
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(window(2), json(1, "{\"message\":\"one\"}"), json(2, " {\"message\":\"two\"}"));
            assertThat(peer.acknowledgement()).isEqualTo(2);
            // No waiting: what was acknowledged is in the log.
            assertThat(harness.loggedTexts()).containsExactly("{\"message\":\"one\"}", " {\"message\":\"two\"}");
        }
    }

    @Test
    void readsCompressedFramesAndBothInOneWindow() throws IOException {
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(batch(events(0, 500)));
            assertThat(peer.acknowledgement()).isEqualTo(500);
            peer.send(
                    window(4),
                    json(1, "{\"a\":1}"),
                    compressed(json(2, "{\"a\":2}"), json(3, "{\"a\":3}")),
                    json(4, "{\"a\":4}"));
            assertThat(peer.acknowledgement()).isEqualTo(4);
            assertThat(harness.loggedTexts()).hasSize(504).endsWith("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":4}");
        }
    }

    @Test
    void answersManyWindowsInTheirOrderWithoutWaitingForEach() throws IOException {
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            for (int i = 0; i < 50; i++) {
                peer.send(batch(events(i * 100, 10 + i)));
            }
            for (int i = 0; i < 50; i++) {
                peer.awaitAcknowledgement(10 + i);
            }
            assertThat(harness.loggedTexts()).hasSize(50 * 10 + 49 * 25).doesNotHaveDuplicates();
        }
    }

    @Test
    void readsVersionOneAsObjects() throws IOException {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("line", "say \"hi\"\n");
        pairs.put("host", "web1");
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(new byte[] {'1', 'W', 0, 0, 0, 2}, data(7, pairs), data(8, Map.of("line", "x")));
            assertThat(peer.acknowledgement())
                    .as("version 1 counts on through windows")
                    .isEqualTo(8);
            assertThat(harness.loggedTexts())
                    .containsExactly("{\"line\":\"say \\\"hi\\\"\\u000a\",\"host\":\"web1\"}", "{\"line\":\"x\"}");
        }
    }

    @Test
    void answersAnEmptyWindow() throws IOException {
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(window(0));
            assertThat(peer.acknowledgement()).isZero();
            peer.send(batch(events(0, 1)));
            assertThat(peer.acknowledgement()).isEqualTo(1);
        }
    }

    @Test
    void cutsOneOversizeEventAndKeepsTheOthers() throws IOException {
        String longText = "{\"message\":\"" + "x".repeat(5000) + "\"}";
        try (LumberjackPeer peer = new LumberjackPeer(start(", maxEventSize: 1KiB"))) {
            peer.send(window(3), compressed(json(1, "{\"a\":1}"), json(2, longText), json(3, "{\"a\":3}")));
            assertThat(peer.acknowledgement()).isEqualTo(3);
            List<Harness.Logged> logged = harness.logged();
            assertThat(logged.stream().map(Harness.Logged::cut)).containsExactly(false, true, false);
            assertThat(logged.get(1).raw()).hasSize(1024);
            assertThat(logged.get(2).raw()).isEqualTo("{\"a\":3}");
        }
    }

    @Test
    void endsTheConnectionWithoutAnswerWhenTheProtocolIsBroken() throws IOException {
        CollectorTopology topology = start(", maxWindow: 100");
        byte[] good = json(1, "{\"a\":1}");
        byte[] damaged = compressed(good);
        damaged[damaged.length - 3] ^= 0x55;
        List<byte[][]> broken = List.of(
                new byte[][] {"GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)},
                new byte[][] {{0x16, 0x03, 0x01, 0, 0, 0, 0}},
                new byte[][] {good},
                new byte[][] {window(101)},
                new byte[][] {{'2', 'W', (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff}},
                new byte[][] {window(2), good, json(3, "{}")},
                new byte[][] {window(2), good, window(1)},
                new byte[][] {window(1), {'2', 'X', 0, 0, 0, 1}},
                new byte[][] {window(1), {'3', 'J', 0, 0, 0, 1}},
                new byte[][] {window(1), json(1, "no object")},
                new byte[][] {window(1), json(1, "")},
                new byte[][] {window(1), {'2', 'J', 0, 0, 0, 1, (byte) 0x80, 0, 0, 0}},
                new byte[][] {window(1), {'2', 'C', 0x7f, 0, 0, 0}},
                new byte[][] {window(1), damaged},
                new byte[][] {window(1), compressed(compressed(good))},
                new byte[][] {window(1), compressed(good, json(2, "{}"))},
                new byte[][] {window(1), compressed(json(1, "{\"a\":\"" + " ".repeat(8 << 20) + "\"}"))});
        for (int i = 0; i < broken.size(); i++) {
            try (LumberjackPeer peer = new LumberjackPeer(topology)) {
                peer.send(broken.get(i));
                assertThat(peer.isEnded()).as("case " + i).isTrue();
            }
        }
        assertThat(harness.loggedTexts()).isEmpty();
        assertThat(Harness.count(topology, StageCounter.FRAMING_ERRORS)).isEqualTo(broken.size());
    }

    /// F-FRM-01: a window that ends at any octet is no window, and its neighbours are whole.
    @Test
    void keepsNothingOfAWindowThatBreaksOffAnywhere() throws IOException {
        CollectorTopology topology = start("");
        byte[] whole = batch(events(0, 2));
        for (int cut = 1; cut < whole.length; cut++) {
            try (LumberjackPeer peer = new LumberjackPeer(topology)) {
                peer.send(java.util.Arrays.copyOf(whole, cut));
                peer.socket.shutdownOutput();
                assertThat(peer.isEnded()).as("cut at " + cut).isTrue();
            }
        }
        assertThat(harness.loggedTexts()).isEmpty();
        try (LumberjackPeer peer = new LumberjackPeer(topology)) {
            peer.send(whole);
            assertThat(peer.acknowledgement()).isEqualTo(2);
        }
    }

    /// Fills the log until it takes nothing more, then frees it again.
    private static LogOptions small() {
        return LogOptions.defaults().withReserveBytes(0).withSizes(1 << 20, 3 << 20);
    }

    private static List<String> incompressible(int count, long seed) {
        Random random = new Random(seed);
        List<String> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder("{\"message\":\"")
                    .append(seed)
                    .append(' ')
                    .append(i)
                    .append(' ');
            for (int j = 0; j < 64; j++) {
                text.append(Long.toHexString(random.nextLong()));
            }
            events.add(text.append("\"}").toString());
        }
        return events;
    }

    /// Logstash 3691: acknowledged under congestion, lost. input-beats 163, 185, 310 and beats 661: no sign of life
    /// while the pipeline is blocked, so senders sent everything again and again.
    @Test
    void logstash3691AndInputBeats310SaysThatItLivesAndAcknowledgesNothingWhileTheLogIsFull() throws Exception {
        try (Harness full = new Harness(folder.resolve("full"), small())) {
            CollectorTopology topology = start(full, ", keepAlive: 200ms");
            try (LumberjackPeer peer = new LumberjackPeer(topology)) {
                List<String> acknowledged = new ArrayList<>();
                List<String> waiting = List.of();
                int alive = 0;
                for (long seed = 1; waiting.isEmpty(); seed++) {
                    List<String> events = incompressible(500, seed);
                    peer.send(batch(events));
                    int answer = peer.acknowledgement();
                    for (alive = 0; answer == 0 && alive < 10; alive++) {
                        answer = peer.acknowledgement();
                    }
                    if (answer == 0) {
                        waiting = events;
                    } else {
                        assertThat(answer).isEqualTo(500);
                        acknowledged.addAll(events);
                    }
                }
                assertThat(alive).as("signs of life while the log is full").isEqualTo(10);
                assertThat(full.loggedTexts()).containsAll(acknowledged);

                // A consumer takes what is there: the log has room again, and the sender hears of it without sending
                // again.
                try (var consumer = full.log.consumer("test")) {
                    consumer.commit(full.log.end());
                    peer.awaitAcknowledgement(500);
                }
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> Harness.count(topology, StageCounter.LOGGED_EVENTS) == acknowledged.size() + 500);
            }
        }
    }

    /// beats 5520: a batch was queued twice because its acknowledgement came late. W41: a stuck collector lets go.
    @Test
    void beats5520LetsASenderGoWhenThePipelineIsStuckForTooLong() throws IOException {
        try (Harness full = new Harness(folder.resolve("stuck"), small())) {
            CollectorTopology topology = start(full, ", keepAlive: 100ms, stuckTimeout: 1s");
            boolean ended = false;
            for (long seed = 1; !ended && seed < 50; seed++) {
                try (LumberjackPeer peer = new LumberjackPeer(topology)) {
                    peer.send(batch(incompressible(500, seed)));
                    try {
                        peer.awaitAcknowledgement(500);
                    } catch (java.net.SocketException closed) {
                        ended = true;
                    }
                }
            }
            assertThat(ended).isTrue();
            assertThat(Harness.count(topology, StageCounter.REQUESTS_SENT_AWAY)).isPositive();
        }
    }

    /// input-beats 163 and 185: connections that are only quiet are not cut off in the middle of their work.
    @Test
    void inputBeats163KeepsAQuietConnectionAsLongAsItWasTold() throws IOException {
        CollectorTopology topology = start(", idleTimeout: 1s");
        try (LumberjackPeer peer = new LumberjackPeer(topology)) {
            for (int i = 0; i < 3; i++) {
                peer.send(batch(events(i, 1)));
                peer.awaitAcknowledgement(1);
            }
            long before = System.nanoTime();
            assertThat(peer.isEnded()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(700));
        }
        assertThat(Harness.count(topology, StageCounter.CONNECTION_ERRORS)).isZero();
    }

    @Test
    void drainAnswersWhatItHasTaken() throws Exception {
        CollectorTopology topology = start("");
        try (LumberjackPeer peer = new LumberjackPeer(topology);
                LumberjackPeer quiet = new LumberjackPeer(topology)) {
            quiet.send(batch(events(1000, 1)));
            quiet.awaitAcknowledgement(1);
            for (int i = 0; i < 20; i++) {
                peer.send(batch(events(i * 10, 10)));
            }
            peer.awaitAcknowledgement(10);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            int answered = 1;
            try {
                while (true) {
                    peer.awaitAcknowledgement(10);
                    answered++;
                }
            } catch (IOException ended) {
                assertThat(harness.loggedTexts()).hasSizeGreaterThanOrEqualTo(answered * 10 + 1);
            }
            assertThat(quiet.isEnded()).isTrue();
        }
        assertThat(harness.log.end()).isGreaterThan(LogPosition.START);
    }

    /// W43: a sender whose connection breaks before the answer sends the window again, maybe elsewhere.
    @Test
    void givesAWindowThatIsSentAgainTheSameIdentifiers() throws IOException {
        String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        List<String> lines = new ArrayList<>();
        List<String> again = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String log = "\"log\":{\"offset\":" + 40 * i + ",\"file\":{\"inode\":\"7\",\"device_id\":\"9\"}}";
            String agent = "\"agent\":{\"id\":\"a\",\"ephemeral_id\":\"e\"}";
            String rest = "\"@timestamp\":\"" + now + "\",\"message\":\"line " + i % 10 + "\"";
            lines.add("{" + rest + "," + log + "," + agent + "}");
            // Beats write an event anew each time, and its members in any order.
            again.add("{" + agent + "," + log + "," + rest + "}");
        }
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(batch(lines));
            peer.awaitAcknowledgement(300);
        }
        try (LumberjackPeer peer = new LumberjackPeer(start(""))) {
            peer.send(batch(again));
            peer.awaitAcknowledgement(300);
            peer.send(batch(events(0, 5)), batch(events(0, 5)));
            peer.awaitAcknowledgement(5);
            peer.awaitAcknowledgement(5);
        }
        List<UUID> ids = harness.ids();
        assertThat(ids).hasSize(610);
        assertThat(ids.subList(0, 300)).doesNotHaveDuplicates();
        assertThat(ids.subList(300, 600)).isEqualTo(ids.subList(0, 300));
        assertThat(ids.subList(600, 610)).as("without a name").doesNotHaveDuplicates();
        assertThat(harness.ledger()).isEqualTo(Map.of("RECEIVED", 610L));
    }

    /// W44: the certificate of the sender stands in its events, and a revoked one is refused.
    @Test
    void speaksTlsWithSendersThatShowACertificate() throws IOException {
        TestCertificates certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost");
        certificates.sign("sender", "DNS:sender.example");
        certificates.sign("former", "DNS:former.example");
        Path revoked = certificates.revoke("revoked.crl", "former");
        String tls =
                ", tls: { certificate: '%s', key: '%s', clientCertificate: required, authorities: '%s', revoked: '%s' }"
                        .formatted(
                                certificates.certificate("server"),
                                certificates.key("server"),
                                certificates.authority(),
                                revoked);
        CollectorTopology topology = start(tls);
        try (LumberjackPeer peer = secured(topology, certificates, "sender")) {
            for (int i = 0; i < 20; i++) {
                peer.send(batch(events(i * 500, 500)));
            }
            for (int i = 0; i < 20; i++) {
                peer.awaitAcknowledgement(500);
            }
        }
        assertThatThrownBy(() -> {
                    try (LumberjackPeer peer = secured(topology, certificates, "former")) {
                        peer.send(batch(events(0, 1)));
                        peer.awaitAcknowledgement(1);
                    }
                })
                .isInstanceOf(IOException.class);
        await().until(() -> Harness.count(topology, StageCounter.TLS_ERRORS) == 1);
        assertThat(harness.loggedTexts()).hasSize(10_000).doesNotHaveDuplicates();
        assertThat(harness.origins()).allMatch(origin -> origin.subject().equals("CN=sender,O=Test"));
    }

    private static LumberjackPeer secured(CollectorTopology topology, TestCertificates certificates, String name)
            throws IOException {
        ClientTls client = ClientTls.SPEC.require(Objects.requireNonNull(YamlReader.read(
                "test.yaml",
                "{ authorities: '%s', certificate: '%s', key: '%s' }"
                        .formatted(certificates.authority(), certificates.certificate(name), certificates.key(name)),
                new Problems())));
        Socket plain = Harness.connect(topology);
        return new LumberjackPeer(client.open().socket(plain, "localhost", plain.getPort()));
    }
}
