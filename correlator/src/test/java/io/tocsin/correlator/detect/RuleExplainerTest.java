package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

final class RuleExplainerTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");
    private static final String RULE = """
            kind: rule
            name: rule
            spec:
              type: standard
              description: A test.
              window: 60s
              identical: [SourceAddress]
              selectors:
                - alias: failed
                  filter: "DeviceProduct = 'sshd' and (Name = 'failed' or Name = 'refused')"
                  threshold: 2
            """;

    private static final String ABSENCE = """
            kind: rule
            name: rule
            spec:
              type: absence
              description: A test.
              window: 60s
              identical: [SourceAddress]
              selectors:
                - alias: started
                  filter: "Name = 'started'"
                - alias: finished
                  filter: "Name = 'finished'"
                  expected: true
            """;

    private final RuleExplainer explainer;
    private int count;

    RuleExplainerTest() {
        LoadedRules loaded = RuleLoader.read("rules.yaml", RULE, SigmaTaxonomy.schema());
        explainer = new RuleExplainer(loaded.rules(), "rule");
    }

    private Explanation explain(String product, String name) {
        return explain(explainer, product, name);
    }

    private Explanation explain(RuleExplainer by, String product, String name) {
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        count++;
        batch.builder().begin(ORIGIN, 0, count, count * 1_000_000_000L, count, raw, 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, product);
        batch.builder().setText(Field.NAME, name);
        batch.builder().setText(Field.SOURCE_ADDRESS, "10.0.0.5");
        batch.builder().commit();
        return by.explain(batch);
    }

    private static List<String> deciding(Explanation explanation) {
        return explanation.selectors().getFirst().nodes().stream()
                .filter(node -> node.isTest() && node.decides())
                .map(node -> (node.holds() ? "+" : "-") + node.text() + node.values())
                .toList();
    }

    @Test
    void asksForTheRuleThatWasProbablyMeant() {
        List<Rule> rules = List.of(explainer.rule());
        String name = explainer.rule().id().toUpperCase(Locale.ROOT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RuleExplainer(rules, name))
                .withMessage("rule is not loaded [rule=" + name + "]; did you mean "
                        + explainer.rule().id() + "?");
    }

    @Test
    void namesThePartsThatDecideWithTheValueThatTheEventHas() {
        Explanation refusal = explain("sshd", "accepted");
        assertThat(refusal.reason()).isEqualTo("no selector accepts the event");
        assertThat(deciding(refusal)).allMatch(text -> text.startsWith("-Name") && text.endsWith("[accepted]"));
        assertThat(deciding(refusal)).hasSize(2);
        assertThat(refusal.after()).isNull();
    }

    @Test
    void namesTheTimeByWhichTheRuleCounts() {
        EventBatch batch = new EventBatch();
        batch.builder().begin(ORIGIN, 0, 1, 5_000_000_000_000L, 1, new byte[0], 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, "sshd");
        batch.builder().setText(Field.NAME, "failed");
        batch.builder().setInteger(Field.DEVICE_RECEIPT_TIME, 60_000);
        batch.builder().commit();
        Explanation explanation = explainer.explain(batch);
        assertThat(explanation.timeMillis()).isEqualTo(60_000);
        assertThat(explanation.after()).extracting(WindowProgress::startMillis).isEqualTo(60_000L);
    }

    @Test
    void showsTheWindowBeforeAndAfterAndWhatIsMissing() {
        Explanation first = explain("sshd", "failed");
        assertThat(deciding(first)).anyMatch(text -> text.startsWith("+DeviceProduct"));
        assertThat(first.key()).containsExactly("SourceAddress=10.0.0.5");
        assertThat(first.before()).isNull();
        assertThat(first.after())
                .isNotNull()
                .satisfies(after -> assertThat(after.counts()).containsExactly(1));
        assertThat(first.reason()).isEqualTo("the window is not full: failed 1 of 2");

        Explanation second = explain("sshd", "refused");
        assertThat(second.before()).isEqualTo(first.after());
        assertThat(second.reason()).isEqualTo("it fires");
        assertThat(second.findings()).hasSize(1);
        assertThat(second.after())
                .isNotNull()
                .satisfies(after -> assertThat(after.triggers()).isEqualTo(1));
    }

    @Test
    void tellsWhatARuleWaitsFor() {
        LoadedRules loaded = RuleLoader.read("rules.yaml", ABSENCE, SigmaTaxonomy.schema());
        RuleExplainer waits = new RuleExplainer(loaded.rules(), "rule");
        assertThat(explain(waits, "backup", "started").reason()).isEqualTo("it waits for what is expected: 1 wait");
        assertThat(explain(waits, "backup", "started").reason()).isEqualTo("it waits for what is expected: 2 waits");
        assertThat(explain(waits, "backup", "finished").reason()).isEqualTo("what was expected has come");
    }
}
