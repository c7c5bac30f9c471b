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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Collector, correlator and the rest as processes of their own, joined by deliveries: whoever dies, nothing is lost
/// and nothing is doubled, neither events nor findings nor alerts.
@Tag("acceptance")
final class SeparateServicesTest {
    private static final int LINES = 200_000;
    private static final int LINES_PER_FINDING = 1_000;
    private static final int UNSTORED_LINES = 500;
    private static final String NUMBER = "toUInt64OrZero(extract(Message, ' n=([0-9]+)'))";

    private static final String SPLIT = "ServiceName = 'stored' AND Message LIKE '%run=split %'";

    private static final String SHARED_LIST = """
        kind: active-list
        name: counted
        spec: { ttl: 0s, scope: shared }
        """;

    @TempDir
    Path folder;

    private final int storagePort = FreePorts.next();
    private final int alertsPort = FreePorts.next();
    private final int correlatorPort = FreePorts.next();
    private final int collectorPort = FreePorts.next();
    private final int storedPort = FreePorts.next();
    private final int unstoredPort = FreePorts.next();
    private TocsinProcess centre;
    private ServiceProcess correlator;
    private ServiceProcess collector;

    @BeforeEach
    void start() throws IOException {
        Path resources = resources();
        Path shared = Files.createDirectories(folder.resolve("shared"));
        Files.writeString(shared.resolve("lists.yaml"), SHARED_LIST);
        centre = new TocsinProcess(folder.resolve("centre"), "--resources", shared.toString())
                .with("TOCSIN_CORRELATORS", "http://127.0.0.1:" + correlatorPort)
                .with("TOCSIN_STORAGE_LISTEN", "127.0.0.1:" + storagePort)
                .with("TOCSIN_INTAKE_LISTEN", "127.0.0.1:" + alertsPort)
                .start();
        String secret = centre.data.resolve("installation.secret").toString();
        correlator = new ServiceProcess(
                        "correlator",
                        folder,
                        Map.of(),
                        "--data",
                        folder.resolve("correlator").toString(),
                        "--secret-file",
                        secret,
                        "--resources",
                        resources.toString(),
                        "--listen",
                        "127.0.0.1:" + correlatorPort,
                        "--storage",
                        "http://127.0.0.1:" + storagePort,
                        "--alerts",
                        "http://127.0.0.1:" + alertsPort)
                .start();
        collector = new ServiceProcess(
                        "collector",
                        folder,
                        Map.of(),
                        "--data",
                        folder.resolve("collector").toString(),
                        "--secret-file",
                        secret,
                        "--resources",
                        resources.toString(),
                        "--listen",
                        "127.0.0.1:" + collectorPort,
                        "--storage",
                        "http://127.0.0.1:" + storagePort,
                        "--correlator",
                        "http://127.0.0.1:" + correlatorPort)
                .start();
    }

    @AfterEach
    void stop() {
        Stream.of(collector, correlator).filter(each -> each != null).forEach(ServiceProcess::close);
        if (centre != null) {
            centre.close();
        }
    }

