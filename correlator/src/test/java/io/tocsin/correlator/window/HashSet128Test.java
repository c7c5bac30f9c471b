package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HashSet128Test {
    /// Few different numbers, so that hashes share halves, the pair (0, 0) comes, and places are contended for.
    private static long half(Random random) {
        return random.nextInt(4) == 0 ? 0 : (long) random.nextInt(40) << (random.nextBoolean() ? 0 : 32);
    }

    private static void assertSame(HashSet128 set, Set<List<Long>> model) {
        assertThat(set.size()).isEqualTo(model.size());
        for (List<Long> each : model) {
            assertThat(set.contains(each.get(0), each.get(1))).isTrue();
            assertThat(set.contains(each.get(0), each.get(1) + (1L << 50))).isFalse();
            assertThat(set.contains(each.get(0) + (1L << 50), each.get(1))).isFalse();
        }
        assertThat(set.contains(0, 0)).isEqualTo(model.contains(List.of(0L, 0L)));
    }

    @Test
    void isASetThroughGrowthCopiesClearingAndCheckpoints() {
        Random random = new Random(3);
        for (int round = 0; round < 40; round++) {
            HashSet128 set = new HashSet128();
            for (int life = 0; life < 3; life++) {
                Set<List<Long>> model = new HashSet<>();
                int adds = random.nextInt(round < 35 ? 40 : 1_500);
                for (int i = 0; i < adds; i++) {
                    long high = half(random);
                    long low = half(random);
                    assertThat(set.add(high, low)).isEqualTo(model.add(List.of(high, low)));
                }
                assertSame(set, model);
                assertThat(set.bytes()).isEqualTo(64 + 48L * model.size());
                HashSet128 copy = set.copy();
                StateWriter out = new StateWriter();
                set.write(out);
                assertSame(HashSet128.read(new StateReader(out.toBytes())), model);
                set.clear();
                assertSame(set, Set.of());
                assertSame(copy, model);
            }
        }
    }
}
