package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.framing.Delimiters;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.Framing;
import io.tocsin.pipeline.connector.framing.LongLines;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Framing of streams. The first byte of an input chooses the framing, the limit and what becomes of long lines, the
/// second how the stream is cut into reads, the rest is the stream.
final class FramingFuzzTest {
    private static final int[] LIMITS = {1, 2, 7, 100, 8192, 1 << 20};
    private static final Framing[] FRAMINGS = Framing.values();
    private static final Delimiters DELIMITERS = Delimiters.of(List.of("\\r\\n", "\\n", "\\0", "ab", "abcd", "c"));

    private record Frame(String text, int flags) {}

    @FuzzTest
    void stream(byte[] input) {
        if (input.length < 2) {
            return;
        }
        Framing framing = FRAMINGS[(input[0] & 0xff) % FRAMINGS.length];
        int limit = LIMITS[(input[0] & 0xff) / FRAMINGS.length % LIMITS.length];
        boolean split = (input[0] & 0xff) / FRAMINGS.length / LIMITS.length % 2 > 0;
        FrameSettings settings = new FrameSettings(
                framing,
                limit,
                split ? LongLines.SPLIT : LongLines.CUT,
                framing == Framing.DELIMITED ? DELIMITERS : null);
        Effort effort = new Effort();
        List<Frame> whole = frames(settings, input, Integer.MAX_VALUE);
        assertThat(frames(settings, input, 1 + (input[1] & 0xff) % 37)).isEqualTo(whole);
        assertThat(frames(settings, input, 1)).isEqualTo(whole);
        effort.check();
        long bytes = 0;
        for (Frame frame : whole) {
            assertThat(frame.text()).isNotEmpty();
            assertThat(frame.text().length()).isLessThanOrEqualTo(limit);
            bytes += frame.text().length();
        }
        assertThat(bytes).isLessThanOrEqualTo(input.length - 2L);
        if (framing == Framing.LF || framing == Framing.NUL) {
            losesNoByte(settings, input, whole);
        }
    }

    private static List<Frame> frames(FrameSettings settings, byte[] input, int step) {
        List<Frame> frames = new ArrayList<>();
        try (FrameDecoder decoder = new FrameDecoder(settings, new BufferBudget(4 << 20))) {
            int at = 2;
            while (at < input.length) {
                byte[] buffer = decoder.buffer();
                int length = Math.min(Math.min(step, decoder.room()), input.length - at);
                assertThat(length).isPositive();
                System.arraycopy(input, at, buffer, decoder.writeOffset(), length);
                at += length;
                decoder.received(length, (bytes, offset, size, flags) -> frames.add(frame(bytes, offset, size, flags)));
            }
            boolean broken = decoder.isBroken();
            decoder.end((bytes, offset, size, flags) -> frames.add(frame(bytes, offset, size, flags)));
            assertThat(decoder.heldBytes()).isZero();
            if (broken) {
                // How much of what followed the break was at hand depends on the reads.
                assertThat(frames.removeLast().flags() & EventBatch.FLAG_CUT).isNotZero();
            }
        }
        return frames;
    }

    private static Frame frame(byte[] bytes, int offset, int size, int flags) {
        return new Frame(new String(bytes, offset, size, ISO_8859_1), flags);
    }

    /// What stands between two terminators is a frame, whole or cut and marked, or becomes several.
    private static void losesNoByte(FrameSettings settings, byte[] input, List<Frame> frames) {
        Framing framing = settings.framing();
        int limit = settings.maximumFrameBytes();
        String stream = new String(input, 2, input.length - 2, ISO_8859_1);
        String[] lines = stream.split(framing == Framing.NUL ? "\0" : "\n", -1);
        List<String> expected = new ArrayList<>();
        for (String line : lines) {
            String text = framing == Framing.LF && line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (!text.isEmpty()) {
                expected.add(text);
            }
        }
        if (settings.longLines() == LongLines.SPLIT) {
            assertThat(frames.stream().map(Frame::text).collect(Collectors.joining()))
                    .isEqualTo(String.join("", expected));
            return;
        }
        assertThat(frames).hasSameSizeAs(expected);
        for (int i = 0; i < frames.size(); i++) {
            Frame frame = frames.get(i);
            if (expected.get(i).length() <= limit) {
                assertThat(frame.text()).isEqualTo(expected.get(i));
            } else {
                assertThat(expected.get(i)).startsWith(frame.text());
                assertThat(frame.flags() & EventBatch.FLAG_CUT).isNotZero();
            }
        }
    }
}
