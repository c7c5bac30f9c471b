package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.ExpressionParser;
import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.TableReader;
import io.tocsin.correlator.function.Value;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.List;
import java.util.Map;

/// Rules as strangers write them: Sigma's and ours, and the expressions of variables.
final class RuleFuzzTest {
    /// Where a mutation has the most to reach.
    private static final String HEAD = "title: t\nid: t\nlogsource: {category: test}\ndetection:\n";

    /// What a pipeline has to work on.
    private static final String PIPED = "---\n" + HEAD + """
              selection:
                Image|endswith: '\\cmd.exe'
                User|expand: ['%admins%', null]
                Hashes|contains: MD5=0123456789abcdef0123456789abcdef
                Line|re: a+
                Other|fieldref: User
              filter: [cmd, {EventID: 4}]
              condition: selection and not filter
            """;

    private static final SigmaTaxonomy TAXONOMY = SigmaTaxonomy.raw();

    private final EventBatch batch = new EventBatch(1, 256);

    RuleFuzzTest() {
        byte[] raw = "cmd.exe /c whoami 192.0.2.7".getBytes(UTF_8);
        Detector.begin(batch, 1, EntryOrigin.local("collector", "connector", "/file"), 1_000, raw, 0, raw.length);
        batch.builder().setText(Field.MESSAGE, "cmd.exe /c whoami 192.0.2.7");
        batch.builder().commit();
    }

    @FuzzTest
    void documents(byte[] input) {
        read(new String(input, UTF_8));
    }

    @FuzzTest
    void detection(byte[] input) {
        read(HEAD + new String(input, UTF_8).indent(2));
    }

    @FuzzTest
    void pipeline(byte[] input) {
        read("name: p\nvars: {admins: [a, 'b*']}\ntransformations:\n" + new String(input, UTF_8) + "\n" + PIPED);
    }

    /// Every document is a rule, or was refused with a place and a reason; what was taken runs.
    private void read(String text) {
        Effort effort = new Effort();
        LoadedRules loaded = RuleLoader.read("rules.yml", text, TAXONOMY);
        assertThat(loaded.failures()).allSatisfy(failure -> {
            assertThat(failure.file()).isNotEmpty();
            assertThat(failure.reason()).isNotEmpty();
        });
        if (!loaded.rules().isEmpty()) {
            Detector detector = new Detector(
                    loaded.ruleSet(), detection -> assertThat(detection.rule()).isNotNull());
            detector.process(batch);
            detector.finish();
        }
        effort.check();
    }

    @FuzzTest
    void expression(byte[] input) {
        Effort effort = new Effort();
        try {
            Expression expression = ExpressionParser.parse(new String(input, UTF_8), Map.of());
            Value value = expression.evaluate(new Fixed());
            assertThat(value.items()).hasSizeLessThanOrEqualTo(Value.MAXIMUM_ITEMS);
            assertThat(value.items())
                    .allSatisfy(item -> assertThat(item.length()).isLessThanOrEqualTo(Value.MAXIMUM_LENGTH));
            // What an expression says of itself is the same expression.
            Expression again = ExpressionParser.parse(expression.text(), Map.of());
            assertThat(again.text()).isEqualTo(expression.text());
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
        effort.check();
    }

    /// Every field has two values, every table one.
    private static final class Fixed implements Scope {
        @Override
        public List<String> values(FieldReference field) {
            return List.of("alpha 1", "2026-01-05T09:30:00Z");
        }

        @Override
        public TableReader tables() {
            return new TableReader() {
                @Override
                public boolean contains(String table, List<String> key) {
                    return true;
                }

                @Override
                public List<String> values(String table, String field, List<String> key) {
                    return List.of("7");
                }
            };
        }

        @Override
        public long nowMillis() {
            return 1_767_605_400_000L;
        }

        @Override
        public void failed() {
            // The value is empty then.
        }
    }
}
