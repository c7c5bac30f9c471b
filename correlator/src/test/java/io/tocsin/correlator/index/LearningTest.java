package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the events of a route show changes by what filters become candidates, and nothing that is found.
class LearningTest {
    private static final FieldReference IMAGE = field("Image");
    private static final FieldReference COMMAND = field("CommandLine");

    private static Filter all(Filter... parts) {
        return Filter.all(List.of(parts));
    }

    private static Filter contains(FieldReference field, String text) {
        return new Filter.Test(field, new Match.Contains(text, true));
    }

    private static Filter endsWith(FieldReference field, String text) {
        return new Filter.Test(field, new Match.EndsWith(text, true));
    }

    @Test
    void learnsWhichTestsAreCommonAndStopsEvaluatingRulesThatHaveThemAsKeys() {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            // The long text looks rarer than the short one and is in every event.
            filters.add(all(
                    new Filter.Test(field("Channel"), new Match.Same("Security", true)),
                    contains(COMMAND, "a text that stands in every command line " + (i % 50)),
                    endsWith(IMAGE, "\\" + i + ".exe")));
        }
        filters.forEach(index::add);
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        String line = "a text that stands in every command line 49 48 a text that stands in every command line 4";
        EventBatch usual = TestEvents.of("Channel", "Security", "CommandLine", line, "Image", "C:\\x.exe");
        EventBatch wanted = TestEvents.of("Channel", "security", "CommandLine", line, "Image", "C:\\99.EXE");
        long before = 0;
        for (int i = 0; i < 20_000; i++) {
            EventBatch event = i % 1_000 == 999 ? wanted : usual;
            evaluation.moveTo(event, 0);
            assertThat(TestEvents.matches(evaluation)).isEqualTo(event == wanted ? List.of(99) : List.of());
            if (i == 2_000) {
                before = evaluation.evaluatedFilters();
            }
        }
        assertThat(before).isGreaterThan(64);
        // Once for each of the 18 events behind that are wanted.
        assertThat(evaluation.evaluatedFilters() - before).isLessThan(40);
    }

    @Test
    void scansForWhatNobodyAsksOnlyWhileItLearnsMoreSeldomEachTime() {
        FieldTable fields = new FieldTable();
        RoutedIndex index = new RoutedIndex(fields);
        for (int i = 0; i < 100; i++) {
            index.add(all(
                    new Filter.Test(field("Channel"), new Match.Same("Security", true)),
                    endsWith(IMAGE, "\\a tool with a long name " + i + ".exe"),
                    contains(COMMAND, "a word")));
        }
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        FilterIndex none = new FilterIndex(fields);
        none.build();
        RoutedEvaluation evaluation = new RoutedEvaluation(index, new Evaluation(none, view, reader));
        EventBatch event = TestEvents.of("Channel", "Security", "Image", "C:\\x.exe", "CommandLine", "a word");
        List<Integer> learning = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            reader.forget();
            evaluation.moveTo(event, 0);
            assertThat(TestEvents.matches(evaluation)).isEmpty();
            if (reader.scans.size() > 1) {
                learning.add(i);
            }
        }
        // 64 events each time, then a pause of 1,024 events, four times as many, and so on.
        assertThat(learning).hasSize(3 * 64).startsWith(0, 1).endsWith(5_310, 5_311);
        assertThat(learning.get(64)).isEqualTo(64 + 1_024);
        assertThat(learning.get(128)).isEqualTo(2 * 64 + 1_024 + 4_096);
        assertThat(evaluation.evaluatedFilters()).isZero();
    }

    @Test
    void learnsOfTestsThatNobodyAskedFor() {
        String common = "a common text";
        for (Filter second : List.of(
                contains(COMMAND, common),
                endsWith(COMMAND, common),
                new Filter.Test(new FieldReference.AnyField(), new Match.Contains(common, true)))) {
            RoutedIndex index = new RoutedIndex(new FieldTable());
            Filter channel = new Filter.Test(field("Channel"), new Match.Same("Security", true));
            for (int i = 0; i < 100; i++) {
                index.add(all(channel, contains(IMAGE, "never there " + i + "!")));
            }
            // What looks rarest is in every event, and so is what looks rarest then.
            index.add(all(channel, contains(IMAGE, "the longest text of all"), second, contains(IMAGE, "seldom")));
            index.build();
            RoutedEvaluation evaluation = index.newEvaluation();
            long before = 0;
            for (int i = 0; i < 1_000; i++) {
                String image = "the longest text of all" + (i % 10 == 0 ? " seldom" : "");
                evaluation.moveTo(TestEvents.of("Channel", "Security", "CommandLine", common, "Image", image), 0);
                assertThat(TestEvents.matches(evaluation)).isEqualTo(i % 10 == 0 ? List.of(100) : List.of());
                if (i == 199) {
                    before = evaluation.evaluatedFilters();
                }
            }
            assertThat(evaluation.evaluatedFilters() - before).as("%s", second).isEqualTo(80);
        }
    }

    @Test
    void learnsHowOftenFieldsHaveAValue() {
        for (boolean isCommon : new boolean[] {true, false}) {
            RoutedIndex index = new RoutedIndex(new FieldTable());
            Filter channel = new Filter.Test(field("Channel"), new Match.Same("Security", true));
            for (int i = 0; i < 100; i++) {
                index.add(all(channel, contains(IMAGE, "never there " + i + "!")));
            }
            index.add(all(
                    channel,
                    contains(IMAGE, "often there"),
                    new Filter.Test(field("Number"), new Match.Compares(Match.Comparison.LESS, 5))));
            index.build();
            RoutedEvaluation evaluation = index.newEvaluation();
            long before = 0;
            for (int i = 0; i < 1_000; i++) {
                String number = isCommon || i % 20 == 0 ? "Number" : "Other";
                String image = i % 10 == 0 ? "often there" : "else";
                evaluation.moveTo(TestEvents.of("Channel", "Security", number, "3", "Image", image), 0);
                assertThat(TestEvents.matches(evaluation))
                        .isEqualTo(i % (isCommon ? 10 : 20) == 0 ? List.of(100) : List.of());
                if (i == 199) {
                    before = evaluation.evaluatedFilters();
                }
            }
            // Whichever of the two is there more seldom.
            assertThat(evaluation.evaluatedFilters() - before).isEqualTo(isCommon ? 80 : 40);
        }
    }

    @Test
    void changesKeysOnlyWhereThatSavesMoreThanALittle() {
        FilterIndex index = new FilterIndex(new FieldTable());
        index.add(all(contains(IMAGE, "a long text that looks rare"), contains(COMMAND, "another text")));
        index.build();
        for (int hits = 0; hits < 6; hits++) {
            HitRates rates = index.newRates();
            for (int i = 0; i < 100; i++) {
                rates.addEvent();
                if (i < hits) {
                    rates.addHit(0);
                }
            }
            // So many candidates of a hundred events less with the other one.
            int[][] filtersOfTest = index.relearned(rates).filtersOfTest();
            assertThat(filtersOfTest[0]).as("%d", hits).hasSize(hits > 2 ? 0 : 1);
            assertThat(filtersOfTest[2]).hasSize(hits > 2 ? 1 : 0);
        }
    }

    private static List<String> texts(List<byte[]> values) {
        return values.stream()
                .map(value -> new String(value, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void keepsValuesOfTheFieldsThatAreSearchedForTexts() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        index.add(contains(COMMAND, "a text that is a key"));
        index.add(all(endsWith(IMAGE, "\\a tool with a long name.exe"), contains(field("Inner"), "a longer text")));
        index.add(all(endsWith(IMAGE, "\\a tool with a long name.exe"), contains(field("Short"), "abc")));
        index.build();
        Evaluation evaluation = index.newEvaluation();
        HitRates rates = index.newRates();
        evaluation.learn(rates);
        String[] event = {
            "CommandLine",
            "one",
            "CommandLine",
            "two",
            "Image",
            "three",
            "Inner",
            "four",
            "Short",
            "five",
            "Other",
            "six"
        };
        evaluation.moveTo(TestEvents.of(event), 0);
        ValueSample sample = rates.sample();
        assertThat(texts(sample.of(fields.known(COMMAND)))).containsExactly("one", "two");
        assertThat(texts(sample.of(fields.known(field("Inner"))))).containsExactly("four");
        assertThat(texts(sample.of(fields.known(field("Short"))))).containsExactly("five");
        // Of this one only the end is looked at.
        assertThat(sample.of(fields.known(IMAGE))).isEmpty();
        assertThat(texts(sample.of(ValueSample.ANYWHERE)))
                .singleElement()
                .asString()
                .startsWith("one")
                .endsWith("six");
        evaluation.learn(null);
        evaluation.moveTo(TestEvents.of(event), 0);
        assertThat(sample.of(fields.known(COMMAND))).hasSize(2);
        rates.forgetValues();
        assertThat(rates.sample().of(fields.known(COMMAND))).isEmpty();
    }
}
