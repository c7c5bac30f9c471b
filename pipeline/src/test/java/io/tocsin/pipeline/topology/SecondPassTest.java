package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecondPassTest {
    private static final String ASSEMBLING = """
            kind: collector
            name: test
            spec:
              connector: { type: tcp, listen: "127.0.0.1:0" }
              assemble: auditd
              normalizer: kv
              keepRaw: true
            """;
    private static final String FOLDING = """
            kind: collector
            name: test
            spec:
              connector: { type: file, path: "%s/in.log", pollInterval: 10ms }
              normalizer: kv
              stages:
                - { type: filter, drop: "Message = 'noise'" }
                - type: aggregate
                  name: users
                  where: "SourceUserName != ''"
                  threshold: 10
                  lifetime: 1h
                  identical: [ SourceUserName ]
                  sum: [ BytesIn ]
            """;

    @TempDir
    Path folder;

    private static void awaitCount(CollectorTopology topology, StageCounter counter, long value) {
        await().atMost(Duration.ofSeconds(20)).until(() -> Harness.count(topology, counter) >= value);
    }

    private static List<Harness.Logged> released(Harness harness) {
        return harness.logged().stream()
                .filter(event -> event.route().equals("test/released"))
                .toList();
    }

    private static void send(CollectorTopology topology, String text) throws IOException {
        try (Socket socket = Harness.connect(topology)) {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }
    }

    private static String systemCall(int serial) {
        return "type=SYSCALL msg=audit(10.000:" + serial + "): arch=c000003e syscall=2 success=yes items=0\n";
    }

    private static String title(int serial) {
        return "type=PROCTITLE msg=audit(10.000:" + serial + "): proctitle=\"x\"\n";
    }

    @Test
    void joinsLinesOfAConnectionAndBalances() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(ASSEMBLING);
            send(topology, systemCall(1) + systemCall(2) + "no=record\n" + title(2) + title(1) + systemCall(3));
            awaitCount(topology, StageCounter.LOGGED_EVENTS, 3);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(released(harness))
                    .extracting(Harness.Logged::raw)
                    .containsExactly(
                            "no=record", (systemCall(2) + title(2)).strip(), (systemCall(1) + title(1)).strip());
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 5L), Map.entry("AGGREGATED", 2L));
            assertThat(topology.figures().openEvents()).isEqualTo(1);
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("\ntocsin_assembly_total{collector=\"test\",what=\"lines\"} 6\n")
                    .contains("\ntocsin_assembly_total{collector=\"test\",what=\"events\"} 3\n")
                    .contains("\ntocsin_collector_held_events{collector=\"test\"} 1\n");
            assertThat(topology.held())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.value()).isEqualTo(1));
        }
    }

    @Test
    void splitsJoinedLinesWhenTheyHoldSeveralEvents() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      assemble: { start: '^<first', end: '^<last' }
                      normalizer: xml
                      keepRaw: true
                    """);
            send(topology, "<first user=\"ada\"/>\n<then user=\"bob\"/>\n<last user=\"eve\"/>\n");
            awaitCount(topology, StageCounter.LOGGED_EVENTS, 3);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(released(harness))
                    .extracting(event -> event.raw().strip())
                    .containsExactly("<first user=\"ada\"/>", "<then user=\"bob\"/>", "<last user=\"eve\"/>");
            // Three lines, of which two are joined to the third; three events come out.
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 5L), Map.entry("AGGREGATED", 2L));
        }
    }

    @Test
    void keepsOpenEventsOverARestart() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology first = harness.start(ASSEMBLING);
            send(first, systemCall(1) + systemCall(2));
            awaitCount(first, StageCounter.RECEIVED_EVENTS, 2);
            assertThat(first.drain(Duration.ofSeconds(10))).isTrue();
            CollectorTopology second = harness.start(ASSEMBLING);
            send(second, title(1) + title(2));
            awaitCount(second, StageCounter.LOGGED_EVENTS, 2);
            second.drain(Duration.ofSeconds(10));
            assertThat(released(harness))
                    .extracting(Harness.Logged::raw)
                    .containsExactly((systemCall(1) + title(1)).strip(), (systemCall(2) + title(2)).strip());
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 4L), Map.entry("AGGREGATED", 2L));
        }
    }

    @Test
    void keepsTheProxyOfHeldLinesOverARestart() throws IOException {
        String proxied = ASSEMBLING.replace(
                "127.0.0.1:0\"", "127.0.0.1:0\", proxyProtocol: true, trustedProxies: [ 127.0.0.1 ]");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology first = harness.start(proxied);
            int relayPort;
            try (Socket socket = Harness.connect(first)) {
                relayPort = socket.getLocalPort();
                socket.getOutputStream()
                        .write(("PROXY TCP4 10.9.8.7 192.0.2.7 4711 514\r\n" + systemCall(1)).getBytes(UTF_8));
            }
            awaitCount(first, StageCounter.RECEIVED_EVENTS, 1);
            assertThat(first.drain(Duration.ofSeconds(10))).isTrue();
            // Nobody joins lines any more: what was held is given out as it stands.
            CollectorTopology second = harness.start(proxied.replace("assemble: auditd", "enabled: true"));
            awaitCount(second, StageCounter.LOGGED_EVENTS, 1);
            second.drain(Duration.ofSeconds(10));
            assertThat(harness.loggedJson("test/released"))
                    .singleElement()
                    .asString()
                    .contains("\"EntryAddress\":\"10.9.8.7\"", "\"EntryPort\":4711")
                    .contains("\"RelayAddress\":\"127.0.0.1\"", "\"RelayPort\":" + relayPort);
        }
    }

    @Test
    void endsAnEventOfAQuietHostByTheClock() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(
                    ASSEMBLING.replace("assemble: auditd", "assemble: { preset: auditd, idleTimeout: 200ms }"));
            send(topology, systemCall(1));
            awaitCount(topology, StageCounter.LOGGED_EVENTS, 1);
            assertThat(released(harness)).hasSize(1);
        }
    }

    @Test
    void joinsWithinATenthOfASecond() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(ASSEMBLING);
            try (Socket socket = Harness.connect(topology)) {
                List<Long> millis = new ArrayList<>();
                for (int serial = 1; serial <= 20; serial++) {
                    long start = System.nanoTime();
                    socket.getOutputStream().write((systemCall(serial) + title(serial)).getBytes(UTF_8));
                    long wanted = serial;
                    await().pollInterval(Duration.ofMillis(2))
                            .until(() -> Harness.count(topology, StageCounter.LOGGED_EVENTS) >= wanted);
                    millis.add((System.nanoTime() - start) / 1_000_000);
                }
                millis.sort(Comparator.naturalOrder());
                assertThat(millis.get(10)).as("milliseconds " + millis).isLessThan(100);
            }
        }
    }

    @Test
    void foldsEventsAndBalances() throws IOException {
        try (Harness harness = new Harness(folder)) {
            Files.writeString(folder.resolve("in.log"), lines(0, 100));
            CollectorTopology topology = harness.start(FOLDING.formatted(folder));
            awaitCount(topology, StageCounter.RECEIVED_EVENTS, 100);
            topology.drain(Duration.ofSeconds(10));
            check(harness, 100, held(topology));
            assertThat(topology.figures().stages().getLast().details())
                    .containsOnly(Map.entry("groups", 4L), Map.entry("early_groups", 0L));
        }
    }

    /// Lines of four users, some noise and some that no rule takes.
    private static String lines(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(
                    switch (i % 7) {
                        case 0 -> "Message=noise";
                        case 1 -> "Message=other" + i;
                        default -> "SourceUserName=user" + i % 4 + " BytesIn=" + i;
                    });
            text.append('\n');
        }
        return text.toString();
    }

    /// Every line is accounted for exactly once.
    private static void check(Harness harness, int lines, long held) {
        Map<String, Long> ledger = harness.ledger("test/released");
        long stored = released(harness).size();
        long noise = 0;
        long others = 0;
        for (int i = 0; i < lines; i++) {
            noise += i % 7 == 0 ? 1 : 0;
            others += i % 7 == 1 ? 1 : 0;
        }
        assertThat(ledger.getOrDefault("FILTERED", 0L)).isEqualTo(noise);
        assertThat(ledger.get("RECEIVED"))
                .isEqualTo(stored + noise + ledger.getOrDefault("AGGREGATED", 0L))
                .isEqualTo(lines - held);
        assertThat(stored - others).isEqualTo((lines - held - noise - others) / 10);
    }

    @Test
    void losesAndDoublesNothingOverKillsAtAnyMoment() throws IOException {
        killAtAnyMoment(30_000, 8, _ -> {});
    }

    /// Whoever the log says it is, the places in it stay what they are: its sequences go on.
    @Test
    void losesAndDoublesNothingWhenTheLogBeginsANewEpochEachTime() throws IOException {
        killAtAnyMoment(12_000, 5, next -> Files.delete(next.resolve("log/identity")));
    }

    /// As of a log that was put together from the files of another one.
    @Test
    void losesAndDoublesNothingWhenTheLogBelongsToAnotherProducerEachTime() throws IOException {
        killAtAnyMoment(12_000, 5, next -> {
            Path anothers = folder.resolve("of-another").resolve(next.getFileName());
            try (DurableLog other =
                    DurableLog.open(anothers, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
                assertThat(other.epoch()).isEqualTo(1);
            }
            Files.move(anothers.resolve("identity"), next.resolve("log/identity"), StandardCopyOption.REPLACE_EXISTING);
        });
    }

    /// The log was deleted, and others had written so much into the new one that the old place is in the middle.
    @Test
    void believesNoPlaceOfALogThatIsNotThereAnyMore() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(ASSEMBLING);
            send(topology, systemCall(1) + systemCall(2) + title(2));
            awaitCount(topology, StageCounter.LOGGED_EVENTS, 1);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(topology.figures().openEvents()).isEqualTo(1);
        }
        deleteAll(folder.resolve("log"));
        try (Harness harness = new Harness(folder)) {
            CollectorTopology other = harness.start(ASSEMBLING.replace("name: test", "name: other"));
            for (int serial = 10; serial < 50; serial += 2) {
                send(other, systemCall(serial) + title(serial) + systemCall(serial + 1) + title(serial + 1));
                awaitCount(other, StageCounter.LOGGED_EVENTS, serial - 8);
            }
            LogPosition before = harness.log.end();
            CollectorTopology again = harness.start(ASSEMBLING);
            send(again, title(1) + systemCall(3) + title(3));
            awaitCount(again, StageCounter.LOGGED_EVENTS, 2);
            assertThat(again.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(before.recordIndex()).isGreaterThan(20);
            assertThat(released(harness))
                    .extracting(Harness.Logged::raw)
                    .containsExactlyInAnyOrder((systemCall(1) + title(1)).strip(), (systemCall(3) + title(3)).strip());
            assertThat(harness.log.metrics().lostRecords()).isZero();
            assertThat(harness.log.metrics().lostEvents()).isZero();
        }
    }

    /// K15: two collectors that are alike, of which no one knows the other, behind one address.
    @Test
    void tellsThePartialAggregatesOfTwoCollectorsApart() throws IOException {
        String config = """
                kind: collector
                name: test
                spec:
                  connector: { type: tcp, listen: "127.0.0.1:0" }
                  normalizer: kv
                  stages:
                    - type: aggregate
                      name: users
                      threshold: 100
                      lifetime: 1s
                      identical: [ SourceUserName ]
                      sum: [ BytesIn ]
                """;
        try (Harness one = new Harness(folder.resolve("one"));
                Harness two = new Harness(folder.resolve("two"))) {
            CollectorTopology first = one.start(config);
            CollectorTopology second = two.start(config);
            send(first, "SourceUserName=ada BytesIn=1\n".repeat(7));
            send(second, "SourceUserName=ada BytesIn=1\n".repeat(5));
            awaitCount(first, StageCounter.LOGGED_EVENTS, 1);
            awaitCount(second, StageCounter.LOGGED_EVENTS, 1);
            assertThat(one.loggedJson("test/released"))
                    .singleElement()
                    .asString()
                    .contains("\"BaseEventCount\":7", "\"ServiceName\":\"test\"")
                    .contains("\"ServiceID\":\"" + HexFormat.of().toHexDigits(one.log.producer()) + "\"");
            assertThat(two.loggedJson("test/released"))
                    .singleElement()
                    .asString()
                    .contains("\"BaseEventCount\":5", "\"ServiceName\":\"test\"")
                    .contains("\"ServiceID\":\"" + HexFormat.of().toHexDigits(two.log.producer()) + "\"");
            assertThat(one.log.producer()).isNotEqualTo(two.log.producer());
        }
    }

    private static void deleteAll(Path root) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(root)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    /// What is done to a copy before the next process opens it.
    private interface Change {
        void in(Path folder) throws IOException;
    }

    private void killAtAnyMoment(int lines, int runs, Change change) throws IOException {
        Path input = folder.resolve("in.log");
        int written = 0;
        Files.createDirectories(folder.resolve("run0"));
        for (int run = 0; run < runs; run++) {
            Path current = folder.resolve("run" + run);
            try (Harness harness = new Harness(current)) {
                // A destination that reads nothing keeps what was released.
                harness.keepAll();
                int until = lines * (run + 1) / runs;
                Files.writeString(input, lines(written, until), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                written = until;
                CollectorTopology topology = harness.start(FOLDING.formatted(folder));
                if (run == runs - 1) {
                    await().atMost(Duration.ofSeconds(30)).until(() -> accounted(harness, topology) >= lines);
                    topology.drain(Duration.ofSeconds(10));
                    check(harness, lines, held(topology));
                } else {
                    long some = 200L + 300L * run;
                    await().pollInterval(Duration.ofMillis(3))
                            .atMost(Duration.ofSeconds(20))
                            .until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) > some);
                    Path next = folder.resolve("run" + (run + 1));
                    copy(current, next);
                    change.in(next);
                }
            }
        }
    }

    private static long held(CollectorTopology topology) {
        return topology.held().stream().mapToLong(BatchLedger.Entry::value).sum();
    }

    private static long accounted(Harness harness, CollectorTopology topology) {
        return harness.ledger("test/released").getOrDefault("RECEIVED", 0L) + held(topology);
    }

    /// A copy of the folder as a kill would leave it: what says how far things got is copied first.
    static void copy(Path from, Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(from)) {
            // Half-written replacements (`NAME.new`) come and go, and nothing reads them at a start.
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".new"))
                    .sorted(Comparator.comparing((Path path) -> !path.toString().contains("positions"))
                            .thenComparing(path -> !path.toString().contains("cursor")))
                    .toList();
        }
        for (Path file : files) {
            Path target = to.resolve(from.relativize(file));
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
    }
}
