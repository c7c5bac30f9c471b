package io.tocsin.pipeline.connector.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RelpDecoderTest {
    @Test
    void takesFramesApart() {
        byte[] input = "..1 open 2 a\n\n2 syslog 5 he\nlo\n3 close 0\n4 other 1 x\n5 syslog 9 cut there\n6 syslog 0 \n"
                .getBytes(ISO_8859_1);
        assertThat(frames(7, input, 3))
                .containsExactly(
                        "1 OPEN false a\n",
                        "2 SYSLOG false he\nlo",
                        "3 CLOSE false ",
                        "4 OTHER false x",
                        "5 SYSLOG true cut the",
                        "6 SYSLOG false ");
    }

    @Test
    void findsTheSameFramesHoweverTheStreamIsCut() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("..");
            for (int number = 1; number < 5; number++) {
                int length = random.nextInt(30);
                text.append(number)
                        .append(random.nextInt(5) == 0 ? " open " : " syslog ")
                        .append(length);
                text.append(length == 0 ? "" : " " + "x".repeat(length)).append('\n');
            }
            byte[] input = text.toString().getBytes(ISO_8859_1);
            for (int j = 0; j < random.nextInt(3); j++) {
                input[2 + random.nextInt(input.length - 2)] =
                        (byte) (random.nextBoolean() ? '0' + random.nextInt(10) : random.nextInt(256));
            }
            List<String> whole = frames(20, input, Integer.MAX_VALUE);
            assertThat(frames(20, input, 1)).as("seed %d", seed).isEqualTo(whole);
            assertThat(frames(20, input, 1 + random.nextInt(20)))
                    .as("seed %d", seed)
                    .isEqualTo(whole);
        }
    }

    private static List<String> frames(int limit, byte[] input, int step) {
        List<String> frames = new ArrayList<>();
        try (RelpDecoder decoder = new RelpDecoder(limit, new BufferBudget(4 << 20))) {
            int at = 2;
            while (at < input.length && !decoder.isBroken()) {
                byte[] buffer = decoder.buffer();
                int length = Math.min(Math.min(step, decoder.room()), input.length - at);
                assertThat(length).isPositive();
                System.arraycopy(input, at, buffer, decoder.writeOffset(), length);
                at += length;
                decoder.received(length);
                while (decoder.next()) {
                    frames.add(decoder.number() + " " + decoder.command() + " " + decoder.isCut() + " "
                            + new String(decoder.frame(), decoder.dataOffset(), decoder.dataLength(), ISO_8859_1));
                }
            }
        }
        return frames;
    }
}
