package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.FieldReference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Which tests a filter is made a candidate by.
class CoversTest {
    private static final FieldReference FIELD = field("CommandLine");
    private static final FieldReference ANYWHERE = new FieldReference.AnyField();
    private static final Filter PRESENT = new Filter.Test(FIELD, new Match.Present());
    private static final Filter MORE = new Filter.Test(FIELD, new Match.Compares(Match.Comparison.GREATER, 4));

    private final Map<Filter.Test, Integer> numbers = new LinkedHashMap<>();

    private int number(Filter.Test test) {
        return numbers.computeIfAbsent(test, absent -> numbers.size());
    }

    private void collect(Filter filter) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(this::collect);
            case Filter.Any any -> any.parts().forEach(this::collect);
            case Filter.Not not -> collect(not.part());
            case Filter.Leaf _ -> {}
            case Filter.Test test -> number(test);
        }
    }

    private static Filter contains(String text) {
        return new Filter.Test(FIELD, new Match.Contains(text, true));
    }

    private static Filter anywhere(String text) {
        return new Filter.Test(ANYWHERE, new Match.Contains(text, true));
    }

    private static Filter all(Filter... parts) {
        return new Filter.All(List.of(parts));
    }

    private static Filter any(Filter... parts) {
        return new Filter.Any(List.of(parts));
    }

    private @Nullable List<Filter> cover(Filter filter, Filter... others) {
        return cover(filter, null, others);
    }

    /// @param shares in how many of 100 events tests are true
    private @Nullable List<Filter> cover(Filter filter, @Nullable Map<Filter, Integer> shares, Filter... others) {
        numbers.clear();
        collect(PRESENT);
        collect(filter);
        Arrays.stream(others).forEach(this::collect);
        FieldTable fields = new FieldTable();
        int field = fields.numberOf(FIELD);
        TestPlanner planner = new TestPlanner(fields);
        List<Filter.Test> tests = List.copyOf(numbers.keySet());
        TestPlan[] plans = tests.stream().map(planner::plan).toArray(TestPlan[]::new);
        HitRates rates = shares == null ? null : new HitRates(plans.length, fields.size());
        for (int i = 0; rates != null && shares != null && i < 100; i++) {
            rates.addEvent();
            for (Map.Entry<Filter, Integer> each : shares.entrySet()) {
                if (i < each.getValue() && each.getKey() instanceof Filter.Test test) {
                    rates.addHit(number(test));
                    if (test.match() instanceof Match.Present) {
                        rates.addPresent(field);
                    }
                }
            }
        }
        int[] cover = new Covers(
                        List.copyOf(java.util.stream.Stream.concat(
                                        java.util.stream.Stream.of(filter), Arrays.stream(others))
                                .toList()),
                        plans,
                        this::number,
                        rates)
                .of(filter);
        return cover == null
                ? null
                : Arrays.stream(cover).mapToObj(i -> (Filter) tests.get(i)).toList();
    }

    @Test
    void isTheTestThatLooksRarest() {
        assertThat(cover(all(contains("abc"), contains("abcdefgh")))).containsExactly(contains("abcdefgh"));
        assertThat(cover(all(contains("abcdefgh"), contains("abc")))).containsExactly(contains("abcdefgh"));
        Filter same = new Filter.Test(FIELD, new Match.Same("abcde", true));
        assertThat(cover(all(contains("abcdefgh"), same))).containsExactly(same);
        assertThat(cover(all(contains("abcdefghijkl"), same))).containsExactly(contains("abcdefghijkl"));
        for (Match match : List.of(
                new Match.StartsWith("abcdefghi", true),
                new Match.EndsWith("abcdefghi", true),
                new Match.Like(Wildcards.parse("a?abcdefghi*bc"), true))) {
            Filter test = new Filter.Test(FIELD, match);
            assertThat(cover(all(contains("abcdefgh"), test))).containsExactly(test);
            assertThat(cover(all(contains("abcdefghij"), test))).containsExactly(contains("abcdefghij"));
        }
        // Texts of 40 characters and more are alike.
        String longText = "0123456789012345678901234567890123456789";
        assertThat(cover(all(contains(longText), contains(longText + "x")))).containsExactly(contains(longText));
        assertThat(cover(all(contains(longText.substring(1)), contains(longText))))
                .containsExactly(contains(longText));
    }

    @Test
    void isNotWhatManyFiltersAskFor() {
        Filter[] others = {all(contains("abcdefgh"), contains("x1")), Filter.not(any(contains("abcdefgh")))};
        assertThat(cover(all(contains("abcdefgh"), contains("abcdefg")), others))
                .containsExactly(contains("abcdefg"));
        assertThat(cover(all(contains("abcdefgh"), contains("ab")), others)).containsExactly(contains("abcdefgh"));
    }

    @Test
    void isAShortTextOnlyWhereItIsMuchRarer() {
        // Values would have to be searched once more for texts of fewer than seven bytes, and for those of fewer than
        // four.
        Filter[] others = {all(contains("abcdefgh"), contains("x1")), all(contains("abcdef"), contains("x2"))};
        assertThat(cover(all(contains("abcdefgh"), contains("abcdeg")), others)).containsExactly(contains("abcdefgh"));
        assertThat(cover(all(contains("abcdef"), contains("ab")), others)).containsExactly(contains("abcdef"));
        Filter begin = new Filter.Test(FIELD, new Match.StartsWith("abcdeg", true));
        assertThat(cover(all(contains("abcdefgh"), begin), others)).containsExactly(begin);
        Map<Filter, Integer> shown = Map.of(contains("abcdefgh"), 1);
        assertThat(cover(all(contains("abcdefgh"), contains("ab")), shown)).containsExactly(contains("ab"));
    }

    @Test
    void isAllOfAChoiceAndNothingOfANegation() {
        assertThat(cover(any(contains("abc"), contains("abcd"), contains("abc"))))
                .containsExactly(contains("abc"), contains("abcd"));
        assertThat(cover(any(contains("abc"), Filter.not(contains("abcd"))))).isNull();
        assertThat(cover(Filter.not(contains("abcd")))).isNull();
        assertThat(cover(all(any(contains("abcdefgh"), contains("abcdefghi")), contains("abcdefg"))))
                .containsExactly(contains("abcdefg"));
        assertThat(cover(all(any(contains("abcdefgh"), contains("abcdefghi")), contains("abc"))))
                .containsExactly(contains("abcdefgh"), contains("abcdefghi"));
        assertThat(cover(all(Filter.not(contains("abcdefgh")), contains("a")))).containsExactly(contains("a"));
    }

    @Test
    void isThePresenceOfTheFieldWhereNothingElseIsKnown() {
        assertThat(cover(MORE)).containsExactly(PRESENT);
        assertThat(cover(all(MORE, contains("a")))).containsExactly(contains("a"));
        assertThat(cover(new Filter.Test(FIELD, new Match.Same("", true)))).isNull();
        Filter computed = new Filter.Test(Variable.named("x"), new Match.Same("long enough", true));
        assertThat(cover(computed)).isNull();
        assertThat(cover(all(computed, MORE))).containsExactly(PRESENT);
    }

    @Test
    void isAWordAnywhereOnlyWhereAFieldDoesNotServe() {
        assertThat(cover(any(anywhere("sekurlsa::"), anywhere("lsadump::"))))
                .containsExactly(anywhere("sekurlsa::"), anywhere("lsadump::"));
        assertThat(cover(all(anywhere("sekurlsa::"), contains("ab")))).containsExactly(contains("ab"));
        assertThat(cover(all(anywhere("sekurlsa::"), MORE))).containsExactly(anywhere("sekurlsa::"));
        // Short ones, numbers and other letters would make the scan slow.
        for (String text : List.of("abc", "12345", "äöüß")) {
            assertThat(cover(anywhere(text))).isNull();
            assertThat(cover(any(anywhere("sekurlsa::"), anywhere(text)))).isNull();
        }
        assertThat(cover(new Filter.Test(ANYWHERE, new Match.Same("sekurlsa::", true))))
                .isNull();
        assertThat(cover(new Filter.Test(ANYWHERE, new Match.Compares(Match.Comparison.LESS, 1))))
                .isNull();
    }

    @Test
    void isAnExpressionOnlyWhereATextDoesNotServe() {
        Filter expression = new Filter.Test(FIELD, new Match.Finds("[0-9]+a long text that is required", false));
        assertThat(cover(expression)).containsExactly(expression);
        assertThat(cover(all(expression, contains("a")))).containsExactly(contains("a"));
        assertThat(cover(all(expression, contains("a")), Map.of(expression, 1, contains("a"), 2)))
                .containsExactly(expression);
        Filter nothingRequired = new Filter.Test(FIELD, new Match.Finds("[0-9]+", false));
        assertThat(cover(nothingRequired)).containsExactly(PRESENT);
    }

    @Test
    void followsWhatEventsHaveShown() {
        Filter often = contains("abcdefghijklmnop");
        Filter seldom = contains("ab");
        assertThat(cover(all(often, seldom), Map.of(often, 50, seldom, 1))).containsExactly(seldom);
        assertThat(cover(all(often, seldom), Map.of(often, 1, seldom, 2))).containsExactly(often);
        // What was never true is told apart by the guess.
        assertThat(cover(all(seldom, often), Map.of())).containsExactly(often);
        assertThat(cover(all(MORE, often), Map.of(often, 50, PRESENT, 10))).containsExactly(PRESENT);
        assertThat(cover(all(MORE, often), Map.of(often, 10, PRESENT, 50))).containsExactly(often);
        assertThat(cover(all(MORE, often), Map.of())).containsExactly(often);
        Filter word = anywhere("sekurlsa::");
        assertThat(cover(all(word, often), Map.of(often, 1))).containsExactly(often);
        assertThat(cover(all(word, often), Map.of(often, 10))).containsExactly(word);
        assertThat(cover(all(word, often), Map.of(often, 10, word, 9))).containsExactly(often);
    }
}
