package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Rules of words that may stand in any text of an event: one pass over the event for all of them, and they are
/// evaluated only when a word of theirs is there.
class WordsAnywhereTest {
    private static Filter word(String text) {
        return word(text, true);
    }

    private static Filter word(String text, boolean ignoreCase) {
        return new Filter.Test(new FieldReference.AnyField(), new Match.Contains(text, ignoreCase));
    }

    private static Evaluation evaluation(Filter... filters) {
        FilterIndex index = new FilterIndex(new FieldTable());
        for (Filter each : filters) {
            index.add(each);
        }
        index.build();
        return index.newEvaluation();
    }

    private static List<Integer> found(Evaluation evaluation, String... pairs) {
        evaluation.moveTo(TestEvents.of(pairs), 0);
        return TestEvents.matches(evaluation);
    }

    @Test
    void evaluatesARuleOfWordsOnlyWhenOneOfThemIsThere() {
        Filter[] rules = new Filter[200];
        for (int i = 0; i < rules.length; i++) {
            rules[i] = Filter.all(List.of(
                    Filter.any(List.of(word("word::" + (char) ('a' + i % 26) + i), word("other words " + i + "!"))),
                    Filter.not(new Filter.Test(field("EventID"), new Match.Same("15", true)))));
        }
        Evaluation evaluation = evaluation(rules);
        assertThat(found(evaluation, "EventID", "1", "Text", "nothing of word:: or other words"))
                .isEmpty();
        assertThat(evaluation.evaluatedFilters()).isZero();
        assertThat(found(evaluation, "EventID", "1", "Text", "a WORD::B1! and", "Key", "Other Words 199! too"))
                .containsExactly(1, 199);
        assertThat(evaluation.evaluatedFilters()).isEqualTo(2);
        assertThat(found(evaluation, "EventID", "15", "Text", "a WORD::B1! and"))
                .isEmpty();
        assertThat(evaluation.evaluatedFilters()).isEqualTo(3);
    }

    @Test
    void findsNoWordAcrossTwoTextsNorInANameOfAField() {
        Evaluation evaluation = evaluation(word("sekurlsa::logon"), word("lsadump::sam"));
        for (int cut = 1; cut < "sekurlsa::logon".length(); cut++) {
            String text = "sekurlsa::logon";
            assertThat(found(evaluation, "", "x " + text.substring(0, cut), "", text.substring(cut) + " y"))
                    .isEmpty();
        }
        assertThat(found(evaluation, "lsadump::sam", "x", "sekurlsa::logon", "y"))
                .isEmpty();
        assertThat(found(evaluation, "lsadump::sam", "x", "z", "sekurlsa::logon"))
                .containsExactly(0);
    }

    @Test
    void findsWordsWhereverTheyStandInTextsOfEveryLength() {
        List<String> words = List.of("lsadump::sam", "kiwi legit printer", "misc::skeleton key", "eo.oe.kiwi.x");
        Evaluation evaluation =
                evaluation(words.stream().map(WordsAnywhereTest::word).toArray(Filter[]::new));
        for (int i = 0; i < words.size(); i++) {
            for (int before = 0; before < 70; before++) {
                for (int behind : new int[] {0, 1, 5, 40}) {
                    String text =
                            "-".repeat(before) + words.get(i).toUpperCase(java.util.Locale.ROOT) + "-".repeat(behind);
                    assertThat(found(evaluation, "a", "some", "b", text)).containsExactly(i);
                    assertThat(found(evaluation, "a", text, "b", text.substring(1)))
                            .containsExactly(i);
                }
            }
        }
    }

    @Test
    void findsWordsOfWhichALetterIsMadeSmallIntoAscii() {
        Evaluation evaluation = evaluation(word("eo.oe.kiwi"), word("mimikatz here"), word("Mimikatz here", false));
        for (int before = 0; before < 80; before++) {
            String text = "-".repeat(before) + "EO.OE.\u212AIWI";
            assertThat(found(evaluation, "a", text)).containsExactly(0);
            assertThat(found(evaluation, "a", text + "-".repeat(70))).containsExactly(0);
            assertThat(found(evaluation, "a", "Windows® " + text)).containsExactly(0);
        }
        assertThat(found(evaluation, "a", "MIMI\u212AATZ HERE")).containsExactly(1);
        assertThat(found(evaluation, "a", "some® text of Ж letters, more than 64 bytes of them, with Mimikatz here"))
                .containsExactly(1, 2);
        assertThat(found(evaluation, "a", "some® text of Ж letters, more than 64 bytes of them, with mimikatz there"))
                .isEmpty();
    }

    @Test
    void findsShortWordsAndNumbersAsWell() {
        Evaluation evaluation = evaluation(word("su"), word("4711"), word("äö"), word("abcd"), word("abcdefg"));
        assertThat(found(evaluation, "a", "x", "b", "SU")).containsExactly(0);
        assertThat(found(evaluation, "a", "\u212As", "b", "u4711ÄÖ")).containsExactly(1, 2);
        assertThat(found(evaluation, "a", "xxabcdxx")).containsExactly(3);
        assertThat(found(evaluation, "a", "xABCDEFGx")).containsExactly(3, 4);
        assertThat(found(evaluation, "a", "a", "b", "b")).isEmpty();
    }

    @Test
    void learnsThatAWordIsRarerThanATextAndTheOtherWayRound() {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        for (int i = 0; i < 100; i++) {
            index.add(Filter.all(List.of(
                    new Filter.Test(field("Channel"), new Match.Same("Security", true)),
                    new Filter.Test(field("Text"), new Match.Contains("a text in every event " + i % 5, true)),
                    word("word of rule " + i + " only"))));
        }
        index.build();
        RoutedEvaluation evaluation = index.newEvaluation();
        String text = "a text in every event 0, a text in every event 1, a text in every event 2";
        EventBatch usual = TestEvents.of("Channel", "Security", "Text", text, "Other", "no word of a rule");
        EventBatch wanted = TestEvents.of("Channel", "Security", "Text", text, "Other", "a Word of rule 6 only");
        List<Long> evaluated = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            evaluation.moveTo(i % 100 == 99 ? wanted : usual, 0);
            assertThat(TestEvents.matches(evaluation)).isEqualTo(i % 100 == 99 ? List.of(6) : List.of());
            evaluated.add(evaluation.evaluatedFilters());
        }
        // 60 rules have a text that is there.
        assertThat(evaluated.get(9)).isEqualTo(600);
        assertThat(evaluated.get(2_999) - evaluated.get(2_000)).isLessThan(20);
    }
}
