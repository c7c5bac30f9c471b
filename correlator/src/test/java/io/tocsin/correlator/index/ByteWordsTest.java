package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteWordsTest {
    @Test
    void makesSmallExactlyTheLettersOfAscii() {
        for (int length = 1; length < 20; length++) {
            for (int each = 0; each < 256; each++) {
                byte[] from = new byte[length + 3];
                Arrays.fill(from, (byte) each);
                byte[] to = new byte[length + 5];
                boolean ascii = ByteWords.copyLower(from, 2, to, 4, length);
                assertThat(ascii).isEqualTo(each < 0x80);
                byte expected = (byte) (each >= 'A' && each <= 'Z' ? each + 32 : each);
                assertThat(ByteWords.lower((byte) each)).isEqualTo(expected);
                for (int i = 0; i < length; i++) {
                    assertThat(to[4 + i]).isEqualTo(expected);
                }
                assertThat(Arrays.copyOf(to, 4)).containsOnly(0);
                assertThat(to[length + 4]).isZero();
            }
        }
    }

    @Test
    void readsTheTailOfAnArrayAndOfAStretchWithin() {
        byte[] bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        assertThat(ByteWords.at(bytes, 1)).isEqualTo(0x0908_0706_0504_0302L);
        assertThat(ByteWords.tail(bytes, 2, 5)).isEqualTo(0x05_0403L);
        assertThat(ByteWords.tail(bytes, 8, 11)).isEqualTo(0x0B_0A09L);
        assertThat(ByteWords.tail(bytes, 3, 3)).isZero();
        assertThat(ByteWords.tail(bytes, 11, 11)).isZero();
    }

    @Test
    void tellsAsciiWhereverTheOtherByteStands() {
        for (int length = 1; length < 20; length++) {
            byte[] bytes = new byte[length + 2];
            bytes[0] = -1;
            bytes[length + 1] = -1;
            assertThat(ByteWords.isAscii(bytes, 1, length)).isTrue();
            for (int at = 1; at <= length; at++) {
                bytes[at] = -1;
                assertThat(ByteWords.isAscii(bytes, 1, length)).isFalse();
                bytes[at] = 0;
            }
        }
    }

    @Test
    void knowsWordsOfAsciiAndOthers() {
        byte[] bytes = new byte[20];
        for (int end = 0; end <= 20; end++) {
            for (int at = 0; at <= 12; at++) {
                assertThat(ByteWords.isAsciiWord(bytes, at, end)).isEqualTo(end - at >= 8);
            }
        }
        bytes[10] = -1;
        for (int at = 0; at <= 12; at++) {
            boolean isThere = at > 2 && at <= 10;
            assertThat(ByteWords.isAsciiWord(bytes, at, 20)).isNotEqualTo(isThere);
            assertThat(ByteWords.isForeign(ByteWords.at(bytes, at))).isEqualTo(isThere);
        }
    }

    @Test
    void hashesTextsOfOtherCaseAlikeAndOthersApart() {
        byte[] text = "Some text of more than eight bytes".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] other = "sOME tEXT of more than eight BYTES".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (int length = 0; length <= text.length; length++) {
            int hash = ByteWords.hash(text, 0, length);
            assertThat(ByteWords.hash(other, 0, length)).isEqualTo(hash);
            for (int at = 0; at < length; at++) {
                byte[] changed = text.clone();
                changed[at] = '#';
                assertThat(ByteWords.hash(changed, 0, length)).isNotEqualTo(hash);
            }
        }
    }

    @Test
    void knowsEveryLetterThatBecomesAsciiWhenItIsMadeSmall() {
        for (int point = 0x80; point <= Character.MAX_CODE_POINT; point++) {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                continue;
            }
            boolean expected = Character.toLowerCase(point) < 0x80;
            byte[] bytes = Character.toString(point).getBytes(StandardCharsets.UTF_8);
            if (ByteWords.foldsIntoAscii(bytes, 0, bytes.length) != expected) {
                assertThat(Character.getName(point)).isEqualTo("a letter that is known");
            }
        }
        for (String text :
                List.of("long plain text behind which \u212A stands", "\u0130", "12345678\u0130", "1234567\u212A")) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertThat(ByteWords.foldsIntoAscii(bytes, 0, bytes.length))
                    .as(text)
                    .isTrue();
            assertThat(ByteWords.foldsIntoAscii(Arrays.copyOf(bytes, bytes.length + 8), 0, bytes.length))
                    .isTrue();
        }
        byte[] plain = "Microsoft® Windows® ©, ÄÖÜ € Ж ℃ ȟ ⅊".getBytes(StandardCharsets.UTF_8);
        assertThat(ByteWords.foldsIntoAscii(plain, 0, plain.length)).isFalse();
        byte[] cutOff = {(byte) 0xE2, (byte) 0x84, (byte) 0xAA, (byte) 0xC4, (byte) 0xB0};
        assertThat(ByteWords.foldsIntoAscii(cutOff, 0, 2)).isFalse();
        assertThat(ByteWords.foldsIntoAscii(cutOff, 1, 3)).isFalse();
        assertThat(ByteWords.foldsIntoAscii(cutOff, 3, 2)).isTrue();
    }
}
