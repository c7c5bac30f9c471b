package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DeliveryBodyTest {
    private static final int LIMIT = 1 << 20;

    private static byte[] read(byte[] sent, @Nullable String encoding, int front) throws IOException {
        return DeliveryBody.read(new ByteArrayInputStream(sent), encoding, front, LIMIT);
    }

    /// Bodies of any length, in pieces of any length, in front of them room for a header.
    @Test
    void givesBackWhatWasSentPlainAndCompressed() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<byte[]> pieces = new ArrayList<>();
            byte[] whole = new byte[round % 3 == 0 ? random.nextInt(300_000) : random.nextInt(200)];
            for (int i = 0; i < whole.length; i++) {
                whole[i] = (byte) (round % 2 == 0 ? random.nextInt() : i / 50);
            }
            for (int at = 0; at < whole.length; ) {
                int length = Math.min(whole.length - at, 1 + random.nextInt(100_000));
                pieces.add(Arrays.copyOfRange(whole, at, at + length));
                at += length;
            }
            int front = random.nextInt(40);
            byte[] expected = new byte[front + whole.length];
            System.arraycopy(whole, 0, expected, front, whole.length);
            assertThat(read(whole, null, front)).isEqualTo(expected);
            assertThat(read(DeliveryBody.compress(pieces, whole.length), " ZSTD ", front))
                    .isEqualTo(expected);
        }
    }

    @Test
    void takesBodiesUpToTheLimitAndNoneBeyondIt() throws IOException {
        byte[] longest = new byte[LIMIT];
        assertThat(read(longest, null, 7)).hasSize(LIMIT + 7);
        assertThat(read(DeliveryBody.compress(List.of(longest), LIMIT), DeliveryBody.ZSTD, 7))
                .hasSize(LIMIT + 7);
        assertThatThrownBy(() -> read(new byte[LIMIT + 1], null, 0))
                .isInstanceOfSatisfying(
                        DeliveryBody.Unreadable.class,
                        e -> assertThat(e.isTooLong()).isTrue());
        byte[] bomb = DeliveryBody.compress(Collections.nCopies(2_000, longest), 2_000L * LIMIT);
        assertThat(bomb.length).isLessThan(LIMIT);
        assertThatThrownBy(() -> read(bomb, DeliveryBody.ZSTD, 0))
                .isInstanceOfSatisfying(
                        DeliveryBody.Unreadable.class,
                        e -> assertThat(e.isTooLong()).isFalse());
    }

    /// Whatever is wrong with it, a body is either taken for some bytes, of which the checksum of the delivery
    /// decides, or counts as damaged.
    @Test
    void damagedBodiesAreUnreadableAndNeverMore() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] plain = new byte[5_000];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = (byte) (i % 7 * random.nextInt(3));
        }
        byte[] sent = DeliveryBody.compress(List.of(plain), plain.length);
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] damaged = round % 4 == 0 ? Arrays.copyOf(sent, random.nextInt(sent.length)) : sent.clone();
            for (int i = 1 + random.nextInt(3); i > 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                assertThat(read(damaged, DeliveryBody.ZSTD, 0).length).isLessThanOrEqualTo(LIMIT);
            } catch (DeliveryBody.Unreadable e) {
                assertThat(e.isTooLong()).isFalse();
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}
