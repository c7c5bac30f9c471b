package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.List;
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

    private final RuleExplainer explainer;
    private int count;

    RuleExplainerTest() {
        LoadedRules loaded = RuleLoader.read("rules.yaml", RULE, SigmaTaxonomy.schema());
        explainer = new RuleExplainer(loaded.rules(), "rule");
    }

    private Explanation explain(String product, String name) {
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        count++;
        batch.builder().begin(ORIGIN, 0, count, count * 1_000_000_000L, count, raw, 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, product);
        batch.builder().setText(Field.NAME, name);
        batch.builder().setText(Field.SOURCE_ADDRESS, "10.0.0.5");
        batch.builder().commit();
        return explainer.explain(batch);
    }

    private static List<String> deciding(Explanation explanation) {
        return explanation.selectors().getFirst().nodes().stream()
                .filter(node -> node.isTest() && node.decides())
                .map(node -> (node.holds() ? "+" : "-") + node.text() + node.values())
                .toList();
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
}
