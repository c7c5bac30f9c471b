package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A source whose clock is wrong, by seconds or by thousands of years, changes nothing for all others: what they do
/// is found as if it were not there.
final class HostileClocksTest {
    private static final long START = 1_700_000_000_000L;
    private static final long LATENESS = 5_000;
    private static final long YEAR_9999 = 253_402_300_799_000L;

    private static final String RULES = """
            kind: active-list
            name: seen
            spec: { ttl: 20s }
            ---
            kind: rule
            name: counted
            spec:
              type: standard
              description: three failures of a user, wherever
              lateness: 5s
              selectors:
                - { filter: EventOutcome = 'failure', threshold: 3 }
              window: 20s
              identical: [DestinationUserName]
              actions: { onEveryThreshold: { alert: true } }
            ---
            kind: rule
            name: unanswered
            spec:
              type: standard
              description: a failure without a success
              lateness: 5s
              selectors:
                - { alias: failed, filter: EventOutcome = 'failure' }
                - { alias: done, filter: EventOutcome = 'success', recovery: true }
              window: 10s
              identical: [DestinationUserName]
              actions: { onTimeout: { alert: true } }
            ---
            kind: rule
            name: missed
            spec:
              type: absence
              description: a failure, then no success
              lateness: 5s
              selectors:
                - { alias: failed, filter: EventOutcome = 'failure' }
                - { alias: done, filter: EventOutcome = 'success', expected: true }
              window: 8s
              identical: [DestinationUserName]
              actions: { onEveryThreshold: { alert: true } }
            ---
            kind: rule
            name: report
            spec:
              type: simple
              description: a success of a user that failed, once in twenty seconds
              lateness: 5s
              selectors:
                - filter: EventOutcome = 'success' AND $known = 'false'
              variables:
                known: in_active_list('seen', DestinationUserName)
              propagated: [DestinationUserName]
              actions:
                onEveryEvent:
                  loop: true
                  activeLists:
                    - { list: seen, operation: set, key: [DestinationUserName], values: { by: "'rule'" } }
            ---
            kind: rule
            name: after-report
            spec:
              type: standard
              description: a report and then a failure
              lateness: 5s
              sequence: true
              selectors:
                - { alias: report, filter: Type = 3 AND CorrelationRuleID = 'report' }
                - { alias: failed, filter: EventOutcome = 'failure' AND Type != 3 }
              window: 15s
              identical: [DestinationUserName]
              actions: { onEveryThreshold: { alert: true } }
            ---
            title: Many addresses of a user
            name: sliding
            id: 0b0f5d1e-6a34-4d0c-8b67-0d1a5a3d5c11
            status: test
            logsource: { category: authentication }
            detection:
              failed: { EventOutcome: failure }
              condition: failed
            level: high
            ---
            title: Many
            correlation:
              type: event_count
              rules: [sliding]
              group-by: [DestinationUserName]
              timespan: 10s
              condition: { gte: 4 }
            level: high
            """;

    private static final String LIMITED = """
            kind: active-list
            name: seen
            spec: { ttl: 20s }
            ---
            kind: rule
            name: limited
            spec:
              type: simple
              description: tells at most two failures a second
              lateness: 5s
              rateLimit: 2
              selectors:
                - filter: EventOutcome = 'failure'
              actions: { onEveryEvent: { alert: false } }
            ---
            kind: rule
            name: remembers
            spec:
              type: operational
              description: remembers users that failed
              lateness: 5s
              selectors:
                - filter: EventOutcome = 'failure'
              actions:
                onEveryEvent:
                  activeLists:
                    - { list: seen, operation: set, key: [DestinationUserName], values: { by: "'rule'" } }
            """;

    /// @param millis what the source's clock said
    /// @param receivedMillis what the collector's clock said
    private record Sample(long millis, long receivedMillis, int number, String host, String user, boolean success) {}

