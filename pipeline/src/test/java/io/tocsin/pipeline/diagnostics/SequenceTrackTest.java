package io.tocsin.pipeline.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// W14: what is missing by the numbers of the sender.
class SequenceTrackTest {
    private static final int HIGHEST = Integer.MAX_VALUE;

    private final SequenceTrack track = new SequenceTrack();
    private long nanos;
    private long missing;

    private void receive(int... numbers) {
        for (int number : numbers) {
            missing += track.receive(number, nanos);
        }
    }

    private void receiveRange(int first, int last) {
        for (int number = first; number <= last; number++) {
            receive(number);
        }
    }

    /// What is open is counted with the messages after the next but one.
    private void settle(int next) {
        for (int i = 0; i < 2; i++) {
            nanos += SequenceTrack.LATE_NANOS;
            receive(next + i);
        }
    }

    @Test
    void countsWhatDidNotCome() {
        receive(1, 2, 3, 7, 8, 10);
        assertThat(missing).as("they may still come").isZero();
        settle(11);
        assertThat(missing).isEqualTo(4);
    }

    @Test
    void countsNothingBeforeTheFirstMessageThatCame() {
        receive(5000, 5001);
        settle(5002);
        assertThat(missing).isZero();
    }

    @Test
    void countsWithoutWaitingWhenManyLaterOnesCame() {
        receive(1, 3);
        receiveRange(4, SequenceTrack.WINDOW + 2);
        assertThat(missing).isEqualTo(1);
    }

    @Test
    void takesMessagesThatOvertakeEachOtherForNoGap() {
        receive(2, 1, 5, 4, 3, 6, 6);
        settle(7);
        assertThat(missing).isZero();
    }

    @Test
    void goesBackToOneBehindTheHighestNumber() {
        receive(HIGHEST - 2, HIGHEST - 1, 2, HIGHEST, 1, 3, 5);
        settle(6);
        assertThat(missing).isEqualTo(1);
    }

    @Test
    void takesOneForANewBeginning() {
        receiveRange(1, 100);
        receiveRange(1, 3);
        receiveRange(1, 2000);
        receiveRange(1, 3);
        settle(4);
        assertThat(missing).isZero();
    }

    @Test
    void takesNumbersFarBehindForANewBeginningOfWhichTheFirstWereLost() {
        receiveRange(100_000, 100_100);
        receiveRange(3, 100);
        settle(101);
        assertThat(missing).isZero();
    }

    @Test
    void countsALargeGapWhenTheNextMessageGoesOnFromThere() {
        receive(1, 2, 50_000);
        assertThat(missing).isZero();
        receive(50_001);
        assertThat(missing).isEqualTo(49_997);
        settle(50_002);
        assertThat(missing).isEqualTo(49_997);
    }

    @Test
    void believesNoSingleNumberFarAway() {
        receive(1, 2, 50_000, 3, 900, 4, 2_000_000_000, 5);
        settle(6);
        assertThat(missing).isZero();
    }

    @Test
    void takesAJumpThatNoLossExplainsForAnotherNumbering() {
        receive(1, 2, 1_500_000_000, 1_500_000_001);
        settle(1_500_000_002);
        assertThat(missing).isZero();
    }

    /// Against the truth: messages are lost, come twice, and overtake each other within the window.
    @Test
    void findsExactlyWhatWasLost() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            long first = random.nextBoolean() ? 100 + random.nextInt(1_000_000) : HIGHEST - random.nextInt(2000);
            List<Integer> numbers = new ArrayList<>();
            long lost = 0;
            int loss = random.nextInt(30);
            int count = 3000;
            for (int i = 0; i < count; i++) {
                if (i > 10 && i < count - 10 && random.nextInt(100) < loss) {
                    lost++;
                } else {
                    numbers.add(i);
                    // Another 1 would be a restart.
                    if (i > 300 && first + i != HIGHEST + 1L && random.nextInt(50) == 0) {
                        numbers.add(i);
                    }
                }
            }
            int distance = 1 + random.nextInt(SequenceTrack.WINDOW / 3);
            for (int i = 10; i + distance < numbers.size(); i += distance) {
                Collections.shuffle(numbers.subList(i, i + distance), random);
            }
            SequenceTrack other = new SequenceTrack();
            long found = 0;
            long now = 0;
            for (int i : numbers) {
                found += other.receive((int) ((first - 1 + i) % HIGHEST + 1), now);
                now += random.nextInt(2000);
            }
            for (int i = 0; i < 2; i++) {
                now += SequenceTrack.LATE_NANOS;
                found += other.receive((int) ((first - 1 + count + i) % HIGHEST + 1), now);
            }
            assertThat(found).as("seed %s", seed).isEqualTo(lost);
        }
    }
}
