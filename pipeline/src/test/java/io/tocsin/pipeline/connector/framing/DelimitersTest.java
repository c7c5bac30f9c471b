package io.tocsin.pipeline.connector.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// W10: frames that end with texts of the user's choice.
class DelimitersTest {
    private static final int LIMIT = 1000;

    private static FrameSettings ending(String... delimiters) {
        return new FrameSettings(Framing.DELIMITED, LIMIT, LongLines.CUT, Delimiters.of(List.of(delimiters)));
    }

    private static List<String> frames(String stream, String... delimiters) {
        byte[] bytes = stream.getBytes(ISO_8859_1);
        return FrameDecoderTest.run(ending(delimiters), bytes, Integer.MAX_VALUE, new Random(0));
    }

    @Test
    void endsFramesWithEachOfThem() {
        assertThat(frames("one\0two\r\nthree\nthree\rthree\0\0\r\nfour", "\\0", "\\r\\n"))
                .containsExactly("one", "two", "three\nthree\rthree", "cut four");
        assertThat(frames("a||b|c\u0003d", "||", "\\x03")).containsExactly("a", "b|c", "cut d");
        assertThat(frames("a\\b\tc\u00c3\u00a4d", "\\\\", "\\t", "ä")).containsExactly("a", "b", "c", "cut d");
    }

    @Test
    void prefersTheLongestOfThoseThatBeginAtTheSamePlace() {
        assertThat(frames("one\r\ntwo\rthree\r\n", "\\r", "\\r\\n")).containsExactly("one", "two", "three");
        assertThat(frames("1END2ENDING3END", "END", "ENDING")).containsExactly("1", "2", "3");
        assertThat(frames("xabcyabd", "abc", "b")).containsExactly("x", "ya", "cut d");
    }

    @Test
    void handsOnTheLastFrameOfASenderThatRests() {
        List<String> frames = new ArrayList<>();
        try (FrameDecoder decoder = new FrameDecoder(ending("\\r", "\\r\\n"), FrameDecoderTest.PLENTY)) {
            frames.addAll(FrameDecoderTest.feed(decoder, "one\rtwo\r".getBytes(ISO_8859_1), 3, new Random(1)));
            assertThat(frames).containsExactly("one");
            assertThat(decoder.awaitsMore()).isTrue();
            decoder.flush(
                    (bytes, offset, length, flags) -> frames.add(FrameDecoderTest.text(bytes, offset, length, flags)));
            assertThat(decoder.isEmpty()).isTrue();
            assertThat(frames).containsExactly("one", "two");
            frames.addAll(FrameDecoderTest.feed(decoder, "three\rf".getBytes(ISO_8859_1), 3, new Random(1)));
            assertThat(decoder.awaitsMore()).isFalse();
            assertThat(frames).containsExactly("one", "two", "three");
        }
    }

    @Test
    void cutsALongFrameAndGoesOnBehindItsDelimiter() {
        String tooLong = "x".repeat(3 * LIMIT);
        assertThat(frames(tooLong + "END1END2", "END")).containsExactly("cut " + "x".repeat(LIMIT), "1", "cut 2");
        String longest = "E".repeat(LIMIT);
        assertThat(frames(longest + "\r\n1\r\n", "\\r\\n")).containsExactly(longest, "1");
    }

    /// Against a model that has the whole stream at once, and byte by byte.
    @Test
    void findsTheSameFramesAsAModelHoweverTheStreamIsCut() {
        String alphabet = "ab\r\n\0";
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            String[] delimiters = new String[1 + random.nextInt(Delimiters.MAXIMUM_COUNT)];
            for (int i = 0; i < delimiters.length; i++) {
                delimiters[i] = text(random, alphabet, 1 + random.nextInt(random.nextInt(5) == 0 ? 8 : 3));
            }
            String stream = text(random, alphabet, random.nextInt(60));
            List<String> expected = model(stream, delimiters);
            for (int mostAtOnce : new int[] {Integer.MAX_VALUE, 1, 5}) {
                assertThat(FrameDecoderTest.run(ending(delimiters), stream.getBytes(ISO_8859_1), mostAtOnce, random))
                        .as("reads of up to %s bytes, seed %s", mostAtOnce, seed)
                        .isEqualTo(expected);
            }
        }
    }

    private static String text(Random random, String alphabet, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private static List<String> model(String stream, String[] delimiters) {
        List<String> frames = new ArrayList<>();
        int start = 0;
        int at = 0;
        while (at < stream.length()) {
            int longest = 0;
            for (String delimiter : delimiters) {
                if (stream.startsWith(delimiter, at)) {
                    longest = Math.max(longest, delimiter.length());
                }
            }
            if (longest > 0) {
                if (at > start) {
                    frames.add(stream.substring(start, at));
                }
                start = at + longest;
            }
            at += Math.max(1, longest);
        }
        if (start < stream.length()) {
            frames.add("cut " + stream.substring(start));
        }
        return frames;
    }

    @Test
    void saysWhichDelimiterIsNotReadable() {
        for (String wrong : new String[] {"", "\\q", "\\x4", "\\xZZ", "a\\", "123456789"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Delimiters.of(List.of(wrong)))
                    .withMessageContaining("delimiter=" + wrong);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Delimiters.of(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Delimiters.of(List.of("1", "2", "3", "4", "5", "6", "7", "8", "9")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FrameSettings(Framing.DELIMITED, 10, LongLines.CUT, null))
                .withMessageContaining("name what ends an event");
    }
}
