package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NumbersTest {
    /// Reads a text that stands between others.
    private static double parse(String text) {
        byte[] bytes = ("0x12" + text + "34").getBytes(StandardCharsets.UTF_8);
        return Numbers.parse(bytes, 4, bytes.length - 6);
    }

    @Test
    void readsNumbersWithSignAndFraction() {
        for (String text : new String[] {
            "0", "9", "-12", "3.5", "-0.25", ".5", "5.", "-.5", "1000000", "+7", "00", "007", "10", "90.09"
        }) {
            assertThat(parse(text)).as(text).isEqualTo(Double.parseDouble(text));
        }
    }

    @Test
    void readsHexadecimalNumbers() {
        assertThat(parse("0x1f")).isEqualTo(31);
        assertThat(parse("0X1F")).isEqualTo(31);
        assertThat(parse("0x0")).isZero();
        assertThat(parse("0x10")).isEqualTo(16);
        assertThat(parse("-0x10")).isEqualTo(-16);
        assertThat(parse("+0xa0")).isEqualTo(160);
        for (String text : new String[] {"0x", "-0x", "0xg", "0x1g", "0x1.5", "1x1", "0y1", "0x-1"}) {
            assertThat(parse(text)).as(text).isNaN();
        }
    }

    @Test
    void readsNothingElse() {
        for (String text : new String[] {
            "", "-", "+", ".", "-.", "1.2.3", "12a", "a12", "NaN", "1 ", " 1", "1/", "1:", "--1", "1e3", "Infinity"
        }) {
            assertThat(parse(text)).as(text).isNaN();
        }
    }

    @Test
    void readsThirtyTwoCharactersAtMost() {
        assertThat(parse("0".repeat(31) + "7")).isEqualTo(7);
        assertThat(parse("0".repeat(32) + "7")).isNaN();
    }
}
