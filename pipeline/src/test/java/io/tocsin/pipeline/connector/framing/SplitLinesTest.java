package io.tocsin.pipeline.connector.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// W8: lines longer than the limit that become several events.
class SplitLinesTest {
    private static FrameSettings splitting(Framing framing, int limit) {
        Delimiters delimiters = framing == Framing.DELIMITED ? Delimiters.of(List.of("\\n", "\\r\\n", "\\0")) : null;
        return new FrameSettings(framing, limit, LongLines.SPLIT, delimiters);
    }

    private static List<String> frames(Framing framing, int limit, String stream) {
        byte[] bytes = stream.getBytes(ISO_8859_1);
        return FrameDecoderTest.run(splitting(framing, limit), bytes, Integer.MAX_VALUE, new Random(0));
    }

    @Test
    void handsOnTheRestOfALongLineAsFurtherMarkedFrames() {
        assertThat(frames(Framing.AUTO, 4, "<1>abcdefg\r\n<2>x\n<3>12345678"))
                .containsExactly("cut <1>a", "cut bcde", "cut fg", "<2>x", "cut <3>1", "cut 2345", "cut 678");
        assertThat(frames(Framing.NUL, 4, "abcdefgh\0ij\0")).containsExactly("cut abcd", "cut efgh", "ij");
        assertThat(frames(Framing.LF_PRIORITY, 6, "<1>one\ntwo\n<2>x\n"))
                .containsExactly("cut <1>one", "cut \ntwo", "<2>x");
        assertThat(frames(Framing.CSV, 4, "abcdef,\"g\n1,2\n"))
                .containsExactly("cut abcd", "cut ef,\"", "cut g", "1,2");
        assertThat(frames(Framing.DELIMITED, 4, "abcdef\r\nxy\0")).containsExactly("cut abcd", "cut ef", "xy");
    }

    @Test
    void cutsCountedFramesAndWholeStreamsAsEver() {
        assertThat(frames(Framing.AUTO, 6, "9 <1>abcdef6 <2>abc")).containsExactly("cut <1>abc", "<2>abc");
        assertThat(frames(Framing.FILE, 4, "abcdefgh\n")).containsExactly("cut abcd");
    }

    @Test
    void splitsNoCharacter() {
        String line = "aä€😀".repeat(50);
        byte[] stream = (line + "\n").getBytes(UTF_8);
        for (int limit = 4; limit < 40; limit++) {
            List<String> pieces = FrameDecoderTest.run(splitting(Framing.LF, limit), stream, 7, new Random(limit));
            String joined = pieces.stream()
                    .map(piece -> new String(piece.substring(4).getBytes(ISO_8859_1), UTF_8))
                    .peek(piece -> assertThat(piece).doesNotContain("\ufffd"))
                    .collect(Collectors.joining());
            assertThat(joined).isEqualTo(line);
        }
    }

    /// Pieces neither depend on the reads nor lose a byte.
    @ParameterizedTest
    @EnumSource(Framing.class)
    void givesTheSamePiecesHoweverTheStreamIsCut(Framing framing) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            FrameSettings settings = splitting(framing, 1 + random.nextInt(200));
            byte[] stream = FrameDecoderTest.randomStream(random);
            List<String> whole = FrameDecoderTest.run(settings, stream, Integer.MAX_VALUE, random);
            for (int mostAtOnce : new int[] {1, 40}) {
                assertThat(FrameDecoderTest.run(settings, stream, mostAtOnce, random))
                        .as("reads of up to %s bytes, seed %s", mostAtOnce, seed)
                        .isEqualTo(whole);
            }
            if (framing == Framing.NUL) {
                assertThat(whole.stream().map(SplitLinesTest::withoutMark).collect(Collectors.joining()))
                        .as("seed %s", seed)
                        .isEqualTo(new String(stream, ISO_8859_1).replace("\0", ""));
            }
        }
    }

    private static String withoutMark(String frame) {
        return frame.startsWith("cut ") ? frame.substring(4) : frame;
    }

    @Test
    void losesNothingOfALineForWhichThereIsNoMemory() {
        for (Framing framing : List.of(Framing.AUTO, Framing.LF_PRIORITY, Framing.CSV, Framing.DELIMITED)) {
            List<String> frames = new ArrayList<>();
            try (FrameDecoder decoder = new FrameDecoder(splitting(framing, 100_000), new BufferBudget(0))) {
                byte[] stream = ("0123456789".repeat(2_000) + "\r\n<1>one\n").getBytes(ISO_8859_1);
                frames.addAll(FrameDecoderTest.feed(decoder, stream, Integer.MAX_VALUE, new Random(1)));
                decoder.end((bytes, offset, length, flags) ->
                        frames.add(FrameDecoderTest.text(bytes, offset, length, flags)));
                assertThat(decoder.linesSplit()).isEqualTo(1);
                assertThat(decoder.isLarge()).isFalse();
            }
            assertThat(frames).hasSizeGreaterThan(4).endsWith("<1>one");
            assertThat(frames.stream().map(SplitLinesTest::withoutMark).collect(Collectors.joining()))
                    .isEqualTo("0123456789".repeat(2_000) + "<1>one");
        }
    }

    @Test
    void countsTheLinesAndNotTheirPieces() {
        try (FrameDecoder decoder = new FrameDecoder(splitting(Framing.LF, 4), FrameDecoderTest.PLENTY)) {
            FrameDecoderTest.feed(decoder, "abcdefghijkl\nab\nabcde\n".getBytes(ISO_8859_1), 3, new Random(1));
            assertThat(decoder.linesSplit()).isEqualTo(2);
            assertThat(decoder.emptyLines()).isZero();
        }
    }
}