    private Path resources() throws IOException {
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("lists.yaml"), SHARED_LIST);
        Files.writeString(resources.resolve("services.yaml"), """
            kind: rule
            name: count-thousands
            spec:
              type: operational
              description: Counts each thousand numbered lines in a list that both correlators have.
              lateness: 0s
              selectors: [ { filter: "Message contains 'run=split' AND Message contains '000 user='" } ]
              actions:
                onEveryEvent:
                  activeLists: [ { list: counted, operation: sum, key: ["'split'"], values: { lines: 1 } } ]
            ---
            kind: collector
            name: stored
            spec:
              connector: { type: tcp, listen: "127.0.0.1:%d" }
              normalizer: syslog
              destinations: [ storage, correlator ]
            ---
            kind: collector
            name: unstored
            spec:
              connector: { type: tcp, listen: "127.0.0.1:%d" }
              normalizer: syslog
              destinations: [ correlator ]
            ---
            kind: rule
            name: every-thousandth
            spec:
              type: simple
              description: One finding for each thousand numbered lines.
              selectors: [ { filter: "Message contains 'run=split' AND Message contains '000 user='" } ]
              actions: { onEveryEvent: { alert: false } }
            ---
            kind: rule
            name: unstored-line
            spec:
              type: simple
              description: A line of the collector that is not stored.
              identical: [ DeviceHostName ]
              selectors: [ { filter: "Message contains 'run=unstored' AND Message contains ' n=400 '" } ]
            """.formatted(storedPort, unstoredPort));
        return resources;
    }

    @Test
    void losesAndDoublesNothingWhileReceiversAreKilled() {
        NumberedSender sender = new NumberedSender(storedPort, "split");
        CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> sender.sendUntil(LINES));
        for (int kill = 1; kill <= 2; kill++) {
            awaitWritten(sender, sending, LINES * kill / 4);
            correlator.kill();
            correlator.start();
        }
        awaitWritten(sender, sending, LINES * 3 / 4);
        centre.kill();
        centre.start();
        assertThat(sending.join()).as("the collector takes everything").isTrue();
        // The sender of the log dies as well; what it had acknowledged is in its log.
        collector.kill();
        collector.start();
        assertThat(new NumberedSender(unstoredPort, "unstored").sendUntil(UNSTORED_LINES))
                .isTrue();

        sendLaterLine();

        Awaitility.await("all events stored")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> centre.count("SELECT count() FROM events WHERE " + SPLIT) >= LINES);
        long findings = LINES / LINES_PER_FINDING - 1;
        Awaitility.await("all findings stored")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> findings() >= findings);
        Awaitility.await("alert of the collector that is not stored")
                .atMost(Duration.ofMinutes(1))
                .until(() -> centre.get("/api/v1/alerts?rule=unstored-line")
                                .path("items")
                                .size()
                        == 1);
        JsonNode events = centre.search("SELECT count(), uniqExact(n), max(n) FROM (SELECT " + NUMBER
                        + " AS n FROM events WHERE " + SPLIT + ")")
                .path(0);
        assertThat(events.path(0).asLong()).as("stored").isEqualTo(LINES);
        assertThat(events.path(1).asLong()).as("different").isEqualTo(LINES);
        assertThat(centre.count(
                        "SELECT uniqExact(ExternalID) FROM events WHERE CorrelationRuleID = 'every-thousandth'"))
                .isEqualTo(findings);
        assertThat(findings()).isEqualTo(findings);
        JsonNode alert =
                centre.get("/api/v1/alerts?rule=unstored-line").path("items").path(0);
        assertThat(alert.path("count").asLong()).as("the alert was made once").isEqualTo(1);
        assertBothCorrelatorsCounted(findings);
        assertTheLedgerBalances();
        assertThat(collector.stop()).isZero();
        assertThat(correlator.stop()).isZero();
        assertThat(centre.stop()).isZero();
    }

    /// Rules that write lists take events in the order of their time: those of one moment when time goes on behind it.
    private void sendLaterLine() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), storedPort)) {
            socket.getOutputStream()
                    .write("<134>2026-11-22T11:00:00.000Z host-0 counter[77]: later\n".getBytes(US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What the rules of the other process wrote to the list that both have: neither lost nor doubled, and people's
    /// change reaches both.
    private void assertBothCorrelatorsCounted(long findings) {
        assertThat(centre.command("list", "set", "counted", "by-hand", "--value", "by=anna")
                        .exitCode())
                .isZero();
        for (String each : new String[] {"local", "127.0.0.1:" + correlatorPort}) {
            Awaitility.await("the list of " + each)
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> {
                        JsonNode rows = centre.get("/api/v1/tables/counted/entries?correlator=" + each)
                                .path("items");
                        assertThat(rows.at("/0/values/by/0").asString("")).isEqualTo("anna");
                        assertThat(rows.at("/1/values/lines/0").asString("")).isEqualTo(Long.toString(findings));
                    });
        }
    }

    private long findings() {
        return centre.count("SELECT count() FROM events WHERE CorrelationRuleID = 'every-thousandth'");
    }

    private void assertTheLedgerBalances() {
        Awaitility.await("ledger of the collector that is not stored")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    JsonNode ledger = centre.ledger();
                    long received = 0;
                    long filtered = 0;
                    for (JsonNode line : ledger.path("entries")) {
                        if (line.path("collector").asString().equals("unstored")) {
                            received += line.path("received").asLong();
                            filtered += line.path("filtered").asLong();
                        }
                    }
                    assertThat(received).isEqualTo(UNSTORED_LINES);
                    assertThat(filtered).isEqualTo(UNSTORED_LINES);
                    assertThat(ledger.path("balance").asLong(-1))
                            .as(ledger.path("totals").toString())
                            .isZero();
                });
        assertThat(centre.count("SELECT count() FROM events WHERE ServiceName = 'unstored'"))
                .isZero();
    }

    @Test
    void demandsTheSecretAndSaysHowItIs() {
        URI intake = URI.create("http://127.0.0.1:" + correlatorPort);
        for (URI service : new URI[] {intake, URI.create("http://127.0.0.1:" + alertsPort)}) {
            assertThat(ServiceProcess.request("POST", service.resolve("/delivery/v1"), Map.of(), "x")
                            .statusCode())
                    .isEqualTo(401);
        }
        assertThat(ServiceProcess.request(
                                "POST",
                                URI.create("http://127.0.0.1:" + alertsPort + "/correlations/v1"),
                                Map.of("Authorization", "Bearer wrong"),
                                "x")
                        .statusCode())
                .isEqualTo(401);
        for (int port : new int[] {correlatorPort, collectorPort, alertsPort}) {
            URI service = URI.create("http://127.0.0.1:" + port);
            assertThat(ServiceProcess.request("GET", service.resolve("/healthz"), Map.of(), "")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(ServiceProcess.request("GET", service.resolve("/metrics"), Map.of(), "")
                            .body())
                    .contains("# TYPE tocsin_")
                    .endsWith("# EOF\n");
        }
    }

    private static void awaitWritten(NumberedSender sender, CompletableFuture<Boolean> sending, long lines) {
        Awaitility.await(lines + " lines sent")
                .atMost(Duration.ofMinutes(2))
                .until(() -> sender.written() >= lines || sending.isDone());
    }
}
