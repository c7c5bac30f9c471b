package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.attack.NavigatorLayer;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RuleCoverageTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private static String rule(String name, String filter) {
        return "kind: rule\nname: " + name + "\nspec:\n  type: simple\n  description: A test.\n  mitre: [T1110.001]\n"
                + "  selectors:\n    - filter: \"" + filter + "\"\n---\n";
    }

    private static final List<Rule> RULES = RuleLoader.read(
                    "rules.yaml",
                    rule("works", "DeviceProduct = 'sshd' and Name = 'failed'")
                            + rule("starved", "DeviceProduct = 'sshd' and (FileHash = 'a' or RequestUrl = 'b')")
                            + rule("either", "DeviceProduct = 'sshd' and (FileHash = 'a' or Name = 'b')")
                            + rule("without", "DeviceProduct = 'sshd' and not FileHash = 'a'")
                            + rule("silent", "DeviceProduct = 'nginx' and Name = 'failed'"),
                    SigmaTaxonomy.schema())
            .rules();

    private static RuleCoverage observed() {
        RuleCoverage coverage = new RuleCoverage(RULES);
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        batch.builder().begin(ORIGIN, 0, 1, 5_000_000_000L, 1, raw, 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, "sshd");
        batch.builder().setText(Field.NAME, "accepted");
        batch.builder().commit();
        coverage.observe(batch);
        return coverage;
    }

    @Test
    void tellsARuleThatCanFireFromOneThatIsStarvedAndOneWhoseSourceIsSilent() {
        List<RuleCoverage.Row> rows = observed().rows();
        assertThat(rows.stream().map(row -> row.rule().id() + ": " + row.state().text()))
                .containsExactly(
                        "works: can fire",
                        "starved: starved",
                        "either: can fire",
                        "without: can fire",
                        "silent: source silent");
        assertThat(rows.get(1).missing()).containsExactly("FileHash", "RequestUrl");
        assertThat(rows.get(1).lastSourceMillis()).isEqualTo(5_000);
    }

    @Test
    void writesOnlyRulesThatCanFireIntoTheScoreOfALayer() {
        String layer = NavigatorLayer.json("Test", RULES, rule -> !rule.id().equals("silent"));
        assertThat(layer)
                .contains("\"techniqueID\":\"T1110.001\"", "\"score\":4", "silent (cannot fire)", "Password Guessing");
    }
}
