package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FieldIndexTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static FieldIndex index(Consumer<FieldIndex> adding) {
        FieldIndex index = new FieldIndex();
        adding.accept(index);
        index.build(List.of());
        return index;
    }

    @Test
    void looksInsideWhenAllItsTextsAreOfAsciiAndStandInNoNumber() {
        assertThat(index(index -> index.addLiteral(bytes("word"), 0)).looksInside())
                .isTrue();
        assertThat(index(index -> {
                            index.addLiteral(bytes("word"), 0);
                            index.addLiteral(bytes("12a"), 1);
                            index.addLiteral(bytes("infinity!"), 2);
                        })
                        .looksInside())
                .isFalse();
        for (String other : List.of("12345", "-1.5e10", "infinity", "nan", "0", "ä", "wörd")) {
            assertThat(index(index -> index.addLiteral(bytes(other), 0)).looksInside())
                    .as(other)
                    .isFalse();
            // Whichever comes first.
            assertThat(index(index -> {
                                index.addLiteral(bytes("word"), 0);
                                index.addLiteral(bytes(other), 1);
                            })
                            .looksInside())
                    .isFalse();
            assertThat(index(index -> {
                                index.addLiteral(bytes(other), 0);
                                index.addLiteral(bytes("word"), 1);
                            })
                            .looksInside())
                    .isFalse();
        }
        assertThat(index(_ -> {}).looksInside()).isFalse();
        List<Consumer<FieldIndex>> edges = List.of(
                index -> index.addEqual(bytes("edge"), 1),
                index -> index.addPrefix(bytes("edge"), 1),
                index -> index.addSuffix(bytes("edge"), 1));
        for (Consumer<FieldIndex> edge : edges) {
            assertThat(index(edge).looksInside()).isFalse();
            assertThat(index(index -> {
                                index.addLiteral(bytes("word"), 0);
                                edge.accept(index);
                            })
                            .looksInside())
                    .isFalse();
        }
    }

    @Test
    void isEmptyUntilSomethingIsAdded() {
        assertThat(index(_ -> {}).isEmpty()).isTrue();
        List<Consumer<FieldIndex>> all = List.of(
                index -> index.addPresence(0),
                index -> index.addEqual(bytes("text"), 0),
                index -> index.addPrefix(bytes("text"), 0),
                index -> index.addSuffix(bytes("text"), 0),
                index -> index.addLiteral(bytes("text"), 0));
        for (Consumer<FieldIndex> each : all) {
            assertThat(index(each).isEmpty()).isFalse();
        }
    }

    @Test
    void saysOfMostStretchesThatNoTextIsThere() {
        FieldIndex index = index(each -> each.addLiteral(bytes("some word"), 0));
        assertThat(index.mayFind(bytes("no word of it"), 0, 13)).isFalse();
        assertThat(index.mayFind(bytes("and Some Word"), 0, 13)).isTrue();
        assertThat(index.mayFind(bytes("and Some Word"), 0, 12)).isFalse();
    }

    @Test
    void wordsAreOfFourBytesOfAsciiAndMoreAndStandInNoNumber() {
        for (String word : List.of("word", "b234", "12x4", "infinity!", "0x1f")) {
            assertThat(FieldIndex.isWord(bytes(word))).as(word).isTrue();
        }
        for (String other : List.of("", "wor", "1234", "0123456789.-e", "infinity", "nany", "wörd", "äö")) {
            assertThat(FieldIndex.isWord(bytes(other))).as(other).isFalse();
        }
    }

    /// True when an evaluation of this test made the value small, which takes time and memory.
    private static boolean isFolded(Match match, String value) {
        FilterIndex index = new FilterIndex(new FieldTable());
        index.add(new Filter.Test(field("Text"), match));
        index.build();
        Evaluation evaluation = index.newEvaluation();
        evaluation.moveTo(TestEvents.of("Text", value), 0);
        return evaluation.view().foldedOffset(evaluation.view().first(0)) != EventView.NONE;
    }

    @Test
    void leavesValuesAloneThatAreShorterThanWhatTheyAreToContain() {
        assertThat(isFolded(new Match.Contains("abcdef", true), "ÄÖ")).isFalse();
        assertThat(isFolded(new Match.Contains("abcdef", true), "xxÄÖ")).isTrue();
        assertThat(isFolded(new Match.Contains("abcdef", true), "xÄÖ")).isFalse();
        assertThat(isFolded(new Match.Same("abcdef", true), "ÄÖ")).isTrue();
        assertThat(isFolded(new Match.StartsWith("abcdef", true), "ÄÖ")).isTrue();
        assertThat(isFolded(new Match.EndsWith("abcdef", true), "ÄÖ")).isTrue();
    }
}
