package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final String RULES = """
        kind: rule
        name: greedy
        spec:
          type: standard
          description: counts events by address
          selectors: [{ filter: "EventOutcome = 'failure'", threshold: 5 }]
          window: 1h
          identical: [SourceAddress]
        ---
        kind: rule
        name: modest
        spec:
          type: standard
          description: counts events by user
          selectors: [{ filter: "DestinationUserName = 'root'", threshold: 20, unique: [SourceAddress] }]
          window: 1h
          identical: [DestinationUserName]
        ---
        kind: rule
        name: quiet
        spec:
          type: standard
          description: counts users by address
          selectors: [{ filter: "EventOutcome = 'other'", threshold: 5 }]
          window: 1h
          identical: [SourceAddress]
        """;

    private static final long BUDGET = 1_000_000;

    private static RuleSet rules() {
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        return loaded.ruleSet();
    }

    private static void feed(Engine engine, int from, int to, Correlations out) {
        for (int i = from; i < to; i++) {
            EventBatch batch = new EventBatch();
            EventBuilder event = batch.builder();
            long millis = 1_000_000_000L + i * 10L;
            event.begin(EntryOrigin.local("test", "test", ""), millis, i, millis * 1_000_000, i, new byte[0], 0, 0);
            event.setText(Field.EVENT_OUTCOME, "failure");
            event.setText(Field.SOURCE_ADDRESS, "10.0." + (i >> 8) + "." + (i & 0xFF));
            // Users come now and then, so their keys stay the smaller part.
            if (i % 50 == 0) {
                event.setText(Field.DESTINATION_USER_NAME, "root");
            }
            event.commit();
            engine.process(batch, out);
            assertThat(engine.heldBytes()).isLessThanOrEqualTo(BUDGET);
        }
    }

    private static RuleStatistics of(Engine engine, String rule) {
        List<RuleStatistics> found = engine.statistics().stream()
                .filter(each -> each.ruleId().equals(rule))
                .toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    @Test
    void forgetsTheOldestKeysOfTheRuleThatTakesMostAndSaysSo() {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        engine.limitMemory(BUDGET);
        Correlations out = new Correlations();
        feed(engine, 0, 9_000, out);
        assertThat(of(engine, "greedy").evictedKeys()).isPositive();
        assertThat(of(engine, "greedy").heldBytes()).isLessThan(BUDGET);
        assertThat(of(engine, "modest").evictedKeys()).isZero();
        assertThat(out.hits()).extracting(Hit::ruleId).contains("modest");
        assertThat(of(engine, "quiet").heldBytes()).isZero();
        assertThat(engine.heldBytes())
                .isEqualTo(engine.statistics().stream()
                        .mapToLong(RuleStatistics::heldBytes)
                        .sum());
    }

    @Test
    void forgetsTheSameAfterARestart() {
        Engine through = new Engine(rules(), Engine.Mode.STREAM);
        through.limitMemory(BUDGET);
        Correlations out = new Correlations();
        feed(through, 0, 9_000, out);
        Engine first = new Engine(rules(), Engine.Mode.STREAM);
        first.limitMemory(BUDGET);
        feed(first, 0, 5_000, out);
        StateWriter state = new StateWriter();
        first.write(state);
        Engine second = new Engine(rules(), Engine.Mode.STREAM);
        second.limitMemory(BUDGET);
        second.read(new StateReader(state.toBytes()));
        assertThat(second.heldBytes()).isEqualTo(first.heldBytes());
        feed(second, 5_000, 9_000, out);
        assertThat(second.statistics()).isEqualTo(through.statistics());
    }
}
