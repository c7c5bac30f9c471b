package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.index.TestPlan.Knowledge;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Network;
import io.tocsin.correlator.rule.TimePart;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TestPlannerTest {
    private final FieldTable fields = new FieldTable();
    private final TestPlanner planner = new TestPlanner(fields);

    private TestPlan plan(Match match) {
        return planner.plan(new Filter.Test(field("Text"), match));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void lettersOfEitherCaseAreDecidedByTheScanOthersOnlyFound() {
        for (boolean ignoreCase : new boolean[] {true, false}) {
            for (Match match : List.of(
                    new Match.Same("ÄbC", ignoreCase),
                    new Match.Contains("ÄbC", ignoreCase),
                    new Match.StartsWith("ÄbC", ignoreCase),
                    new Match.EndsWith("ÄbC", ignoreCase))) {
                TestPlan plan = plan(match);
                assertThat(plan.knowledge()).isEqualTo(ignoreCase ? Knowledge.EXACT : Knowledge.POSSIBLE);
                assertThat(text(plan.known())).isEqualTo("äbc");
                assertThat(text(plan.text())).isEqualTo(ignoreCase ? "äbc" : "ÄbC");
                assertThat(plan.field()).isEqualTo(fields.known(field("Text")));
                assertThat(plan.isAtEdge()).isEqualTo(!(match instanceof Match.Contains));
            }
        }
        assertThat(plan(new Match.Same("", true)).knowledge()).isEqualTo(Knowledge.DIRECT);
    }

    @Test
    void patternsAreFoundByTheirLongestPiece() {
        TestPlan plan = plan(new Match.Like(Wildcards.parse("AB*CDEF?GH"), true));
        assertThat(plan.knowledge()).isEqualTo(Knowledge.POSSIBLE);
        assertThat(text(plan.known())).isEqualTo("cdef");
        assertThat(plan.match()).isEqualTo(new Match.Like(Wildcards.parse("ab*cdef?gh"), true));
        Match exact = new Match.Like(Wildcards.parse("AB?C"), false);
        assertThat(plan(exact).match()).isEqualTo(exact);
        assertThat(text(plan(exact).known())).isEqualTo("ab");
        assertThat(plan(new Match.Like(Wildcards.parse("??"), true)).knowledge())
                .isEqualTo(Knowledge.DIRECT);
    }

    @Test
    void expressionsAreFoundByATextThatEachOfTheirMatchesContains() {
        TestPlan plan = plan(new Match.Finds("x[0-9]+ABCD", false));
        assertThat(plan.knowledge()).isEqualTo(Knowledge.POSSIBLE);
        assertThat(text(plan.known())).isEqualTo("abcd");
        assertThat(plan.regex()).isNotNull();
        assertThat(text(plan(new Match.Finds("[0-9]+abc", false)).known())).isEqualTo("abc");
        for (String expression : List.of("[0-9]+ab", "[a-z]+[0-9]", "[0-9]+äöüß")) {
            assertThat(plan(new Match.Finds(expression, false)).knowledge()).isEqualTo(Knowledge.DIRECT);
            assertThat(plan(new Match.Finds(expression, false)).regex()).isNotNull();
        }
        // Compiled once, whoever asks.
        assertThat(planner.plan(new Filter.Test(field("Other"), new Match.Finds("x[0-9]+ABCD", false)))
                        .regex())
                .isSameAs(plan.regex());
    }

    @Test
    void whatNoScanFindsIsLookedAt() {
        for (Match match : List.of(
                new Match.Present(),
                new Match.InNetwork(Objects.requireNonNull(Network.parse("10.0.0.0/8"))),
                new Match.Compares(Match.Comparison.LESS, 1),
                new Match.InTime(TimePart.HOUR, null, 1),
                new Match.Relates(Match.Relation.SAME, field("Other"), true))) {
            assertThat(plan(match).knowledge()).isEqualTo(Knowledge.DIRECT);
            assertThat(plan(match).match()).isEqualTo(match);
        }
    }

    @Test
    void noScanReadsVariables() {
        FieldReference variable = Variable.named("v");
        Match network = new Match.InNetwork(Objects.requireNonNull(Network.parse("10.0.0.0/8")));
        Match[][] pairs = {
            {new Match.Same("Ab", true), new Match.Like(Wildcards.parse("ab"), true)},
            {new Match.Same("Ab", false), new Match.Same("Ab", false)},
            {new Match.Same("", true), new Match.Same("", true)},
            {new Match.Contains("Ab", true), new Match.Like(Wildcards.parse("*ab*"), true)},
            {new Match.Contains("Ab", false), new Match.Contains("Ab", false)},
            {new Match.StartsWith("Ab", true), new Match.Like(Wildcards.parse("ab*"), true)},
            {new Match.StartsWith("Ab", false), new Match.StartsWith("Ab", false)},
            {new Match.EndsWith("Ab", true), new Match.Like(Wildcards.parse("*ab"), true)},
            {new Match.EndsWith("Ab", false), new Match.EndsWith("Ab", false)},
            {new Match.Like(Wildcards.parse("A*b"), true), new Match.Like(Wildcards.parse("a*b"), true)},
            {new Match.Like(Wildcards.parse("A*b"), false), new Match.Like(Wildcards.parse("A*b"), false)},
            {new Match.Finds("abcdef", false), new Match.Finds("abcdef", false)},
            {new Match.Present(), new Match.Present()},
            {new Match.Compares(Match.Comparison.LESS, 1), new Match.Compares(Match.Comparison.LESS, 1)},
            {new Match.InTime(TimePart.HOUR, null, 1), new Match.InTime(TimePart.HOUR, null, 1)},
            {network, network},
            {
                new Match.Relates(Match.Relation.SAME, field("Other"), true),
                new Match.Relates(Match.Relation.SAME, field("Other"), true)
            },
        };
        for (Match[] pair : pairs) {
            TestPlan plan = planner.plan(new Filter.Test(variable, pair[0]));
            assertThat(plan.knowledge()).isEqualTo(Knowledge.DIRECT);
            assertThat(plan.match()).isEqualTo(pair[1]);
            assertThat(plan.known()).isEmpty();
            assertThat(plan.regex() != null).isEqualTo(pair[0] instanceof Match.Finds);
            assertThat(plan.field()).isEqualTo(fields.known(variable));
        }
        assertThat(text(planner.plan(new Filter.Test(variable, new Match.Contains("Ab", false)))
                        .text()))
                .isEqualTo("Ab");
    }

    @Test
    void ofAnyFieldIsNoFieldAtAll() {
        TestPlan plan = planner.plan(new Filter.Test(new FieldReference.AnyField(), new Match.Contains("word", true)));
        assertThat(plan.field()).isEqualTo(-1);
        assertThat(plan.isWordAnywhere()).isTrue();
        assertThat(plan(new Match.Contains("word", true)).isWordAnywhere()).isFalse();
    }
}
