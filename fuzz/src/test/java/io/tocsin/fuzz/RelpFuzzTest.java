package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.framing.RelpDecoder;
import java.util.ArrayList;
import java.util.List;

/// Frames of RELP. The first byte of an input chooses the limit, the second how the stream is cut into reads, the rest
/// is the stream.
final class RelpFuzzTest {
    private static final int[] LIMITS = {7, 100, 8192, 1 << 20};

    @FuzzTest
    void stream(byte[] input) {
        if (input.length < 2) {
            return;
        }
        int limit = LIMITS[(input[0] & 0xff) % LIMITS.length];
        List<String> whole = frames(limit, input, Integer.MAX_VALUE);
        assertThat(frames(limit, input, 1)).isEqualTo(whole);
        assertThat(frames(limit, input, 1 + (input[1] & 0xff) % 37)).isEqualTo(whole);
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
