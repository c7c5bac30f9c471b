package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.tocsin.config.InvalidConfigException;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.transport.log.LogOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HttpCollectorTest {
    private static final String TOKEN = "Authorization: Splunk s3cret\r\n";

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
                name: web
                spec:
                  connector: { type: http, listen: "127.0.0.1:0"%s }
                  normalizer: json
                  keepRaw: true
                """.formatted(more.contains("anonymous") ? more : ", token: s3cret" + more));
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    @Test
    void takesLinesAndAnswersWhenTheyAreOnDisk() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            HttpPeer.Answer answer =
                    peer.post("/", TOKEN + "Content-Type: application/x-ndjson\r\n", "{\"a\":1}\n{\"a\":2}\r\n\nplain");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"accepted\":3}");
            // No waiting: what was answered is in the log.
            assertThat(harness.loggedTexts()).containsExactly("{\"a\":1}", "{\"a\":2}", "plain");
        }
    }

    @Test
    void takesJsonInEveryShape() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            String json = TOKEN + "Content-Type: application/json; charset=utf-8\r\n";
            assertThat(peer.post("/", json, "{\"one\":\n [1, {\"x\":\"]}\\\"\"}]\n}")
                            .body())
                    .isEqualTo("{\"accepted\":1}");
            assertThat(peer.post("/", json, " [ {\"a\":1} , {\"b\":[]}, \"text, and ]\", 5 ] ")
                            .body())
                    .isEqualTo("{\"accepted\":4}");
            assertThat(peer.post("/", TOKEN, "[{\"c\":1}]").body()).isEqualTo("{\"accepted\":1}");
            assertThat(peer.post("/", TOKEN, "[Sun Nov 22] a line of a log\n").body())
                    .isEqualTo("{\"accepted\":1}");
            assertThat(peer.post("/", json, "\uFEFF[{\"d\":1}]").body()).isEqualTo("{\"accepted\":1}");
            assertThat(peer.post("/", json, "[]").body()).isEqualTo("{\"accepted\":0}");
            assertThat(harness.loggedTexts())
                    .containsExactly(
                            "{\"one\":\n [1, {\"x\":\"]}\\\"\"}]\n}",
                            "{\"a\":1}",
                            "{\"b\":[]}",
                            "\"text, and ]\"",
                            "5",
                            "{\"c\":1}",
                            "[Sun Nov 22] a line of a log",
                            "{\"d\":1}");
        }
    }

    @Test
    void keepsWhatIsReadableOfDamagedJsonAndTheRestAsOneEvent() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            HttpPeer.Answer answer =
                    peer.post("/", TOKEN + "Content-Type: application/json\r\n", "[{\"a\":1},{\"b\":2} {\"c\":3}]");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("\"accepted\":3");
            assertThat(harness.loggedTexts()).containsExactly("{\"a\":1}", "{\"b\":2}", "{\"c\":3}]");
        }
    }

    @Test
    void refusesWhoShowsNoRightToken() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(", tokens: { app: { secret: other, tenant: acme } }"))) {
            assertThat(peer.post("/", "", "x").status()).isEqualTo(401);
            assertThat(peer.post("/", "Authorization: Bearer wrong\r\n", "x").status())
                    .isEqualTo(401);
            String event = "/services/collector/event";
            assertThat(peer.post(event, "", "{}").body()).isEqualTo("{\"text\":\"Token is required\",\"code\":2}");
            assertThat(peer.post(event, "Authorization: s3cret\r\n", "{}").body())
                    .isEqualTo("{\"text\":\"Invalid authorization\",\"code\":3}");
            HttpPeer.Answer unknown = peer.post(event, "Authorization: Splunk nobody\r\n", "{}");
            assertThat(unknown.status()).isEqualTo(403);
            assertThat(unknown.body()).isEqualTo("{\"text\":\"Invalid token\",\"code\":4}");
            assertThat(peer.post(event + "?token=s3cret", "", "{}").body()).contains("\"code\":16");
            assertThat(harness.loggedTexts()).isEmpty();

            assertThat(peer.post("/", "Authorization: Bearer other\r\n", "x").status())
                    .isEqualTo(200);
            // x:s3cret
            assertThat(peer.post("/", "Authorization: Basic eDpzM2NyZXQ=\r\n", "y")
                            .status())
                    .isEqualTo(200);
            assertThat(harness.loggedTexts()).containsExactly("x", "y");
        }
    }

    @Test
    void readsATokenAgainWhenItsFileChanges() throws IOException {
        Path file = folder.resolve("token");
        Files.writeString(file, "first\n");
        CollectorTopology topology =
                start(harness, ", anonymous: false, tokens: { a: { secret: \"file:" + file + "\" } }");
        try (HttpPeer peer = HttpPeer.of(topology)) {
            assertThat(peer.post("/", "Authorization: Bearer first\r\n", "x").status())
                    .isEqualTo(200);
            Files.writeString(file, "second\n");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> peer.post("/", "Authorization: Bearer second\r\n", "x")
                                    .status()
                            == 200);
            assertThat(peer.post("/", "Authorization: Bearer first\r\n", "x").status())
                    .isEqualTo(401);
        }
    }

    @Test
    void demandsATokenOrAWordThatNoneIsNeeded() {
        assertThatThrownBy(() -> start(", anonymous: false"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("anonymous");
        assertThatThrownBy(() -> start(", anonymous: true, token: x")).isInstanceOf(InvalidConfigException.class);
    }

    @Test
    void undoesEveryContentEncoding() throws IOException {
        byte[] plain = "{\"n\":1}\n{\"n\":2}\n".getBytes(UTF_8);
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(zlib)) {
            out.write(plain);
        }
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(gzip("{\"n\":3}\n".getBytes(UTF_8)));
        twice.writeBytes(gzip("{\"n\":4}\n".getBytes(UTF_8)));
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            assertThat(peer.post("/", TOKEN + "Content-Encoding: gzip\r\n", gzip(plain))
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post("/", TOKEN + "Content-Encoding: deflate\r\n", zlib.toByteArray())
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post("/", TOKEN + "Content-Encoding: zstd\r\n", Zstd.compress(plain))
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post("/", TOKEN + "Content-Encoding: gzip\r\n", twice.toByteArray())
                            .body())
                    .isEqualTo("{\"accepted\":2}");
            assertThat(harness.loggedTexts()).hasSize(8);

            HttpPeer.Answer unknown = peer.post("/", TOKEN + "Content-Encoding: br\r\n", plain);
            assertThat(unknown.status()).isEqualTo(415);
            assertThat(unknown.head()).contains("gzip, zstd, deflate");
            for (String encoding : List.of("gzip", "deflate", "zstd")) {
                try (HttpPeer other = new HttpPeer(new Socket(peer.socket.getInetAddress(), peer.socket.getPort()))) {
                    byte[] garbage = new byte[500];
                    new Random(7).nextBytes(garbage);
                    assertThat(other.post("/", TOKEN + "Content-Encoding: " + encoding + "\r\n", garbage)
                                    .status())
                            .as(encoding)
                            .isEqualTo(400);
                }
            }
            assertThat(harness.loggedTexts()).hasSize(8);
        }
    }

    @Test
    void stopsABodyThatExpandsWithoutEnd() throws IOException {
        byte[] bomb = gzip(new byte[40 << 20]);
        CollectorTopology topology = start("");
        for (byte[] body : List.of(bomb)) {
            try (HttpPeer peer = HttpPeer.of(topology)) {
                assertThat(peer.post("/", TOKEN + "Content-Encoding: gzip\r\n", body)
                                .status())
                        .isEqualTo(413);
            }
            try (HttpPeer peer = HttpPeer.of(topology)) {
                assertThat(peer.post("/", TOKEN + "Content-Encoding: zstd\r\n", Zstd.compress(new byte[40 << 20]))
                                .status())
                        .isEqualTo(413);
            }
        }
    }

    /// Vector 26198: one oversize element took the valid ones of its request with it.
    @Test
    void oneOversizeElementDoesNotTakeTheOthersWithIt() throws IOException {
        String longText = "x".repeat(5000);
        try (HttpPeer peer = HttpPeer.of(start(", maxEventSize: 1KiB"))) {
            assertThat(peer.post(
                                    "/",
                                    TOKEN + "Content-Type: application/json\r\n",
                                    "[{\"a\":1},{\"b\":\"" + longText + "\"},{\"c\":3}]")
                            .body())
                    .isEqualTo("{\"accepted\":3}");
            assertThat(peer.post(
                                    "/services/collector",
                                    TOKEN,
                                    "{\"event\":1}{\"event\":\"" + longText + "\"}{\"event\":3}")
                            .body())
                    .isEqualTo("{\"text\":\"Success\",\"code\":0}");
            List<Harness.Logged> logged = harness.logged();
            assertThat(logged.stream().map(Harness.Logged::cut))
                    .containsExactly(false, true, false, false, true, false);
            assertThat(logged.get(1).raw()).hasSize(1024).startsWith("{\"b\":\"xxx");
            assertThat(logged.get(2).raw()).isEqualTo("{\"c\":3}");
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 200; i++) {
                all.writeBytes(HttpPeer.request(
                        "/?n=" + i,
                        TOKEN,
                        ("line " + i + "\n").repeat(1 + i % 3).getBytes(UTF_8)));
            }
            peer.send(all.toByteArray());
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                answers.add(peer.answer().body());
            }
            for (int i = 0; i < 200; i++) {
                assertThat(answers.get(i)).isEqualTo("{\"accepted\":" + (1 + i % 3) + "}");
            }
            assertThat(harness.loggedTexts()).hasSize(200 + 66 + 2 * 66 + 1).startsWith("line 0", "line 1", "line 1");
        }
    }

    @Test
    void readsChunksAndWaitsToBeAskedForABody() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            peer.send("POST / HTTP/1.1\r\nHost: x\r\n" + TOKEN
                    + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
            assertThat(peer.answer().status()).isEqualTo(100);
            peer.send("5;ext=1\r\none\nt\r\n3\r\nwo\n\r\n0\r\nTrailer: x\r\n\r\n");
            assertThat(peer.answer().body()).isEqualTo("{\"accepted\":2}");
            assertThat(harness.loggedTexts()).containsExactly("one", "two");

            peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
            assertThat(peer.answer().status()).as("no right, no body").isEqualTo(401);
        }
    }

    @Test
    void refusesWhatCouldBeReadInTwoWays() throws IOException {
        CollectorTopology topology = start("");
        for (String fields : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Content-Length: 5\r\nContent-Length: 5\r\n",
                "Content-Length: +5\r\n",
                "Content-Length: 5, 5\r\n",
                "Transfer-Encoding: chunked, chunked\r\n",
                "Transfer-Encoding: gzip, chunked\r\n",
                "Content-Length : 5\r\n",
                " Folded: 5\r\n",
                "A: b\nContent-Length: 5\r\n",
                "Host: y\r\n")) {
            try (HttpPeer peer = HttpPeer.of(topology)) {
                peer.send("POST / HTTP/1.1\r\nHost: x\r\n" + TOKEN + fields + "\r\nhello");
                HttpPeer.Answer answer = peer.answer();
                assertThat(answer.status()).as(fields).isIn(400, 501);
                assertThat(answer.ends()).as(fields).isTrue();
                assertThat(peer.isEnded()).as(fields).isTrue();
            }
        }
        assertThat(harness.loggedTexts()).isEmpty();
    }

    @Test
    void boundsHeadAndBody() throws IOException {
        CollectorTopology topology = start(", maxBodySize: 1KiB");
        try (HttpPeer peer = HttpPeer.of(topology)) {
            peer.send("POST / HTTP/1.1\r\nHost: x\r\nA: " + "b".repeat(20_000) + "\r\n\r\n");
            assertThat(peer.answer().status()).isEqualTo(431);
        }
        try (HttpPeer peer = HttpPeer.of(topology)) {
            assertThat(peer.post("/", TOKEN, "x".repeat(2000)).status()).isEqualTo(413);
        }
        try (HttpPeer peer = HttpPeer.of(topology)) {
            peer.send("POST / HTTP/1.1\r\nHost: x\r\n" + TOKEN + "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n");
            assertThat(peer.answer().status()).isEqualTo(413);
        }
        assertThat(harness.loggedTexts()).isEmpty();
    }

    @Test
    void speaksTheProtocolOfTheEventCollector() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            String event = "/services/collector/event";
            String two = "{\"time\":1790000000.5,\"host\":\"web1\",\"event\":\"hello\"} {\"event\":{\"a\":1}}";
            assertThat(peer.post(event, TOKEN, two).body()).isEqualTo("{\"text\":\"Success\",\"code\":0}");
            assertThat(peer.post("/services/collector", TOKEN, "[{\"event\":1},{\"event\":2}]")
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post("/services/collector/event/1.0", TOKEN, "{\"event\":3}")
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post(event, TOKEN, "").body()).isEqualTo("{\"text\":\"No data\",\"code\":5}");
            assertThat(peer.post(event, TOKEN, "{\"event\":4}{\"host\":\"x\"}{\"event\":5}")
                            .body())
                    .isEqualTo("{\"text\":\"Event field is required\",\"code\":12,\"invalid-event-number\":1}");
            assertThat(peer.post(event, TOKEN, "{\"event\":\"\"}").body())
                    .isEqualTo("{\"text\":\"Event field cannot be blank\",\"code\":13,\"invalid-event-number\":0}");
            assertThat(peer.post(event, TOKEN, "{\"event\":6}{\"event\":tru}").body())
                    .isEqualTo("{\"text\":\"Invalid data format\",\"code\":6,\"invalid-event-number\":1}");
            assertThat(peer.get("/services/collector/health").body())
                    .isEqualTo("{\"text\":\"HEC is healthy\",\"code\":17}");
            assertThat(harness.loggedTexts())
                    .as("what is wrong is kept as well, and the valid ones beside it")
                    .hasSize(11)
                    .startsWith(
                            "{\"time\":1790000000.5,\"host\":\"web1\",\"event\":\"hello\"}", "{\"event\":{\"a\":1}}")
                    .contains("{\"event\":5}", "{\"event\":6}", "{\"event\":tru}");
        }
    }

    @Test
    void takesRawLinesWithWhatTheRequestSaysOfThem() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            String raw = "/services/collector/raw";
            assertThat(peer.post(raw, TOKEN, "one\ntwo\r\n").status()).isEqualTo(200);
            assertThat(peer.post(raw + "?host=web%201&sourcetype=a+b&index=main", TOKEN, "say \"hi\"\tnow\n")
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post(raw, TOKEN, "\n\n").body()).isEqualTo("{\"text\":\"No data\",\"code\":5}");
            assertThat(harness.loggedTexts())
                    .containsExactly(
                            "one",
                            "two",
                            "{\"host\":\"web 1\",\"sourcetype\":\"a b\",\"index\":\"main\",\"event\":\"say \\\"hi\\\"\\u0009now\"}");
        }
    }

    @Test
    void acknowledgesByNumberWhenAChannelIsNamed() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(""))) {
            String channel = TOKEN + "X-Splunk-Request-Channel: 934793c3-5d2b-4b6f-9a5e-2a4b8f7a1e11\r\n";
            assertThat(peer.post("/services/collector/event", channel, "{\"event\":1}")
                            .body())
                    .isEqualTo("{\"text\":\"Success\",\"code\":0,\"ackId\":0}");
            assertThat(peer.post("/services/collector/raw?channel=c", TOKEN, "x")
                            .body())
                    .contains("\"ackId\":1");
            assertThat(peer.post("/services/collector/ack", channel, "{\"acks\":[0, 1]}")
                            .body())
                    .isEqualTo("{\"acks\":{\"0\":true,\"1\":true}}");
            assertThat(peer.post("/services/collector/ack", channel, "{\"acks\":[]}")
                            .body())
                    .isEqualTo("{\"acks\":{}}");
            assertThat(peer.post("/services/collector/ack", TOKEN, "{\"acks\":[0]}")
                            .body())
                    .contains("\"code\":10");
            assertThat(peer.post("/services/collector/ack", channel, "{\"acks\":[x]}")
                            .body())
                    .contains("\"code\":6");
        }
    }

    @Test
    void sendsAwayWithoutLosingWhenTheLogIsFull() throws IOException {
        Path small = folder.resolve("small");
        LogOptions options = LogOptions.defaults().withReserveBytes(0).withSizes(2 << 20, 4 << 20);
        try (Harness full = new Harness(small, options)) {
            CollectorTopology topology = start(full, ", ackTimeout: 500ms");
            byte[] mebibyte = new byte[1 << 20];
            new Random(5).nextBytes(mebibyte);
            for (int i = 0; i < mebibyte.length; i++) {
                mebibyte[i] = (byte) (i % 1024 == 1023 ? '\n' : 'a' + (mebibyte[i] & 31) % 26);
            }
            long accepted = 0;
            HttpPeer.Answer answer;
            do {
                try (HttpPeer peer = HttpPeer.of(topology)) {
                    answer = peer.post("/", TOKEN, mebibyte);
                    accepted += answer.status() == 200 ? 1 : 0;
                }
            } while (answer.status() == 200 && accepted < 20);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.head()).contains("Retry-After: ");
            try (HttpPeer peer = HttpPeer.of(topology)) {
                assertThat(topology.figures().counts().get(StageCounter.REQUESTS_SENT_AWAY))
                        .isEqualTo(1);
                assertThat(peer.get("/services/collector/health").body()).contains("\"code\":18");
            }
            assertThat(full.loggedTexts()).hasSizeGreaterThanOrEqualTo((int) accepted * 1024);
        }
    }

    private static SSLSocketFactory trustingAll() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509ExtendedTrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context.getSocketFactory();
    }

    @Test
    void speaksTlsBehindAProxyThatNamesTheTruePeer() throws IOException, GeneralSecurityException {
        TestCertificates certificates = new TestCertificates(folder);
        certificates.sign("web", "DNS:localhost");
        CollectorTopology topology = start(", proxyProtocol: true, tls: { certificate: \""
                + certificates.certificate("web") + "\", key: \"" + certificates.key("web") + "\" }");
        Socket plain = Harness.connect(topology);
        plain.getOutputStream().write("PROXY TCP4 198.51.100.7 192.0.2.1 4711 8088\r\n".getBytes(UTF_8));
        try (HttpPeer peer = new HttpPeer(trustingAll().createSocket(plain, "localhost", plain.getPort(), true))) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.post("/", TOKEN, ("line " + i + "\n").repeat(5000))
                                .body())
                        .isEqualTo("{\"accepted\":5000}");
            }
            assertThat(harness.logged())
                    .hasSize(15_000)
                    .allMatch(event -> event.source().equals("198.51.100.7"));
        }
    }

    @Test
    void endsAHeadThatComesTooSlowly() throws Exception {
        CollectorTopology topology = start("");
        try (HttpPeer slow = HttpPeer.of(topology)) {
            slow.send("POST / HTTP/1.1\r\nHost: x\r\n");
            long before = System.nanoTime();
            assertThat(slow.answer().status()).isEqualTo(408);
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofSeconds(8), Duration.ofSeconds(15));
        }
    }

    @Test
    void drainAnswersWhatHasBegunAndEndsQuietConnections() throws IOException {
        CollectorTopology topology = start("");
        try (HttpPeer quiet = HttpPeer.of(topology);
                HttpPeer busy = HttpPeer.of(topology)) {
            assertThat(quiet.post("/", TOKEN, "x").status()).isEqualTo(200);
            busy.send(HttpPeer.request("/", TOKEN, "y\n".repeat(100_000).getBytes(UTF_8)));
            assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            assertThat(quiet.isEnded()).isTrue();
            assertThat(busy.answer().status()).isIn(200, 503);
            assertThat(busy.isEnded()).isTrue();
        }
    }

    @Test
    void saysWhereEventsGo() throws IOException {
        try (HttpPeer peer = HttpPeer.of(start(", path: /in"))) {
            assertThat(peer.post("/", TOKEN, "x").status()).isEqualTo(404);
            assertThat(peer.get("/in").status()).isEqualTo(405);
            assertThat(peer.post("/in?x=1", TOKEN, "x").status()).isEqualTo(200);
            peer.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(peer.headOnly().status()).isEqualTo(200);
            assertThat(peer.get("/health").status()).isEqualTo(200);
        }
    }

    /// W43: a sender that was not answered sends the request again.
    @Test
    void givesARequestThatIsSentAgainWithItsKeyTheSameIdentifiers() throws IOException {
        String key = "Idempotency-Key: \"3f1c-of the sender\"\r\n";
        CollectorTopology topology = start("");
        String lines = "one\none\ntwo\n";
        String envelopes = "{\"event\":\"a\"}{\"event\":\"a\"}";
        for (int i = 0; i < 2; i++) {
            try (HttpPeer peer = HttpPeer.of(topology)) {
                assertThat(peer.post("/", TOKEN + key, lines).status()).isEqualTo(200);
                assertThat(peer.post("/services/collector", TOKEN + key, envelopes)
                                .status())
                        .isEqualTo(200);
            }
        }
        try (HttpPeer peer = HttpPeer.of(topology)) {
            assertThat(peer.post("/", TOKEN + "Idempotency-Key: another\r\n", lines)
                            .status())
                    .isEqualTo(200);
            assertThat(peer.post("/", TOKEN, lines).status()).isEqualTo(200);
            assertThat(peer.post("/", TOKEN, lines).status()).isEqualTo(200);
        }
        List<UUID> ids = harness.ids();
        assertThat(ids).hasSize(19);
        assertThat(ids.subList(5, 10)).isEqualTo(ids.subList(0, 5));
        assertThat(ids.subList(5, 19)).doesNotHaveDuplicates();
    }

    @Test
    void knowsARequestAgainAtAnotherCollectorWhenItsKeyTellsTheTime() throws IOException {
        String time = String.format("%012x", System.currentTimeMillis());
        String uuid = time.substring(0, 8) + "-" + time.substring(8) + "-7cc3-98c4-dc0c0c07398f";
        for (int i = 0; i < 2; i++) {
            try (HttpPeer peer = HttpPeer.of(start(""))) {
                String key = "Idempotency-Key: \"" + uuid + "\"\r\n";
                assertThat(peer.post("/", TOKEN + key, "one\ntwo\n").status()).isEqualTo(200);
            }
        }
        List<UUID> ids = harness.ids();
        assertThat(ids).hasSize(4);
        assertThat(ids.subList(2, 4)).isEqualTo(ids.subList(0, 2)).doesNotHaveDuplicates();
    }
}
