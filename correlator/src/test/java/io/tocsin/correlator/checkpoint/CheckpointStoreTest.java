package io.tocsin.correlator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    private static final String RULES = """
        kind: rule
        name: by-address
        spec:
          type: standard
          description: counts failures by address
          selectors: [{ filter: "EventOutcome = 'failure'", threshold: 4, unique: [DestinationUserName] }]
          window: 1h
          lateness: 5s
          identical: [SourceAddress]
        ---
        kind: rule
        name: silent
        spec:
          type: absence
          description: nothing from an address for a minute
          lateness: 5s
          selectors: [{ filter: "EventOutcome = 'failure'", expected: true }]
          window: 1m
          identical: [SourceAddress]
        """;

    private static RuleSet rules() {
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    /// An event of an address, one more millisecond later for each number.
    private static void feed(Engine engine, int number, int address, Correlations out) {
        EventBatch batch = new EventBatch(1, 512);
        EventBuilder event = batch.builder();
        long millis = 1_000_000_000L + number;
        event.begin(EntryOrigin.local("t", "t", ""), 7, number, millis * 1_000_000, 0, new byte[0], 0, 0);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, millis);
        event.setText(Field.SOURCE_ADDRESS, "a" + address);
        event.setText(Field.DESTINATION_USER_NAME, "u" + number % 7);
        event.setText(Field.EVENT_OUTCOME, "failure");
        event.commit();
        engine.process(batch, out);
    }

    private static CheckpointStore.Written save(CheckpointStore store, Engine engine, int number) throws IOException {
        return store.write(new byte[] {(byte) number}, number, 0, new StateWriter(), engine.parts());
    }

    private static Engine restore(CheckpointStore store, Checkpoint checkpoint, int lanes) throws IOException {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore.Restored restored = store.restore(checkpoint, engine.parts(), lanes);
        assertThat(restored.damaged()).isEmpty();
        engine.restored();
        store.use(checkpoint, engine.parts(), Set.of());
        return engine;
    }

    private static List<Path> segments(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("state-"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void writesWhatHasChangedAndNotEverything(@TempDir Path folder) throws IOException {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore store = new CheckpointStore(folder);
        Correlations out = new Correlations();
        for (int i = 0; i < 20_000; i++) {
            feed(engine, i, i, out);
        }
        CheckpointStore.Written first = save(store, engine, 1);
        assertThat(first.wholeBytes()).isEqualTo(first.stateBytes());
        for (int i = 0; i < 10; i++) {
            feed(engine, 20_000 + i, 5_000 + i, out);
        }
        CheckpointStore.Written second = save(store, engine, 2);
        assertThat(second.wholeBytes()).isZero();
        assertThat(second.changedBytes()).isPositive().isLessThan(first.wholeBytes() / 200);
        CheckpointStore.Written third = save(store, engine, 3);
        assertThat(third.changedBytes())
                .as("only what is small and always written")
                .isLessThan(500);
    }

    /// Two engines see the same events; one is thrown away at every other checkpoint and comes back
    /// from the files.
    @Test
    void bringsBackWhatWasSavedHoweverManyChangesItIsMadeOf(@TempDir Path folder) throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("CheckpointStoreTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        Engine steady = new Engine(rules(), Engine.Mode.STREAM);
        Engine dying = new Engine(rules(), Engine.Mode.STREAM);
        steady.limitMemory(2_000_000);
        dying.limitMemory(2_000_000);
        CheckpointStore store = new CheckpointStore(folder);
        int number = 0;
        int most = 0;
        boolean sawChanges = false;
        for (int round = 1; round <= 60; round++) {
            int events = random.nextInt(300);
            for (int i = 0; i < events; i++) {
                number += random.nextInt(40);
                int address = random.nextInt(random.nextBoolean() ? 50 : 3_000);
                Correlations expected = new Correlations();
                feed(steady, number, address, expected);
                Correlations found = new Correlations();
                feed(dying, number, address, found);
                number++;
                assertThat(found.hits()).as("seed %d round %d", seed, round).isEqualTo(expected.hits());
            }
            sawChanges |= save(store, dying, round).changedBytes() > 0;
            most = Math.max(most, segments(folder).size());
            if (round % 2 == 0) {
                store = new CheckpointStore(folder);
                dying = restore(store, store.readAll().getFirst(), 1 + random.nextInt(3));
                dying.limitMemory(2_000_000);
                assertThat(dying.statistics()).isEqualTo(steady.statistics());
                assertThat(dying.heldBytes()).isEqualTo(steady.heldBytes());
            }
        }
        assertThat(sawChanges).isTrue();
        assertThat(most).as("files that nothing points to are removed").isLessThan(60);
        Correlations expected = new Correlations();
        steady.finish(expected);
        Correlations found = new Correlations();
        dying.finish(found);
        assertThat(found.hits()).isEqualTo(expected.hits());
    }

    @Test
    void namesThePartThatIsDamagedAndReadsTheCheckpointBeforeIt(@TempDir Path folder) throws IOException {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore store = new CheckpointStore(folder);
        Correlations out = new Correlations();
        for (int i = 0; i < 500; i++) {
            feed(engine, i, i, out);
        }
        save(store, engine, 1);
        feed(engine, 500, 3, out);
        save(store, engine, 2);
        Path newest = segments(folder).getLast();
        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length - 1] ^= 1;
        Files.write(newest, bytes);
        CheckpointStore again = new CheckpointStore(folder);
        List<Checkpoint> found = again.readAll();
        assertThat(found).hasSize(2);
        Engine damaged = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore.Restored restored = again.restore(found.getFirst(), damaged.parts(), 2);
        assertThat(restored.damaged()).containsOnlyKeys("rule silent");
        assertThat(restored.damaged().get("rule silent"))
                .contains("checksum is wrong")
                .contains("state-");
        Engine before = restore(again, found.getLast(), 2);
        assertThat(before.statistics().getFirst().keys()).isEqualTo(500);
    }

    private static Map<String, byte[]> contents(Path folder) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private static byte[] get(Map<String, byte[]> contents, String name) {
        return Objects.requireNonNull(contents.get(name), name);
    }

    /// What is on the disk when a process dies anywhere in the midst of making `after` out of `before`, in that order.
    private static List<Map<String, byte[]>> steps(
            Map<String, byte[]> before, Map<String, byte[]> after, String segment) {
        List<Map<String, byte[]>> steps = new ArrayList<>();
        steps.add(before);
        Map<String, byte[]> state = new TreeMap<>(before);
        for (String written : List.of(segment, "checkpoint.new")) {
            byte[] whole = get(after, written.equals(segment) ? segment : "checkpoint");
            for (int length : new int[] {0, 1, 20, whole.length / 2, whole.length}) {
                state.put(written, Arrays.copyOf(whole, length));
                steps.add(new TreeMap<>(state));
            }
        }
        state.put("checkpoint.previous", get(before, "checkpoint"));
        state.remove("checkpoint");
        steps.add(new TreeMap<>(state));
        state.put("checkpoint", get(after, "checkpoint"));
        state.remove("checkpoint.new");
        steps.add(new TreeMap<>(state));
        for (String gone : before.keySet()) {
            if (!after.containsKey(gone)) {
                state.remove(gone);
                steps.add(new TreeMap<>(state));
            }
        }
        return steps;
    }

    @Test
    void oneOfTwoCheckpointsHoldsWhereverTheProcessDiesInWritingOne(@TempDir Path folder) throws IOException {
        Path made = Files.createDirectory(folder.resolve("made"));
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore store = new CheckpointStore(made);
        Correlations out = new Correlations();
        List<Map<WindowKey, WindowProgress>> progress = new ArrayList<>();
        progress.add(Map.of());
        int died = 0;
        for (int number = 1; number <= 6; number++) {
            Map<String, byte[]> before = contents(made);
            for (int i = 0; i < 40; i++) {
                feed(engine, number * 40 + i, number * 30 + i, out);
            }
            save(store, engine, number);
            progress.add(engine.progress("by-address"));
            List<Path> all = segments(made);
            if (number == 1) {
                continue;
            }
            for (Map<String, byte[]> step :
                    steps(before, contents(made), String.valueOf(all.getLast().getFileName()))) {
                Path dead = Files.createDirectory(folder.resolve("dead" + died++));
                for (Map.Entry<String, byte[]> file : step.entrySet()) {
                    Files.write(dead.resolve(file.getKey()), file.getValue());
                }
                CheckpointStore again = new CheckpointStore(dead);
                Checkpoint newest = again.readAll().getFirst();
                assertThat(newest.outputSequence()).isIn(number - 1L, (long) number);
                Engine next = restore(again, newest, 2);
                assertThat(next.progress("by-address")).isEqualTo(progress.get((int) newest.outputSequence()));
                // And it goes on from there.
                feed(next, 10_000, 7, new Correlations());
                save(again, next, 100);
                CheckpointStore last = new CheckpointStore(dead);
                assertThat(restore(last, last.readAll().getFirst(), 1).progress("by-address"))
                        .isEqualTo(next.progress("by-address"));
                assertThat(dead.resolve("checkpoint.new")).doesNotExist();
            }
        }
        assertThat(died).isGreaterThan(50);
    }

    @Test
    void refusesWhatAnotherVersionWroteAndLeavesItAlone(@TempDir Path folder) throws IOException {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore store = new CheckpointStore(folder);
        feed(engine, 1, 1, new Correlations());
        save(store, engine, 1);
        feed(engine, 2, 2, new Correlations());
        save(store, engine, 2);
        Path newest = folder.resolve("checkpoint");
        byte[] bytes = Files.readAllBytes(newest);
        bytes[8] = 9;
        Files.write(newest, bytes);

        assertThatThrownBy(new CheckpointStore(folder)::readAll)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("written by another version of Tocsin", "version=9", newest.toString());
        assertThat(newest).hasBinaryContent(bytes);
        assertThat(folder.resolve("checkpoint.previous")).exists();

        // A damaged file is none of another version, whatever stands where the version was.
        bytes[bytes.length - 1] ^= 1;
        Files.write(newest, bytes);
        CheckpointStore again = new CheckpointStore(folder);
        assertThat(again.readAll()).hasSize(1);
        assertThat(again.hasDamage()).isTrue();
        assertThat(folder.resolve("checkpoint.damaged")).hasBinaryContent(bytes);
    }

    @Test
    void givesNoPartOfARuleThatSaysSomethingElse(@TempDir Path folder) throws IOException {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        CheckpointStore store = new CheckpointStore(folder);
        feed(engine, 1, 1, new Correlations());
        save(store, engine, 1);
        LoadedRules other =
                RuleLoader.read("rules", RULES.replace("threshold: 4", "threshold: 5"), SigmaTaxonomy.schema());
        Engine changed = new Engine(other.ruleSet(), Engine.Mode.STREAM);
        CheckpointStore.Restored restored = store.restore(store.readAll().getFirst(), changed.parts(), 2);
        assertThat(Engine.rulesOf(restored.leftOut())).containsExactly("by-address");
        assertThat(restored.damaged()).isEmpty();
    }
}
