package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.index.ByteTable.ByteText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ByteTableTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteTable table(List<String> texts) {
        Map<ByteText, List<Integer>> entries = ByteTable.entries();
        for (int i = 0; i < texts.size(); i++) {
            ByteTable.put(entries, bytes(texts.get(i)), i);
        }
        return new ByteTable(entries);
    }

    /// Looks up a text that stands between others.
    private static int[] get(ByteTable table, String text) {
        byte[] value = bytes("x" + text + "yz");
        return table.get(value, 1, value.length - 3);
    }

    @Test
    void findsTextsOfEveryLengthInEitherCase() {
        List<String> texts = IntStream.rangeClosed(0, 150)
                .filter(length -> length % 3 != 1)
                .mapToObj("a"::repeat)
                .toList();
        ByteTable table = table(texts);
        for (int length = 0; length < 160; length++) {
            String text = "a".repeat(length);
            int[] expected = texts.contains(text) ? new int[] {texts.indexOf(text)} : ByteTable.NOTHING;
            assertThat(get(table, text)).as("%d", length).isEqualTo(expected);
            assertThat(get(table, text.toUpperCase(Locale.ROOT))).isEqualTo(expected);
            if (length > 0) {
                assertThat(get(table, text.substring(1) + "b")).isEmpty();
            }
        }
    }

    @Test
    void findsEachOfThousandsOfTexts() {
        for (int count : new int[] {0, 1, 2, 3, 4, 5, 8, 64, 5_000}) {
            List<String> texts =
                    IntStream.range(0, count).mapToObj(i -> "text " + i).toList();
            ByteTable table = table(texts);
            for (int i = 0; i < count; i++) {
                assertThat(get(table, "TEXT " + i)).containsExactly(i);
            }
            assertThat(get(table, "text " + count)).isEmpty();
        }
    }

    @Test
    void tellsTextsApartThatAreRoughlyEqualOrHaveTheSameHashCode() {
        // The same but for bit 5, which the hash does not see.
        List<String> alike = List.of("a[", "a{", "b@", "b`");
        ByteTable table = table(alike);
        for (int i = 0; i < alike.size(); i++) {
            assertThat(get(table, alike.get(i))).containsExactly(i);
        }
        assertThat("b[".hashCode()).isEqualTo("az".hashCode());
        ByteTable same = table(List.of("b[", "az"));
        assertThat(get(same, "B[")).containsExactly(0);
        assertThat(get(same, "AZ")).containsExactly(1);
    }

    @Test
    void keepsAllNumbersOfAText() {
        ByteTable table = table(List.of("same", "other", "same", "same"));
        assertThat(get(table, "Same")).containsExactly(0, 2, 3);
        assertThat(get(table, "Other")).containsExactly(1);
    }
}
