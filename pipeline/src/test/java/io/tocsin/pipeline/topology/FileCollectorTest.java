package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.transport.log.LogOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileCollectorTest {
    @TempDir
    Path folder;

    private CollectorTopology start(Harness harness, String pattern, String more) {
        return harness.start("""
                kind: collector
                name: files
                spec:
                  connector: { type: file, path: "%s/%s", pollInterval: 10ms, closeAfter: 200ms%s }
                  normalizer: auto
                  keepRaw: true
                """.formatted(folder, pattern, more));
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void awaitLogged(CollectorTopology topology, long events) {
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            Long logged = topology.figures().counts().get(StageCounter.LOGGED_EVENTS);
            return logged != null && logged >= events;
        });
    }

    @Test
    void followsAFileAndWaitsForTheEndOfALine() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\r\ntwo\nthr");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", "");
            awaitLogged(topology, 2);
            assertThat(harness.loggedTexts()).containsExactly("one", "two");
            append(file, "ee\nfour\n");
            awaitLogged(topology, 4);
            assertThat(harness.loggedTexts()).containsExactly("one", "two", "three", "four");
            assertThat(harness.logged()).allMatch(event -> event.source().equals(file.toString()) && !event.cut());
        }
    }

    @Test
    void goesOnWhereTheLastProcessEnded() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\ntwo\nhal");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", "");
            awaitLogged(topology, 2);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
        }
        append(file, "f\nfour\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(start(harness, "a.log", ""), 2);
            assertThat(harness.loggedTexts()).containsExactly("one", "two", "half", "four");
        }
    }

    @Test
    void startsAtTheEndWhenToldSo() throws IOException {
        append(folder.resolve("a.log"), "old\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "*.log", ", start: end");
            append(folder.resolve("a.log"), "new\n");
            append(folder.resolve("b.log"), "other\n");
            awaitLogged(topology, 2);
            assertThat(harness.loggedTexts()).containsExactlyInAnyOrder("new", "other");
        }
    }

    @Test
    void followsRotationByRename() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\n");
        try (Harness harness = new Harness(folder);
                FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            CollectorTopology topology = start(harness, "a.log", "");
            awaitLogged(topology, 1);
            Files.move(file, folder.resolve("a.log.1"));
            append(file, "three\n");
            // The writer has not noticed yet.
            writer.write(UTF_8.encode("two\nrest without end"));
            awaitLogged(topology, 4);
            assertThat(harness.loggedTexts()).containsExactlyInAnyOrder("one", "two", "rest without end", "three");
            assertThat(harness.logged().stream().filter(Harness.Logged::cut)).hasSize(1);
            append(file, "four\n");
            awaitLogged(topology, 5);
            assertThat(topology.figures().openSources()).isEqualTo(1);
        }
    }

    private CollectorTopology startTable(Harness harness, String more) {
        Problems problems = new Problems();
        NormalizerLoader loader = new NormalizerLoader(
                ZoneOffset.UTC,
                Map.of("table", Objects.requireNonNull(YamlReader.read("table.yaml", """
                        kind: normalizer
                        name: table
                        spec:
                          format: { type: csv, header: first }
                          mapping: [ { from: m, to: Message }, { from: u, to: SourceUserName } ]
                        """, problems)))::get);
        problems.throwIfAny();
        return harness.start("""
                kind: collector
                name: files
                spec:
                  connector: { type: file, path: "%s/a.csv", pollInterval: 10ms, closeAfter: 200ms, framing: csv%s }
                  normalizer: table
                """.formatted(folder, more), loader);
    }

    private static List<String> usersAndMessages(Harness harness) {
        return harness.loggedJson("files").stream()
                .map(event -> text(event, "SourceUserName") + "=" + text(event, "Message"))
                .toList();
    }

    private static String text(String event, String field) {
        Matcher found = Pattern.compile('"' + field + "\":\"(.*?)\"").matcher(event);
        return found.find() ? found.group(1) : "";
    }

    @Test
    void aFileAfterARotationHasItsOwnFirstLine() throws IOException {
        Path file = folder.resolve("a.csv");
        append(file, "u,m\nann,one\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTable(harness, "");
            awaitLogged(topology, 1);
            Files.move(file, folder.resolve("a.csv.1"));
            append(file, "m,x,u\ntwo,0,bob\n\"thr\nee\",0,cy\n");
            awaitLogged(topology, 3);
            Files.writeString(file, "x,m,u\n");
            append(file, "0,four,dan\n");
            awaitLogged(topology, 4);
            topology.drain(Duration.ofSeconds(5));
            assertThat(usersAndMessages(harness)).containsExactly("ann=one", "bob=two", "cy=thr\\nee", "dan=four");
        }
        append(file, "0,five,eve\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(startTable(harness, ""), 1);
            assertThat(usersAndMessages(harness)).endsWith("dan=four", "eve=five");
        }
    }

    @Test
    void aFileReadFromItsEndKeepsItsFirstLine() throws IOException {
        Path file = folder.resolve("a.csv");
        append(file, "u,m\nann,one\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = startTable(harness, ", start: end");
            append(file, "bob,two\n");
            awaitLogged(topology, 1);
            assertThat(usersAndMessages(harness)).containsExactly("bob=two");
        }
    }

    @Test
    void aKillDoesNotCostTheFirstLine() throws IOException {
        Path file = folder.resolve("a.csv");
        append(file, "u,m\nann,one\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(startTable(harness, ""), 1);
        }
        // As if the process had died before it saved where it was and what it knew.
        Files.delete(folder.resolve("positions/files.memory"));
        append(file, "bob,two\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(startTable(harness, ""), 1);
            assertThat(usersAndMessages(harness)).containsExactly("ann=one", "bob=two");
        }
    }

    @Test
    void doesNotReadARenamedFileAgainThatThePatternStillFits() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log*", "");
            awaitLogged(topology, 1);
            Files.move(file, folder.resolve("a.log.1"));
            append(file, "two\n");
            awaitLogged(topology, 2);
            topology.drain(Duration.ofSeconds(5));
        }
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log*", "");
            append(file, "three\n");
            awaitLogged(topology, 1);
            assertThat(harness.loggedTexts()).containsExactly("one", "two", "three");
        }
    }

    @Test
    void readsTheRestOfAFileThatWasRotatedWhileItWasDown() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", "");
            awaitLogged(topology, 1);
            topology.drain(Duration.ofSeconds(5));
        }
        append(file, "two\n");
        Files.move(file, folder.resolve("a.log.1"));
        append(file, "three\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(start(harness, "a.log", ""), 2);
            assertThat(harness.loggedTexts()).containsExactly("one", "two", "three");
        }
    }

    @Test
    void followsAFileThatIsCopiedAndEmptied() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "one\ntwo\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", "");
            awaitLogged(topology, 2);
            Files.copy(file, folder.resolve("a.log.1"), StandardCopyOption.COPY_ATTRIBUTES);
            Files.writeString(file, "three\n", StandardOpenOption.TRUNCATE_EXISTING);
            awaitLogged(topology, 3);
            // Emptied and longer than before when it is looked at again.
            Files.writeString(file, "four\nfive\nsix\nseven\n", StandardOpenOption.TRUNCATE_EXISTING);
            awaitLogged(topology, 7);
            assertThat(harness.loggedTexts()).containsExactly("one", "two", "three", "four", "five", "six", "seven");
        }
    }

    @Test
    void skipsTheRestOfACutLineAfterARestart() throws IOException {
        Path file = folder.resolve("a.log");
        append(file, "x".repeat(2_000_000));
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", ", maxEventSize: 1MiB");
            awaitLogged(topology, 1);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
        }
        append(file, "rest of the line\nnext\n");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(start(harness, "a.log", ", maxEventSize: 1MiB"), 1);
            assertThat(harness.loggedTexts()).containsExactly("x".repeat(1 << 20), "next");
        }
    }

    @Test
    void endsQuicklyWhenAllLinesWereFiltered() throws IOException {
        append(folder.resolve("a.log"), "{\"Name\":\"noise\"}\n".repeat(10));
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: files
                    spec:
                      connector: { type: file, path: "%s/a.log", pollInterval: 10ms }
                      normalizer: json
                      filter: { drop: "Name = 'noise'" }
                    """.formatted(folder));
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                Long filtered = topology.figures().counts().get(StageCounter.FILTERED_EVENTS);
                return filtered != null && filtered == 10;
            });
            assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            assertThat(harness.ledger()).isEqualTo(java.util.Map.of("RECEIVED", 10L, "FILTERED", 10L));
            assertThat(Files.readString(folder.resolve("positions/files.positions")))
                    .contains(" 170 ");
        }
    }

    @Test
    void cutsALineThatIsTooLong() throws IOException {
        append(folder.resolve("a.log"), "x".repeat(3_000_000) + "\nnext\n");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "a.log", ", maxEventSize: 1MiB");
            awaitLogged(topology, 2);
            assertThat(harness.loggedTexts()).containsExactly("x".repeat(1 << 20), "next");
        }
    }

    /// The positions as they were some time ago, the log as it is: what a kill between logging and saving
    /// leaves.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void readsNoLineTwiceAfterAKill(long seed) throws IOException {
        Random random = new Random(seed);
        Path first = folder.resolve("a.log");
        Path second = folder.resolve("b.log");
        Path positions = folder.resolve("positions/files.positions");
        List<String> expected = new ArrayList<>();
        int number = 0;
        for (int round = 0; round < 4; round++) {
            byte[] before;
            try (Harness harness = new Harness(folder, LogOptions.defaults().withReserveBytes(0))) {
                CollectorTopology topology = start(harness, "*.log", "");
                before = Files.readAllBytes(positions);
                int lines = 1 + random.nextInt(random.nextBoolean() ? 10 : 2000);
                for (int i = 0; i < lines; i++) {
                    String line = "line " + number++;
                    append(random.nextBoolean() ? first : second, line + "\n");
                    expected.add(line);
                }
                awaitLogged(topology, lines);
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> harness.logged().size() == expected.size());
            }
            if (round % 2 == 0) {
                Files.write(positions, before);
            }
        }
        try (Harness harness = new Harness(folder)) {
            start(harness, "*.log", "");
            append(first, "last\n");
            expected.add("last");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> harness.loggedTexts().contains("last"));
            assertThat(harness.loggedTexts()).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void readsEverythingAgainWhenPositionsAreDamaged() throws IOException {
        append(folder.resolve("a.log"), "one\n");
        Files.createDirectories(folder.resolve("positions"));
        Files.writeString(folder.resolve("positions/files.positions"), "garbage");
        try (Harness harness = new Harness(folder)) {
            awaitLogged(start(harness, "a.log", ", start: end"), 1);
            assertThat(harness.loggedTexts()).containsExactly("one");
        }
    }

    @Test
    void readsManyLinesOfManyFiles() throws IOException {
        for (int file = 0; file < 20; file++) {
            String name = "file" + file;
            append(
                    folder.resolve(name + ".log"),
                    String.join(
                                    "\n",
                                    IntStream.range(0, 2000)
                                            .mapToObj(i -> name + " line " + i)
                                            .toList()) + "\n");
        }
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "**.log", "");
            awaitLogged(topology, 40_000);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            List<String> texts = harness.loggedTexts();
            assertThat(texts).hasSize(40_000).doesNotHaveDuplicates();
            assertThat(texts.stream().filter(text -> text.startsWith("file7 ")))
                    .containsExactlyElementsOf(IntStream.range(0, 2000)
                            .mapToObj(i -> "file7 line " + i)
                            .toList());
        }
    }
}
