package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which runs of a text a scan stops at: each stop in vain costs time.
class TextRunsTest {
    private static final int RUN = 4;
    private static final long MASK = 0xFFFF_FFFFL & RunTable.UNFOLDED;

    private static TextRuns runs(int size, int step, List<String> texts) {
        return new TextRuns(
                texts.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                IntStream.range(0, texts.size()).boxed().toList(),
                size,
                step,
                65_536,
                false,
                List.of());
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

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RunTable table(String text, List<byte[]> seen) {
        return new TextRuns(List.of(bytes(text)), List.of(0), RUN, 4, 4_096, false, seen).table();
    }

    /// At how many places of a value a text would be looked at more closely.
    private static int found(RunTable table, String value) {
        byte[] padded = bytes(value + "        ");
        int found = 0;
        for (int at = 0; at < value.length(); at++) {
            found += table.find(ByteWords.at(padded, at) & MASK) >= 0 ? 1 : 0;
        }
        return found;
    }

    @Test
    void knowsATextByWhatSeldomStandsInValues() {
        String value = "D:\\Oracle\\Client\\bin\\oraclient19.dll+1f2|D:\\Oracle\\Client\\bin\\orageneric.dll+77";
        String text = "\\client\\bin\\oraclxent19.dll+1f2";
        assertThat(found(table(text, List.of()), value)).isPositive();
        assertThat(found(table(text, List.of(bytes(value))), value)).isZero();
        assertThat(found(table(text, List.of(bytes(value))), text)).isEqualTo(4);
    }

    @Test
    void comparesFirstWhatTellsATextFromValues() {
        String value = "D:\\Oracle\\Client\\bin\\oraclient19.dll+1f2";
        // All four runs of seven bytes are in use; what is compared is all of it.
        assertThat(comparedIn(table("9.dlx+1", List.of(bytes(value))), value)).isZero();
        String text = "\\client\\bin\\oraclient19.dlx+1f2";
        assertThat(comparedIn(table(text, List.of(bytes(value))), value)).isZero();
        assertThat(comparedIn(table(text, List.of(bytes(value))), text)).isEqualTo(4);
    }

    /// How often all of a text would be compared.
    private static int comparedIn(RunTable table, String value) {
        byte[] padded = bytes(value + "        ");
        int same = 0;
        for (int at = 0; at < value.length(); at++) {
            int entry = table.find(ByteWords.at(padded, at) & MASK);
            for (boolean more = entry >= 0; more; entry++) {
                more = table.hasNext(entry);
                same += table.isSame(entry, padded, at + table.distance(entry)) ? 1 : 0;
            }
        }
        return same;
    }
}
