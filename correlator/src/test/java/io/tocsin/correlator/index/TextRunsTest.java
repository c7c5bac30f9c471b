package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which runs of a text a scan stops at: each stop in vain costs time.
class TextRunsTest {
    private static TextRuns runs(int size, int step, List<String> texts) {
        return new TextRuns(
                texts.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                IntStream.range(0, texts.size()).boxed().toList(),
                size,
                step,
                ByteWords.BYTES,
                65_536,
                false);
    }

    /// Places of the first text whose run is one of those by which texts are known.
    private static List<Integer> known(int size, int step, String... texts) {
        TextRuns runs = runs(size, step, List.of(texts));
        byte[] first = texts[0].getBytes(StandardCharsets.UTF_8);
        List<Integer> places = new ArrayList<>();
        for (int at = 0; at + size <= first.length; at++) {
            if (runs.table().find(ByteWords.tail(first, at, at + size) & RunTable.UNFOLDED) >= 0) {
                places.add(at);
            }
        }
        return places;
    }

    @Test
    void areNotThoseThatStandInNearlyEveryValue() {
        assertThat(known(4, 4, "c:\\windows\\system32\\zqxj")).containsExactly(17, 18, 19, 20);
        assertThat(known(4, 4, "zqxjkvb\\appdata\\local\\temp\\")).containsExactly(0, 1, 2, 3);
        assertThat(known(4, 4, "hklm\\system\\zqxjkvb\\microsoft")).containsExactly(9, 10, 11, 12);
        assertThat(known(3, 2, ".dllzq")).containsExactly(2, 3);
        // Unless there are no others.
        assertThat(known(4, 8, "c:\\windows\\")).hasSize(8);
    }

    @Test
    void areThoseOfTheFewestTexts() {
        assertThat(known(4, 4, "same same 1234", "same same 4321")).containsExactly(7, 8, 9, 10);
        assertThat(known(4, 4, "1234567 same same", "7654321 same same")).startsWith(0);
        // The first run is of two texts, the last one of three.
        assertThat(known(4, 4, "abcdsame", "abcdqrst", "uvwxsame", "jklmsame")).startsWith(0);
        // The first run is of three texts, the last one of two.
        assertThat(known(4, 4, "sameabcd", "samequvw", "samejklm", "rstvabcd")).doesNotContain(0);
    }
}
