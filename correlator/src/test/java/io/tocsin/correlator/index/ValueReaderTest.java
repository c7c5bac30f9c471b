package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Network;
import io.tocsin.correlator.rule.TimePart;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.FieldReference;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What each kind of test says of values, and that one of several values is enough.
class ValueReaderTest {
    private static final FieldReference TEXT = field("Text");
    private static final FieldReference OTHER = field("Other");
    private static final FieldReference ANYWHERE = new FieldReference.AnyField();

    private static boolean holds(FieldReference field, Match match, String... pairs) {
        FilterIndex index = new FilterIndex(new FieldTable());
        index.add(new Filter.Test(field, match));
        index.build();
        Evaluation evaluation = index.newEvaluation();
        evaluation.moveTo(TestEvents.of(pairs), 0);
        return evaluation.nextMatch(0) == 0;
    }

    private static boolean text(Match match, String value) {
        boolean holds = holds(TEXT, match, "Text", value);
        assertThat(holds(TEXT, match, "Other", "x", "Text", "??", "Text", value, "Text", "??"))
                .isEqualTo(holds);
        assertThat(holds(ANYWHERE, match, "Other", "??", "Text", value)).isEqualTo(holds);
        return holds;
    }

    @Test
    void textsWhoseCaseIsKnownAreComparedAsTheyAre() {
        assertThat(text(new Match.Same("Abc", false), "Abc")).isTrue();
        assertThat(text(new Match.Same("Abc", false), "abc")).isFalse();
        assertThat(text(new Match.Same("Abc", false), "Abcd")).isFalse();
        assertThat(text(new Match.Contains("Abc", false), "xAbcx")).isTrue();
        assertThat(text(new Match.Contains("Abc", false), "xabcx")).isFalse();
        assertThat(text(new Match.StartsWith("Abc", false), "Abc")).isTrue();
        assertThat(text(new Match.StartsWith("Abc", false), "Abcx")).isTrue();
        assertThat(text(new Match.StartsWith("Abc", false), "abcx")).isFalse();
        assertThat(text(new Match.StartsWith("Abc", false), "xAbc")).isFalse();
        assertThat(text(new Match.StartsWith("Abc", false), "Ab")).isFalse();
        assertThat(text(new Match.EndsWith("Abc", false), "Abc")).isTrue();
        assertThat(text(new Match.EndsWith("Abc", false), "xAbc")).isTrue();
        assertThat(text(new Match.EndsWith("Abc", false), "xabc")).isFalse();
        assertThat(text(new Match.EndsWith("Abc", false), "Abcx")).isFalse();
        assertThat(text(new Match.EndsWith("Abc", false), "bc")).isFalse();
    }

    @Test
    void patternsAndExpressionsAreAskedOfTheValueAlone() {
        Match either = new Match.Like(Wildcards.parse("A?c*F"), true);
        assertThat(text(either, "abCxxf")).isTrue();
        assertThat(text(either, "abCxx")).isFalse();
        Match exact = new Match.Like(Wildcards.parse("A?c*F"), false);
        assertThat(text(exact, "AbcF")).isTrue();
        assertThat(text(exact, "abcF")).isFalse();
        assertThat(text(new Match.Finds("^[0-9]+$", false), "123")).isTrue();
        assertThat(text(new Match.Finds("^[0-9]+$", false), "12x")).isFalse();
        assertThat(text(new Match.Finds("[0-9]word$", true), "1WORD")).isTrue();
        assertThat(text(new Match.Finds("[0-9]word$", true), "WORD")).isFalse();
    }

    @Test
    void addressesAreInANetworkOrNot() {
        Match network = new Match.InNetwork(Objects.requireNonNull(Network.parse("10.1.0.0/16")));
        assertThat(text(network, "10.1.255.3")).isTrue();
        assertThat(text(network, "10.2.255.3")).isFalse();
        assertThat(text(network, "host")).isFalse();
        Match wide = new Match.InNetwork(Objects.requireNonNull(Network.parse("2001:db8::/32")));
        assertThat(text(wide, "2001:db8::1")).isTrue();
        assertThat(text(wide, "2001:db9::1")).isFalse();
        assertThat(holds(TEXT, network, "Other", "10.1.0.1")).isFalse();
    }

