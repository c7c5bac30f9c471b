package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.window.TenantShares;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.List;
import java.util.Map;
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

    /// Events of tenant `quiet` now and then, and of tenant `loud` from ever other addresses.
    private static void feedTenants(Engine engine, int count, Correlations out) {
        for (int i = 0; i < count; i++) {
            EventBatch batch = new EventBatch();
            boolean quiet = i % 100 == 0;
            EventBuilder event = batch.builder();
            long millis = 1_000_000_000L + i * 10L;
            event.begin(EntryOrigin.local("test", "test", ""), millis, i, millis * 1_000_000, i, new byte[0], 0, 0);
            event.setText(Field.TENANT_ID, quiet ? "quiet" : "loud");
            event.setText(Field.EVENT_OUTCOME, "failure");
            int address = quiet ? i / 100 % 200 : i;
            event.setText(
                    Field.SOURCE_ADDRESS,
                    (quiet ? "192." : "10.") + (address >> 16) + "." + (address >> 8 & 0xFF) + "." + (address & 0xFF));
            event.commit();
            engine.process(batch, out);
            assertThat(engine.heldBytes()).isLessThanOrEqualTo(BUDGET);
        }
    }

    @Test
    void aFloodOfOneTenantCostsThatTenantOnly() {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        engine.limitMemory(BUDGET);
        Correlations out = new Correlations();
        feedTenants(engine, 100_100, out);
        // Each of the 200 addresses of the quiet tenant was seen five times, over the whole flood.
        assertThat(out.hits()).hasSize(200);
        assertThat(out.hits()).allMatch(hit -> hit.groupValues().getFirst().startsWith("192."));
        assertThat(engine.memory().evictedByTenant()).containsOnlyKeys("loud");
        assertThat(of(engine, "greedy").evictedKeys())
                .isEqualTo(engine.memory().evictedByTenant().get("loud"));
        assertThat(engine.memory().byTenant()).containsKeys("loud", "quiet");
    }

    @Test
    void holdsEachTenantToItsShareAlsoWhenThereIsRoom() {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        engine.limitMemory(BUDGET, new TenantShares(0.5, Map.of("loud", 0.25)));
        feedTenants(engine, 5_000, new Correlations());
        assertThat(engine.memory().byTenant().get("loud")).isBetween(BUDGET / 5, BUDGET / 4);
        assertThat(engine.memory().evictedByTenant()).containsOnlyKeys("loud");
        StateWriter state = new StateWriter();
        engine.write(state);
        Engine restored = new Engine(rules(), Engine.Mode.STREAM);
        restored.limitMemory(BUDGET, new TenantShares(0.5, Map.of("loud", 0.25)));
        restored.read(new StateReader(state.toBytes()));
        assertThat(restored.memory().byTenant()).isEqualTo(engine.memory().byTenant());
    }

    @Test
    void aTenantWithTooManyKeysOfARuleLosesItsOwn() {
        Engine engine = new Engine(rules(), Engine.Mode.STREAM);
        Correlations out = new Correlations();
        int most = RuleRuntime.MAXIMUM_KEYS;
        EventBatch batch = new EventBatch();
        for (int i = 0; i < most + 5_000; i++) {
            boolean quiet = i < 6 || i >= most + 4_996;
            EventBuilder event = batch.builder();
            long millis = 1_000_000_000L + i;
            event.begin(EntryOrigin.local("test", "test", ""), millis, i, millis * 1_000_000, i, new byte[0], 0, 0);
            event.setText(Field.TENANT_ID, quiet ? "quiet" : "loud");
            event.setText(Field.EVENT_OUTCOME, "other");
            event.setText(Field.SOURCE_ADDRESS, quiet ? "quiet" + i % 2 : "loud" + i);
            event.commit();
            if (batch.count() == 500) {
                engine.process(batch, out);
                batch.clear();
            }
        }
        engine.process(batch, out);
        assertThat(of(engine, "quiet").keys()).isEqualTo(most);
        // Three events of each of the two addresses before the flood, two after it.
        assertThat(out.hits()).hasSize(2);
        assertThat(engine.memory().evictedByTenant()).containsOnlyKeys("loud");
    }
}
