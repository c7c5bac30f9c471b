package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.Condition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterCodeTest {
    private static Filter condition(String text) {
        return new Filter.Leaf(Condition.parse(text));
    }

    private static Filter contains(String text) {
        return new Filter.Test(field("Text"), new Match.Contains(text, true));
    }

    private static Evaluation evaluation(List<Filter> filters) {
        FilterIndex index = new FilterIndex(new FieldTable());
        filters.forEach(index::add);
        index.build();
        return index.newEvaluation();
    }

    private static List<Integer> found(Evaluation evaluation, String text) {
        evaluation.moveTo(TestEvents.of("Text", text), 0);
        return TestEvents.matches(evaluation);
    }

    @Test
    void asksEachConditionForItself() {
        Evaluation evaluation = evaluation(List.of(
                condition("Extra.Text = 'one'"),
                condition("Extra.Text = 'two'"),
                Filter.any(
                        List.of(condition("Extra.Text = 'three'"), condition("Extra.Text = 'four'"), contains("five"))),
                Filter.all(List.of(
                        Filter.not(condition("Extra.Text = 'one'")), Filter.not(condition("Extra.Text = 'four'")))),
                contains("t")));
        assertThat(found(evaluation, "one")).containsExactly(0);
        assertThat(found(evaluation, "two")).containsExactly(1, 3, 4);
        assertThat(found(evaluation, "three")).containsExactly(2, 3, 4);
        assertThat(found(evaluation, "four")).containsExactly(2);
        assertThat(found(evaluation, "five")).containsExactly(2, 3);
        assertThat(found(evaluation, "else")).containsExactly(3);
    }

    @Test
    void holdsFiltersOfThousandsOfParts() {
        List<Filter> parts = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            parts.add(contains("part " + i + "!"));
        }
        Evaluation evaluation = evaluation(
                List.of(Filter.any(parts), Filter.not(Filter.any(parts)), Filter.all(parts), contains("2999!")));
        assertThat(found(evaluation, "Part 0!")).containsExactly(0);
        assertThat(found(evaluation, "Part 2999!")).containsExactly(0, 3);
        assertThat(found(evaluation, "part 3000!")).containsExactly(1);
    }
}