    @Test
    void numbersCompareAndTextsThatAreNoneDoNot() {
        Match less = new Match.Compares(Match.Comparison.LESS, 5);
        assertThat(text(less, "4.5")).isTrue();
        assertThat(text(less, "5")).isFalse();
        assertThat(text(less, "four")).isFalse();
        Match least = new Match.Compares(Match.Comparison.AT_LEAST, -5);
        assertThat(text(least, "-5")).isTrue();
        assertThat(text(least, "-6")).isFalse();
        assertThat(text(least, "")).isFalse();
    }

    @Test
    void partsOfATimeCompareOrAreEqual() {
        Match ten = new Match.InTime(TimePart.HOUR, null, 10);
        assertThat(text(ten, "2026-11-23T10:59:00Z")).isTrue();
        assertThat(text(ten, "2026-11-23T11:00:00Z")).isFalse();
        assertThat(text(ten, "10 o'clock")).isFalse();
        Match late = new Match.InTime(TimePart.HOUR, Match.Comparison.AT_LEAST, 20);
        assertThat(text(late, "2026-11-23T20:00:00Z")).isTrue();
        assertThat(text(late, "2026-11-23T19:59:00Z")).isFalse();
        assertThat(text(late, "late")).isFalse();
    }

    @Test
    void emptyIsAlsoWhatHasNoValue() {
        for (boolean ignoreCase : new boolean[] {true, false}) {
            Match empty = new Match.Same("", ignoreCase);
            assertThat(holds(TEXT, empty, "Text", "")).isTrue();
            assertThat(holds(TEXT, empty, "Other", "x")).isTrue();
            assertThat(holds(TEXT, empty, "Text", "x")).isFalse();
            assertThat(holds(TEXT, empty, "Text", "x", "Text", "")).isTrue();
            assertThat(holds(TEXT, new Match.Same("x", ignoreCase), "Other", "x"))
                    .isFalse();
        }
        assertThat(holds(TEXT, new Match.Present(), "Text", "")).isTrue();
        assertThat(holds(TEXT, new Match.Present(), "Other", "x")).isFalse();
    }

    private static boolean relates(Match.Relation relation, boolean ignoreCase, String left, String right) {
        Match match = new Match.Relates(relation, OTHER, ignoreCase);
        boolean holds = holds(TEXT, match, "Text", left, "Other", right);
        assertThat(holds(TEXT, match, "Text", "?", "Text", left, "Other", "!!", "Other", right, "Other", "!!"))
                .isEqualTo(holds);
        assertThat(holds(TEXT, match, "Text", left)).isFalse();
        assertThat(holds(TEXT, match, "Other", right)).isFalse();
        return holds;
    }

    @Test
    void valuesOfTwoFieldsRelate() {
        for (boolean ignoreCase : new boolean[] {true, false}) {
            for (String word : new String[] {"Word", "Wört"}) {
                String other = ignoreCase ? word.toUpperCase(Locale.ROOT) : word;
                assertThat(relates(Match.Relation.SAME, ignoreCase, word, other))
                        .isTrue();
                assertThat(relates(Match.Relation.SAME, ignoreCase, word + "x", other))
                        .isFalse();
                assertThat(relates(Match.Relation.SAME, ignoreCase, word, other + "x"))
                        .isFalse();
                assertThat(relates(Match.Relation.STARTS_WITH, ignoreCase, word + "xy", other))
                        .isTrue();
                assertThat(relates(Match.Relation.STARTS_WITH, ignoreCase, "x" + word, other))
                        .isFalse();
                assertThat(relates(Match.Relation.ENDS_WITH, ignoreCase, "xy" + word, other))
                        .isTrue();
                assertThat(relates(Match.Relation.ENDS_WITH, ignoreCase, word + "x", other))
                        .isFalse();
                for (int before = 0; before < 3; before++) {
                    for (int behind = 0; behind < 3; behind++) {
                        String value = "x".repeat(before) + word + "x".repeat(behind);
                        assertThat(relates(Match.Relation.CONTAINS, ignoreCase, value, other))
                                .isTrue();
                        assertThat(relates(Match.Relation.CONTAINS, ignoreCase, value, other + "y"))
                                .isFalse();
                    }
                }
            }
        }
        assertThat(relates(Match.Relation.SAME, false, "Word", "word")).isFalse();
        assertThat(relates(Match.Relation.CONTAINS, false, "xWordx", "word")).isFalse();
    }
}
