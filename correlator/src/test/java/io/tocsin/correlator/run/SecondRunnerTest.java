package io.tocsin.correlator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The engine knows no threads, clocks or queues: the same rules under a runner of another shape find the same.
///
/// The other runner is shaped like a stream processor on a partitioned log: a task for each partition, to which the
/// events of some keys go one by one; it is told of stream time by events that no rule wants; it commits now and
/// then, and at any moment a task may be taken from its instance and go on elsewhere from what was committed, and
/// what it forwarded since then is gone with its transaction.
class SecondRunnerTest {
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
          lateness: 10s
          identical: [SourceAddress]
          actions:
            onEveryThreshold: { alert: true }
        ---
        kind: rule
        name: guessed
        spec:
          type: standard
          description: failures of several users and then a success
          sequence: true
          selectors:
            - alias: tries
              filter: EventOutcome = 'failure'
              threshold: 2
              unique: [DestinationUserName]
            - alias: entry
              filter: EventOutcome = 'success'
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
        """;

    private static final int PARTITIONS = 4;
    private static final long BEGIN = 1_000_000_000L;

    private record Sample(int number, long millis, long receivedMillis, String address, String user, String outcome) {}

    @Test
    void findsTheSameUnderARunnerOfAnotherShape(@TempDir Path folder) throws IOException, InterruptedException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("SecondRunnerTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        int found = 0;
        for (int round = 0; round < 12; round++) {
            List<Sample> samples = samples(random);
            Map<String, String> log = new TreeMap<>();
            runFromLog(loaded.ruleSet(), samples, folder.resolve("round" + round), random, log);
            Map<String, String> tasks = new TreeMap<>();
            runAsTasks(loaded.ruleSet(), samples, random, tasks);
            assertThat(tasks).as("seed %d round %d", seed, round).isEqualTo(log);
            found += log.size();
        }
        assertThat(found).isGreaterThan(100);
    }

    /// Events in the order of their arrival, none later than the lateness of the rules.
    private static List<Sample> samples(Random random) {
        List<Sample> samples = new ArrayList<>();
        long millis = BEGIN;
        for (int i = 0; i < 300; i++) {
            millis += random.nextInt(10) == 0 ? random.nextInt(40_000) : random.nextInt(1_500);
            samples.add(new Sample(
                    i,
                    millis,
                    millis + random.nextInt(9_000),
                    "10.0.0." + random.nextInt(9),
                    random.nextInt(5) == 0 ? "root" : "user" + random.nextInt(4),
                    random.nextInt(4) == 0 ? "success" : "failure"));
        }
        samples.sort(Comparator.comparingLong(Sample::receivedMillis));
        return samples;
    }

    private static Sample tick(int number, long millis) {
        return new Sample(number, millis, millis, "", "", "tick");
    }

    private static void add(EventBatch batch, Sample sample) {
        EventBuilder event = batch.builder();
        byte[] raw = {};
        EntryOrigin origin = EntryOrigin.local("test", "test", "");
        event.begin(origin, sample.millis() << 16, sample.number(), sample.receivedMillis() * 1_000_000, 0, raw, 0, 0);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, sample.millis());
        event.setText(Field.SOURCE_ADDRESS, sample.address());
        event.setText(Field.DESTINATION_USER_NAME, sample.user());
        event.setText(Field.EVENT_OUTCOME, sample.outcome());
        event.commit();
    }

    /// What stands after all corrections, by the identifier of the finding.
    private static void take(EventBatch batch, Map<String, String> findings) {
        Event event = new Event();
        for (int i = 0; i < batch.count(); i++) {
            event.moveTo(batch, i);
            String finding = String.valueOf(event.text(Field.EXTERNAL_ID));
            if ("correlation-retracted".equals(event.text(Field.DEVICE_EVENT_CLASS_ID))) {
                assertThat(findings.remove(finding)).isNotNull();
            } else {
                findings.put(
                        finding,
                        event.text(Field.CORRELATION_RULE_ID) + " " + event.text(Field.MESSAGE) + " "
                                + event.text(Field.BASE_EVENT_IDS));
            }
        }
    }

    private static void runFromLog(
            RuleSet rules, List<Sample> samples, Path folder, Random random, Map<String, String> findings)
            throws IOException, InterruptedException {
        List<List<Sample>> records = new ArrayList<>();
        for (Sample sample : samples) {
            if (records.isEmpty() || random.nextInt(4) == 0) {
                records.add(new ArrayList<>());
            }
            records.getLast().add(sample);
        }
        records.add(List.of(tick(1_000, BEGIN + 10_000_000)));
        // Keys settle when their rule next sees events; these touch none of the others.
        for (int i = 0; i < 50; i++) {
            records.add(List.of(last(i)));
        }
        Log log = new Log(records, findings);
        CorrelatorRunner runner =
                new CorrelatorRunner(rules, folder, log, log, () -> Instant.EPOCH, Duration.ofSeconds(1));
        while (runner.step(Duration.ZERO)) {
            if (random.nextInt(20) == 0) {
                runner.checkpoint();
            }
        }
    }

    /// Long after all others, of an address that has no other events.
    private static Sample last(int number) {
        return new Sample(2_000 + number, BEGIN + 10_000_001, BEGIN + 10_000_001, "last" + number, "user", "failure");
    }

    /// A log in memory at both ends of the runner.
    private static final class Log implements CorrelatorInput, CorrelatorOutput {
        private final List<List<Sample>> records;
        private final Map<String, String> findings;
        private int next;
        private long written;

        Log(List<List<Sample>> records, Map<String, String> findings) {
            this.records = records;
            this.findings = findings;
        }

        @Override
        public void seek(byte @Nullable [] position) {
            assertThat(position).isNull();
        }

        @Override
        public byte @Nullable [] next(EventBatch into, Duration wait) {
            if (next == records.size()) {
                return null;
            }
            records.get(next++).forEach(sample -> add(into, sample));
            return ByteBuffer.allocate(4).putInt(next).array();
        }

        @Override
        public void release(byte[] position) {
            assertThat(position).hasSize(4);
        }

        @Override
        public long nextSequence() {
            return written;
        }

        @Override
        public void append(EventBatch events) {
            take(events, findings);
            written += events.count();
        }

        @Override
        public void sync() {
            assertThat(written).isNotNegative();
        }

        @Override
        public void readIds(long fromSequence, IdConsumer consumer) {
            assertThat(written).as("nothing was written before").isZero();
        }
    }

    private static void runAsTasks(RuleSet rules, List<Sample> samples, Random random, Map<String, String> findings) {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            tasks.add(new Task(rules));
        }
        for (Sample sample : samples) {
            Task task = tasks.get(Math.floorMod(sample.address().hashCode(), PARTITIONS));
            task.process(sample);
            if (random.nextInt(12) == 0) {
                task.commit(findings);
            }
            if (random.nextInt(25) == 0) {
                task.moveElsewhere();
            }
        }
        for (Task task : tasks) {
            task.process(tick(1_000, BEGIN + 10_000_000));
            for (int i = 0; i < 50; i++) {
                task.process(last(i));
            }
            task.commit(findings);
        }
        // What only ends the stream is found by each of the tasks, and once by the other runner.
        assertThat(findings.values()).noneMatch(each -> each.contains("last"));
    }

    /// The part of the work that one partition needs.
    private static final class Task {
        private final RuleSet rules;
        private Engine engine;
        private byte[] committed;
        private final List<Sample> since = new ArrayList<>();
        private final Correlations forwarded = new Correlations();
        private final EventBatch single = new EventBatch();
        private int moves;

        Task(RuleSet rules) {
            this.rules = rules;
            engine = new Engine(rules, Engine.Mode.STREAM);
            committed = state();
        }

        void process(Sample sample) {
            since.add(sample);
            single.clear();
            add(single, sample);
            engine.process(single, forwarded);
        }

        void commit(Map<String, String> findings) {
            take(forwarded.events(), findings);
            forwarded.clear();
            since.clear();
            committed = state();
        }

        void moveElsewhere() {
            moves++;
            forwarded.clear();
            engine = new Engine(rules, Engine.Mode.STREAM);
            assertThat(engine.read(new StateReader(committed)))
                    .as("after %d moves", moves)
                    .isEmpty();
            List<Sample> again = List.copyOf(since);
            since.clear();
            again.forEach(this::process);
        }

        private byte[] state() {
            StateWriter out = new StateWriter();
            engine.write(out);
            return out.toBytes();
        }
    }
}
