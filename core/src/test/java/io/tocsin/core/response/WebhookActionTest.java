package io.tocsin.core.response;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tocsin.core.http.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Against a real HTTP server.
final class WebhookActionTest {
    private record Request(String method, String path, Headers headers, String body) {}

    @TempDir
    private Path folder;

    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private HttpServer server;
    private volatile Answer answer = exchange -> exchange.sendResponseHeaders(204, -1);

    private interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = serve(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private <S extends HttpServer> S serve(S made) {
        made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        made.createContext("/", exchange -> {
            try (exchange) {
                requests.add(new Request(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        exchange.getRequestHeaders(),
                        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                answer.give(exchange);
            }
        });
        made.start();
        return made;
    }

    private String url() {
        return "url: http://127.0.0.1:" + server.getAddress().getPort() + "/hook?x=1\n";
    }

    private RunResult run(String action, FiredEvent event) throws InterruptedException {
        return Trial.rule("type: webhook\n" + action).action().run(event, Trial.site(folder));
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void signsTheBodySoThatTheReceiverCanProveIt() throws Exception {
        Path key = Files.writeString(folder.resolve("key"), "top secret\n");
        FiredEvent event = Trial.event("Name", "found");
        RunResult result = run(url() + "signature: file:" + key + "\ntoken: file:" + key, event);
        assertThat(result).isEqualTo(RunResult.done("answered 204", ""));
        Request request = requests.take();
        String header = request.headers().getFirst("Tocsin-Signature");
        assertThat(header).matches("t=[0-9]+,v1=[0-9a-f]{64}");
        String time = header.substring(2, header.indexOf(','));
        assertThat(Long.parseLong(time))
                .isBetween(System.currentTimeMillis() / 1000 - 60, System.currentTimeMillis() / 1000);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("top secret".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
        assertThat(header)
                .endsWith(HexFormat.of().formatHex(mac.doFinal(request.body().getBytes(StandardCharsets.UTF_8))));
        assertThat(request.headers().getFirst("Authorization")).isEqualTo("Bearer top secret");
        assertThat(request.headers().getFirst("Tocsin-Run")).isEqualTo(event.run());
        JsonNode body = Trial.MAPPER.readTree(request.body());
        assertThat(body.path("event")).isEqualTo(event.fields());
        assertThat(Trial.rule("type: webhook\n" + url() + "signature: file:" + key)
                        .action()
                        .rendered(event)
                        .toString())
                .doesNotContain("top secret");
    }

    @Test
    void letsNoValueChangeTheShapeOfTheBody() throws Exception {
        FiredEvent event = Trial.event(Trial.fields("SourceUserName", "\",\"admin\":true,\"x\":\"" + Trial.HOSTILE)
                .put("Priority", 4)
                .set(
                        "AffectedAssets",
                        Trial.MAPPER.createArrayNode().add("user:a").add("b\"c")));
        run(url() + """
                        method: put
                        headers: { X-Team: soc }
                        json:
                          text: "Signed in: {SourceUserName}, {DestinationUserName:-nobody}"
                          priority: "{Priority}"
                          assets: "{AffectedAssets}"
                          missing: "{DestinationUserName}"
                          fixed: 7
                          nested: [true, { all: "{event}" }]
                        """, event);
        Request request = requests.take();
        assertThat(request.method()).isEqualTo("PUT");
        assertThat(request.path()).isEqualTo("/hook?x=1");
        assertThat(request.headers().getFirst("X-Team")).isEqualTo("soc");
        assertThat(request.headers().getFirst("Content-Type")).isEqualTo("application/json");
        JsonNode body = Trial.MAPPER.readTree(request.body());
        assertThat(body.propertyNames()).containsExactly("text", "priority", "assets", "missing", "fixed", "nested");
        assertThat(body.path("text").asString())
                .isEqualTo("Signed in: " + event.fields().path("SourceUserName").asString() + ", nobody");
        assertThat(body.path("priority").asInt()).isEqualTo(4);
        assertThat(body.path("assets")).isEqualTo(event.fields().path("AffectedAssets"));
        assertThat(body.path("missing").asString()).isEmpty();
        assertThat(body.path("fixed").asInt()).isEqualTo(7);
        assertThat(body.at("/nested/1/all")).isEqualTo(event.fields());
    }

    @Test
    void triesAgainWhatMayDoBetterAndNothingElse() throws Exception {
        for (int status : List.of(500, 502, 503, 429, 408)) {
            answer = exchange -> {
                exchange.getResponseHeaders().set("Retry-After", "7");
                answer(exchange, status, "busy");
            };
            RunResult result = run(url(), Trial.event());
            assertThat(result.end()).as("%d", status).isEqualTo(RunResult.End.LATER);
            assertThat(result.pause()).isEqualTo(Duration.ofSeconds(7));
            assertThat(result.output()).isEqualTo("busy");
        }
        for (int status : List.of(400, 401, 403, 404, 410)) {
            answer = exchange -> answer(exchange, status, "no");
            assertThat(run(url(), Trial.event()).end()).as("%d", status).isEqualTo(RunResult.End.FAILED);
        }
    }

    @Test
    void neverFollowsARedirect() throws Exception {
        BlockingQueue<String> elsewhere = new LinkedBlockingQueue<>();
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            elsewhere.add(exchange.getRequestURI().toString());
            exchange.close();
        });
        other.start();
        try {
            for (int status : List.of(301, 302, 303, 307, 308)) {
                answer = exchange -> {
                    exchange.getResponseHeaders()
                            .set(
                                    "Location",
                                    "http://localhost:" + other.getAddress().getPort() + "/stolen");
                    answer(exchange, status, "");
                };
                RunResult result = run(url(), Trial.event());
                assertThat(result.end()).isEqualTo(RunResult.End.FAILED);
                assertThat(result.outcome()).contains("redirects are not followed");
            }
            assertThat(elsewhere).isEmpty();
        } finally {
            other.stop(0);
        }
    }

    @Test
    void endsInTimeWhateverTheOtherSideDoes() throws Exception {
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] chunk = new byte[8192];
            for (long end = System.nanoTime() + 5_000_000_000L; System.nanoTime() < end; ) {
                exchange.getResponseBody().write(chunk);
                exchange.getResponseBody().flush();
            }
        };
        long start = System.nanoTime();
        assertThat(run(url() + "timeout: 3s", Trial.event()).end()).isEqualTo(RunResult.End.DONE);
        answer = exchange -> {
            // Says nothing until the client has gone.
            exchange.getRequestBody().readAllBytes();
            java.util.concurrent.locks.LockSupport.parkNanos(1_500_000_000L);
        };
        RunResult silent = run(url() + "timeout: 300ms", Trial.event());
        assertThat(silent.end()).isEqualTo(RunResult.End.LATER);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
        server.stop(0);
        assertThat(run(url(), Trial.event()).end()).isEqualTo(RunResult.End.LATER);
    }

    @Test
    void verifiesWhoAnswersWithTls() throws Exception {
        TlsIdentity identity = TlsIdentity.openOrMake(folder.resolve("tls"), InstantSource.system());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity.keyStore(), identity.password().toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(context));
        serve(secure);
        try {
            String port = ":" + secure.getAddress().getPort() + "/\n";
            String authorities = "authorities: " + folder.resolve("tls/certificate.pem");
            assertThat(run("url: https://127.0.0.1" + port + authorities, Trial.event())
                            .end())
                    .isEqualTo(RunResult.End.DONE);
            RunResult stranger = run("url: https://127.0.0.1" + port, Trial.event());
            assertThat(stranger.end()).isEqualTo(RunResult.End.LATER);
            assertThat(stranger.outcome()).contains("SSLHandshakeException");
            RunResult otherName = run("url: https://127.0.0.2" + port + authorities, Trial.event());
            assertThat(otherName.end()).isEqualTo(RunResult.End.LATER);
            assertThat(requests).hasSize(1);
        } finally {
            secure.stop(0);
        }
    }

