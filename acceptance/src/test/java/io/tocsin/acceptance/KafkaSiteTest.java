package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.kafka.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The site of `docs/guides/kafka.md`: a collector, three real brokers, a forwarder, two receivers (event routers) and
/// the centre behind them, each a process of its own. Brokers, forwarder and receivers are killed while events come.
@Tag("acceptance")
final class KafkaSiteTest {
    private static final long LINES = 20_000;
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String GROUP = "site-forwarder";
    private static final String RULE = "every-thousandth";
    private static final int RECEIVERS = 2;

    @TempDir
    private Path folder;

    private final int storagePort = TocsinProcess.freePort();
    private final int intakePort = TocsinProcess.freePort();
    private final int sitePort = TocsinProcess.freePort();

    private @Nullable KafkaCluster cluster;
    private @Nullable TocsinProcess centre;
    private @Nullable ServiceProcess edge;
    private @Nullable ServiceProcess forwarder;
    private final List<ServiceProcess> receivers = new ArrayList<>();

    @BeforeEach
    void start() throws IOException, InterruptedException {
        KafkaCluster brokers = KafkaCluster.start(Files.createDirectories(folder.resolve("kafka")));
        cluster = brokers;
        brokers.createTopic("site", 3);
        TocsinProcess up = new TocsinProcess(folder.resolve("centre"))
                .with("TOCSIN_STORAGE_LISTEN", "127.0.0.1:" + storagePort)
                .with("TOCSIN_INTAKE_LISTEN", "127.0.0.1:" + intakePort);
        centre = up;
        Files.writeString(
                Files.createDirectories(up.data.resolve("resources")).resolve("rule.yaml"), """
                    kind: rule
                    name: %s
                    spec:
                      type: simple
                      description: One alert for each thousand numbered lines.
                      identical: [ DeviceHostName ]
                      selectors: [ { filter: "Message contains 'run=site' AND Message contains '000 user='" } ]
                    """.formatted(RULE));
        up.start();
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < RECEIVERS; i++) {
            String address = "127.0.0.1:" + TocsinProcess.freePort();
            urls.add("\"http://" + address + '"');
            ServiceProcess receiver = receiver(up, "receiver-" + i, address);
            receivers.add(receiver);
            receiver.start();
        }
        String list =
                brokers.addresses().stream().map(address -> '"' + address + '"').collect(Collectors.joining(", "));
        ServiceProcess collecting = collector(up, "edge", """
            kind: destination
            name: site
            spec: { type: kafka, brokers: [ %s ], topic: site, format: batch, batch: 64KiB }
            ---
            kind: collector
            name: site-syslog
            spec:
              connector: { type: tcp, listen: "127.0.0.1:%d" }
              normalizer: syslog
              destinations: [ site ]
            """.formatted(list, sitePort));
        edge = collecting;
        collecting.start();
        ServiceProcess forwarding = collector(up, "forwarder", """
            kind: collector
            name: site-forwarder
            spec:
              connector: { type: kafka, brokers: [ %s ], topics: site, group: %s, format: batch, commit: delivered }
              destinations: [ receivers ]
            ---
            kind: destination
            name: receivers
            spec: { type: router, urls: [ %s ], policy: balanced, checkInterval: 500ms }
            """.formatted(list, GROUP, String.join(", ", urls)));
        forwarder = forwarding;
        forwarding.start();
    }

    private ServiceProcess collector(TocsinProcess up, String name, String resources, String... more)
            throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Path yaml = Files.createDirectories(own.resolve("resources"));
        Files.writeString(yaml.resolve(name + ".yaml"), resources);
        return new ServiceProcess(
                "collector",
                own,
                Map.of("TOCSIN_SYSLOG_ENABLED", "false"),
                Stream.concat(
                                Stream.of(
                                        "--data",
                                        own.resolve("data").toString(),
                                        "--secret-file",
                                        up.data.resolve("installation.secret").toString(),
                                        "--resources",
                                        yaml.toString(),
                                        "--listen",
                                        "127.0.0.1:" + TocsinProcess.freePort()),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private ServiceProcess receiver(TocsinProcess up, String name, String address) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Path yaml = Files.createDirectories(own.resolve("resources"));
        Files.writeString(yaml.resolve("router.yaml"), """
            kind: router
            name: %s
            spec: { destinations: [ store, detect ] }
            ---
            kind: destination
            name: store
            spec: { type: storage, urls: "http://127.0.0.1:%d" }
            ---
            kind: destination
            name: detect
            spec: { type: correlator, urls: "http://127.0.0.1:%d" }
            """.formatted(name, storagePort, intakePort));
        return new ServiceProcess(
                "router",
                own,
                Map.of(),
                "--data",
                own.resolve("data").toString(),
                "--secret-file",
                up.data.resolve("installation.secret").toString(),
                "--resources",
                yaml.toString(),
                "--listen",
                address);
    }

    @AfterEach
    void stop() {
        receivers.forEach(ServiceProcess::close);
        Stream.of(edge, forwarder).filter(each -> each != null).forEach(ServiceProcess::close);
        if (centre != null) {
            centre.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void losesDoublesAndAlertsNothingTwiceWhateverIsKilledAndWhenARangeIsReadOnceMore() throws Exception {
        KafkaCluster brokers = Objects.requireNonNull(cluster);
        TocsinProcess up = Objects.requireNonNull(centre);
        ServiceProcess forwarding = Objects.requireNonNull(forwarder);
        NumberedSender sender = new NumberedSender(sitePort, "site");
        CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> sender.sendUntil(LINES / 2));
        Awaitility.await().atMost(LIMIT).until(() -> sender.written() > LINES / 4 || sending.isDone());
        brokers.kill(1);
        assertThat(sending.join()).as("the collector takes everything").isTrue();
        Awaitility.await().atMost(LIMIT).until(() -> up.count("SELECT count() FROM events") > LINES / 8);
        forwarding.kill();
        receivers.getFirst().kill();
        assertThat(sender.sendUntil(LINES)).isTrue();
        forwarding.start();
        brokers.restart(1);
        receivers.getFirst().start();
        awaitStored(up, 0);
        long alerts = LINES / 1000 - 1;
        Awaitility.await("alerts").atMost(LIMIT).until(() -> alerts(up) == alerts);

        // A group that is at work does not notice that it was moved, so it is not.
        CommandResult refused = replay(brokers, "--shift", "-100");
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.error()).contains("the consumer group is active").contains(GROUP);
        assertThat(forwarding.stop()).isZero();
        CommandResult moved = replay(brokers, "--from", "now-1h");
        assertThat(moved.exitCode()).as(moved.error()).isZero();
        forwarding.start();
        awaitStored(up, LINES);
        // The correlator has read everything that storage has: the range, and what comes behind it.
        assertThat(sender.sendUntil(LINES + 1)).isTrue();
        Awaitility.await("alert of a line behind the range").atMost(LIMIT).until(() -> alerts(up) > alerts);
        assertThat(alerts(up)).as("P25: nothing fired twice").isEqualTo(alerts + 1);
    }

    /// Hits of the rule, whether they made an alert or went into one.
    private static long alerts(TocsinProcess up) {
        return up.count("SELECT count() FROM events WHERE CorrelationRuleID = '" + RULE + "'");
    }

    private static CommandResult replay(KafkaCluster brokers, String... which) {
        return CommandResult.run(
                Map.of(),
                Stream.concat(
                                Stream.of("kafka", "replay", "--brokers", brokers.brokerList(), "--group", GROUP),
                                Stream.of(which))
                        .toArray(String[]::new));
    }

    /// Everything is stored once, at least so many copies were left out, and the ledger is balanced.
    private static void awaitStored(TocsinProcess up, long duplicates) {
        String duplicated = "SELECT sum(Value) FROM ledger WHERE Reason = 'duplicate'";
        Awaitility.await("all events stored").atMost(LIMIT).untilAsserted(() -> {
            assertThat(up.count("SELECT uniqExact(Message) FROM events WHERE Message LIKE '%run=site%'"))
                    .isEqualTo(LINES);
            assertThat(up.count(duplicated)).isGreaterThanOrEqualTo(duplicates);
        });
        assertThat(up.count("SELECT count() FROM events WHERE Message LIKE '%run=site%'"))
                .isEqualTo(LINES);
        Awaitility.await("ledger is balanced")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(up.count(
                                "SELECT sumIf(Value, Counter = 'received') - sumIf(Value, Counter != 'received') FROM"
                                        + " ledger WHERE Collector = 'site-syslog'"))
                        .isEqualTo(LINES));
    }
}
