package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class GramTableTest {
    @Test
    void findsWhatWasAddedAndSaysOfNearlyAllElseThatItIsNotThere() {
        for (int count : new int[] {1, 3, 100, 511, 512, 3_000, 20_000}) {
            Random random = new Random(count);
            GramTable.Builder builder = new GramTable.Builder();
            long[] grams = random.longs(count, 0, 1L << 32).distinct().toArray();
            for (int i = 0; i < grams.length; i++) {
                builder.add(grams[i], i);
                if (i % 10 == 0) {
                    builder.add(grams[i], -i);
                }
            }
            GramTable table = builder.build(16_384);
            for (int i = 0; i < grams.length; i++) {
                assertThat(table.mayContain(grams[i])).isTrue();
                assertThat(marked(table, grams[i])).isTrue();
                assertThat(hasMark(table, grams[i])).isTrue();
                // The bit that rough folding sets says nothing.
                assertThat(hasMark(table, grams[i] ^ ByteWords.ROUGH)).isTrue();
                assertThat(table.places(grams[i])).isEqualTo(i % 10 == 0 ? new int[] {i, -i} : new int[] {i});
            }
            int wrong = 0;
            int wrongAtFirst = 0;
            int wrongMarks = 0;
            for (int i = 0; i < 10_000; i++) {
                long other = random.nextLong(1L << 32, 1L << 33);
                wrong += table.mayContain(other) ? 1 : 0;
                wrongAtFirst += marked(table, other) ? 1 : 0;
                wrongMarks += hasMark(table, other) ? 1 : 0;
                assertThat(table.places(other)).isEmpty();
            }
            // One bit in sixteen to thirty-two is set, of a small table one in 128 and less; two are looked at.
            assertThat(wrongAtFirst).isLessThan(count < 512 ? 200 : 1_300);
            assertThat(wrong).isLessThan(count < 512 ? 15 : 170);
            assertThat(table.isSparse()).isEqualTo(count <= 1_024);
            assertThat(wrongMarks).isLessThan(table.isSparse() ? 700 : 10_000);
        }
    }

    /// What loops look at.
    private static boolean marked(GramTable table, long gram) {
        long bit = (gram * GramTable.FACTOR) >>> table.shift();
        return (table.bits()[(int) (bit >>> 6)] >>> bit & 1) != 0;
    }

    private static boolean hasMark(GramTable table, long gram) {
        return table.marks()[(int) (((gram & GramTable.UNFOLDED) * GramTable.FACTOR) >>> table.markShift())] != 0;
    }

    @Test
    void mayBeEmpty() {
        GramTable table = new GramTable.Builder().build();
        assertThat(table.mayContain(0)).isFalse();
        assertThat(table.places(0)).isEmpty();
    }
}
