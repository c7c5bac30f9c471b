package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills the runner between any two steps, damages its checkpoint, and compares what was written with
/// an uninterrupted run.
class CrashTest {
    private static final String RULES = """
            kind: rule
            name: brute
            spec:
              type: standard
              description: counts failures by address
              selectors:
                - filter: EventOutcome = 'failure'
                  threshold: 3
              window: 20s
              lateness: 5s
              identical: [SourceAddress]
              actions:
                onEveryThreshold: { alert: true }
            ---
            kind: rule
            name: spray
            spec:
              type: standard
              description: counts users by address
              selectors:
                - filter: EventOutcome = 'failure'
                  threshold: 4
                  unique: [DestinationUserName]
              window: 60s
              lateness: 10s
              identical: [SourceAddress]
            ---
            kind: rule
            name: root
            spec:
              type: simple
              description: root signs in
              selectors:
                - filter: EventOutcome = 'success' AND DestinationUserName = 'root'
            ---
            kind: active-list
            name: acted
            spec: { ttl: 40s }
            ---
            kind: rule
            name: ordered
            spec:
              type: standard
              description: three users in the order of a number, cleared by a success, told again at the end
              lateness: 6s
              orderBy: DeviceCustomNumber1
              keepEvents: last
              selectors:
                - { alias: tries, filter: "EventOutcome = 'failure'", threshold: 3, unique: [DestinationUserName] }
                - { alias: cleared, filter: "EventOutcome = 'success'", recovery: true }
              window: 15s
              identical: [SourceAddress]
              actions:
                onEveryThreshold:
                  activeLists:
                    - { list: acted, operation: sum, key: [SourceAddress], values: { times: 1 } }
                onTimeout: { loop: true }
            ---
            kind: rule
            name: acted-upon
            spec:
              type: simple
              description: a success where something was done, shown with how often
              lateness: 6s
              orderBy: DeviceCustomNumber1
              rateLimit: 1
              variables: { times: "active_list('acted', 'times', SourceAddress)" }
              selectors:
                - filter: EventOutcome = 'success' AND $times > 1
              actions:
                onEveryEvent: { enrichment: [{ field: DeviceCustomString1, value: $times }] }
            ---
            kind: rule
            name: listens
            spec:
              type: simple
              description: the end of a window was told
              lateness: 6s
              selectors:
                - filter: Type = 3 AND CorrelationRuleID = 'ordered'
            """;

    private static final int ROUNDS = 20;
    private static final int RECORDS = 120;

    /// A process that dies.
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// Dies at a random call.
    private static final class Fate {
        private final AtomicInteger callsLeft;

        Fate(int callsLeft) {
            this.callsLeft = new AtomicInteger(callsLeft);
        }

        /// From any thread: what writes checkpoints dies as well.
        void tempt() {
            if (callsLeft.decrementAndGet() == 0) {
                throw new Crash();
            }
        }
    }

    /// A log in memory that outlives processes. Records survive once they are appended, as with a page
    /// cache and kill -9.
    private static final class Output implements CorrelatorOutput {
        final List<String> events = new ArrayList<>();
        final List<long[]> ids = new ArrayList<>();
        Fate fate;

        Output(Fate fate) {
            this.fate = fate;
        }

        @Override
        public long nextSequence() {
            return events.size();
        }

        @Override
        public void append(EventBatch batch) {
            fate.tempt();
            Event event = new Event();
            for (int i = 0; i < batch.count(); i++) {
                event.moveTo(batch, i);
                events.add(EventIds.text(event.idHigh(), event.idLow()) + " " + event.text(Field.CORRELATION_RULE_ID)
                        + " " + event.text(Field.DEVICE_EVENT_CLASS_ID) + " " + event.text(Field.BASE_EVENT_IDS)
                        + " " + event.text(Field.DEVICE_CUSTOM_STRING_1));
                ids.add(new long[] {event.idHigh(), event.idLow()});
            }
            fate.tempt();
        }

        @Override
        public void sync() {
            fate.tempt();
        }

