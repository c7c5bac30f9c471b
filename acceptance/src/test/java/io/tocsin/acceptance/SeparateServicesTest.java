package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

    @TempDir
    Path folder;

    private final int storagePort = TocsinProcess.freePort();
    private final int alertsPort = TocsinProcess.freePort();
    private final int correlatorPort = TocsinProcess.freePort();
    private final int collectorPort = TocsinProcess.freePort();
    private final int storedPort = TocsinProcess.freePort();
    private final int unstoredPort = TocsinProcess.freePort();
    private TocsinProcess centre;
    private ServiceProcess correlator;
    private ServiceProcess collector;

    @BeforeEach
    void start() throws IOException {
        Path resources = resources();
        centre = new TocsinProcess(folder.resolve("centre"))
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
        Files.writeString(resources.resolve("services.yaml"), """
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

        Awaitility.await("all events stored")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> centre.count("SELECT count() FROM events WHERE ServiceName = 'stored'") >= LINES);
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
                        + " AS n FROM events WHERE ServiceName = 'stored')")
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
        assertTheLedgerBalances();
        assertThat(collector.stop()).isZero();
        assertThat(correlator.stop()).isZero();
        assertThat(centre.stop()).isZero();
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
