package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoutedIndexTest {
    private static Filter same(String field, String text) {
        return new Filter.Test(field(field), new Match.Same(text, true));
    }

    private static RoutedIndex index(int filters, int channels) {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < filters; i++) {
            int number = index.add(Filter.all(List.of(
                    same("Channel", "channel " + i % channels),
                    new Filter.Test(field("Text"), new Match.Contains("text " + i + "!", true)))));
            assertThat(number).isEqualTo(i);
        }
        index.build();
        return index;
    }

    @Test
    void arrangesByRouteFromSixtyFourFiltersOn() {
        assertThat(index(63, 3).routingFields()).isEmpty();
        RoutedIndex index = index(64, 3);
        assertThat(index.routingFields()).containsExactly(field("Channel"));
        assertThat(index.size()).isEqualTo(64);
        assertThat(index.testCount()).isEqualTo(64 + 3 + 2);
        assertThat(index.alwaysCount()).isZero();
        for (int filters : new int[] {63, 64}) {
            RoutedEvaluation evaluation = index(filters, 3).newEvaluation();
            evaluation.moveTo(TestEvents.of("Channel", "Channel 2", "Text", "TEXT 5! text 6! text 8!"), 0);
            assertThat(TestEvents.matches(evaluation)).containsExactly(5, 8);
            assertThat(evaluation.nextMatch(2)).isEqualTo(5);
            assertThat(evaluation.nextMatch(5)).isEqualTo(5);
            assertThat(evaluation.nextMatch(6)).isEqualTo(8);
            assertThat(evaluation.nextMatch(7)).isEqualTo(8);
            assertThat(evaluation.nextMatch(62)).isEqualTo(-1);
        }
    }

    @Test
    void makesAnIndexForEachRouteAndNoMoreThanMany() {
        RoutedIndex index = index(560, 560);
        RoutedEvaluation evaluation = index.newEvaluation();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 560; i++) {
                evaluation.moveTo(TestEvents.of("Channel", "channel " + i, "Text", "a text " + i + "!"), 0);
                assertThat(TestEvents.matches(evaluation)).containsExactly(i);
                assertThat(index.indexCount()).isEqualTo(round == 0 ? Math.min(i + 1, 512) : 512);
            }
        }
        // One candidate for each event, and the same for those that have no index of their own.
        assertThat(evaluation.evaluatedFilters()).isEqualTo(2 * 560);
    }

    @Test
    void routesWithTheSameFiltersShareAnIndex() {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < 100; i++) {
            index.add(Filter.all(List.of(
                    Filter.any(List.of(same("Channel", "a"), same("Channel", "b"))),
                    new Filter.Test(field("Text"), new Match.Contains("text " + i + "!", true)))));
        }
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        for (String channel : List.of("a", "b", "A", "B")) {
            evaluation.moveTo(TestEvents.of("Channel", channel, "Text", "text 7!"), 0);
            assertThat(TestEvents.matches(evaluation)).containsExactly(7);
        }
        assertThat(index.indexCount()).isEqualTo(1);
        evaluation.moveTo(TestEvents.of("Channel", "c", "Text", "text 7!"), 0);
        assertThat(TestEvents.matches(evaluation)).isEmpty();
        assertThat(index.indexCount()).isEqualTo(2);
    }

    @Test
    void strangeEventsMakeNoMoreRoutesThanFourThousand() {
        List<Filter> channels = new ArrayList<>();
        List<Filter> numbers = new ArrayList<>();
        for (int i = 0; i < 66; i++) {
            channels.add(same("Channel", "channel " + i));
            numbers.add(same("EventID", Integer.toString(i)));
        }
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < 64; i++) {
            Filter text = new Filter.Test(field("Text"), new Match.Contains("text " + i + "!", true));
            index.add(i < 3 ? Filter.all(List.of(Filter.any(channels), Filter.any(numbers), text)) : text);
        }
        index.build();
        Router router = index.router();
        assertThat(router).isNotNull();
        RoutedEvaluation evaluation = index.newEvaluation();
        RoutedIndex.Part first = null;
        for (int i = 0; i < 66 * 66; i++) {
            String[] event = {"Channel", "channel " + i / 66, "EventID", Integer.toString(i % 66), "Text", "Text 2!"};
            evaluation.moveTo(TestEvents.of(event), 0);
            if (evaluation.nextMatch(0) != 2 || evaluation.nextMatch(3) != -1) {
                assertThat(TestEvents.matches(evaluation)).as("event %d", i).containsExactly(2);
            }
            if (router != null && (i < 100 || i > 4_000)) {
                RoutedIndex.Part part = index.part(router.route(evaluation.view()));
                first = i == 0 ? part : first;
                assertThat(first).isNotNull();
                assertThat(part).isEqualTo(i < 4_096 ? first : null);
            }
        }
        assertThat(index.indexCount()).isEqualTo(1);
    }

    @Test
    void measuresEachCandidateByItself() {
        for (int filters : new int[] {60, 100}) {
            RoutedEvaluation evaluation = index(filters, 3).newEvaluation();
            evaluation.moveTo(TestEvents.of("Channel", "channel 1", "Text", "text 4! text 7! text 8! text 13!"), 0);
            List<String> told = new ArrayList<>();
            long[] clock = new long[1];
            evaluation.measure(() -> clock[0] += 5, (filter, nanos) -> told.add(filter + " " + nanos));
            assertThat(told).contains("4 5", "7 5", "13 5").allMatch(each -> each.endsWith(" 5"));
            assertThat(told.indexOf("4 5")).isLessThan(told.indexOf("13 5"));
            assertThat(TestEvents.matches(evaluation)).containsExactly(4, 7, 13);
            evaluation.moveTo(TestEvents.of("Channel", "channel 1", "Text", "text"), 0);
            told.clear();
            evaluation.measure(() -> clock[0] += 5, (filter, nanos) -> told.add(filter + " " + nanos));
            assertThat(told).hasSizeLessThanOrEqualTo(filters == 60 ? 20 : 0);
        }
    }

    @Test
    void isBuiltOnceAndBeforeItIsUsed() {
        FilterIndex index = new FilterIndex(new FieldTable());
        index.add(Filter.not(same("a", "b")));
        assertThatThrownBy(index::newEvaluation).isInstanceOf(IllegalStateException.class);
        index.build();
        assertThatThrownBy(index::build).isInstanceOf(IllegalStateException.class);
        assertThat(index.size()).isEqualTo(1);
        assertThat(index.alwaysCount()).isEqualTo(1);
        assertThat(index.newEvaluation().view().event()).isNotNull();
        RoutedIndex routed = new RoutedIndex(new FieldTable());
        routed.add(Filter.not(same("a", "b")));
        routed.add(new Filter.Test(new FieldReference.AnyField(), new Match.Contains("ab", true)));
        routed.build();
        assertThat(routed.alwaysCount()).isEqualTo(2);
    }
}