        @Override
        public void readIds(long fromSequence, IdConsumer consumer) {
            ids.subList((int) fromSequence, ids.size()).forEach(id -> consumer.accept(id[0], id[1]));
        }
    }

    private static final class Input implements CorrelatorInput {
        private final long seed;
        private final Fate fate;
        private int next;
        private final int[] released;

        Input(long seed, Fate fate, int[] released) {
            this.seed = seed;
            this.fate = fate;
            this.released = released;
        }

        @Override
        public void seek(byte @Nullable [] position) {
            next = position == null ? 0 : ByteBuffer.wrap(position).getInt();
            assertThat(next).as("what was released is not asked for again").isGreaterThanOrEqualTo(released[0]);
        }

        @Override
        public byte @Nullable [] next(EventBatch into, Duration wait) {
            fate.tempt();
            if (next == RECORDS) {
                return null;
            }
            fill(into, seed, next++);
            return ByteBuffer.allocate(4).putInt(next).array();
        }

        @Override
        public void release(byte[] position) {
            fate.tempt();
            released[0] = ByteBuffer.wrap(position).getInt();
        }
    }

    /// The events of record `number`: always the same for a seed.
    private static void fill(EventBatch into, long seed, int number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            long millis = 1_000_000_000L + number * 1_000L + random.nextInt(4_000);
            // Sources that write whole seconds: there the order within one is that of a number.
            millis = random.nextBoolean() ? millis / 1_000 * 1_000 : millis;
            EventBuilder event = into.builder();
            byte[] raw = {};
            event.begin(
                    EntryOrigin.local("test", "test", ""),
                    millis << 16,
                    number * 10L + i,
                    (1_000_000_000L + number * 1_000L) * 1_000_000,
                    0,
                    raw,
                    0,
                    0);
            event.setInteger(Field.DEVICE_RECEIPT_TIME, millis);
            event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, random.nextInt(4));
            event.setText(Field.SOURCE_ADDRESS, "10.0.0." + random.nextInt(3));
            event.setText(Field.DESTINATION_USER_NAME, random.nextInt(4) == 0 ? "root" : "user" + random.nextInt(9));
            event.setText(Field.EVENT_OUTCOME, random.nextInt(5) == 0 ? "success" : "failure");
            event.commit();
        }
    }

    private static RuleSet rules(String text) {
        LoadedRules loaded = RuleLoader.read("rules", text, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    @Test
    void writesEachFindingOnceWhereverItDies(@TempDir Path folder) throws IOException, InterruptedException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("CrashTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        RuleSet rules = rules(RULES);
        int crashes = 0;
        int corrections = 0;
        Set<String> told = new TreeSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            long data = random.nextLong();
            Output expected = new Output(new Fate(Integer.MAX_VALUE));
            live(rules, folder.resolve("calm" + round), data, expected, random, new int[1]);
            assertThat(expected.events).isNotEmpty();
            expected.events.forEach(each -> told.add(each.split(" ", 3)[1]));
            corrections += (int) expected.events.stream()
                    .filter(each -> each.contains("-amended") || each.contains("-retracted"))
                    .count();

            Path stormy = folder.resolve("stormy" + round);
            Output actual = new Output(new Fate(1 + random.nextInt(60)));
            int[] released = {0};
            while (true) {
                try {
                    live(rules, stormy, data, actual, random, released);
                    break;
                } catch (Crash crash) {
                    crashes++;
                    actual.fate = new Fate(1 + random.nextInt(200));
                    if (random.nextInt(4) == 0) {
                        damage(random.nextBoolean() ? stormy.resolve("checkpoint") : newest(stormy), random);
                    }
                }
            }
            assertThat(actual.events).as("seed %d round %d", seed, round).isEqualTo(expected.events);
        }
        assertThat(crashes).isGreaterThan(ROUNDS);
        assertThat(corrections).isPositive();
        assertThat(told).contains("brute", "spray", "root", "ordered", "acted-upon", "listens");
    }

    /// What the last checkpoint wrote of the state.
    private static Path newest(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return folder;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("state-"))
                    .max(Comparator.naturalOrder())
                    .orElse(folder);
        }
    }

    @Test
    void recognisesWhatItWroteWhenTheRulesHaveChanged(@TempDir Path folder) throws IOException, InterruptedException {
        Random random = new Random(5);
        Output output = new Output(new Fate(90));
        try {
            live(rules(RULES), folder, 17, output, random, new int[1]);
            throw new AssertionError("it should have died");
        } catch (Crash crash) {
            output.fate = new Fate(Integer.MAX_VALUE);
        }
        int before = output.events.size();
        String changed = RULES.replace("name: root", "name: other-root");
        live(rules(changed), folder, 17, output, random, new int[1]);
        assertThat(output.events.size()).isGreaterThan(before);
        assertThat(output.events).doesNotHaveDuplicates();
    }

    @Test
    void goesOnWithoutWhatCannotBeReadWhenNoCheckpointIsWhole(@TempDir Path folder)
            throws IOException, InterruptedException {
        Random random = new Random(7);
        Output output = new Output(new Fate(150));
        try {
            live(rules(RULES), folder, 23, output, random, new int[1]);
            throw new AssertionError("it should have died");
        } catch (Crash crash) {
            output.fate = new Fate(Integer.MAX_VALUE);
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("state-"))
                    .toList()) {
                damage(file, random);
            }
        }
        int before = output.events.size();
        live(rules(RULES), folder, 23, output, random, new int[1]);
        assertThat(output.events.size()).isGreaterThan(before);
        assertThat(output.events).as("nothing that was told is told again").doesNotHaveDuplicates();
    }

    /// Checkpoints are written beside the work, in every way in which two threads can meet: at once, after some
    /// more records, only when they are waited for, or really beside it. When the process dies, what writes dies
    /// with it, before it began, in the midst of it, or when it is through.
    private static void live(RuleSet rules, Path folder, long data, Output output, Random random, int[] released)
            throws IOException, InterruptedException {
        Input input = new Input(data, output.fate, released);
        AtomicReference<Instant> clock = new AtomicReference<>(Instant.EPOCH);
        WritingThread writing = new WritingThread(new Random(random.nextLong()));
        try {
            CorrelatorRunner runner =
                    new CorrelatorRunner(rules, folder, input, output, clock::get, Duration.ofDays(1), writing);
            while (runner.step(Duration.ZERO)) {
                output.fate.tempt();
                writing.pass();
                if (random.nextInt(20) == 0) {
                    runner.checkpoint();
                } else if (random.nextInt(8) == 0) {
                    clock.updateAndGet(now -> now.plus(Duration.ofDays(1)));
                }
            }
            runner.checkpoint();
        } finally {
            writing.die();
        }
    }

    /// Thread-safety: one thread.
    private static final class WritingThread implements Executor {
        private final Random random;
        private final List<Thread> threads = new ArrayList<>();
        private @Nullable Runnable held;

        WritingThread(Random random) {
            this.random = random;
        }

        @Override
        public void execute(Runnable task) {
            switch (random.nextInt(3)) {
                case 0 -> task.run();
                case 1 -> held = task;
                default -> threads.add(Thread.ofPlatform().start(task));
            }
        }

        void pass() {
            Runnable task = held;
            if (task != null && random.nextInt(4) == 0) {
                held = null;
                task.run();
            }
        }

        void die() throws InterruptedException {
            Runnable task = held;
            if (task != null && random.nextBoolean()) {
                task.run();
            }
            for (Thread each : threads) {
                if (random.nextBoolean()) {
                    // It closes the file that is being written.
                    each.interrupt();
                }
                each.join();
            }
        }
    }

    private static void damage(Path file, Random random) throws IOException {
        // A file is empty when the process died before its first byte was written.
        if (Files.isRegularFile(file) && Files.size(file) > 0) {
            byte[] bytes = Files.readAllBytes(file);
            switch (random.nextInt(3)) {
                case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
                case 1 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
                default -> random.nextBytes(bytes);
            }
            Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
        }
    }
}
