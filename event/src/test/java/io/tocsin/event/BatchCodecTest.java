package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchCodecTest {
    private final BatchEncoder encoder = new BatchEncoder();
    private final BatchDecoder decoder = new BatchDecoder();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20_261_122})
    void decodesToTheEventsThatWereEncoded(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        EventBatch decoded = new EventBatch();
        EventBatch batch = new EventBatch(8, 256);
        for (int round = 0; round < 200; round++) {
            batch.clear();
            new RandomEvents(random).fill(batch, random.nextInt(0, 50));
            int length = encoder.encode(batch, "syslog", random.nextBoolean());
            byte[] moved = new byte[length + 7];
            System.arraycopy(encoder.buffer(), 0, moved, 7, length);
            BatchHeader.stamp(moved, 7, 0x1234_5678_9ABC_DEF0L, 3, round * 1000L);

            BatchHeader header = decoder.decode(moved, 7, length, decoded);

            assertThat(header.totalLength()).isEqualTo(length + 7);
            assertThat(header.route()).isEqualTo("syslog");
            assertThat(header.producer()).isEqualTo(0x1234_5678_9ABC_DEF0L);
            assertThat(header.epoch()).isEqualTo(3);
            assertThat(header.firstSequence()).isEqualTo(round * 1000L);
            assertThat(header.count()).isEqualTo(batch.count());
            assertThat(decoded.ledger().entries())
                    .as("seed %d", seed)
                    .isEqualTo(batch.ledger().entries());
            assertSame(batch, decoded, seed);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void putsSmallBatchesBehindEachOtherAndADamagedOneTakesNothingAway(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        RandomEvents events = new RandomEvents(random);
        EventBatch single = new EventBatch();
        EventBatch together = new EventBatch(8, 256);
        List<String> expected = new ArrayList<>();
        for (int round = 0; round < 60; round++) {
            single.clear();
            events.fill(single, random.nextInt(0, 4));
            expected.addAll(texts(single));
            int length = encoder.encode(single, "syslog");
            byte[] bad = Arrays.copyOf(encoder.buffer(), length);
            bad[length - 1] ^= 4;
            assertThatThrownBy(() -> decoder.append(bad, 0, length, together)).isInstanceOf(BatchFormatException.class);
            decoder.append(encoder.buffer(), 0, length, together);
            assertThat(texts(together)).as("seed %d", seed).isEqualTo(expected);
        }
    }

    private static List<String> texts(EventBatch batch) {
        List<String> texts = new ArrayList<>();
        EventJson json = new EventJson();
        Event event = new Event();
        for (int i = 0; i < batch.count(); i++) {
            event.moveTo(batch, i);
            texts.add(event.origin() + " " + event.sequence() + " " + event.receivedNanos() + " " + json.toText(event));
        }
        return texts;
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void refusesEveryDamagedOrCutBatchWithoutTouchingMore(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        EventBatch batch = new EventBatch();
        new RandomEvents(random).fill(batch, 30);
        int length = encoder.encode(batch, "syslog");
        byte[] good = Arrays.copyOf(encoder.buffer(), length);
        EventBatch decoded = new EventBatch();
        for (int round = 0; round < 2000; round++) {
            byte[] bad = good.clone();
            int cut = length;
            if (random.nextBoolean()) {
                cut = random.nextInt(length);
            } else {
                bad[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
            }
            int available = cut;
            assertThatThrownBy(() -> decoder.decode(bad, 0, available, decoded))
                    .as("seed %d", seed)
                    .isInstanceOf(BatchFormatException.class);
            assertThat(decoded.isEmpty()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void survivesHostileBodiesWhoseChecksumsAreRight(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        EventBatch batch = new EventBatch();
        new RandomEvents(random).fill(batch, 30);
        int length = encoder.encode(batch, "syslog");
        byte[] good = Arrays.copyOf(encoder.buffer(), length);
        BatchHeader header = BatchHeader.read(good, 0, length);
        EventBatch decoded = new EventBatch();
        for (int round = 0; round < 5000; round++) {
            byte[] bad = good.clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                bad[header.bodyOffset() + random.nextInt(header.bodyLength())] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                BatchHeader.INT.set(bad, BatchHeader.AT_PLAIN_LENGTH, random.nextInt(0, 1 << 20));
            }
            if (random.nextInt(4) == 0) {
                BatchHeader.INT.set(bad, BatchHeader.AT_COUNT, random.nextInt(0, 1 << 10));
            }
            BatchHeader.INT.set(
                    bad,
                    BatchHeader.AT_BODY_CHECKSUM,
                    BatchHeader.checksum(bad, header.bodyOffset(), header.bodyLength()));
            BatchHeader.stamp(bad, 0, 0, 0, 0);
            try {
                decoder.decode(bad, 0, length, decoded);
                // What was accepted must be safe to read.
                Event event = new Event();
                EventJson json = new EventJson();
                for (int i = 0; i < decoded.count(); i++) {
                    json.toText(event.moveTo(decoded, i));
                }
            } catch (BatchFormatException expected) {
                assertThat(decoded.isEmpty()).isTrue();
            }
        }
    }

    @Test
    void leavesNothingOfTheBatchBeforeWhenTheHeaderIsDamaged() {
        EventBatch batch = new EventBatch();
        new RandomEvents(new SplittableRandom(1)).fill(batch, 3);
        int length = encoder.encode(batch, "syslog");
        byte[] bytes = Arrays.copyOf(encoder.buffer(), length);
        EventBatch decoded = new EventBatch();
        decoder.decode(bytes, 0, length, decoded);
        assertThatThrownBy(() -> decoder.decode(bytes, 0, 20, decoded)).isInstanceOf(BatchFormatException.class);
        assertThat(decoded.isEmpty()).isTrue();
    }

    @Test
    void namesTheVersionThatItCannotRead() {
        int length = encoder.encode(new EventBatch(), "r");
        byte[] bytes = Arrays.copyOf(encoder.buffer(), length);
        bytes[4] = 9;
        assertThatThrownBy(() -> BatchHeader.read(bytes, 0, length))
                .isInstanceOf(BatchFormatException.class)
                .hasMessageContaining("version=9");
    }

    static void assertSame(EventBatch expected, EventBatch actual, long seed) {
        assertThat(actual.count()).isEqualTo(expected.count());
        Event left = new Event();
        Event right = new Event();
        EventJson json = new EventJson();
        for (int i = 0; i < expected.count(); i++) {
            left.moveTo(expected, i);
            right.moveTo(actual, i);
            assertThat(right.origin()).isEqualTo(left.origin());
            assertThat(right.idHigh()).isEqualTo(left.idHigh());
            assertThat(right.idLow()).isEqualTo(left.idLow());
            assertThat(right.receivedNanos()).isEqualTo(left.receivedNanos());
            assertThat(right.end() - right.start()).isEqualTo(left.end() - left.start());
            assertThat(json.toText(right)).as("seed %d, event %d", seed, i).isEqualTo(json.toText(left));
        }
    }
}
