package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.port.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
    private static final int ENTRIES = 40;
    private static final int LIVE = 500;
    private static final int REPLAYS = 3;
    /// No receiver may hold traffic up for longer that does not answer any more.
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    /// Bytes that are no UTF-8: an overlong beginning, a lone continuation, a cut sequence, a byte that never occurs.
    private static final byte[] NO_TEXT = {
        (byte) 0xC0, (byte) 0xAF, ' ', (byte) 0x80, ' ', (byte) 0xE2, (byte) 0x82, ' ', (byte) 0xFF
    };

    private static final Duration POLL = Duration.ofMillis(50);
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    /// What is stored of entries, written as [#described] does.
    private static final String STORED_ENTRIES = "SELECT concat(toString(ID), '|',"
            + " toString(toUnixTimestamp64Milli(Timestamp)), '|', hex(Raw), '|', EntryAddress, '|',"
            + " toString(EntryPort), '|', ListenAddress, '|', toString(ListenPort), '|', ConnectorName, '|',"
            + " ServiceName, '|', TenantID, '|', EntryPath, '|', ServiceID, '|', toString(EntrySequence))"
            + " FROM events WHERE ListenPort = ";

    @TempDir
    private Path folder;

    private final int storagePort = FreePorts.next();
    private final int intakePort = FreePorts.next();
    private final int sitePort = FreePorts.next();
    private final int entryPort = FreePorts.next();
    private final int forwarderPort = FreePorts.next();

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
            String address = "127.0.0.1:" + FreePorts.next();
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
            ---
            kind: collector
            name: site-entry
            spec:
              connector: { type: tcp, listen: "127.0.0.1:%d" }
              normalizer: syslog
              keepRaw: true
              tenant: acme
              destinations: [ site ]
            """.formatted(list, sitePort, entryPort), FreePorts.next());
        edge = collecting;
        collecting.start();
        ServiceProcess forwarding =
                collector(up, "forwarder", """
            kind: collector
            name: site-forwarder
            spec:
              connector: { type: kafka, brokers: [ %s ], topics: site, group: %s, format: batch, commit: delivered }
              destinations: [ receivers ]
            ---
            kind: destination
            name: receivers
            spec: { type: router, urls: [ %s ], policy: balanced, checkInterval: 500ms }
            """.formatted(list, GROUP, String.join(", ", urls)), forwarderPort);
        forwarder = forwarding;
        forwarding.start();
    }

    private ServiceProcess collector(TocsinProcess up, String name, String resources, int port) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Path yaml = Files.createDirectories(own.resolve("resources"));
        Files.writeString(yaml.resolve(name + ".yaml"), resources);
        return new ServiceProcess(
                "collector",
                own,
                Map.of(),
                "--data",
                own.resolve("data").toString(),
                "--secret-file",
                up.data.resolve("installation.secret").toString(),
                "--resources",
                yaml.toString(),
                "--listen",
                "127.0.0.1:" + port);
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
        int sentFrom = sendEntries();
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
        awaitStored(up, LINES, 0);
        long alerts = LINES / 1000 - 1;
        Awaitility.await("alerts").atMost(LIMIT).until(() -> alerts(up) == alerts);

        // A group that is at work does not notice that it was moved, so it is not.
        CommandResult refused = replay(brokers, "--shift", "-100");
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.error()).contains("the consumer group is active").contains(GROUP);
        // F-REP-01: several times, while events come.
        long lines = LINES;
        long readOnceMore = 0;
        for (int i = 0; i < REPLAYS; i++) {
            assertThat(forwarding.stop()).isZero();
            CommandResult moved = replay(brokers, "--from", "now-1h");
            assertThat(moved.exitCode()).as(moved.error()).isZero();
            readOnceMore += lines;
            lines += LIVE;
            long upTo = lines;
            CompletableFuture<Boolean> live = CompletableFuture.supplyAsync(() -> sender.sendUntil(upTo));
            forwarding.start();
            assertThat(live.join()).isTrue();
            awaitStored(up, lines, readOnceMore);
        }
        // The correlator has read everything that storage has: the range, and what comes behind it.
        long alertsBehind = lines / 1000 + 1;
        assertThat(sender.sendUntil(alertsBehind * 1000 + 1)).isTrue();
        Awaitility.await("alert of a line behind the range").atMost(LIMIT).until(() -> alerts(up) >= alertsBehind);
        assertThat(alerts(up)).as("P25: nothing fired twice").isEqualTo(alertsBehind);

        assertEntriesAsTheyCame(brokers, up, sentFrom);
        assertThat(ServiceProcess.request(
                                "GET", URI.create("http://127.0.0.1:" + forwarderPort + "/metrics"), Map.of(), "")
                        .body())
                .as("P20: the forwarder has looked after its topic")
                .contains("tocsin_kafka_topic_replicas{collector=\"site-forwarder\",topic=\"site\"} 3\n")
                .contains("tocsin_kafka_topic_unsafe{collector=\"site-forwarder\",topic=\"site\"} 0\n");
        killAReceiverUnderLoad(up, sender);
    }

    /// F-KILL-06: one of two receivers is killed while events come; all of them are there within the time after which
    /// a silent one is given up.
    private void killAReceiverUnderLoad(TocsinProcess up, NumberedSender sender) {
        long before = sender.written();
        CompletableFuture<Boolean> sending = CompletableFuture.supplyAsync(() -> sender.sendUntil(before + 900));
        String stored = "SELECT uniqExact(Message) FROM events WHERE Message LIKE '%run=site%'";
        Awaitility.await().atMost(LIMIT).pollInterval(POLL).until(() -> up.count(stored) > before);
        receivers.getLast().kill();
        long killedNanos = System.nanoTime();
        assertThat(sending.join()).isTrue();
        assertThat(sender.sendUntil(before + 950)).isTrue();
        Awaitility.await("all events stored by way of the other receiver")
                .atMost(LIMIT)
                .pollInterval(POLL)
                .until(() -> up.count(stored) == before + 950);
        Duration pause = Duration.ofNanos(System.nanoTime() - killedNanos);
        System.out.println("all stored " + pause.toMillis() + " ms after a receiver was killed");
        assertThat(pause).isLessThan(KEEP_ALIVE);
    }

    private static int number(byte[] entry) {
        String text = new String(entry, StandardCharsets.ISO_8859_1);
        int begin = text.indexOf(" n=") + " n=".length();
        return Integer.parseInt(text.substring(begin, text.indexOf(' ', begin)));
    }

    private static byte[] entry(int number) {
        byte[] head = ("<134>2026-11-22T10:00:00.000Z site-host counter[77]: run=entry n=" + number + " \u00fc ")
                .getBytes(StandardCharsets.UTF_8);
        byte[] line = Arrays.copyOf(head, head.length + NO_TEXT.length);
        System.arraycopy(NO_TEXT, 0, line, head.length, NO_TEXT.length);
        return line;
    }

    /// @return the port that they were sent from
    private int sendEntries() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", entryPort)) {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            for (int i = 0; i < ENTRIES; i++) {
                lines.write(entry(i));
                lines.write('\n');
            }
            socket.getOutputStream().write(lines.toByteArray());
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isNegative();
            return socket.getLocalPort();
        }
    }

    /// P5: what the edge wrote of each event at its entry is what storage has, behind topic, forwarder and router.
    private void assertEntriesAsTheyCame(KafkaCluster brokers, TocsinProcess up, int sentFrom) {
        TreeSet<String> atTheEdge = new TreeSet<>();
        TreeSet<String> texts = new TreeSet<>();
        TreeMap<Integer, String> ids = new TreeMap<>();
        TreeMap<Integer, Long> times = new TreeMap<>();
        EventBatch batch = new EventBatch();
        for (ConsumerRecord<byte[], byte[]> found : brokers.read("site")) {
            new BatchDecoder().decode(found.value(), 0, found.value().length, batch);
            for (int i = 0; i < batch.count(); i++) {
                Event event = new Event().moveTo(batch, i);
                if (event.origin().localPort() == entryPort) {
                    byte[] raw =
                            Arrays.copyOfRange(event.arena(), event.rawOffset(), event.rawOffset() + event.rawLength());
                    texts.add(HEX.formatHex(raw));
                    atTheEdge.add(described(event, raw));
                    int number = number(raw);
                    ids.put(number, EventIds.text(event.idHigh(), event.idLow()));
                    times.put(number, event.receivedNanos());
                }
            }
        }
        assertThat(texts)
                .as("the bytes that were sent")
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, ENTRIES)
                        .mapToObj(i -> HEX.formatHex(entry(i)))
                        .toList());
        assertThat(ids.values()).as("P7: lines of one segment").doesNotHaveDuplicates();
        assertThat(List.copyOf(times.values())).isSorted();
        assertThat(atTheEdge)
                .hasSize(ENTRIES)
                .allMatch(each -> each.contains("|127.0.0.1|" + sentFrom + "|127.0.0.1|" + entryPort + "|tcp|"));
        List<String> stored = new ArrayList<>();
        up.search(STORED_ENTRIES + entryPort)
                .forEach(row -> stored.add(row.path(0).asString()));
        assertThat(stored).containsExactlyInAnyOrderElementsOf(atTheEdge);
    }

    private static String described(Event event, byte[] raw) {
        EntryOrigin origin = event.origin();
        return String.join(
                "|",
                EventIds.text(event.idHigh(), event.idLow()),
                Long.toString(event.receivedNanos() / 1_000_000),
                HEX.formatHex(raw),
                origin.peerAddress(),
                Integer.toString(origin.peerPort()),
                origin.localAddress(),
                Integer.toString(origin.localPort()),
                origin.connector(),
                origin.service(),
                origin.tenant(),
                origin.path(),
                origin.instance(),
                Long.toString(event.sequence()));
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

    /// So many lines are stored once each, at least so many copies were left out, and the ledger is balanced.
    private static void awaitStored(TocsinProcess up, long lines, long duplicates) {
        String duplicated = "SELECT sum(Value) FROM ledger WHERE Reason = 'duplicate'";
        Awaitility.await("all events stored").atMost(LIMIT).untilAsserted(() -> {
            assertThat(up.count("SELECT uniqExact(Message) FROM events WHERE Message LIKE '%run=site%'"))
                    .isEqualTo(lines);
            assertThat(up.count(duplicated)).isGreaterThanOrEqualTo(duplicates);
        });
        assertThat(up.count("SELECT count() FROM events WHERE Message LIKE '%run=site%'"))
                .isEqualTo(lines);
        Awaitility.await("ledger is balanced")
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(up.count(
                                "SELECT sumIf(Value, Counter = 'received') - sumIf(Value, Counter != 'received') FROM"
                                        + " ledger WHERE Collector = 'site-syslog'"))
                        .isEqualTo(lines));
    }
}
