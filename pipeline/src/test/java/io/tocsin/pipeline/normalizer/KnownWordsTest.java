package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class KnownWordsTest {
    private final KnownWords words = new KnownWords();

    private String word(String text) {
        byte[] bytes = ("<" + text + ">").getBytes(UTF_8);
        return words.word(bytes, 1, bytes.length - 1);
    }

    @Test
    void givesTheSameStringForTheSameBytes() {
        assertThat(word("syscall")).isEqualTo("syscall").isSameAs(word("syscall"));
        assertThat(word("")).isEmpty();
        assertThat(word("größe")).isEqualTo("größe");
    }

    @Test
    void neverGivesOneWordForAnotherHoweverManyThereAre() {
        Random random = new Random(11);
        for (int i = 0; i < 200_000; i++) {
            String text = Integer.toString(random.nextInt(50_000), 1 + random.nextInt(35) + 1)
                    .repeat(1 + random.nextInt(12));
            assertThat(word(text)).isEqualTo(text);
        }
    }
}
