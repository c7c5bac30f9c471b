package io.tocsin.pipeline.diagnostics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SampleTextTest {
    private static String of(String text) {
        return SampleText.of(text.getBytes(UTF_8), false);
    }

    @Test
    void leavesReadableTextAsItIs() {
        String text = "<13>Grüße, 世界 \uD83D\uDE00\n\tline two \"quoted\"";
        assertThat(of(text)).isEqualTo(text);
    }

    @Test
    void showsBytesThatAreNoText() {
        assertThat(SampleText.of(new byte[] {'a', (byte) 0xFF, (byte) 0xC3, 'b'}, false))
                .isEqualTo("a\\xFF\\xC3b");
    }

    @Test
    void showsCharactersThatCannotBeSeen() {
        assertThat(of("a\u0000b\u001B[31m\r\u202Ec\u2028")).isEqualTo("a\\x{0}b\\x{1B}[31m\\x{D}\\x{202E}c\\x{2028}");
    }

    @Test
    void leavesOutHalfACharacterAtTheCut() {
        byte[] whole = "ab€".getBytes(UTF_8);
        assertThat(SampleText.of(Arrays.copyOf(whole, 4), true)).isEqualTo("ab");
        assertThat(SampleText.of(Arrays.copyOf(whole, 4), false)).isEqualTo("ab\\xE2\\x82");
    }

    @Test
    @Tag("fuzz")
    void makesAnythingReadable() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            for (int i = 0; random.nextBoolean() && i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(96) + 32);
            }
            String text = SampleText.of(bytes, random.nextBoolean());
            assertThat(text.length()).as("seed %d", seed).isLessThanOrEqualTo(bytes.length * 8);
            assertThat(text.chars().allMatch(c -> c == '\n' || c == '\t' || !Character.isISOControl(c)))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }
}
