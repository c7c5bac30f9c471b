package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Two promises of the index: every distinct test is decided at most once for an event, however many rules ask for it,
/// and only rules are evaluated of which a key is true. Counted where evaluations look at values.
class EvaluatedOnceTest {
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
    void decidesNoTestTwiceForAnEvent() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("EvaluatedOnceTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int looks = 0;
        for (int round = 0; round < 20; round++) {
            FieldTable fields = new FieldTable();
            FilterIndex index = new FilterIndex(fields);
            for (int i = 0; i < 100; i++) {
                index.add(IndexAgainstNaiveTest.withSource(random, IndexAgainstNaiveTest.filter(random, 3)));
            }
            index.build();
            EventView view = new EventView(fields);
            CountingReader reader = new CountingReader(view, fields);
            Evaluation evaluation = new Evaluation(index, view, reader);
            for (int e = 0; e < 40; e++) {
                EventBatch batch = new EventBatch();
                IndexAgainstNaiveTest.event(random, batch, new HashMap<>());
                reader.forget();
                evaluation.moveTo(batch, 0);
                List<Integer> first = TestEvents.matches(evaluation);
                assertThat(TestEvents.matches(evaluation)).isEqualTo(first);
                assertThat(reader.looks.values()).as("seed %d", seed).allMatch(count -> count == 1);
                assertThat(reader.scans.values()).as("seed %d", seed).allMatch(count -> count == 1);
                looks += reader.looks.size();
            }
        }
        assertThat(looks).isGreaterThan(1_000);
    }

