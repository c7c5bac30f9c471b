package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CandidateSetTest {
    @Test
    void isASetOfNumbersInAscendingOrder() {
        Random random = new Random(5);
        for (int size : new int[] {1, 63, 64, 65, 4_096, 4_097, 20_000}) {
            CandidateSet set = new CandidateSet(size);
            for (int round = 0; round < 30; round++) {
                BitSet model = new BitSet();
                for (int i = random.nextInt(20); i > 0; i--) {
                    int number = random.nextInt(size);
                    set.add(number);
                    model.set(number);
                }
                for (int i = 0; i < 50; i++) {
                    int from = random.nextInt(size + 130);
                    assertThat(set.next(from)).as("%s from %d", model, from).isEqualTo(model.nextSetBit(from));
                }
                assertThat(set.next(0)).isEqualTo(model.nextSetBit(0));
                assertThat(set.next(size - 1)).isEqualTo(model.nextSetBit(size - 1));
                set.clear();
                assertThat(set.next(0)).isEqualTo(-1);
            }
        }
    }

    @Test
    void mayBeForNoFilterAtAll() {
        CandidateSet set = new CandidateSet(0);
        set.clear();
        assertThat(set.next(0)).isEqualTo(-1);
        assertThat(set.next(64)).isEqualTo(-1);
    }
}
