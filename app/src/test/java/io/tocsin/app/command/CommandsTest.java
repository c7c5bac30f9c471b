package io.tocsin.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter error = new StringWriter();

    private int run(String... arguments) {
        return Commands.execute(arguments, new PrintWriter(out, true), new PrintWriter(error, true));
    }

    @Test
    void listsCommandsInOrderOfTheAlphabetEachWithASentenceOfItsOwn() {
        Set<String> sentences = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (CommandLine command : Commands.commandLine().getSubcommands().values()) {
            if (command.getCommandName().equals("help")
                    || command.getCommandSpec().usageMessage().hidden()) {
                continue;
            }
            names.add(command.getCommandName());
            String[] description = command.getCommandSpec().usageMessage().description();
            assertThat(description).as(command.getCommandName()).isNotEmpty();
            assertThat(sentences.add(description[0])).as(description[0]).isTrue();
        }
        assertThat(names).isSorted();
        assertThat(run("help")).isZero();
        names.forEach(name -> assertThat(out.toString()).contains("  " + name));
        assertThat(out.toString())
                .as("what the launcher does itself")
                .contains("  check-listeners  ", "  test  ", "  fuzz  ");
    }

    @Test
    void tellsItsVersionWhereverItIsAsked() {
        assertThat(run("--version")).isZero();
        assertThat(run("up", "--version")).isZero();
        assertThat(run("list", "show", "-V")).isZero();
        assertThat(out.toString().lines()).hasSize(3).allMatch(line -> line.matches("tocsin \\S+"));
    }

    @Test
    void readsNoOptionsOfOtherCommands() {
        assertThat(Commands.commandLine("status", "--data", "x").getSubcommands())
                .containsOnlyKeys("status", "help");
        assertThat(Commands.commandLine("--help").getSubcommands()).hasSizeGreaterThan(20);
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("  status  ", "  up  ", "tocsin COMMAND --help");
    }

    @Test
    void everyCommandAboutOneListIsToldWhichOneOfWhichInstance() {
        CommandLine list = Objects.requireNonNull(
                Commands.commandLine("list").getSubcommands().get("list"));
        assertThat(list.getSubcommands()).containsKeys("show", "set", "delete", "clear", "import", "export");
        list.getSubcommands()
                .forEach((name, command) -> assertThat(command.getCommandSpec().optionsMap())
                        .as(name)
                        .containsKeys("--correlator", "--url", "--token", "--output"));
    }

    @Test
    void saysWhyTheWholeSystemCannotBeOneOfAPair(@TempDir Path folder) {
        for (String option : List.of("--pair", "--pair-listen")) {
            assertThat(run("up", "--data", folder.resolve("data").toString(), option, "127.0.0.1:1"))
                    .isEqualTo(2);
        }
        assertThat(error.toString()).contains("cannot be one of a pair").contains("docs/guides/high-availability.md");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void answersWrongUseWithTwo() {
        assertThat(run("no-such-command")).isEqualTo(2);
        assertThat(run("status", "--no-such-option")).isEqualTo(2);
        assertThat(run("search", "--from", "yesterday-ish", "SELECT 1")).isEqualTo(2);
        assertThat(error.toString()).contains("yesterday-ish");
    }

    @Test
    void namesAndForgetsConsumersOfALog(@TempDir Path folder) {
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            log.consumer("held.gone").close();
        }
        assertThat(run("log", "check", folder.toString())).isZero();
        assertThat(out.toString()).contains("consumer held.gone: done up to event 0, keeps 0 bytes");
        assertThat(run("log", "forget", folder.toString(), "held.went")).isEqualTo(3);
        assertThat(error.toString()).contains("held.went", "held.gone");
        assertThat(run("log", "forget", folder.toString(), "held.gone")).isZero();
        assertThat(folder.resolve("cursors")).isEmptyDirectory();
    }

    @Test
    void repairsADamagedLogAndDumpsWhatItHolds(@TempDir Path folder) throws Exception {
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            for (int record = 0; record < 3; record++) {
                log.append(new byte[1000], 2, Duration.ofSeconds(5));
            }
            assertThat(run("log", "repair", folder.toString())).isEqualTo(3);
            assertThat(error.toString()).contains("already open");
        }
        Path segment = folder.resolve("0000000000000000.segment");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[64 + 1048 + 500] ^= 1;
        Files.write(segment, bytes);
        assertThat(run("log", "check", folder.toString())).isEqualTo(1);
        assertThat(run("log", "repair", folder.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains("saved=2 records with 4 events", "1 records with 2 events, sequences 2 to 4", "quarantine");
        assertThat(run("log", "check", folder.toString())).isZero();
        assertThat(run("log", "repair", folder.toString(), "--output", "json")).isZero();
        assertThat(out.toString()).contains("\"sound\":true");
        assertThat(run("log", "dump", folder.toString(), "--from", "3")).isZero();
        assertThat(out.toString()).contains("\"record\":2").contains("\"firstSequence\":4");
    }

    @Test
    void dumpsTheBatchesOfADeliveryOneAfterAnother(@TempDir Path folder) throws Exception {
        byte[] first = batch("firewall", "first");
        byte[] second = batch("proxy", "second");
        // The record of a receiver: the name of the run, then its batches.
        byte[] record = ByteBuffer.allocate(32 + first.length + second.length)
                .put("TRUN".getBytes(StandardCharsets.US_ASCII))
                .putInt(7)
                .putLong(0xab)
                .putLong(40)
                .putLong(2)
                .put(first)
                .put(second)
                .array();
        try (DurableLog log =
                DurableLog.open(folder, LogOptions.defaults().withReserveBytes(0), SystemClock.process())) {
            log.append(record, 2, Duration.ofSeconds(5));
        }
        assertThat(run("log", "dump", folder.toString(), "--events")).isZero();
        assertThat(out.toString())
                .contains("\"producer\":\"00000000000000ab\",\"epoch\":7,\"firstSequence\":40,\"count\":2")
                .contains("\"route\":\"firewall, proxy\"", "\"events\":2", "\"Name\":\"first\"", "\"Name\":\"second\"")
                .doesNotContain("note");
    }

    private static byte[] batch(String route, String name) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        event.begin(new EntryOrigin("", route, "tcp", "", -1, "", -1, ""), 1, 2, 0, 0, new byte[0], 0, 0);
        event.setText(Field.NAME, name);
        event.commit();
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(batch, route);
        return Arrays.copyOf(encoder.buffer(), length);
    }

    @Test
    void saysThatNoInstanceRunsWithoutAStackTrace() {
        assertThat(run("status", "--data", "target/no-such-folder")).isEqualTo(3);
        assertThat(error.toString())
                .contains("no-such-folder")
                .contains("tocsin up")
                .doesNotContain("\tat ");
    }

    /// Both were passed over in silence, as if everything had been tested.
    @Test
    void countsTestsThatTestNothingAsFailed(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("gone.tests.yaml"), "tests: []\n");
        Files.writeString(folder.resolve("rule.yaml"), """
                kind: rule
                name: rule
                spec:
                  type: simple
                  description: A test.
                  selectors: [{filter: "Name = 'a'"}]
                """);
        Files.writeString(folder.resolve("rule.tests.yaml"), "tests: []\n");
        assertThat(run("content", "test", folder.toString())).isEqualTo(1);
        assertThat(out.toString().lines())
                .hasSize(3)
                .anyMatch(line -> line.contains("gone.tests.yaml:1: nothing stands beside these tests [expected="))
                .anyMatch(line -> line.endsWith("rule.tests.yaml:1: rule: a file of tests holds a list [key=tests]"))
                .contains("0 passed, 2 failed");
    }

    @Test
    void tellsInTheCheckOfRulesWhatReadingThemTold(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("filter.yml"), """
                title: idle
                logsource: {product: windows}
                filter: {rules: [gone], selection: {a: b}, condition: not selection}
                """);
        assertThat(run("rules", "check", folder.toString())).isZero();
        assertThat(out.toString())
                .contains("filter.yml:1: note: filter speaks of a rule that is not there [rule=gone]");
        assertThat(run("rules", "check", "--strict", folder.toString())).isEqualTo(1);
    }
}