    @Test
    void decidesATestOnceForFiveHundredRules() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        Filter dear = new Filter.Test(COMMAND, new Match.Finds("[0-9]{5}", false));
        for (int i = 0; i < 500; i++) {
            index.add(all(contains(COMMAND, "download from somewhere"), dear, endsWith(IMAGE, "\\tool" + i + ".exe")));
        }
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        evaluation.moveTo(TestEvents.of("Image", "C:\\tool7.exe", "CommandLine", "download from somewhere 12345"), 0);
        assertThat(TestEvents.matches(evaluation)).containsExactly(7);
        assertThat(evaluation.evaluatedFilters()).isEqualTo(1);
        assertThat(reader.looks.values()).containsExactly(1);
        reader.forget();
        // Nobody is a candidate: nothing is looked at, and of the command line, whose tests are no keys, nothing
        // scanned.
        evaluation.moveTo(TestEvents.of("Image", "C:\\other.exe", "CommandLine", "download from somewhere 1"), 0);
        assertThat(TestEvents.matches(evaluation)).isEmpty();
        assertThat(evaluation.evaluatedFilters()).isEqualTo(1);
        assertThat(reader.looks).isEmpty();
        assertThat(reader.scans).hasSize(1);
    }

    @Test
    void looksOnceForWhatManyExpressionsRequire() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        for (int i = 0; i < 50; i++) {
            index.add(index.guarded(new Filter.Test(COMMAND, new Match.Finds("(?i)[0-9]{" + i + "}&&", false))));
        }
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        evaluation.moveTo(TestEvents.of("CommandLine", "set 12345& &6"), 0);
        assertThat(TestEvents.matches(evaluation)).isEmpty();
        assertThat(reader.looks.values()).containsExactly(1);
        evaluation.moveTo(TestEvents.of("CommandLine", "set 12&&6", "CommandLine", "345&&"), 0);
        assertThat(TestEvents.matches(evaluation)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void tellsEventsApartByTheOtherFieldsWhenOneHasSeveralValues() {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < 100; i++) {
            index.add(all(
                    new Filter.Test(field("Channel"), new Match.Same(i % 2 == 0 ? "System" : "Security", true)),
                    new Filter.Test(field("EventID"), new Match.Same(Integer.toString(i % 10), true)),
                    Filter.not(contains(COMMAND, "usual " + i))));
        }
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        evaluation.moveTo(TestEvents.of("Channel", "security", "EventID", "3", "EventID", "3"), 0);
        assertThat(TestEvents.matches(evaluation)).containsExactly(3, 13, 23, 33, 43, 53, 63, 73, 83, 93);
        long evaluated = evaluation.evaluatedFilters();
        assertThat(evaluated).isEqualTo(10);
        evaluation.moveTo(TestEvents.of("Channel", "security", "EventID", "3", "EventID", "5", "EventID", "99"), 0);
        assertThat(TestEvents.matches(evaluation)).hasSize(20).allMatch(i -> i % 10 == 3 || i % 10 == 5);
        assertThat(evaluation.evaluatedFilters() - evaluated).isLessThanOrEqualTo(50);
        assertThat(index.indexCount()).isEqualTo(2);
    }

    @Test
    void asksForWhatIsCheapFirst() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        Filter expression = new Filter.Test(COMMAND, new Match.Finds("[0-9]{5}", false));
        Filter another = new Filter.Test(IMAGE, new Match.Finds("[a-z][0-9]", false));
        Filter found = new Filter.Test(COMMAND, new Match.Finds("word[0-9]x", false));
        Filter number = new Filter.Test(field("Number"), new Match.Compares(Match.Comparison.LESS, 5));
        index.add(all(
                new Filter.Leaf(Condition.parse("Name = 'x'")),
                Filter.any(List.of(expression, another)),
                found,
                number,
                endsWith(IMAGE, "\\tool.exe")));
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        // Event by event one more part of the rule is true.
        String[][] events = {
            {"Image", "C:\\other.exe", "Number", "3"},
            {"Image", "C:\\tool.exe", "Number", "7"},
            {"Image", "C:\\tool.exe", "Number", "3", "CommandLine", "12345"},
            {"Image", "C:\\tool.exe", "Number", "3", "CommandLine", "word7y"},
            {"Image", "C:\\tool.exe", "Number", "3", "CommandLine", "word7x"},
            {"Image", "C:\\tool.exe", "Number", "3", "CommandLine", "word7x 12345"},
        };
        List<Integer> looks = new ArrayList<>();
        for (String[] event : events) {
            reader.forget();
            evaluation.moveTo(TestEvents.of(event), 0);
            assertThat(TestEvents.matches(evaluation)).isEmpty();
            looks.add(reader.looks.size());
        }
        assertThat(looks).containsExactly(0, 1, 1, 2, 4, 3);
    }

    @Test
    void shortTextsDoNotSlowTheSearchForOthers() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        String[] texts = {"abcdef", "abcdefg", "-"};
        for (int i = 0; i < texts.length; i++) {
            index.add(all(endsWith(IMAGE, "\\a tool with a long name " + i + ".exe"), contains(COMMAND, texts[i])));
        }
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        FieldIndex shorts = index.shorts()[fields.known(COMMAND)];
        FieldIndex inner = index.inner()[fields.known(COMMAND)];
        for (int i = 0; i < texts.length; i++) {
            reader.forget();
            String image = "C:\\a tool with a long name " + i + ".exe";
            evaluation.moveTo(TestEvents.of("Image", image, "CommandLine", "x ABCDEFG -"), 0);
            assertThat(TestEvents.matches(evaluation)).containsExactly(i);
            assertThat(reader.scans.containsKey(inner)).isEqualTo(i == 1);
            assertThat(reader.scans.containsKey(shorts)).isEqualTo(i != 1);
        }
    }

    @Test
    void measuresFiltersAsIfNothingWereDecidedAndTwiceWhatTakesLong() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        index.add(new Filter.Test(COMMAND, new Match.Finds("[0-9]{5}", false)));
        index.add(new Filter.Test(COMMAND, new Match.Finds("[a-z]{5}", false)));
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        evaluation.moveTo(TestEvents.of("CommandLine", "12345"), 0);
        assertThat(TestEvents.matches(evaluation)).containsExactly(0);
        // What the clock says, and what is told: of a pause of the machine nothing.
        long[][] clocks = {
            {0, 5, 9}, {7, 20_007, 40_007}, {0, 20_001, 30_000, 30_010, 30_014}, {0, 25_000, 30_000, 60_000, 60_001}
        };
        long[][] expected = {{5, 4}, {20_000, 20_000}, {10, 4}, {25_000, 1}};
        for (int i = 0; i < clocks.length; i++) {
            reader.forget();
            PrimitiveIterator.OfLong clock = Arrays.stream(clocks[i]).iterator();
            List<Long> told = new ArrayList<>();
            evaluation.measure(clock::nextLong, (filter, nanos) -> {
                assertThat(filter).isEqualTo(told.size());
                told.add(nanos);
            });
            assertThat(told).containsExactly(expected[i][0], expected[i][1]);
            assertThat(clock.hasNext()).isFalse();
            assertThat(reader.looks.values()).containsExactlyInAnyOrder(i < 2 ? 1 : 2, 1);
        }
        assertThat(TestEvents.matches(evaluation)).containsExactly(0);
    }

    @Test
    void asksForWordsAnywhereAndExpressionsAfterTextsOfAField() {
        FieldTable fields = new FieldTable();
        FilterIndex index = new FilterIndex(fields);
        FieldReference anywhere = new FieldReference.AnyField();
        Filter[][] parts = {
            {new Filter.Test(anywhere, new Match.Contains("some word", true)), contains(COMMAND, "a text")},
            {
                new Filter.Test(anywhere, new Match.Contains("Some Word", false)),
                new Filter.Test(COMMAND, new Match.Contains("A Text", false))
            },
            {
                new Filter.Test(COMMAND, new Match.Finds("[0-9]some word", false)),
                new Filter.Test(COMMAND, new Match.Contains("A Text", false))
            },
            {
                new Filter.Test(field("Number"), new Match.Compares(Match.Comparison.LESS, 5)),
                new Filter.Test(field("Other"), new Match.Present())
            },
        };
        for (int i = 0; i < parts.length; i++) {
            index.add(all(parts[i][0], parts[i][1], endsWith(IMAGE, "\\a tool with a long name " + i + ".exe")));
        }
        index.build();
        EventView view = new EventView(fields);
        CountingReader reader = new CountingReader(view, fields);
        Evaluation evaluation = new Evaluation(index, view, reader);
        for (int i = 0; i < parts.length; i++) {
            reader.forget();
            String image = "C:\\a tool with a long name " + i + ".exe";
            evaluation.moveTo(TestEvents.of("Image", image, "CommandLine", "1some word", "Number", "3"), 0);
            assertThat(TestEvents.matches(evaluation)).isEmpty();
            assertThat(reader.scans).doesNotContainKey(index.anywhereWords());
            assertThat(reader.looks).hasSize(i < 3 ? 0 : 1);
        }
    }
}