    private static RuleSet rules(String text) {
        LoadedRules loaded = RuleLoader.read("rules", text, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    private static void add(EventBatch batch, Sample sample) {
        EventBuilder event = batch.builder();
        byte[] raw = {};
        EntryOrigin origin = EntryOrigin.local("test", "test", "");
        event.begin(origin, 7, sample.number(), sample.receivedMillis() * 1_000_000, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, 1);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, sample.millis());
        event.setText(Field.DEVICE_HOST_NAME, sample.host());
        event.setText(Field.DESTINATION_USER_NAME, sample.user());
        event.setText(Field.EVENT_OUTCOME, sample.success() ? "success" : "failure");
        event.commit();
    }

    private static void process(Engine engine, Sample sample, List<Hit> hits) {
        EventBatch batch = new EventBatch();
        add(batch, sample);
        Correlations found = new Correlations();
        engine.process(batch, found);
        hits.addAll(found.hits());
    }

    private static List<String> lines(RuleSet rules, List<Sample> samples, Random restarts) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        List<Hit> hits = new ArrayList<>();
        for (Sample sample : samples) {
            process(engine, sample, hits);
            if (restarts.nextInt(30) == 0) {
                StateWriter out = new StateWriter();
                engine.write(out);
                engine = new Engine(rules, Engine.Mode.STREAM);
                engine.read(new StateReader(out.toBytes()));
            }
        }
        Correlations rest = new Correlations();
        engine.finish(rest);
        hits.addAll(rest.hits());
        // What was announced too early may be corrected at another moment; what it comes to must be the same.
        Map<String, Hit> last = new LinkedHashMap<>();
        hits.forEach(hit -> last.put(hit.ruleId() + hit.id(), hit));
        return last.values().stream()
                .filter(hit -> hit.change() != Hit.Change.RETRACTED)
                .filter(hit -> hit.groupValues().isEmpty()
                        || !hit.groupValues().getFirst().startsWith("evil"))
                .filter(hit ->
                        hit.entities().stream().noneMatch(each -> each.value().startsWith("evil")))
                .map(hit -> hit.ruleId() + " " + hit.startMillis() + " " + hit.endMillis() + " " + hit.baseEventCount()
                        + " " + hit.groupValues() + " " + hit.baseEventIds())
                .sorted()
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static List<Sample> honest(Random random) {
        List<Sample> samples = new ArrayList<>();
        long time = START;
        for (int i = 0; i < 150; i++) {
            time += random.nextInt(12) == 0 ? random.nextInt(15_000) : random.nextInt(900);
            samples.add(new Sample(
                    time,
                    time + random.nextLong(LATENESS),
                    i,
                    "host" + random.nextInt(5),
                    "user" + random.nextInt(3),
                    random.nextInt(4) == 0));
        }
        // Behind it no event of a wrong clock comes, which would let time go on after the last honest one.
        samples.add(new Sample(time + 100_000, time + 100_000, 150, "host0", "last", true));
        return samples;
    }

    private static List<Sample> hostile(List<Sample> honest, Random random) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            long now = honest.get(random.nextInt(honest.size() - 1)).receivedMillis();
            long[] times = {
                0,
                -1,
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1_000,
                Long.MAX_VALUE,
                YEAR_9999,
                now + 365L * 86_400_000,
                now - 365L * 86_400_000,
                now + 60_001,
                now + 60_000,
                now + 50_000,
                now + LATENESS + 1,
                now + 1,
                now - 60_000
            };
            String user = random.nextBoolean() ? "evil" + random.nextInt(3) : "evil";
            samples.add(new Sample(
                    times[random.nextInt(times.length)],
                    now,
                    1_000 + i,
                    "evil" + random.nextInt(4),
                    user,
                    random.nextInt(4) == 0));
        }
        return samples;
    }

    @Test
    void aWrongClockChangesNothingOfWhatIsFoundOfOthers() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("HostileClocksTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        RuleSet rules = rules(RULES);
        List<String> all = new ArrayList<>();
        for (int round = 0; round < Integer.getInteger("rounds", 60); round++) {
            List<Sample> honest = honest(random);
            List<Sample> alone = new ArrayList<>(honest);
            alone.sort(Comparator.comparingLong(Sample::receivedMillis));
            List<Sample> together = new ArrayList<>(honest);
            together.addAll(hostile(honest, random));
            together.sort(Comparator.comparingLong(Sample::receivedMillis));

            List<String> expected = lines(rules, alone, random);

            List<String> found = lines(rules, together, random);
            List<String> missing = new ArrayList<>(expected);
            missing.removeAll(found);
            found.removeAll(expected);
            assertThat(missing)
                    .as("missing, seed %d round %d, surplus: %s", seed, round, found)
                    .isEmpty();
            assertThat(found).as("surplus, seed %d round %d", seed, round).isEmpty();
            all.addAll(expected);
        }
        assertThat(all)
                .extracting(line -> line.substring(0, line.indexOf(' ')))
                .contains("counted", "unanswered", "missed", "report", "after-report");
    }

    @Test
    void aClockAFewSecondsAheadParesNoCountOfSeveralHosts() {
        Engine engine = new Engine(rules(RULES), Engine.Mode.STREAM);
        List<Hit> hits = new ArrayList<>();
        long now = START;
        process(engine, new Sample(now + 50_000, now, 1, "fast", "nobody", true), hits);
        for (int host = 0; host < 3; host++) {
            now += 1_000;
            process(engine, new Sample(now, now, 2 + host, "host" + host, "root", false), hits);
        }
        assertThat(hits).filteredOn(hit -> hit.ruleId().equals("counted")).hasSize(1);
    }

    @Test
    void aClockInTheYear9999SilencesNoRuleWithARateLimit() {
        Engine engine = new Engine(rules(LIMITED), Engine.Mode.STREAM);
        List<Hit> hits = new ArrayList<>();
        process(engine, new Sample(YEAR_9999, START, 1, "evil", "evil", false), hits);
        for (int i = 0; i < 20; i++) {
            long now = START + 10_000 + i * 1_000L;
            process(engine, new Sample(now, now, 2 + i, "host", "root", false), hits);
        }
        // Of the last five seconds nothing is said yet.
        assertThat(hits.stream()
                        .filter(hit -> hit.endMillis() < YEAR_9999)
                        .map(Hit::endMillis)
                        .toList())
                .isEqualTo(IntStream.range(0, 14)
                        .mapToObj(i -> START + 10_000 + i * 1_000L)
                        .toList());
    }

    @Test
    void recordsThatAWrongClockWritesLiveAsLongAsOthers() {
        Engine engine = new Engine(rules(LIMITED), Engine.Mode.STREAM);
        List<Hit> hits = new ArrayList<>();
        process(engine, new Sample(START, START, 1, "host", "root", false), hits);
        process(engine, new Sample(YEAR_9999, START, 2, "evil", "future", false), hits);
        process(engine, new Sample(0, START, 3, "evil", "past", false), hits);
        process(engine, new Sample(START + 15_000, START + 15_000, 4, "host", "root", true), hits);
        assertThat(keys(engine)).containsExactlyInAnyOrder("root", "future", "past");
        process(engine, new Sample(START + 30_000, START + 30_000, 5, "host", "root", true), hits);
        assertThat(keys(engine)).isEmpty();
    }

    private static List<String> keys(Engine engine) {
        return Objects.requireNonNull(engine.tables().records("seen")).stream()
                .map(TableRecord::key)
                .map(key -> String.join(",", key))
                .toList();
    }
}
