package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
                RunTable.Builder builder = new RunTable.Builder();
                for (int i = 0; i < count; i++) {
                    runs.add(words[i] & RUN);
                    builder.add(words[i] & RUN, words[i], 8, 0, i);
                    if (i % 10 == 0) {
                        builder.add(words[i] & RUN, words[i] & RUN, 4, 0, count + i);
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
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(word)
                .array();
        int entry = table.find(word & RUN);
        for (boolean more = entry >= 0; more; entry++) {
            more = table.hasNext(entry);
            if (table.isSame(entry, bytes, 0)) {
                found.add(table.text(entry));
            }
        }
        return found;
    }

    @Test
    void comparesWhatATextHasBeforeAndBehindARun() {
        RunTable.Builder builder = new RunTable.Builder();
        long word = 0x0008_0706_0504_0302L;
        for (int distance = -9; distance < 9; distance++) {
            builder.add(100 + distance, word, 7, distance, 1_000_000 + distance);
        }
        RunTable table = builder.build(256, false);
        byte[] bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        for (int distance = -9; distance < 9; distance++) {
            int entry = table.find(100 + distance);
            assertThat(table.distance(entry)).isEqualTo(distance);
            assertThat(table.text(entry)).isEqualTo(1_000_000 + distance);
            assertThat(table.hasNext(entry)).isFalse();
            // A place before the array, in it, where less than a word is left, and behind it.
            for (int at = -10; at < 12; at++) {
                assertThat(table.isSame(entry, bytes, at)).isEqualTo(at == 1);
            }
        }
    }

    @Test
    void mayBeEmpty() {
        RunTable table = new RunTable.Builder().build(256, false);
        assertThat(table.may(0) & 1).isZero();
        assertThat(table.find(0)).isEqualTo(-1);
    }
}
