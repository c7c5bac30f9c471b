package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The rules that are shipped, and the tests beside them.
class ShippedRulesTest {
    private static final Path RULES = Path.of("..", "content", "rules");

    @Test
    void everyShippedRuleCompilesAndSaysWhatItIs() throws IOException {
        LoadedRules loaded = RuleLoader.load(List.of(RULES), SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        assertThat(loaded.rules()).hasSizeGreaterThanOrEqualTo(10);
        for (Rule rule : loaded.rules()) {
            assertThat(rule.description()).as(rule.id()).hasSizeGreaterThan(40);
            assertThat(rule.techniques()).as(rule.id()).isNotEmpty();
            assertThat(rule.tactics()).as(rule.id()).isNotEmpty();
            assertThat(rule.summary()).as(rule.id()).isNotEmpty();
        }
    }

    @Test
    void everyShippedRuleHasTestsThatPass() throws IOException {
        List<RuleTests.Result> results = RuleTests.run(List.of(RULES));
        assertThat(results.stream().filter(result -> !result.passed())).isEmpty();
        for (Rule rule : RuleLoader.load(List.of(RULES), SigmaTaxonomy.schema()).rules()) {
            assertThat(results).as(rule.id()).anyMatch(result -> result.rule().equals(rule.id()));
            String tests =
                    Path.of(rule.position().source()).getFileName().toString().replace(".yaml", ".tests.yaml");
            assertThat(Files.exists(RULES.resolve(tests))).as(rule.id()).isTrue();
        }
    }
}
