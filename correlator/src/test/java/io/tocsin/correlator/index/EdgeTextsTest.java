package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EdgeTextsTest {
    /// Texts that share what they begin and end with, of all lengths from one byte on.
    private static String text(Random random, int most) {
        StringBuilder text = new StringBuilder();
        int length = 1 + random.nextInt(most);
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(6) == 0 ? "xyé".charAt(random.nextInt(3)) : 'a');
        }
        return text.toString();
    }

    private static String mixed(String text, Random random) {
        return random.nextBoolean() ? text : text.toUpperCase(Locale.ROOT);
    }

    @Test
    void findsAllTextsWithWhichAValueBeginsAndEnds() {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            FilterIndex index = new FilterIndex(new FieldTable());
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                String text = text(random, 24);
                texts.add(text);
                index.add(new Filter.Test(field("f"), new Match.StartsWith(text, true)));
                index.add(new Filter.Test(field("f"), new Match.EndsWith(text, true)));
            }
            index.build();
            Evaluation evaluation = index.newEvaluation();
            for (int i = 0; i < 100; i++) {
                String value = (random.nextBoolean() ? texts.get(random.nextInt(texts.size())) : "")
                        + text(random, 12)
                        + (random.nextBoolean() ? texts.get(random.nextInt(texts.size())) : "");
                evaluation.moveTo(TestEvents.of("f", mixed(value, random)), 0);
                List<Integer> expected = new ArrayList<>();
                for (int text = 0; text < texts.size(); text++) {
                    if (value.startsWith(texts.get(text))) {
                        expected.add(2 * text);
                    }
                    if (value.endsWith(texts.get(text))) {
                        expected.add(2 * text + 1);
                    }
                }
                assertThat(TestEvents.matches(evaluation)).isEqualTo(expected);
            }
        }
    }
}
