package io.tocsin.app.up;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.app.command.Commands;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class CollectorRoutesTest {
    private static final String SECRET = "s".repeat(64);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private DurableLog log;
    private CollectorTopology collector;
    private ServiceListener listener;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        log = DurableLog.open(folder.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
        collector = collector("cef");
        listener = ServiceListener.open(
                ListenAddress.parse("127.0.0.1:0"),
                Map.of(
                        CollectorRoutes.PATH,
                        new CollectorRoutes(new LocalCollectors(() -> List.of(collector), Map::of), SECRET)),
                () -> true,
                () -> "");
        client = HttpClient.newHttpClient();
        send("CEF:0|V|P|1|1|n|5|src=10.0.0.1 spt=x\nCEF:0|V|P|1|1|n|5|src=10.0.0.1\nno words of <CEF>\n", 3);
    }

    private CollectorTopology collector(String normalizer) {
        Problems problems = new Problems();
        CollectorConfig config = CollectorConfig.read(
                Objects.requireNonNull(YamlReader.read("test.yaml", """
                        kind: collector
                        name: "fire.wall_1"
                        spec:
                          connector: { type: tcp, listen: "127.0.0.1:0" }
                          normalizer: %s
                        """.formatted(normalizer), problems)),
                new NormalizerLoader(ZoneOffset.UTC),
                Set.of("storage", "correlator"),
                problems);
        problems.throwIfAny();
        CollectorTopology opened = CollectorTopology.open(
                Objects.requireNonNull(config), log, folder.resolve("positions"), SystemClock.process());
        opened.start();
        return opened;
    }

    @AfterEach
    void stop() {
        client.close();
        listener.close();
        collector.close();
        log.close();
    }

    private void send(String lines, int events) throws IOException {
        URI address = URI.create("tcp://" + collector.addresses().getFirst());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.getOutputStream().write(lines.getBytes(UTF_8));
        }
        await().atMost(LIMIT)
                .until(() -> collector.sources().stream()
                                .mapToLong(source -> source.events())
                                .sum()
                        == events);
    }

    private HttpResponse<String> get(String path, String secret) {
        try {
            return client.send(
                    HttpRequest.newBuilder(listener.address().resolve(path))
                            .header("Authorization", "Bearer " + secret)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private JsonNode json(String path) {
        HttpResponse<String> answer = get(path, SECRET);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    private String run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter error = new StringWriter();
        int code = Commands.execute(arguments, new PrintWriter(out, true), new PrintWriter(error, true));
        assertThat(code).as(error.toString()).isZero();
        return out.toString();
    }

    @Test
    void answersAsTheCoreDoes() {
        assertThat(json("/api/v1/collectors").at("/items/0/name").asString()).isEqualTo("fire.wall_1");
        String path = "/api/v1/collectors/fire.wall_1";
        JsonNode stages = json(path + "/stages").path("items");
        assertThat(stages.valueStream().map(stage -> stage.path("name").asString()))
                .containsExactly("receive", "normalize", "log");
        JsonNode source = json(path + "/sources").at("/items/0");
        assertThat(source.path("failed").asLong()).isEqualTo(1);
        assertThat(source.path("partial").asLong()).isEqualTo(1);
        JsonNode detail = json(path + "/sources/" + source.path("id").asString());
        assertThat(detail.path("failures")
                        .valueStream()
                        .map(failure -> failure.path("sample").asString()))
                .contains("no words of <CEF>");
    }

    @Test
    void showsTextOfEventsOnlyToWhoKnowsTheSecret() {
        assertThat(get("/api/v1/collectors", "wrong").statusCode()).isEqualTo(401);
        assertThat(get("/api/v1/collectors/x/sources", "").statusCode()).isEqualTo(401);
    }

    @Test
    void saysWhatIsNotThere() {
        for (String path : List.of("/x/stages", "/x/sources", "x", "/fire.wall_1", "/%zz/stages", "/a/b/c/d/e")) {
            assertThat(get("/api/v1/collectors" + path.replace("%zz", "%25zz"), SECRET)
                            .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void commandsShowTheFiguresOfACollectorThatRunsAlone() {
        String url = listener.address().toString();
        assertThat(run("sources", "--url", url, "--token", SECRET))
                .contains("COLLECTOR")
                .contains("fire.wall_1")
                .contains("127.0.0.1")
                .contains("33.3 %");
        JsonNode list =
                JsonMapper.shared().readTree(run("sources", "--url", url, "--token", SECRET, "--output", "json"));
        assertThat(list.at("/0/collector").asString()).isEqualTo("fire.wall_1");
        assertThat(list.at("/0/events").asLong()).isEqualTo(3);
        assertThat(run("sources", "--url", url, "--token", SECRET, "--source", "127.0.0.1"))
                .contains("no words of <CEF>")
                .contains("SourceAddress")
                .contains("not a whole number");
    }

    /// W14: what senders number and what never came, on every way to it.
    @Test
    void showMessagesThatDidNotComeFromASource() throws IOException {
        collector.close();
        collector = collector("syslog");
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 600; i++) {
            if (i % 50 != 7 || i > 300) {
                lines.append("<13>1 2026-11-23T10:00:00Z web1 app 1 - [meta sequenceId=\"" + i + "\"] text\n");
            }
        }
        send(lines.toString(), 594);
        assertThat(json("/api/v1/collectors/fire.wall_1/sources")
                        .at("/items/0/missing")
                        .asLong())
                .isEqualTo(6);
        String url = listener.address().toString();
        List<String> table =
                run("sources", "--url", url, "--token", SECRET).lines().toList();
        int column = cells(table.getFirst()).indexOf("MISSING");
        assertThat(cells(table.get(1)).get(column)).isEqualTo("6");
        assertThat(run("sources", "--url", url, "--token", SECRET, "--source", "127.0.0.1"))
                .contains("missing 6 messages, by the numbers that the sender gives them");
    }

    private static List<String> cells(String line) {
        return List.of(line.strip().split(" {2,}", -1));
    }

    @Test
    void saysThatASourceOrACollectorIsNotKnown() {
        StringWriter error = new StringWriter();
        String url = listener.address().toString();
        for (String[] option : new String[][] {{"--source", "10.9.9.9"}, {"--collector", "nobody"}}) {
            int code = Commands.execute(
                    new String[] {"sources", "--url", url, "--token", SECRET, option[0], option[1]},
                    new PrintWriter(new StringWriter(), true),
                    new PrintWriter(error, true));
            assertThat(code).isEqualTo(1);
            assertThat(error.toString()).contains(option[1]).doesNotContain("\tat ");
        }
    }
}
