package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Rules that feed themselves and each other end, and say what they left out.
final class FeedingRulesTest {
    private static String rule(int number) {
        return """
                kind: rule
                name: echo%d
                spec:
                  type: simple
                  description: answers whatever a rule says
                  lateness: 1s
                  selectors: [{ filter: "Type = 3 OR Name = 'begin'" }]
                  actions: { onEveryEvent: { loop: true } }
                """.formatted(number);
    }

    private static Engine engine(int rules) {
        String text = IntStream.range(0, rules).mapToObj(FeedingRulesTest::rule).collect(Collectors.joining("---\n"));
        LoadedRules loaded = RuleLoader.read("rules", text, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
    }

    private static int hits(Engine engine, String... names) {
        EventBatch batch = new EventBatch();
        for (int i = 0; i < names.length; i++) {
            EventBuilder event = batch.builder();
            long millis = 1_700_000_000_000L + i * 100L;
            event.begin(EntryOrigin.local("test", "test", ""), 7, i, millis * 1_000_000, i, new byte[0], 0, 0);
            event.setInteger(Field.TYPE, 1);
            event.setText(Field.NAME, names[i]);
            event.commit();
        }
        Correlations found = new Correlations();
        engine.process(batch, found);
        engine.finish(found);
        return found.hits().size();
    }

    private static long unlooped(Engine engine) {
        return engine.statistics().stream().mapToLong(RuleStatistics::unlooped).sum();
    }

    @Test
    void aRuleThatFeedsItselfEndsAfterEightSteps() {
        Engine engine = engine(1);
        assertThat(hits(engine, "begin")).isEqualTo(1 + StrictRules.MAXIMUM_HOPS);
        assertThat(unlooped(engine)).isEqualTo(1);
    }

    @Test
    void tenRulesThatFeedEachOtherDoNotFloodAndSayWhatTheyLeftOut() {
        Engine engine = engine(10);
        int mostOfOne = 10 * (1 + StrictRules.MAXIMUM_LOOPED);
        assertThat(hits(engine, "begin", "other", "begin")).isEqualTo(2 * mostOfOne);
        assertThat(unlooped(engine)).isEqualTo(2L * (mostOfOne - StrictRules.MAXIMUM_LOOPED));
    }

    @Test
    void whatOneEventLeadsToTakesNothingFromTheNext() {
        Engine engine = engine(2);
        int ofOne = 2 * (1 << (StrictRules.MAXIMUM_HOPS + 1)) - 2;
        String[] names = new String[30];
        java.util.Arrays.fill(names, "begin");
        assertThat(hits(engine, names)).isEqualTo(30 * ofOne);
    }
}
