package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of held events when the collector that holds them is changed between two processes.
class ChangedCollectorTest {
    private static final String JOINING = """
            kind: collector
            name: test
            spec:
              connector: { type: tcp, listen: "127.0.0.1:0", maxConnections: 100 }
              assemble: auditd
              normalizer: kv
              keepRaw: true
            """;

    @TempDir
    Path folder;

    @RegisterExtension
    final LoggedWarnings warnings = new LoggedWarnings();

    private String folding(String stages) {
        return """
                kind: collector
                name: test
                spec:
                  connector: { type: file, path: "%s/in.log", pollInterval: 10ms }
                  normalizer: kv
                  stages: [ %s ]
                """.formatted(folder, stages);
    }

    private static String rule(String name, String more) {
        return "{ type: aggregate, name: " + name + ", threshold: 1000, lifetime: 1h, " + more + " }";
    }

    private void write(String text) throws IOException {
        Files.writeString(folder.resolve("in.log"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void awaitReceived(CollectorTopology topology, long events) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> topology.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) >= events);
    }

    /// Runs a collector until it has received so many events, and ends the process.
    private void run(String yaml, int events) {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(yaml);
            awaitReceived(topology, events);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        }
    }

    private void runJoining(String text, int lines) throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(JOINING);
            try (Socket socket = Harness.connect(topology)) {
                socket.getOutputStream().write(text.getBytes(UTF_8));
            }
            awaitReceived(topology, lines);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        }
    }

    private RemovedCollectors removed(Harness harness, CollectorConfig... disabled) {
        return RemovedCollectors.find(
                Set.of(),
                List.of(disabled),
                Objects.requireNonNull(new NormalizerLoader(ZoneOffset.UTC).load("auto", new Problems())),
                harness.log,
                folder.resolve("positions"),
                SystemClock.process());
    }

    private void awaitForgotten(Harness harness) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> harness.log.consumerNames().isEmpty()
                        && warnings.texts().stream().anyMatch(warning -> warning.contains("collector was removed")));
    }

    private static List<String> parts(List<String> events, String... names) {
        List<String> found = new ArrayList<>();
        for (String event : events) {
            StringBuilder text = new StringBuilder();
            for (String name : names) {
                int at = event.indexOf("\"" + name + "\":");
                if (at >= 0) {
                    int end = event.indexOf(',', at);
                    text.append(event, at, end < 0 ? event.length() - 1 : end).append(' ');
                }
            }
            found.add(text.toString().strip());
        }
        return found;
    }

    private static final String THREE =
            "SourceUserName=a BytesIn=1\nSourceUserName=b BytesIn=2\nSourceUserName=a BytesIn=4\n";
    private static final String SUMS = "identical: [ SourceUserName ], sum: [ BytesIn ]";

    @Test
    void givesOutWhatARemovedCollectorHeldAndFreesTheLog() throws IOException {
        write(THREE);
        run(folding(rule("users", SUMS)), 3);
        try (Harness harness = new Harness(folder)) {
            assertThat(harness.log.consumerNames()).containsExactly("held.test");
            try (RemovedCollectors removed = removed(harness)) {
                assertThat(removed.all())
                        .extracting(RemovedCollectors.Removed::name)
                        .containsExactly("test");
                removed.start();
                awaitForgotten(harness);
            }
            assertThat(parts(harness.loggedJson("test/released"), "SourceUserName", "BytesIn", "BaseEventCount"))
                    .containsExactly(
                            "\"SourceUserName\":\"a\" \"BytesIn\":5 \"BaseEventCount\":2",
                            "\"SourceUserName\":\"b\" \"BytesIn\":2 \"BaseEventCount\":1");
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 3L), Map.entry("AGGREGATED", 1L));
            assertThat(folder.resolve("positions/test.held")).doesNotExist();
            assertThat(warnings.texts())
                    .singleElement()
                    .asString()
                    .contains("collector=test", "events=2", "consumer=held.test");
        }
        // When it comes back, it does not read again what lies in the log still.
        try (Harness harness = new Harness(folder)) {
            CollectorTopology again = harness.start(folding(rule("users", SUMS)));
            write("SourceUserName=c BytesIn=8\n");
            awaitReceived(again, 1);
            again.drain(Duration.ofSeconds(10));
            assertThat(again.held()).hasSize(1);
            assertThat(harness.loggedJson("test/released")).hasSize(2);
        }
    }

    @Test
    void segmentsOfARemovedCollectorAreDeleted() throws IOException {
        LogOptions small = LogOptions.defaults().withReserveBytes(0).withSizes(64 << 10, 8 << 20);
        for (int run = 0; run < 12; run++) {
            write("SourceUserName=" + "x".repeat(30_000) + run + "\n");
        }
        run(folding(rule("users", "identical: [ SourceUserName ]")), 12);
        try (Harness harness = new Harness(folder, small)) {
            LogConsumer storage = harness.log.consumer("storage");
            try (RemovedCollectors removed = removed(harness)) {
                removed.start();
                await().until(() -> !harness.log.consumerNames().contains("held.test"));
            }
            harness.log.append(new byte[70_000], 0, Duration.ofSeconds(1));
            harness.log.append(new byte[70_000], 0, Duration.ofSeconds(1));
            harness.log.awaitSynced(harness.log.end(), Duration.ofSeconds(10));
            storage.commit(harness.log.end());
            assertThat(harness.log.metrics().segments()).isLessThanOrEqualTo(2);
            storage.close();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void stagesOfADisabledCollectorFinishWhatItHeld() throws IOException {
        write(THREE);
        String stages = rule("users", SUMS) + ", { type: filter, drop: \"SourceUserName = 'b'\" }";
        run(folding(stages), 3);
        try (Harness harness = new Harness(folder)) {
            CollectorConfig disabled = Harness.config(folding(stages).replace("spec:\n", "spec:\n  enabled: false\n"));
            try (RemovedCollectors removed = removed(harness, disabled)) {
                removed.start();
                awaitForgotten(harness);
            }
            assertThat(parts(harness.loggedJson("test/released"), "SourceUserName"))
                    .containsExactly("\"SourceUserName\":\"a\"");
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 3L), Map.entry("AGGREGATED", 1L), Map.entry("FILTERED", 1L));
        }
    }

    @Test
    void linesOfARemovedCollectorComeOutJoined() throws IOException {
        String one = "type=SYSCALL msg=audit(10.000:1): arch=c000003e syscall=2 success=yes items=0";
        String two = "type=CWD msg=audit(10.000:1): cwd=\"/\"";
        runJoining(one + "\n" + two + "\n", 2);
        try (Harness harness = new Harness(folder)) {
            try (RemovedCollectors removed = removed(harness)) {
                removed.start();
                awaitForgotten(harness);
            }
            assertThat(harness.logged())
                    .filteredOn(event -> event.route().equals("test/released"))
                    .extracting(Harness.Logged::raw)
                    .containsExactly(one + "\n" + two);
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 2L), Map.entry("AGGREGATED", 1L));
        }
    }

    @Test
    void removedJoiningGivesOutItsLinesNormalized() throws IOException {
        runJoining("type=SYSCALL msg=audit(10.000:1): arch=c000003e syscall=2 success=yes items=0\n", 1);
        String plain = JOINING.replace("  assemble: auditd\n", "");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(plain);
            await().until(() -> harness.loggedJson("test/released").size() == 1);
            assertThat(harness.loggedJson("test/released").getFirst()).contains("c000003e", "syscall");
            assertThat(warnings.texts())
                    .singleElement()
                    .asString()
                    .contains("lines are not joined any more", "collector=test", "events=1");
            // It holds nothing over now: at its end nothing is left for it in the log.
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(harness.log.consumerNames()).isEmpty();
            assertThat(folder.resolve("positions/test.held")).doesNotExist();
        }
        try (Harness harness = new Harness(folder)) {
            assertThat(harness.start(plain).heldFrom()).isNull();
        }
    }

    /// Changes the rule between two processes and gives the events that were given out then.
    private List<String> afterChange(UnaryOperator<String> change, String... names) throws IOException {
        write(THREE);
        String before = folding(rule("users", SUMS));
        run(before, 3);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(change.apply(before));
            await().until(() -> harness.loggedJson("test/released").size() >= 2);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.ledger("test/released"))
                    .containsOnly(Map.entry("RECEIVED", 3L), Map.entry("AGGREGATED", 1L));
            assertThat(topology.held()).isEmpty();
            assertThat(warnings.texts())
                    .singleElement()
                    .asString()
                    .contains("collector=test", "stage=users", "events=3");
            return parts(harness.loggedJson("test/released"), names);
        }
    }

    @Test
    void renamedRuleGivesOutItsGroups() throws IOException {
        assertThat(afterChange(
                        text -> text.replace("name: users", "name: people"),
                        "SourceUserName",
                        "BytesIn",
                        "AggregationRuleName"))
                .containsExactlyInAnyOrder(
                        "\"SourceUserName\":\"a\" \"BytesIn\":5 \"AggregationRuleName\":\"users\"",
                        "\"SourceUserName\":\"b\" \"BytesIn\":2 \"AggregationRuleName\":\"users\"");
    }

    @Test
    void ruleWithOtherFieldsGivesOutItsGroupsWithTheFieldsTheyHad() throws IOException {
        // The same number of fields: the values must not end in the wrong ones.
        assertThat(afterChange(
                        text -> text.replace("[ SourceUserName ]", "[ DestinationUserName ]"),
                        "SourceUserName",
                        "DestinationUserName",
                        "BytesIn"))
                .containsExactlyInAnyOrder(
                        "\"SourceUserName\":\"a\" \"BytesIn\":5", "\"SourceUserName\":\"b\" \"BytesIn\":2");
    }

    @Test
    void ruleWithMoreFieldsGivesOutItsGroups() throws IOException {
        assertThat(afterChange(
                        text -> text.replace("sum:", "unique: [ DeviceAction ], sum:"), "SourceUserName", "BytesIn"))
                .containsExactlyInAnyOrder(
                        "\"SourceUserName\":\"a\" \"BytesIn\":5", "\"SourceUserName\":\"b\" \"BytesIn\":2");
    }

    @Test
    void removedRuleGivesOutItsGroups() throws IOException {
        assertThat(afterChange(text -> text.replaceAll("stages: .*", "stages: []"), "SourceUserName", "BytesIn"))
                .containsExactlyInAnyOrder(
                        "\"SourceUserName\":\"a\" \"BytesIn\":5", "\"SourceUserName\":\"b\" \"BytesIn\":2");
    }

    @Test
    void losesNothingWhenAKillAndAChangeComeTogether() throws IOException {
        int runs = 4;
        int lines = 20_000;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines / runs; i++) {
            text.append("SourceUserName=user").append(i % 50).append(" BytesIn=1\n");
        }
        Path current = Files.createDirectories(folder.resolve("run0"));
        String yaml = folding(rule("users", SUMS)).replace("threshold: 1000", "threshold: 7");
        for (int run = 0; run < runs; run++) {
            Path next = folder.resolve("run" + (run + 1));
            // Each run has lines that it has not seen, however far the one before it came.
            write(text.toString());
            try (Harness harness = new Harness(current)) {
                CollectorTopology topology = harness.start(yaml);
                long some = 1L + 500L * run;
                await().pollInterval(Duration.ofMillis(3))
                        .until(() -> topology.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) > some);
                SecondPassTest.copy(current, next);
            }
            current = next;
            yaml = yaml.replace("name: users" + (run == 0 ? "" : run), "name: users" + (run + 1));
        }
        try (Harness harness = new Harness(current)) {
            CollectorTopology topology = harness.start(yaml.replaceAll("stages: .*", "stages: []"));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> harness.ledger("test/released").getOrDefault("RECEIVED", 0L) >= lines);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            long events = 0;
            for (String event : harness.loggedJson("test/released")) {
                Matcher count = Pattern.compile("\"BaseEventCount\":(\\d+)").matcher(event);
                events += count.find() ? Long.parseLong(count.group(1)) : 1;
            }
            assertThat(events).isGreaterThanOrEqualTo(lines);
        }
    }

    @Test
    void otherThresholdKeepsTheGroupsOpen() throws IOException {
        write(THREE);
        run(folding(rule("users", SUMS)), 3);
        write("SourceUserName=a BytesIn=8\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology =
                    harness.start(folding(rule("users", SUMS)).replace("threshold: 1000", "threshold: 3"));
            await().until(() -> harness.loggedJson("test/released").size() == 1);
            topology.drain(Duration.ofSeconds(10));
            assertThat(parts(harness.loggedJson("test/released"), "SourceUserName", "BytesIn"))
                    .containsExactly("\"SourceUserName\":\"a\" \"BytesIn\":13");
            assertThat(warnings.texts()).isEmpty();
        }
    }

    @Test
    void rulesOfTheSameNameKeepTheirOwnGroups() throws IOException {
        write("SourceUserName=a BytesIn=1\nDestinationUserName=b BytesIn=2\n");
        String two = rule("same", "where: \"SourceUserName != ''\", " + SUMS) + ", "
                + rule("same", "identical: [ DestinationUserName ], sum: [ BytesIn ]");
        run(folding(two), 2);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start(folding(two));
            assertThat(topology.held().stream()
                            .mapToLong(entry -> entry.value())
                            .sum())
                    .isEqualTo(2);
            topology.drain(Duration.ofSeconds(10));
            assertThat(warnings.texts()).isEmpty();
        }
    }

    @Test
    void eachCollectorHasAConsumerOfItsOwn() {
        List<String> names = List.of("a", "aB", "a_b", "ab", "x".repeat(128), "x".repeat(127), "X".repeat(128));
        assertThat(names.stream().map(HeldTraces::consumer))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9][a-z0-9._-]{0,63}"));
    }

    @Test
    void damagedStateIsKeptBeside() throws IOException {
        write(THREE);
        run(folding(rule("users", SUMS)), 3);
        Path state = folder.resolve("positions/test.held");
        byte[] bytes = Files.readAllBytes(state);
        bytes[bytes.length / 2] ^= 1;
        Files.write(state, bytes);
        run(folding(rule("users", SUMS)), 0);
        assertThat(folder.resolve("positions/test.held.damaged")).hasBinaryContent(bytes);
    }
}