    @Test
    void keepsSecretsOutOfConfigurationAndOutcomes() throws Exception {
        Consumer<String> refused = key -> assertThat(Trial.refused("kind: response\nname: x\nspec:\n  action:\n"
                        + ("type: webhook\nurl: http://h/\n" + (key.equals("password") ? "user: u\n" : "") + key
                                        + ": hunter2")
                                .indent(4)))
                .contains("a secret is named, not written")
                .doesNotContain("hunter2");
        refused.accept("signature");
        refused.accept("token");
        refused.accept("password");
        Path broken = Files.writeString(folder.resolve("broken"), "one\ntwo");
        RunResult result = run(url() + "token: file:" + broken, Trial.event());
        assertThat(result.end()).isEqualTo(RunResult.End.FAILED);
        assertThat(result.toString()).doesNotContain("one", "two");
        assertThat(run(url() + "token: file:" + folder.resolve("none"), Trial.event())
                        .end())
                .isEqualTo(RunResult.End.LATER);
        assertThat(requests).isEmpty();
    }

    @Test
    void refusesAddressesAndHeadersThatAreNone() {
        for (String line : List.of(
                "url: ftp://host/",
                "url: https://user:password@host/",
                "url: nonsense",
                "url: http://h/\nheaders: { Host: other }",
                "url: http://h/\nheaders: { \"A\\r\\nB\": x }",
                "url: http://h/\nheaders: { A: \"x\\r\\nB: y\" }",
                "url: http://h/\ntext: \"{Nonsense}\"",
                "url: http://h/\ntext: a\njson: { b: c }")) {
            assertThat(Trial.refused(
                            "kind: response\nname: x\nspec:\n  action:\n" + ("type: webhook\n" + line).indent(4)))
                    .as(line)
                    .contains("trial.yaml:");
        }
    }
}
