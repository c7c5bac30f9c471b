package io.tocsin.pipeline.connector.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.EventBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int LIMIT = 100_000;
    static final BufferBudget PLENTY = new BufferBudget(Long.MAX_VALUE / 2);

    @Test
    void splitsLinesAtLineFeedCarriageReturnLineFeedAndNul() {
        assertThat(frames(Framing.AUTO, "<1>one\n<2>two\r\nthree\0<4>four\n"))
                .containsExactly("<1>one", "<2>two", "three", "<4>four");
    }

    @Test
    void ignoresEmptyFrames() {
        assertThat(frames(Framing.AUTO, "\n\r\n\0\n<1>one\n\n\r\n\0")).containsExactly("<1>one");
    }

    /// W6: firewalls of Cisco put a space between a line end and the next frame.
    @Test
    void passesOverASpaceBeforeAFrame() {
        assertThat(frames(Framing.AUTO, "<1>one\n <2>two\r\n 8 <3>three <4>four\n 6 <5>six 7 CEF:0|x\n"))
                .containsExactly("<1>one", "<2>two", "<3>three", "<4>four", "<5>six", "CEF:0|x");
        assertThat(frames(Framing.OCTET_COUNTING, "6 <1>one 6 <2>two\n 6 <3>six"))
                .containsExactly("<1>one", "<2>two", "<3>six");
    }

    @Test
    void keepsTheSpaceOfALineThatGoesOnWithSomethingElse() {
        assertThat(frames(Framing.AUTO, "<1>one\n  at line\n <tag>\n 7 things\n 12345678901 <1>x\n <"))
                .containsExactly("<1>one", "  at line", " <tag>", " 7 things", " 12345678901 <1>x", "cut  <");
        assertThat(frames(Framing.LF, " <1>one\n")).containsExactly(" <1>one");
    }

    /// W11: a message goes on over lines that do not begin with a priority.
    @Test
    void takesLinesWithoutAPriorityAsPartOfTheMessageBefore() {
        assertThat(frames(Framing.LF_PRIORITY, "\n<1>one\r\n  at a\n\n  at b\r\n<2>two\n<3>three\n<b"))
                .containsExactly("<1>one\r\n  at a\n\n  at b", "<2>two", "<3>three", "cut <b");
        assertThat(frames(Framing.LF_PRIORITY, "<1>one\n<2>two\nmore\n")).containsExactly("<1>one", "<2>two\nmore");
        String much = "<1>" + "m".repeat(LIMIT) + "\nmore\n";
        assertThat(frames(Framing.LF_PRIORITY, much + much + "<2>two\n"))
                .containsExactly("cut " + much.substring(0, LIMIT), "cut " + much.substring(0, LIMIT), "<2>two");
    }

    @Test
    void handsOnTheLastMessageOfASenderThatRests() {
        try (FrameDecoder decoder = new FrameDecoder(Framing.LF_PRIORITY, LIMIT, PLENTY)) {
            List<String> frames = feed(decoder, "<1>one\n<2>two\n more\n".getBytes(ISO_8859_1), 3, new Random(4));
            assertThat(frames).containsExactly("<1>one");
            assertThat(decoder.awaitsMore()).isTrue();
            decoder.flush((bytes, offset, length, flags) -> frames.add(text(bytes, offset, length, flags)));
            assertThat(decoder.awaitsMore()).isFalse();
            assertThat(decoder.isEmpty()).isTrue();
            frames.addAll(feed(decoder, "<3>three\n<4>fo".getBytes(ISO_8859_1), 3, new Random(5)));
            assertThat(decoder.awaitsMore()).isFalse();
            assertThat(frames).containsExactly("<1>one", "<2>two\n more", "<3>three");
        }
    }

    @Test
    void countsEmptyLines() {
        for (int mostAtOnce : new int[] {1, 7, Integer.MAX_VALUE}) {
            try (FrameDecoder decoder = new FrameDecoder(Framing.AUTO, LIMIT, PLENTY)) {
                feed(
                        decoder,
                        "\n<1>one\n\r\n\n<2>two\n6 <3>six\n\n6 <4>six\n".getBytes(ISO_8859_1),
                        mostAtOnce,
                        new Random(3));
                assertThat(decoder.emptyLines()).isEqualTo(3);
            }
        }
    }

    @Test
    void deliversCountedFramesUnchanged() {
        assertThat(frames(Framing.AUTO, "8 <1>a\nb\0c9 <2>\r\ntwo!6 <3>abc"))
                .containsExactly("<1>a\nb\0c", "<2>\r\ntwo!", "<3>abc");
    }

    @Test
    void takesCountedFramesAndLinesOnOneConnection() {
        assertThat(frames(Framing.AUTO, "<1>one\n6 <2>two<3>three\n7 <4>four\n6 <5>fiv"))
                .containsExactly("<1>one", "<2>two", "<3>three", "<4>four", "<5>fiv");
    }

    @Test
    void takesLinesThatBeginWithANumberAsLines() {
        assertThat(frames(Framing.AUTO, "404 not found\n10 <b> tags\n0 <1>zero\n12345678901 <1>x\n7\n7 \n"))
                .containsExactly("404 not found", "10 <b> tags", "0 <1>zero", "12345678901 <1>x", "7", "7 ");
    }

    @Test
    void countsMessagesWithoutPriority() {
        assertThat(frames(Framing.AUTO, "7 CEF:0|\n6 LEEF:16 {\"a\":1"))
                .containsExactly("CEF:0|\n", "LEEF:1", "{\"a\":1");
    }

    @Test
    void cutsAtTheLimitTheFrameInWhichTheStreamEnds() {
        for (Framing framing : List.of(Framing.AUTO, Framing.LF, Framing.NUL, Framing.FILE)) {
            List<String> frames = new ArrayList<>();
            try (FrameDecoder decoder = new FrameDecoder(framing, 3, PLENTY)) {
                decoder.buffer();
                System.arraycopy("abcd".getBytes(ISO_8859_1), 0, decoder.buffer(), decoder.writeOffset(), 4);
                FrameSink sink = (bytes, offset, length, flags) ->
                        frames.add(flags + new String(bytes, offset, length, ISO_8859_1));
                decoder.received(4, sink);
                decoder.end(sink);
            }
            assertThat(frames).as("%s", framing).containsExactly(EventBatch.FLAG_CUT + "abc");
        }
    }

    @Test
    void marksTheHalfFrameInWhichTheStreamEnds() {
        assertThat(frames(Framing.AUTO, "<1>one\n<2>tw")).containsExactly("<1>one", "cut <2>tw");
        assertThat(frames(Framing.AUTO, "6 <1>one20 <2>tw")).containsExactly("<1>one", "cut <2>tw");
        assertThat(frames(Framing.AUTO, "6 <1>one20 ")).containsExactly("<1>one", "cut 20 ");
    }

    @Test
    void cutsWhatIsTooLongAndStaysInStep() {
        String tooLong = "<1>" + "x".repeat(LIMIT * 3);
        String cut = "cut " + tooLong.substring(0, LIMIT);
        assertThat(frames(Framing.AUTO, tooLong + "\n<2>two\n")).containsExactly(cut, "<2>two");
        assertThat(frames(Framing.AUTO, tooLong.length() + " " + tooLong + "6 <2>two"))
                .containsExactly(cut, "<2>two");
        assertThat(frames(Framing.FILE, tooLong + "\n<2>two\n")).containsExactly(cut);
    }

    @Test
    void takesAFrameOfExactlyTheLimit() {
        String longest = "<1>" + "x".repeat(LIMIT - 3);
        assertThat(frames(Framing.AUTO, longest + "\r\n<2>two\n")).containsExactly(longest, "<2>two");
        assertThat(frames(Framing.AUTO, LIMIT + " " + longest + "6 <2>two")).containsExactly(longest, "<2>two");
        assertThat(frames(Framing.FILE, longest)).containsExactly(longest);
    }

    @Test
    void doesNotCutInsideACharacter() {
        // LIMIT falls on the second byte of a two-byte character.
        String text = "x".repeat(LIMIT - 1) + "\u00c3\u00a4" + "yyyy";
        assertThat(frames(Framing.AUTO, text + "\nnext\n")).containsExactly("cut " + "x".repeat(LIMIT - 1), "next");
    }

    @Test
    void findsTheNextHeaderWhenACountWasTooSmall() {
        // The sender counted characters: 3 bytes are left over after the first frame.
        assertThat(frames(Framing.AUTO, "6 <1>oneabc6 <2>two6 <3>thr"))
                .containsExactly("<1>one", "cut abc", "<2>two", "<3>thr");
    }

    @Test
    void endsAStreamThatShouldCountAndDoesNot() {
        try (FrameDecoder decoder = new FrameDecoder(Framing.OCTET_COUNTING, LIMIT, PLENTY)) {
            List<String> frames = feed(decoder, "3 abcGET / HTTP/1.1\r\n".getBytes(ISO_8859_1), 1000, new Random(1));
            assertThat(frames).containsExactly("abc", "cut GET / HTTP/1.1\r\n");
            assertThat(decoder.isBroken()).isTrue();
        }
    }

    @Test
    void countsAnyBytesWhenToldThatTheyAreCounted() {
        assertThat(frames(Framing.OCTET_COUNTING, "3 a\nb\n10 0123456789\r\n1 x"))
                .containsExactly("a\nb", "0123456789", "x");
    }

    @Test
    void keepsTheOtherTerminatorAsDataWhenTheFramingIsFixed() {
        assertThat(frames(Framing.LF, "a\0b\r\nc\n")).containsExactly("a\0b", "c");
        assertThat(frames(Framing.NUL, "a\nb\0c\r\0")).containsExactly("a\nb", "c\r");
        assertThat(frames(Framing.FILE, "a\nb\0c\r\n")).containsExactly("a\nb\0c\r\n");
    }

    @Test
    void cutsAtWhatTheBudgetAllows() {
        BufferBudget budget = new BufferBudget(0);
        try (FrameDecoder decoder = new FrameDecoder(Framing.AUTO, LIMIT, budget)) {
            byte[] input = ("y".repeat(50_000) + "\n<2>two\n" + "50000 <" + "1".repeat(49_999) + "6 <3>thr")
                    .getBytes(ISO_8859_1);
            List<String> frames = feed(decoder, input, 100_000, new Random(1));
            assertThat(frames).hasSize(4);
            assertThat(frames.get(0)).startsWith("cut yyy");
            assertThat(frames.get(1)).isEqualTo("<2>two");
            assertThat(frames.get(2)).startsWith("cut <111");
            assertThat(frames.get(3)).isEqualTo("<3>thr");
            assertThat(decoder.isLarge()).isFalse();
        }
    }

    @Test
    void keepsLineEndsInsideQuotesOfCsv() {
        assertThat(frames(
                        Framing.CSV,
                        "a,\"one\ntwo\",b\r\n\"say \"\"x\n\"\"\";2\n\n5\" disk,7\" disk\nc, \"d\r\ne\"\nlast\n"))
                .containsExactly(
                        "a,\"one\ntwo\",b", "\"say \"\"x\n\"\"\";2", "5\" disk,7\" disk", "c, \"d\r\ne\"", "last");
    }

    @Test
    void takesLinesWhereAQuoteOfCsvIsNeverClosed() {
        String line = "x,y," + "z".repeat(90) + "\n";
        String stray = "a,\"b\n";
        List<String> lines = frames(Framing.CSV, "1,2\n" + stray + line.repeat(2 * LIMIT / line.length()) + "3,4\n");
        assertThat(lines).startsWith("1,2", "a,\"b", line.strip()).endsWith(line.strip(), "3,4");
        assertThat(lines).hasSize(3 + 2 * LIMIT / line.length());
        assertThat(frames(Framing.CSV, stray + "c,d\ne")).containsExactly("a,\"b", "c,d", "cut e");
        assertThat(frames(Framing.CSV, "\"" + "q".repeat(3 * LIMIT) + "\n1,2\n"))
                .containsExactly("cut \"" + "q".repeat(LIMIT - 1), "1,2");
    }

    @Test
    void givesTheBudgetBack() {
        BufferBudget budget = new BufferBudget(1 << 20);
        try (FrameDecoder decoder = new FrameDecoder(Framing.AUTO, LIMIT, budget)) {
            feed(decoder, ("x".repeat(90_000) + "\nrest").getBytes(ISO_8859_1), 4096, new Random(1));
            assertThat(budget.usedBytes()).isPositive();
            decoder.shrink();
            assertThat(budget.usedBytes()).isZero();
            feed(decoder, "x".repeat(90_000).getBytes(ISO_8859_1), 4096, new Random(1));
        }
        assertThat(budget.usedBytes()).isZero();
    }

    /// Frames do not depend on how the stream is cut into reads.
    @ParameterizedTest
    @EnumSource(value = Framing.class, mode = EnumSource.Mode.EXCLUDE, names = "DELIMITED")
    void givesTheSameFramesHoweverTheStreamIsCut(Framing framing) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int limit = 1 + random.nextInt(200);
            byte[] stream = randomStream(random);
            List<String> whole = run(framing, limit, stream, Integer.MAX_VALUE, random);
            assertThat(run(framing, limit, stream, 1, random))
                    .as("one byte at a time, seed %s", seed)
                    .isEqualTo(whole);
            assertThat(run(framing, limit, stream, 40, random))
                    .as("random cuts, seed %s", seed)
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void staysInStepWithWellFormedFramesOfBothKinds(long seed) {
        Random random = new Random(seed);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            String text = "<" + random.nextInt(192) + ">message " + i + " " + "z".repeat(random.nextInt(400));
            boolean counted = random.nextBoolean();
            if (counted) {
                text += "\nsecond line\0 third";
            }
            expected.add(text);
            stream.writeBytes((counted ? text.length() + " " + text : text + (random.nextBoolean() ? "\n" : "\r\n"))
                    .getBytes(ISO_8859_1));
        }
        assertThat(run(Framing.AUTO, LIMIT, stream.toByteArray(), 9000, random)).isEqualTo(expected);
    }

    static byte[] randomStream(Random random) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        String[] pieces = {
            "\n",
            "\r\n",
            "\0",
            " ",
            "<1>",
            "<",
            "5 <1>ab",
            "12 <34>",
            "9",
            "10 ",
            "1 ",
            "CEF:",
            "5 CEF:0",
            "{\"",
            "999999999 <1>",
            "1234567890 <1>",
            "\u00c3\u00a4",
            "\u00e2\u0082\u00ac",
            "\r",
            "abc",
            "\"",
            ",\"",
            "\",",
            "150 <2>"
        };
        int count = random.nextInt(80);
        for (int i = 0; i < count; i++) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    byte[] garbage = new byte[random.nextInt(60)];
                    random.nextBytes(garbage);
                    stream.writeBytes(garbage);
                }
                case 1 -> stream.writeBytes("q".repeat(random.nextInt(300)).getBytes(ISO_8859_1));
                case 2 -> {
                    String text = "<1>" + "w".repeat(random.nextInt(300));
                    stream.writeBytes((text.length() + " " + text).getBytes(ISO_8859_1));
                }
                default -> stream.writeBytes(pieces[random.nextInt(pieces.length)].getBytes(ISO_8859_1));
            }
        }
        return stream.toByteArray();
    }

    private static List<String> frames(Framing framing, String stream) {
        return run(framing, LIMIT, stream.getBytes(ISO_8859_1), Integer.MAX_VALUE, new Random(0));
    }

    private static List<String> run(Framing framing, int limit, byte[] stream, int mostAtOnce, Random random) {
        return run(FrameSettings.cutting(framing, limit), stream, mostAtOnce, random);
    }

    static List<String> run(FrameSettings settings, byte[] stream, int mostAtOnce, Random random) {
        int limit = settings.maximumFrameBytes();
        try (FrameDecoder decoder = new FrameDecoder(settings, PLENTY)) {
            List<String> frames = feed(decoder, stream, mostAtOnce, random);
            if (decoder.isBroken()) {
                // How much of a stream that is given up was at hand depends on the reads.
                frames.removeLast();
            }
            decoder.end((buffer, offset, length, flags) -> frames.add(text(buffer, offset, length, flags)));
            assertThat(frames).allMatch(frame -> frame.replaceFirst("^cut ", "").length() <= limit);
            return frames;
        }
    }

    /// Feeds a stream in pieces of random size.
    static List<String> feed(FrameDecoder decoder, byte[] stream, int mostAtOnce, Random random) {
        List<String> frames = new ArrayList<>();
        ByteArrayInputStream in = new ByteArrayInputStream(stream);
        while (in.available() > 0 && !decoder.isBroken()) {
            byte[] buffer = decoder.buffer();
            assertThat(decoder.room()).isPositive();
            int most = mostAtOnce == Integer.MAX_VALUE ? Integer.MAX_VALUE : 1 + random.nextInt(mostAtOnce);
            int read = in.read(buffer, decoder.writeOffset(), Math.min(decoder.room(), most));
            decoder.received(read, (bytes, offset, length, flags) -> frames.add(text(bytes, offset, length, flags)));
        }
        return frames;
    }

    static String text(byte[] buffer, int offset, int length, int flags) {
        assertThat(length).isPositive();
        return (flags == EventBatch.FLAG_CUT ? "cut " : "") + new String(buffer, offset, length, ISO_8859_1);
    }

    @Test
    void readsAWholeStream() {
        List<String> frames = new ArrayList<>();
        try (FrameDecoder decoder = new FrameDecoder(Framing.LF, LIMIT, PLENTY)) {
            decoder.readAll(
                    new ByteArrayInputStream("a\nb\nc".getBytes(ISO_8859_1)),
                    (buffer, offset, length, flags) -> frames.add(text(buffer, offset, length, flags)));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        assertThat(frames).containsExactly("a", "b", "cut c");
    }
}
