package io.tocsin.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A correlator that comes to an installation with nothing, or was left out for a while, has the records of the shared
/// lists by itself: also when it is killed on the way, the core is away, and everybody goes on writing.
@Tag("acceptance")
final class SharedListJoinTest {
    private static final int LINES = 60_000;
    private static final int LINES_PER_COUNT = 1_000;
    private static final int IMPORTED = 3_000;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final String SHARED_LIST = """
        kind: active-list
        name: counted
        spec: { ttl: 0s, scope: shared }
        """;

    @TempDir
    Path folder;

    private final int alertsPort = FreePorts.next();
    private final int correlatorPort = FreePorts.next();
    private final int linesPort = FreePorts.next();
    private final AtomicBoolean writing = new AtomicBoolean();
    private TocsinProcess centre;
    private ServiceProcess correlator;

    @BeforeEach
    void start() throws IOException {
        Path own = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(own.resolve("lists.yaml"), SHARED_LIST + """
            ---
            kind: rule
            name: count-thousands
            spec:
              type: operational
              description: Counts each thousand numbered lines in a list that both correlators have.
              lateness: 0s
              selectors: [ { filter: "Message contains 'run=join' AND Message contains '000 user='" } ]
              actions:
                onEveryEvent:
                  activeLists: [ { list: counted, operation: sum, key: ["'lines'"], values: { count: 1 } } ]
            ---
            kind: collector
            name: lines
            spec:
              connector: { type: tcp, listen: "127.0.0.1:%d" }
              normalizer: syslog
              destinations: [ storage, correlator ]
            """.formatted(linesPort));
        Path shared = Files.createDirectories(folder.resolve("shared"));
        Files.writeString(shared.resolve("lists.yaml"), SHARED_LIST);
        centre = new TocsinProcess(folder.resolve("centre"), "--resources", own.toString())
                .with("TOCSIN_CORRELATORS", "http://127.0.0.1:" + correlatorPort)
                .with("TOCSIN_INTAKE_LISTEN", "127.0.0.1:" + alertsPort)
                .start();
        correlator = new ServiceProcess(
                "correlator",
                folder,
                Map.of(),
                "--data",
                folder.resolve("correlator").toString(),
                "--secret-file",
                centre.data.resolve("installation.secret").toString(),
                "--resources",
                shared.toString(),
                "--listen",
                "127.0.0.1:" + correlatorPort,
                "--alerts",
                "http://127.0.0.1:" + alertsPort);
    }

    @AfterEach
    void stop() {
        writing.set(false);
        Stream.of(correlator).filter(each -> each != null).forEach(ServiceProcess::close);
        if (centre != null) {
            centre.close();
        }
    }

    @Test
    void hasWhatTheOthersHaveAfterItCameWithAnEmptyFolder() throws IOException {
        importMany();
        CompletableFuture<Boolean> sending =
                CompletableFuture.supplyAsync(() -> new NumberedSender(linesPort, "join").sendUntil(LINES));
        Thread people = writePeople();
        correlator.start();
        // Wherever it is with joining.
        correlator.kill();
        correlator.start();
        assertThat(sending.join()).isTrue();
        sendLaterLine();
        awaitComplete();

        correlator.kill();
        removeFolder();
        centre.kill();
        correlator.start();
        assertThat(ServiceProcess.request(
                                "GET", URI.create("http://127.0.0.1:" + correlatorPort + "/metrics"), Map.of(), "")
                        .body())
                .as("it works with what it has")
                .contains("tocsin_shared_lists_complete 0\n");
        centre.start();
        awaitComplete();
        correlator.kill();
        removeFolder();
        correlator.start();
        writing.set(false);
        join(people);
        awaitSame();
        assertThat(count("local")).isEqualTo(LINES / LINES_PER_COUNT - 1);
        assertThat(count("127.0.0.1:" + correlatorPort)).isEqualTo(LINES / LINES_PER_COUNT - 1);
    }

    @Test
    void hasWhatChangedWhileItWasLeftOut() {
        correlator.start();
        put("before", 1);
        awaitSame();
        centre.stop();
        centre.with("TOCSIN_CORRELATORS", "").start();
        put("meanwhile", 2);
        put("before", 3);
        centre.stop();
        centre.with("TOCSIN_CORRELATORS", "http://127.0.0.1:" + correlatorPort).start();
        put("after", 4);
        awaitSame();
        assertThat(all("127.0.0.1:" + correlatorPort)).hasSize(3);
    }

    private void importMany() throws IOException {
        StringBuilder rows = new StringBuilder("key,by\n");
        for (int i = 0; i < IMPORTED; i++) {
            rows.append("imported-").append(i).append(",feed\n");
        }
        Path file = folder.resolve("rows.csv");
        Files.writeString(file, rows);
        assertThat(centre.command("list", "import", "counted", file.toString()).exitCode())
                .isZero();
    }

    private Thread writePeople() {
        writing.set(true);
        return Thread.ofPlatform().start(() -> {
            for (int i = 0; writing.get(); i++) {
                try {
                    put("person-" + i % 50, i);
                } catch (UncheckedIOException | AssertionError away) {
                    // The core was killed: whether it took this one shows in both lists.
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        });
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void put(String key, int number) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.putArray("key").add(key);
        body.putObject("values").put("number", Integer.toString(number));
        assertThat(centre.send("PUT", "/api/v1/tables/counted/entries", body).statusCode())
                .isBetween(200, 202);
    }

    /// Rules that write lists take events in the order of their time: those of one moment when time goes on behind it.
    private void sendLaterLine() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), linesPort)) {
            socket.getOutputStream()
                    .write("<134>2026-11-22T11:00:00.000Z host-0 counter[77]: later\n".getBytes(US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void removeFolder() throws IOException {
        try (Stream<Path> walk = Files.walk(folder.resolve("correlator"))) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void awaitComplete() {
        URI metrics = URI.create("http://127.0.0.1:" + correlatorPort + "/metrics");
        Awaitility.await("the lists are whole")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(ServiceProcess.request("GET", metrics, Map.of(), "")
                                .body())
                        .contains("tocsin_shared_lists_complete 1\n"));
    }

    /// All records, with their counters and times.
    private void awaitSame() {
        awaitComplete();
        Awaitility.await("the same records")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    List<JsonNode> local = all("local");
                    assertThat(local).isNotEmpty();
                    assertThat(all("127.0.0.1:" + correlatorPort)).isEqualTo(local);
                });
    }

    private List<JsonNode> all(String at) {
        List<JsonNode> all = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page =
                    centre.get("/api/v1/tables/counted/entries?limit=1000&correlator=" + at + "&cursor=" + cursor);
            page.path("items").forEach(all::add);
            cursor = page.path("next").asString("");
        } while (!cursor.isEmpty());
        return all;
    }

    private long count(String at) {
        return centre.get("/api/v1/tables/counted/entries?key=lines&correlator=" + at)
                .at("/items/0/values/count/0")
                .asLong(-1);
    }
}
