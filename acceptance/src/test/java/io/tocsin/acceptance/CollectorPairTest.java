package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The two collectors of `docs/guides/high-availability.md` that hold lines and groups for each other, and the storage
/// that they deliver to, as processes of their own. Each is killed or stopped in the midst of records; every line is
/// acknowledged before, so every line has to be stored, once, in a whole record.
@Tag("acceptance")
final class CollectorPairTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration TAKEOVER = Duration.ofSeconds(15);
    private static final int RECORDS = 400;
    private static final int LOGINS = 12;
    private static final String AUDIT = "audit";
    private static final String LOGIN = "logins";

    @TempDir
    Path folder;

    private final int storagePort = FreePorts.next();
    private final int auditPort = FreePorts.next();
    private final int loginPort = FreePorts.next();
    private final int servicePort = FreePorts.next();
    private final int pairPort = FreePorts.next();
    private final List<ServiceProcess> sides = new ArrayList<>();
    private ServiceProcess storage;

    @BeforeEach
    void start() throws IOException {
        storage = new ServiceProcess(
                        "storage",
                        folder,
                        Map.of(),
                        "--data",
                        folder.resolve("centre").toString(),
                        "--listen",
                        "127.0.0.1:" + storagePort)
                .start();
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("held.yaml"), """
                kind: collector
                name: %s
                spec:
                  connector: { type: relp, listen: "${SITE_HOST}:%d" }
                  assemble: { preset: auditd, idleTimeout: 10m }
                  normalizer: kv
                  keepRaw: true
                  destinations: [ storage ]
                ---
                kind: collector
                name: %s
                spec:
                  connector: { type: relp, listen: "${SITE_HOST}:%d" }
                  normalizer: cef
                  stages:
                    - type: aggregate
                      name: users
                      where: "SourceUserName != ''"
                      threshold: %d
                      lifetime: 1h
                      identical: [ SourceUserName ]
                  destinations: [ storage ]
                """.formatted(AUDIT, auditPort, LOGIN, loginPort, LOGINS));
        for (int side = 0; side < 2; side++) {
            sides.add(new ServiceProcess(
                    "collector",
                    Files.createDirectories(folder.resolve("logs-" + side)),
                    Map.of("SITE_HOST", host(side)),
                    "--data",
                    folder.resolve("side-" + side).toString(),
                    "--secret-file",
                    folder.resolve("centre").resolve("installation.secret").toString(),
                    "--resources",
                    resources.toString(),
                    "--listen",
                    host(side) + ":" + servicePort,
                    "--storage",
                    "http://127.0.0.1:" + storagePort,
                    side == 0 ? "--pair-listen" : "--pair",
                    host(0) + ":" + pairPort));
        }
        sides.forEach(ServiceProcess::begin);
        sides.forEach(ServiceProcess::awaitReady);
        awaitPair();
    }

    @AfterEach
    void stop() {
        sides.forEach(ServiceProcess::close);
        if (storage != null) {
            storage.close();
        }
    }

    private static String host(int side) {
        return "127.0.0." + (side + 1);
    }

    @Test
    void losesDoublesAndSplitsNothingWhoeverIsKilledOrStoppedInTheMidstOfRecords() throws IOException {
        int keeper = side(AUDIT, "keeper");
        int other = 1 - keeper;
        begin(keeper, 0, RECORDS / 2);
        begin(other, RECORDS / 2, RECORDS);
        logins(keeper, 3);
        logins(other, 2);

        // kill -9 of the keeper in the midst of all records.
        sides.get(keeper).kill();
        long killedNanos = System.nanoTime();
        end(other, 0, 100);
        awaitStored(0, 100);
        assertThat(Duration.ofNanos(System.nanoTime() - killedNanos)).isLessThan(TAKEOVER);
        logins(other, 2);

        // It comes back and receives again what belongs to records that the other one keeps now.
        sides.get(keeper).start();
        awaitPair();
        assertThat(side(AUDIT, "keeper")).isEqualTo(other);
        end(keeper, 100, 200);
        awaitStored(100, 200);

        // SIGTERM of the helper, which has just received something.
        end(keeper, 200, 250);
        assertThat(sides.get(keeper).stop()).isZero();
        end(other, 250, 300);
        awaitStored(200, 300);
        logins(other, 2);
        sides.get(keeper).start();
        awaitPair();

        // SIGTERM of the keeper: the helper has what it held at once.
        assertThat(sides.get(other).stop()).isZero();
        long stoppedNanos = System.nanoTime();
        end(keeper, 300, 350);
        awaitStored(300, 350);
        assertThat(Duration.ofNanos(System.nanoTime() - stoppedNanos)).isLessThan(TAKEOVER);
        logins(keeper, LOGINS - 9);
        end(keeper, 350, RECORDS);
        awaitStored(0, RECORDS);
        check();
    }

    /// Everything is there once: each record whole, one aggregate of all logins, nothing else; and the ledger says so.
    private void check() {
        Awaitility.await("the aggregate")
                .atMost(LIMIT)
                .until(() -> !rows("SELECT ID FROM events WHERE ServiceName = '" + LOGIN + "'")
                        .isEmpty());
        assertThat(rows("SELECT SourceUserName, BaseEventCount FROM events WHERE ServiceName = '" + LOGIN + "'")
                        .toString())
                .isEqualTo("[[\"ada\"," + LOGINS + "]]");
        List<String> stored = texts(rows("SELECT Raw FROM events WHERE ServiceName = '" + AUDIT + "'"));
        assertThat(stored)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, RECORDS)
                        .mapToObj(CollectorPairTest::whole)
                        .toList());
        Awaitility.await("balance of the ledger").atMost(LIMIT).untilAsserted(() -> {
            assertThat(counted(AUDIT, "received")).isEqualTo(2L * RECORDS);
            assertThat(counted(AUDIT, "aggregated")).isEqualTo(RECORDS);
            assertThat(counted(LOGIN, "received")).isEqualTo(LOGINS);
            assertThat(counted(LOGIN, "aggregated")).isEqualTo(LOGINS - 1);
        });
    }

    private long counted(String collector, String counter) {
        return rows("SELECT sum(Value) FROM ledger WHERE Collector = '" + collector + "' AND Counter = '" + counter
                        + "'")
                .path(0)
                .path(0)
                .asLong();
    }

    // ---- Lines ----------------------------------------------------------------------------------------------------

    private static String beginning(int record) {
        return "type=SYSCALL msg=audit(10.000:" + record + "): arch=c000003e syscall=2 success=yes items=0";
    }

    private static String ending(int record) {
        return "type=PROCTITLE msg=audit(10.000:" + record + "): proctitle=\"x\"";
    }

    private static String whole(int record) {
        return beginning(record) + "\n" + ending(record);
    }

    private void begin(int side, int from, int to) throws IOException {
        AcknowledgedLines.send(
                new InetSocketAddress(host(side), auditPort),
                IntStream.range(from, to).mapToObj(CollectorPairTest::beginning).toList());
    }

    private void end(int side, int from, int to) throws IOException {
        AcknowledgedLines.send(
                new InetSocketAddress(host(side), auditPort),
                IntStream.range(from, to).mapToObj(CollectorPairTest::ending).toList());
    }

    private void logins(int side, int count) throws IOException {
        AcknowledgedLines.send(
                new InetSocketAddress(host(side), loginPort),
                IntStream.range(0, count)
                        .mapToObj(_ -> "CEF:0|v|p|1|1|n|1|suser=ada")
                        .toList());
    }

    // ---- What the processes say -----------------------------------------------------------------------------------

    private Map<String, String> secret() {
        try {
            String secret = Files.readString(folder.resolve("centre").resolve("installation.secret"));
            return Map.of("Authorization", "Bearer " + secret.strip(), "Content-Type", "application/json");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// The state of a pair at one side.
    private String state(int side, String collector) {
        URI uri = URI.create("http://" + host(side) + ":" + servicePort + "/api/v1/collectors");
        JsonNode items = TocsinProcess.JSON
                .readTree(ServiceProcess.request("GET", uri, secret(), "").body())
                .path("items");
        for (JsonNode item : items) {
            if (item.path("name").asString("").equals(collector)) {
                return item.path("pair").path("state").asString("");
            }
        }
        return "";
    }

    private int side(String collector, String state) {
        return state(0, collector).equals(state) ? 0 : 1;
    }

    private void awaitPair() {
        for (String collector : List.of(AUDIT, LOGIN)) {
            Awaitility.await("a pair of " + collector)
                    .atMost(LIMIT)
                    .until(() -> Set.of("keeper", "helper").equals(states(collector)));
        }
    }

    private Set<String> states(String collector) {
        return IntStream.range(0, 2).mapToObj(side -> state(side, collector)).collect(Collectors.toSet());
    }

    private JsonNode rows(String sql) {
        ObjectNode query = TocsinProcess.JSON.createObjectNode();
        query.put("sql", sql);
        query.put("format", "json");
        query.put("maxRows", 100_000);
        query.put("maxSeconds", 10);
        query.put("maxBytes", 100_000_000L);
        HttpResponse<String> answer = ServiceProcess.request(
                "POST",
                URI.create("http://127.0.0.1:" + storagePort + "/query"),
                secret(),
                TocsinProcess.JSON.writeValueAsString(query));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TocsinProcess.JSON.readTree(answer.body()).path("rows");
    }

    private static List<String> texts(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.path(0).asString(""))
                .toList();
    }

    /// Waits until these records are stored, whole.
    private void awaitStored(int from, int to) {
        Awaitility.await("whole records " + from + " to " + to)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(
                        () -> assertThat(texts(rows("SELECT Raw FROM events WHERE ServiceName = '" + AUDIT + "'")))
                                .containsAll(IntStream.range(from, to)
                                        .mapToObj(CollectorPairTest::whole)
                                        .toList()));
    }
}
