package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Rules that are fed by rules: the answer of a stream with late events and restarts is that of the
/// whole history.
class ChainedCorrelationTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");
    private static final String RULES = """
            title: failed
            id: failed
            logsource: {category: test}
            detection: {selection: {what: failed}, condition: selection}
            ---
            title: success
            id: success
            logsource: {category: test}
            detection: {selection: {what: success}, condition: selection}
            ---
            title: many
            id: many
            correlation: {type: event_count, rules: [failed], group-by: [user], timespan: 20s, condition: {gte: 3, lte: 6}}
            ---
            title: broken
            id: broken
            correlation: {type: temporal_ordered, rules: [many, success], group-by: [user], timespan: 40s}
            ---
            title: often
            id: often
            correlation: {type: event_count, rules: [broken], timespan: 5m, condition: {gte: 2}}
            """;

    private record Sample(long millis, String user, String what, long number, long arrival) {}

    @Test
    void answersAsTheWholeHistoryDoes() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("ChainedCorrelationTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.raw());
        assertThat(loaded.failures()).isEmpty();
        int found = 0;
        for (int round = 0; round < 60; round++) {
            List<Sample> samples = new ArrayList<>();
            long time = 1_000_000;
            for (int i = 0; i < 80; i++) {
                time += random.nextInt(12) == 0 ? random.nextInt(90_000) : random.nextInt(4_000);
                samples.add(new Sample(
                        time,
                        "u" + random.nextInt(3),
                        random.nextInt(4) == 0 ? "success" : "failed",
                        i,
                        time + random.nextInt(29_000)));
            }
            Engine history = new Engine(loaded.ruleSet(), Engine.Mode.HISTORY);
            Map<String, String> expected = new TreeMap<>();
            Correlations out = new Correlations();
            samples.forEach(sample -> history.process(batch(sample), out));
            history.finish(out);
            take(out, expected);

            samples.sort(Comparator.comparingLong(Sample::arrival));
            Engine stream = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
            Map<String, String> actual = new TreeMap<>();
            for (Sample sample : samples) {
                stream.process(batch(sample), out);
                take(out, actual);
                if (random.nextInt(25) == 0) {
                    StateWriter state = new StateWriter();
                    stream.write(state);
                    stream = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
                    stream.read(new StateReader(state.toBytes()));
                }
            }
            stream.finish(out);
            take(out, actual);
            assertThat(actual.values())
                    .as("seed %d round %d", seed, round)
                    .containsExactlyInAnyOrderElementsOf(expected.values());
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            found += (int) expected.values().stream()
                    .filter(each -> each.startsWith("often"))
                    .count();
        }
        assertThat(found).isPositive();
    }

    private static void take(Correlations out, Map<String, String> findings) {
        for (Hit hit : out.hits()) {
            if (hit.change() == Hit.Change.RETRACTED) {
                assertThat(findings.remove(hit.id())).isNotNull();
            } else {
                findings.put(hit.id(), hit.ruleId() + " " + hit.endMillis() + " " + hit.summary() + hit.baseEventIds());
            }
        }
        out.clear();
    }

    private static EventBatch batch(Sample sample) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        builder.begin(ORIGIN, 1, sample.number(), sample.millis() * 1_000_000, 0, new byte[0], 0, 0);
        for (String[] field : new String[][] {{"user", sample.user()}, {"what", sample.what()}}) {
            byte[] key = field[0].getBytes(StandardCharsets.UTF_8);
            byte[] value = field[1].getBytes(StandardCharsets.UTF_8);
            int keyAt = builder.append(key, 0, key.length);
            builder.addDynamicSpan(
                    DynamicKind.EXTRA, keyAt, key.length, builder.append(value, 0, value.length), value.length);
        }
        builder.commit();
        return batch;
    }
}
