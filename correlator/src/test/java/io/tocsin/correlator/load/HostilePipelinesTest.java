package io.tocsin.correlator.load;

import static io.tocsin.correlator.load.SigmaFiring.refusals;
import static io.tocsin.correlator.load.SigmaFiring.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pipelines come from strangers too: what would make rules grow without bound is refused in bounded time and memory.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class HostilePipelinesTest {
    private static final String RULE = rule("one", "selection:\n  f: x\ncondition: selection\n");

    private static String pipeline(String items) {
        return "name: hostile\ntransformations:\n" + items + "---\n";
    }

    @Test
    void doublesLinesOnlySoOften() {
        String twice = "- {type: field_name_mapping, mapping: {f: [f, f]}}\n";
        assertThat(refusals(pipeline(twice.repeat(100)) + RULE))
                .singleElement()
                .asString()
                .contains("make the rule too large");
    }

    @Test
    void doublesValuesOnlySoOften() {
        String twice = "- {type: map_string, mapping: {x: [x, x]}}\n";
        assertThat(refusals(pipeline(twice.repeat(100)) + RULE))
                .singleElement()
                .asString()
                .contains("make the rule too large");
        String longer = "- {type: replace_string, regex: x, replacement: xxxxxxxxxxxxxxxxxxxx}\n";
        assertThat(refusals(pipeline(longer.repeat(50)) + RULE))
                .singleElement()
                .asString()
                .contains("makes the value too long");
    }

    @Test
    void fillsOnlySoManyPlaceholders() {
        StringBuilder values = new StringBuilder("v0");
        for (int i = 1; i < 400; i++) {
            values.append(", v").append(i);
        }
        String text = "name: p\nvars: {v: [" + values + "], w: [" + values + "]}\ntransformations:\n"
                + "- {type: value_placeholders}\n---\n";
        assertThat(refusals(text + RULE.replace("f: x", "f|expand: '%v%%w%'")))
                .singleElement()
                .asString()
                .contains("too many values");
    }

    @Test
    void goesNoDeeperThanItSays() {
        StringBuilder nested = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            nested.append("{type: nest, items: [");
        }
        assertThat(refusals(pipeline("- " + nested + "{type: case}" + "]}".repeat(20) + "\n") + RULE))
                .anyMatch(reason -> reason.contains("nested too deeply"));
        String expression = "(".repeat(500) + "a" + ")".repeat(500);
        assertThat(refusals(pipeline("- {type: case, rule_conditions: {a: {type: is_sigma_rule}}, rule_cond_expr: '"
                                + expression + "'}\n")
                        + RULE))
                .anyMatch(reason -> reason.contains("nested too deeply"));
    }

    @Test
    void losesNoTimeWithCorrelationsThatBuildOnEachOther() {
        StringBuilder text = new StringBuilder(pipeline("- {type: field_name_prefix, prefix: p.}\n"));
        for (int i = 0; i < 40; i++) {
            text.append("title: c").append(i).append("\nid: c").append(i).append("\ncorrelation:\n");
            text.append("  type: temporal\n  timespan: 1m\n  rules: [");
            text.append("c")
                    .append((i + 1) % 40)
                    .append(", c")
                    .append((i + 2) % 40)
                    .append("]\n---\n");
        }
        assertThat(refusals(text + RULE)).anyMatch(reason -> reason.contains("too deeply"));
    }

    /// Damaged pipelines are refused with a place and a reason, or read; nothing else comes out.
    @Test
    void takesWhateverStandsThere() {
        String whole = pipeline("""
                - id: a
                  type: field_name_mapping
                  mapping: {f: [g, h]}
                  rule_conditions: {x: {type: logsource, category: test}}
                  rule_cond_expr: x
                - {type: replace_string, regex: '(x)', replacement: 'y\\1*', skip_special: true}
                - {type: add_condition, conditions: {a|contains: '$category'}, template: true}
                - {type: nest, items: [{type: set_state, key: k, val: 1}, {type: regex, method: plain}]}
                """) + RULE;
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            StringBuilder damaged = new StringBuilder(whole);
            for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
                int at = random.nextInt(damaged.length());
                switch (random.nextInt(3)) {
                    case 0 -> damaged.deleteCharAt(at);
                    case 1 -> damaged.setCharAt(at, "{}[]:,-'*\\|$%\n ax1".charAt(random.nextInt(18)));
                    default -> damaged.insert(at, "{}[]:,-'*\\|$%\n ax1".charAt(random.nextInt(18)));
                }
            }
            LoadedRules loaded = RuleLoader.read("rules", damaged.toString(), SigmaTaxonomy.raw());
            assertThat(loaded.failures())
                    .as("seed %d, round %d", seed, i)
                    .allSatisfy(failure -> assertThat(failure.reason()).isNotEmpty());
        }
    }
}
