package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class GrowingKeyTableTest {
    private final GrowingKeyTable<Integer> table = new GrowingKeyTable<>();

    private @Nullable Integer find(String key) {
        byte[] bytes = ("<" + key + ">").getBytes(UTF_8);
        return table.find(bytes, 1, bytes.length - 1);
    }

    private void add(String key, int value) {
        byte[] bytes = ("..." + key).getBytes(UTF_8);
        table.add(bytes, 3, bytes.length, value);
    }

    @Test
    void agreesWithAMapHoweverManyKeysThereAre() {
        Random random = new Random(11);
        Map<String, Integer> expected = new HashMap<>();
        for (int i = 0; i < 50_000; i++) {
            String key = Integer.toString(random.nextInt(5_000), 36).repeat(random.nextInt(12));
            assertThat(find(key)).isEqualTo(expected.get(key));
            if (!expected.containsKey(key)) {
                expected.put(key, i);
                add(key, i);
            }
        }
        assertThat(table.size()).isEqualTo(expected.size());
        expected.forEach((key, value) -> assertThat(find(key)).isEqualTo(value));
    }

    @Test
    void tellsKeysApartThatDifferInTheMiddleOnly() {
        add("aaaaaaaaaaaaaaaa1aaaaaaaaaaaaaaaa", 1);
        add("aaaaaaaaaaaaaaaa2aaaaaaaaaaaaaaaa", 2);
        add("a", 3);
        assertThat(find("aaaaaaaaaaaaaaaa1aaaaaaaaaaaaaaaa")).isEqualTo(1);
        assertThat(find("aaaaaaaaaaaaaaaa2aaaaaaaaaaaaaaaa")).isEqualTo(2);
        assertThat(find("a\0")).isNull();
    }

    @Test
    void knowsNothingOnceCleared() {
        add("key", 1);
        table.clear();
        assertThat(find("key")).isNull();
        assertThat(table.size()).isZero();
        add("key", 2);
        assertThat(find("key")).isEqualTo(2);
    }
}
