package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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

    private static long count(CollectorTopology topology, StageCounter counter) {
        return topology.figures().counts().getOrDefault(counter, -1L);
    }

    private static void awaitCount(CollectorTopology topology, StageCounter counter, long value) {
        await().atMost(Duration.ofSeconds(20)).until(() -> count(topology, counter) >= value);
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
                            .until(() -> count(topology, StageCounter.LOGGED_EVENTS) >= wanted);
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
        int lines = 30_000;
        Path input = folder.resolve("in.log");
        int written = 0;
        Files.createDirectories(folder.resolve("run0"));
        for (int run = 0; run < 8; run++) {
            Path current = folder.resolve("run" + run);
            try (Harness harness = new Harness(current)) {
                int until = lines * (run + 1) / 8;
                Files.writeString(input, lines(written, until), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                written = until;
                CollectorTopology topology = harness.start(FOLDING.formatted(folder));
                if (run == 7) {
                    await().atMost(Duration.ofSeconds(30)).until(() -> accounted(harness, topology) >= lines);
                    topology.drain(Duration.ofSeconds(10));
                    check(harness, lines, held(topology));
                } else {
                    long some = 200L + 300L * run;
                    await().pollInterval(Duration.ofMillis(3))
                            .atMost(Duration.ofSeconds(20))
                            .until(() -> count(topology, StageCounter.RECEIVED_EVENTS) > some);
                    copy(current, folder.resolve("run" + (run + 1)));
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
            files = all.filter(Files::isRegularFile)
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
