package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/// What rules cost, measured with a clock that moves by one at each look.
final class RuleCostTest {
    private static final int EVENTS = 200_000;
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private static String rule(String name, String filter) {
        return "kind: rule\nname: " + name + "\nspec:\n  type: simple\n  description: A test.\n"
                + "  selectors:\n    - filter: \"" + filter + "\"\n---\n";
    }

    private static final RuleSet RULES = RuleLoader.read(
                    "rules.yaml",
                    rule("always", "not Name = 'nothing' and not DeviceProduct = 'other'")
                            + rule("sometimes", "DeviceProduct = 'sshd' and Name = 'found 7'")
                            + rule("never", "DeviceProduct = 'nginx'"),
                    SigmaTaxonomy.schema())
            .ruleSet();

    private static List<String> findings(Engine engine, int events) {
        List<String> found = new ArrayList<>();
        Correlations out = new Correlations();
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        for (int i = 0; i < events; i++) {
            batch.builder().begin(ORIGIN, 0, i + 1, 5_000_000_000L + i * 1_000_000L, 1, raw, 0, 0);
            batch.builder().setText(Field.DEVICE_PRODUCT, i % 10 == 0 ? "sshd" : "other");
            batch.builder().setText(Field.NAME, i % 1000 == 0 ? "found 7" : "nothing");
            batch.builder().commit();
            if (batch.count() == 500) {
                engine.process(batch, out);
                out.hits().forEach(hit -> found.add(hit.ruleId() + " " + hit.id()));
                out.clear();
                batch.clear();
            }
        }
        return found;
    }

    @Test
    void countsWhatEachRuleTakesAndFindsTheSameAsWithout() {
        Engine measured = new Engine(RULES, Engine.Mode.STREAM);
        AtomicLong ticks = new AtomicLong();
        measured.measureCosts(ticks::incrementAndGet);
        Engine plain = new Engine(RULES, Engine.Mode.STREAM);

        assertThat(findings(measured, EVENTS))
                .isEqualTo(findings(plain, EVENTS))
                .isNotEmpty();

        List<RuleStatistics> costs = measured.statistics();
        assertThat(costs.get(0).costNanos())
                .as("one evaluation for each event")
                .isCloseTo(EVENTS, Percentage.withPercentage(15));
        assertThat(costs.get(1).costNanos()).isLessThan(EVENTS / 5);
        assertThat(costs.get(2).costNanos()).isZero();
        assertThat(plain.statistics().getFirst().costNanos()).isZero();
    }
}
