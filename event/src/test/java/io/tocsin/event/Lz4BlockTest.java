package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compared with the reference library in both directions.
final class Lz4BlockTest {
    private final LZ4Factory reference = LZ4Factory.safeInstance();
    private final Lz4Block block = new Lz4Block();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void exchangesBlocksWithTheReferenceLibrary(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 400; round++) {
            byte[] plain = sample(random);
            int offset = random.nextInt(3);
            byte[] shifted = new byte[plain.length + offset];
            System.arraycopy(plain, 0, shifted, offset, plain.length);
            byte[] compressed = new byte[Lz4Block.maximumCompressedLength(plain.length)];

            int length = block.compress(shifted, offset, plain.length, compressed, 0);

            assertThat(reference.safeDecompressor().decompress(compressed, 0, length, plain.length))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(plain);
            byte[] theirs = reference.fastCompressor().compress(plain);
            byte[] back = new byte[plain.length + offset];
            assertThat(Lz4Block.decompress(theirs, 0, theirs.length, back, offset, plain.length))
                    .isTrue();
            assertThat(Arrays.copyOfRange(back, offset, back.length)).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7})
    void neverWritesOutsideTheTargetWhateverTheInput(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] hostile;
            int size = random.nextInt(0, 200);
            if (random.nextBoolean()) {
                hostile = new byte[size];
                random.nextBytes(hostile);
            } else {
                byte[] plain = sample(random);
                byte[] compressed = new byte[Lz4Block.maximumCompressedLength(plain.length)];
                hostile = Arrays.copyOf(compressed, block.compress(plain, 0, plain.length, compressed, 0));
                if (hostile.length > 0) {
                    hostile[random.nextInt(hostile.length)] = (byte) random.nextInt(256);
                }
                size = plain.length;
            }
            byte[] target = new byte[size + 32];
            Arrays.fill(target, (byte) 0x5A);

            Lz4Block.decompress(hostile, 0, hostile.length, target, 16, size);

            for (int i = 0; i < 16; i++) {
                assertThat(target[i]).as("seed %d", seed).isEqualTo((byte) 0x5A);
                assertThat(target[size + 16 + i]).as("seed %d", seed).isEqualTo((byte) 0x5A);
            }
        }
    }

    private static byte[] sample(SplittableRandom random) {
        byte[] plain = new byte[random.nextInt(8) == 0 ? random.nextInt(0, 200_000) : random.nextInt(0, 600)];
        switch (random.nextInt(4)) {
            case 0 -> random.nextBytes(plain);
            case 1 -> Arrays.fill(plain, (byte) 'x');
            default -> {
                int alphabet = random.nextInt(1, 8);
                for (int i = 0; i < plain.length; i++) {
                    plain[i] = i > 40 && random.nextInt(10) != 0
                            ? plain[i - 1 - random.nextInt(Math.min(40, i - 1))]
                            : (byte) ('a' + random.nextInt(alphabet));
                }
            }
        }
        return plain;
    }
}
