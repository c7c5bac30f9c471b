package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunTableTest {
    private static final long RUN = 0xFFFF_FFFFL & RunTable.UNFOLDED;

    @Test
    void findsWhatWasAddedAndSaysOfNearlyAllElseThatItIsNotThere() {
        for (boolean alwaysMarks : new boolean[] {false, true}) {
            for (int count : new int[] {1, 3, 100, 900, 3_000, 20_000}) {
                Random random = new Random(count);
                long[] words = random.longs(count)
                        .map(word -> word & RunTable.UNFOLDED)
                        .toArray();
                Set<Long> runs = new HashSet<>();
                RunTable.Builder builder = new RunTable.Builder(4);
                for (int i = 0; i < count; i++) {
                    runs.add(words[i] & RUN);
                    builder.add(words[i], 8, i, i % 8);
                    if (i % 10 == 0) {
                        builder.add(words[i] & RUN, 4, count + i, 7);
                    }
                }
                RunTable table = builder.build(16_384, alwaysMarks);
                assertThat(table.isSparse()).isEqualTo(count <= 1_024);
                for (int i = 0; i < count; i++) {
                    assertThat(isMarked(table, words[i] & RUN)).isTrue();
                    assertThat(table.may(words[i] & RUN) & 1).isOne();
                    assertThat(textsWith(table, words[i])).contains(i);
                    assertThat(textsWith(table, words[i]).contains(count + i)).isEqualTo(i % 10 == 0);
                    // Of what stands behind the run, only that of the second kind says nothing.
                    assertThat(textsWith(table, words[i] ^ 1L << 40).contains(i))
                            .isFalse();
                    assertThat(textsWith(table, words[i] ^ 1L << 40).contains(count + i))
                            .isEqualTo(i % 10 == 0);
                }
                int wrong = 0;
                int wrongAtFirst = 0;
                for (int i = 0; i < 10_000; i++) {
                    long other = random.nextLong() & RUN;
                    if (!runs.contains(other)) {
                        wrong += table.may(other) & 1;
                        wrongAtFirst += isMarked(table, other) ? 1 : 0;
                        assertThat(table.find(other)).isEqualTo(-1);
                    }
                }
                boolean isCrowded = alwaysMarks && !table.isSparse();
                assertThat(wrongAtFirst).isLessThan(isCrowded ? 10_000 : 1_300);
                assertThat(wrong).isLessThan(isCrowded ? 2_500 : 170);
            }
        }
    }

    /// What loops look at.
    private static boolean isMarked(RunTable table, long run) {
        if (table.marks().length > 0) {
            return table.marks()[(int) ((run * RunTable.FACTOR) >>> table.markShift())] != 0;
        }
        long bit = (run * RunTable.FACTOR) >>> table.shift();
        return (table.bits()[(int) (bit >>> 6)] >>> bit & 1) != 0;
    }

    private static List<Integer> textsWith(RunTable table, long word) {
        List<Integer> found = new ArrayList<>();
        int entry = table.find(word & RUN);
        for (boolean more = entry >= 0; more; entry++) {
            more = table.hasNext(entry);
            if (table.isSame(entry, word)) {
                found.add(table.text(entry));
            }
        }
        return found;
    }

    @Test
    void tellsTheRunsOfATextApart() {
        RunTable.Builder builder = new RunTable.Builder(3);
        for (int run = 0; run < 8; run++) {
            builder.add(run + 1, 3, 1_000_000, run);
        }
        RunTable table = builder.build(256, false);
        for (int run = 0; run < 8; run++) {
            int entry = table.find(run + 1);
            assertThat(table.run(entry)).isEqualTo(run);
            assertThat(table.text(entry)).isEqualTo(1_000_000);
            assertThat(table.hasNext(entry)).isFalse();
        }
    }

    @Test
    void mayBeEmpty() {
        RunTable table = new RunTable.Builder(4).build(256, false);
        assertThat(table.may(0) & 1).isZero();
        assertThat(table.find(0)).isEqualTo(-1);
    }
}
