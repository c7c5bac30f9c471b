package io.tocsin.correlator.index;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for texts of one to three bytes, at every place of a value, by their first two.
///
/// Thread-safety: immutable.
final class ShortTexts {
    private static final int[] NONE = {};
    /// Pairs of bytes in a word.
    private static final int PLACES = ByteWords.BYTES - 1;

    private final byte[][] texts;
    private final int[] numbers;
    /// Places of the texts that begin with a byte.
    private final int[][] byFirst = new int[256][];

    /// One bit for each pair of bytes, roughly folded, the first one least significant, with which a text can begin.
    private final long[] pairs = new long[1024];

    /// @param texts in small letters
    /// @param numbers what to call true when a text is there
    ShortTexts(List<byte[]> texts, List<Integer> numbers) {
        this.texts = texts.toArray(byte[][]::new);
        this.numbers = numbers.stream().mapToInt(Integer::intValue).toArray();
        Arrays.fill(byFirst, NONE);
        for (int i = 0; i < this.texts.length; i++) {
            byte[] each = this.texts[i];
            addPairs(each);
            int first = each[0] & 0xFF;
            int[] longer = Arrays.copyOf(byFirst[first], byFirst[first].length + 1);
            longer[longer.length - 1] = i;
            byFirst[first] = longer;
        }
    }

    /// Notes the pairs of bytes with which a text can begin.
    private void addPairs(byte[] text) {
        for (int second = 0; second < 256; second++) {
            if (text.length == 1 || (text[1] & 0xFF) == second) {
                int pair = (text[0] & 0xFF) | (second << 8) | (int) (ByteWords.ROUGH & 0xFFFF);
                pairs[pair >> 6] |= 1L << (pair & 63);
            }
        }
    }

    /// @param told null when it is enough to know whether there is something
    /// @return when nobody is told: true when one of the texts is there
    boolean search(byte[] bytes, int offset, int end, @Nullable Evaluation told) {
        int at = offset;
        for (; at + ByteWords.BYTES <= end; at += PLACES) {
            long word = ByteWords.at(bytes, at) | ByteWords.ROUGH;
            long marked = mark(word)
                    | mark(word >>> 8)
                    | mark(word >>> 16)
                    | mark(word >>> 24)
                    | mark(word >>> 32)
                    | mark(word >>> 40)
                    | mark(word >>> 48);
            if ((marked & 1) != 0) {
                for (int i = 0; i < PLACES; i++) {
                    if ((mark(word >>> (i * Byte.SIZE)) & 1) != 0 && find(bytes, at + i, end, told)) {
                        return true;
                    }
                }
            }
        }
        for (; at < end; at++) {
            if (find(bytes, at, end, told)) {
                return true;
            }
        }
        return false;
    }

    /// Bit 0 says whether a text may begin with the two lowest bytes of a word, which is roughly folded; the others say
    /// nothing.
    private long mark(long word) {
        // A shift takes the lower six bits of its distance.
        return pairs[(int) (word >>> 6) & (pairs.length - 1)] >>> word;
    }

    private boolean find(byte[] bytes, int at, int end, @Nullable Evaluation told) {
        for (int candidate : byFirst[ByteWords.lower(bytes[at]) & 0xFF]) {
            byte[] text = texts[candidate];
            if (at + text.length <= end && ByteWords.isFolded(text, bytes, at)) {
                if (told == null) {
                    return true;
                }
                told.hit(numbers[candidate]);
            }
        }
        return false;
    }
}
