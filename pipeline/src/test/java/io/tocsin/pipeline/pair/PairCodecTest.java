package io.tocsin.pipeline.pair;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairCodecTest {
    private static final LogPosition HERE = new LogPosition(7, 1L << 40);
    private static final PairMessage.Ending ENDING = new PairMessage.Ending(-5, 6, HERE);
    private static final List<PairMessage> ALL = List.of(
            new PairMessage.Hello(
                    "edge",
                    1,
                    true,
                    Map.of("stages", "a1", "normalizer kv", "b2"),
                    9,
                    true,
                    false,
                    true,
                    ENDING,
                    12,
                    HERE),
            new PairMessage.Hello("edge", 1, false, Map.of(), 0, false, true, false, null, 0, null),
            new PairMessage.Refusal("no"),
            new PairMessage.Proposal(3),
            new PairMessage.Acceptance(3),
            new PairMessage.Snapshot(HERE, null, 4, new byte[] {1, 2}),
            new PairMessage.Entry(HERE, HERE, 99, new byte[] {1, 2, 3}),
            new PairMessage.Confirmation(HERE),
            new PairMessage.Forward(HERE, new byte[0]),
            new PairMessage.Beat(),
            new PairMessage.Leave(),
            new PairMessage.Ended(new PairMessage.Ending(1, 2, null)));

    @Test
    void readsWhatItWrites() throws IOException {
        for (PairMessage message : ALL) {
            byte[] bytes = PairCodec.encode(message);
            assertThat(PairCodec.decode(bytes)).usingRecursiveComparison().isEqualTo(message);
        }
    }

    @Test
    void readsClaimsAsStorageWritesThem() throws IOException {
        for (PairMessage.Ending ending : List.of(ENDING, new PairMessage.Ending(1, -1, null))) {
            assertThat(StorageWitness.parse(StorageWitness.text(ending) + "\n")).isEqualTo(ending);
        }
        assertThat(StorageWitness.text(ENDING)).isEqualTo("fffffffffffffffb 0000000000000006 7/1099511627776");
    }

    @Test
    void refusesGarbageWithoutHarm() {
        long seed = System.nanoTime();
        System.out.println("PairCodecTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = PairCodec.encode(ALL.get(random.nextInt(ALL.size())));
            switch (random.nextInt(3)) {
                case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 4));
                case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                default -> random.nextBytes(bytes);
            }
            try {
                PairMessage message = PairCodec.decode(bytes);
                assertThat(PairCodec.decode(PairCodec.encode(message)))
                        .usingRecursiveComparison()
                        .isEqualTo(message);
            } catch (IOException _) {
                // That is what it is for.
            }
        }
    }
}
