package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LiteralScannerTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LiteralScanner scanner(String... texts) {
        LiteralScanner scanner = new LiteralScanner();
        for (int i = 0; i < texts.length; i++) {
            scanner.add(bytes(texts[i]), i);
        }
        scanner.build(List.of());
        return scanner;
    }

    @Test
    void saysWhetherThereIsSomethingAtAll() {
        String letters = "abcdefghijklmnopqrstuvwxyz";
        for (int shortest = 1; shortest < 20; shortest++) {
            String text = letters.substring(0, shortest);
            LiteralScanner scanner = scanner(text, letters);
            assertThat(scanner.shortest()).isEqualTo(shortest);
            for (int before = 0; before < 70; before++) {
                for (int behind : new int[] {0, 1, 7, 60}) {
                    byte[] value = bytes("?" + "-".repeat(before) + text.toUpperCase(Locale.ROOT) + "-".repeat(behind));
                    assertThat(scanner.mayFind(value, 1, value.length - 1)).isTrue();
                    assertThat(scanner.mayFind(value, 1, before + shortest)).isTrue();
                    // One byte of it lies outside of the stretch.
                    assertThat(scanner.mayFind(value, 1, before + shortest - 1)).isFalse();
                    assertThat(scanner.mayFind(value, 2 + before, shortest + behind - 1))
                            .isFalse();
                    value[1 + before + shortest / 2] = '_';
                    assertThat(scanner.mayFind(value, 0, value.length)).isFalse();
                }
            }
        }
    }

    @Test
    void saysThatThereMayBeSomethingWhereALetterBecomesAscii() {
        for (String text : List.of("x1", "x1y2z", "x1y2z3k", "x1y2z3k4", "x1y2z3k4i5678")) {
            LiteralScanner scanner = scanner(text);
            for (int before = 0; before < 80; before++) {
                for (String letter : List.of("\u212A", "\u0130")) {
                    byte[] value = bytes("-".repeat(before) + letter + "-".repeat(70));
                    assertThat(scanner.mayFind(value, 0, value.length)).isTrue();
                }
                byte[] value = bytes("-".repeat(before) + "Ж®ä€" + "-".repeat(70));
                assertThat(scanner.mayFind(value, 0, value.length)).isFalse();
            }
        }
    }

    @Test
    void saysSoWhereverTheLetterStandsAndWhereverTheArrayEnds() {
        for (String text : List.of("x1y2", "x1y2z3", "x1y2z3k4", "x1y2z3k4i", "x1y2z3k4i5", "x1y2z3k4i5678")) {
            LiteralScanner scanner = scanner(text);
            for (int before = text.length(); before < 80; before++) {
                for (int behind : new int[] {0, 1, 2, 3, 7, 8, 15, 16, 31}) {
                    for (String letter : List.of("\u212A", "\u0130")) {
                        byte[] value = bytes("-".repeat(before) + letter + "-".repeat(behind));
                        assertThat(scanner.mayFind(value, 0, value.length)).isTrue();
                        assertThat(scanner.mayFind(Arrays.copyOf(value, value.length + 70), 0, value.length))
                                .isTrue();
                        // One byte of the letter lies outside of the stretch.
                        assertThat(scanner.mayFind(value, 0, value.length - behind - 1))
                                .isFalse();
                    }
                    byte[] value = bytes("-".repeat(before) + "Ж" + "-".repeat(behind));
                    assertThat(scanner.mayFind(value, 0, value.length)).isFalse();
                }
            }
        }
    }

    @Test
    void saysTheSameWhereverItStandsInALongValue() {
        Random random = new Random(7);
        String letters = "abcdefghijklmnopqrstuvwxyz";
        for (int shortest = 3; shortest < 14; shortest++) {
            String text = letters.substring(0, shortest);
            for (int others : new int[] {0, 100, 5_000}) {
                // So many that marks are kept as bytes, as bits, or stand close together.
                String[] texts = new String[others + 1];
                texts[0] = text;
                for (int i = 1; i <= others; i++) {
                    texts[i] = String.format(Locale.ROOT, "%04d%d%s", i, i % 7, letters.substring(i % 9));
                }
                LiteralScanner scanner = scanner(texts);
                for (int i = 0; i < 40; i++) {
                    int before = random.nextInt(3_000);
                    int behind = random.nextInt(3_000);
                    byte[] value = bytes("-".repeat(before) + text.toUpperCase(Locale.ROOT) + "-".repeat(behind));
                    assertThat(scanner.mayFind(value, 0, value.length)).isTrue();
                    value[before + random.nextInt(shortest)] = '_';
                    assertThat(scanner.mayFind(value, 0, value.length)).isFalse();
                    byte[] foreign = bytes("-".repeat(before) + "\u212A" + "-".repeat(behind) + "-------");
                    assertThat(scanner.mayFind(foreign, 0, foreign.length)).isTrue();
                }
            }
        }
    }

    @Test
    void findsNothingWhereThereIsNothingToFind() {
        LiteralScanner scanner = scanner();
        byte[] value = bytes("anything \u212A");
        assertThat(scanner.mayFind(value, 0, value.length)).isFalse();
        assertThat(scanner.shortest()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void comparesBytesAsTheyAre() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] value = new byte[random.nextInt(12)];
            byte[] text = new byte[random.nextInt(4)];
            for (int k = 0; k < value.length; k++) {
                value[k] = (byte) ('a' + random.nextInt(2));
            }
            for (int k = 0; k < text.length; k++) {
                text[k] = (byte) ('a' + random.nextInt(2));
            }
            int offset = random.nextInt(value.length + 1);
            int length = random.nextInt(value.length - offset + 1);
            String stretch = new String(value, offset, length, StandardCharsets.UTF_8);
            assertThat(LiteralScanner.contains(value, offset, length, text))
                    .isEqualTo(stretch.contains(new String(text, StandardCharsets.UTF_8)));
        }
    }
}
