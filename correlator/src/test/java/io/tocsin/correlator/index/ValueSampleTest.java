package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ValueSampleTest {
    @Test
    void keepsValuesOfEachFieldAsTheyCame() {
        ValueSample sample = new ValueSample(3);
        byte[] bytes = "abcdef".getBytes(StandardCharsets.UTF_8);
        sample.add(0, bytes, 1, 2);
        sample.add(2, bytes, 0, 6);
        sample.add(2, bytes, 5, 1);
        sample.add(1, bytes, 3, 0);
        sample.add(ValueSample.ANYWHERE, bytes, 0, 4);
        assertThat(sample.of(0)).extracting(String::new).containsExactly("bc");
        assertThat(sample.of(1)).isEmpty();
        assertThat(sample.of(2)).extracting(String::new).containsExactly("abcdef", "f");
        assertThat(sample.of(ValueSample.ANYWHERE)).extracting(String::new).containsExactly("abcd");
        bytes[1] = 'x';
        assertThat(sample.of(0)).extracting(String::new).containsExactly("bc");
    }

    @Test
    void keepsManyShortValues() {
        ValueSample sample = new ValueSample(2);
        for (int i = 0; i < 1_000; i++) {
            sample.add(i % 2, new byte[] {(byte) i}, 0, 1);
        }
        for (int field = 0; field < 2; field++) {
            assertThat(sample.of(field)).hasSize(500);
            for (int i = 0; i < 500; i++) {
                assertThat(sample.of(field).get(i)).containsExactly((byte) (2 * i + field));
            }
        }
    }

    @Test
    void isBoundedForAFieldAndTogether() {
        ValueSample sample = new ValueSample(100);
        byte[] bytes = new byte[10_000];
        long all = 0;
        for (int field = -1; field < 100; field++) {
            for (int i = 0; i < 10; i++) {
                sample.add(field, bytes, 0, bytes.length);
            }
            long kept = sample.of(field).stream().mapToInt(each -> each.length).sum();
            assertThat(kept).isEqualTo(Math.min(32_768, 262_144 - all));
            all += kept;
        }
        assertThat(all).isEqualTo(262_144);
    }
}
