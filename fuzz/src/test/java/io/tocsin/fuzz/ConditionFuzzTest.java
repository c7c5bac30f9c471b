package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import io.tocsin.expression.InvalidConditionException;

/// The language of conditions: as text, as a tree, and the regular expressions in it.
final class ConditionFuzzTest {
    private final EventBatch batch = new EventBatch(1, 256);
    private final Event event = new Event();

    ConditionFuzzTest() {
        byte[] raw = "GET /index.html?q=äöü 192.0.2.7".getBytes(UTF_8);
        EventBuilder builder = batch.builder();
        builder.begin(
                EntryOrigin.local("collector", "connector", "/file"),
                1,
                2,
                Normalizing.RECEIVED_NANOS,
                3,
                raw,
                0,
                raw.length);
        builder.setText(Field.SOURCE_ADDRESS, "192.0.2.7");
        builder.setText(Field.MESSAGE, "Straße und Κόσμος");
        builder.setInteger(Field.SOURCE_PORT, 4711);
        builder.commit();
        event.moveTo(batch, 0);
    }

    @FuzzTest
    void text(byte[] input) {
        String text = new String(input, UTF_8);
        Effort effort = new Effort();
        Problems problems = new Problems();
        Condition condition = Condition.parse("condition", text, problems);
        if (condition == null) {
            assertThat(problems.isEmpty()).isFalse();
        } else {
            check(condition);
        }
        effort.check();
    }

    @FuzzTest
    void tree(byte[] input) {
        Effort effort = new Effort();
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("condition", new String(input, UTF_8), problems);
        Condition condition = node == null ? null : Condition.read(node, problems);
        if (condition == null) {
            assertThat(problems.isEmpty()).isFalse();
        } else if (problems.isEmpty()) {
            check(condition);
        }
        effort.check();
    }

    /// An input is an expression, a zero byte, and a text.
    @FuzzTest
    void regex(byte[] input) {
        int zero = 0;
        while (zero < input.length && input[zero] != 0) {
            zero++;
        }
        Effort effort = new Effort();
        BoundedRegex regex;
        try {
            regex = BoundedRegex.compile(new String(input, 0, zero, UTF_8), (input.length & 1) == 1);
        } catch (TocsinException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_PATTERN);
            return;
        }
        int from = Math.min(zero + 1, input.length);
        int length = input.length - from;
        int found = 0;
        if (regex.find(input, from, length)) {
            do {
                assertThat(regex.start(0)).isBetween(from, input.length);
                assertThat(regex.end(0)).isBetween(regex.start(0), input.length);
                assertThat(++found).isLessThanOrEqualTo(length + 1);
            } while (regex.findNext());
        }
        if (regex.matches(input, from, length)) {
            assertThat(found).isPositive();
        }
        effort.check();
    }

    private void check(Condition condition) {
        String printed = condition.text();
        Problems problems = new Problems();
        assertThat(Condition.parse("printed", printed, problems))
                .as("%s: %s", printed, problems)
                .isEqualTo(condition);
        CompiledCondition compiled;
        try {
            compiled = condition.compile();
        } catch (InvalidConditionException _) {
            return;
        }
        boolean holds = compiled.test(event);
        assertThat(Condition.not(condition).compile().test(event)).isEqualTo(!holds);
    }
}
