package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GramFilterTest {
    @Test
    void containsWhatItWasMadeOfAndSaysOfNearlyAllElseThatItIsNotThere() {
        for (int count : new int[] {1, 3, 100, 511, 512, 3_000, 20_000}) {
            Random random = new Random(count);
            Set<Long> grams = new HashSet<>();
            random.longs(count, 0, 1L << 32).forEach(grams::add);
            GramFilter filter = new GramFilter(grams);
            assertThat(grams).allMatch(filter::mayContain);
            int wrong = 0;
            for (int i = 0; i < 10_000; i++) {
                wrong += filter.mayContain(random.nextLong(1L << 32, 1L << 33)) ? 1 : 0;
            }
            // One bit in sixteen to thirty-two is set, of a small map one in 128 and less; two are looked at.
            assertThat(wrong).isLessThan(count < 512 ? 15 : 170);
        }
    }

    @Test
    void mayBeEmpty() {
        assertThat(new GramFilter(Set.of()).mayContain(0)).isFalse();
    }
}
