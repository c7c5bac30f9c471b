package io.tocsin.correlator.index;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Finds which of many texts occur anywhere in a value, in one pass over it whatever their number.
///
/// Of each text a run of eight bytes is chosen (four when it is shorter than that), the one that the fewest other
/// texts have. The pass looks at every eight and every four bytes of the value: a bit map says at once that nearly
/// all of them are in no text; where it says otherwise a table gives the texts that are then compared in full.
/// Texts of fewer than four bytes are found by their first byte.
///
/// Thread-safety: immutable once built.
final class LiteralScanner {
    private static final int SHORT_GRAM = 4;
    private static final int LONG_GRAM = 8;

    /// What stands in nearly every value of some kind: grams of it are chosen only when there are no
    /// others.
    private static final List<byte[]> COMMON = Stream.of(
                    "c:\\windows\\system32\\",
                    "\\syswow64\\",
                    "c:\\program files (x86)\\",
                    "c:\\program files\\",
                    "c:\\users\\administrator\\appdata\\local\\temp\\roaming\\",
                    "microsoft",
                    "software\\",
                    "\\currentversion\\",
                    "hklm\\system\\currentcontrolset\\",
                    "powershell",
                    ".exe\" -",
                    ".dll",
                    "https://www.",
                    "/usr/bin/",
                    "/var/log/")
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toList();

    private static final int COMMON_WEIGHT = 10_000;
    private static final Map<Long, Integer> COMMON_SHORT = new HashMap<>();
    private static final Map<Long, Integer> COMMON_LONG = new HashMap<>();

    static {
        for (byte[] each : COMMON) {
            countGrams(each, SHORT_GRAM, COMMON_WEIGHT, COMMON_SHORT);
            countGrams(each, LONG_GRAM, COMMON_WEIGHT, COMMON_LONG);
        }
    }

    private final List<byte[]> texts = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    private byte[][] shortTexts = {};
    private int[] shortNumbers = {};
    /// Places of the short texts that begin with a byte.
    private int[][] shortByFirst = {};

    /// One bit for each pair of bytes, the first one least significant, with which a short text can
    /// begin.
    private long[] shortPairs = {};

    private GramTable shortGrams = new GramTable.Builder().build();
    private GramTable longGrams = new GramTable.Builder().build();
    private byte[][] text = {};
    private int[] number = {};
    private static final long[] NO_PAIRS = {};
    /// One bit for each pair of bytes, the first one least significant, with which a chosen run ends: one look at
    /// it says of most places that no run ends there.
    private long[] endPairs = NO_PAIRS;

    /// Where the chosen run of a text ends, exclusive.
    private int[] gramEnd = {};

    boolean isEmpty() {
        return texts.isEmpty();
    }

    void add(byte[] literal, int hitNumber) {
        texts.add(literal);
        numbers.add(hitNumber);
    }

    void build() {
        Map<Long, Integer> shortPopularity = new HashMap<>();
        Map<Long, Integer> longPopularity = new HashMap<>();
        int gramCount = 0;
        for (byte[] each : texts) {
            gramCount += each.length < SHORT_GRAM ? 0 : 1;
            if (each.length < LONG_GRAM) {
                countGrams(each, SHORT_GRAM, 1, shortPopularity);
            } else {
                countGrams(each, LONG_GRAM, 1, longPopularity);
            }
        }
        text = new byte[gramCount][];
        number = new int[gramCount];
        gramEnd = new int[gramCount];
        endPairs = gramCount == 0 ? NO_PAIRS : new long[1024];
        shortTexts = new byte[texts.size() - gramCount][];
        shortNumbers = new int[texts.size() - gramCount];
        if (shortTexts.length > 0) {
            shortPairs = new long[1024];
            shortByFirst = new int[256][0];
        }
        GramTable.Builder shortBuilder = new GramTable.Builder();
        GramTable.Builder longBuilder = new GramTable.Builder();
        int atGram = 0;
        int atShort = 0;
        for (int t = 0; t < texts.size(); t++) {
            byte[] each = texts.get(t);
            if (each.length < SHORT_GRAM) {
                shortTexts[atShort] = each;
                addPairs(each);
                shortNumbers[atShort] = numbers.get(t);
                int first = each[0] & 0xFF;
                int[] known = shortByFirst[first];
                int[] longer = Arrays.copyOf(known, known.length + 1);
                longer[longer.length - 1] = atShort++;
                shortByFirst[first] = longer;
                continue;
            }
            boolean isLong = each.length >= LONG_GRAM;
            int size = isLong ? LONG_GRAM : SHORT_GRAM;
            int end = rarest(each, size, isLong ? longPopularity : shortPopularity);
            text[atGram] = each;
            number[atGram] = numbers.get(t);
            gramEnd[atGram] = end;
            int pair = (each[end - 2] & 0xFF) | (each[end - 1] & 0xFF) << 8;
            endPairs[pair >> 6] |= 1L << (pair & 63);
            (isLong ? longBuilder : shortBuilder).add(gram(each, end - size, size), atGram);
            atGram++;
        }
        shortGrams = shortBuilder.build();
        longGrams = longBuilder.build();
        texts.clear();
        numbers.clear();
    }

    /// The bytes as a number, the first one least significant.
    private static long gram(byte[] bytes, int from, int size) {
        long gram = 0;
        for (int i = size - 1; i >= 0; i--) {
            gram = gram << 8 | (bytes[from + i] & 0xFF);
        }
        return gram;
    }

    private static void countGrams(byte[] text, int size, int weight, Map<Long, Integer> popularity) {
        for (int i = 0; i + size <= text.length; i++) {
            popularity.merge(gram(text, i, size), weight, Integer::sum);
        }
    }

    private static int rarest(byte[] text, int size, Map<Long, Integer> popularity) {
        Map<Long, Integer> common = size == SHORT_GRAM ? COMMON_SHORT : COMMON_LONG;
        int best = 0;
        int bestCount = Integer.MAX_VALUE;
        for (int i = 0; i + size <= text.length; i++) {
            long gram = gram(text, i, size);
            int count = popularity.getOrDefault(gram, 0) + common.getOrDefault(gram, 0);
            if (count < bestCount) {
                best = i;
                bestCount = count;
            }
        }
        return best + size;
    }

    void scan(byte[] bytes, int offset, int length, Evaluation evaluation) {
        int end = offset + length;
        if (shortTexts.length > 0) {
            scanShort(bytes, offset, end, evaluation);
        }
        if (text.length == 0 || length < SHORT_GRAM) {
            return;
        }
        // The last eight bytes, the latest one most significant; the run of four is the upper half.
        long word = 0;
        int at = offset;
        for (; at < offset + SHORT_GRAM - 1; at++) {
            word = word >>> 8 | (long) bytes[at] << 56;
        }
        int firstLong = offset + LONG_GRAM - 1;
        long[] pairs = endPairs;
        for (; at < end; at++) {
            word = word >>> 8 | (long) bytes[at] << 56;
            // A shift takes the lower six bits of its distance.
            if ((pairs[(int) (word >>> 54)] >>> (word >>> 48) & 1) == 0) {
                continue;
            }
            if (shortGrams.mayContain(word >>> 32)) {
                compare(shortGrams.places(word >>> 32), bytes, offset, end, at, evaluation);
            }
            if (longGrams.mayContain(word) && at >= firstLong) {
                compare(longGrams.places(word), bytes, offset, end, at, evaluation);
            }
        }
    }

    private void scanShort(byte[] bytes, int offset, int end, Evaluation evaluation) {
        int pair = 0;
        for (int at = end - 1; at >= offset; at--) {
            pair = (bytes[at] & 0xFF) | (pair & 0xFF) << 8;
            if ((shortPairs[pair >> 6] & (1L << (pair & 63))) != 0) {
                hitShort(bytes, at, end, evaluation);
            }
        }
    }

    private void hitShort(byte[] bytes, int at, int end, Evaluation evaluation) {
        for (int candidate : shortByFirst[bytes[at] & 0xFF]) {
            byte[] literal = shortTexts[candidate];
            if ((literal.length == 1 || (at + 1 < end && bytes[at + 1] == literal[1]))
                    && (literal.length < 3 || (at + 2 < end && bytes[at + 2] == literal[2]))) {
                evaluation.hit(shortNumbers[candidate]);
            }
        }
    }

    /// Notes the pairs of bytes with which a short text can begin.
    private void addPairs(byte[] literal) {
        int first = literal[0] & 0xFF;
        for (int second = 0; second < 256; second++) {
            if (literal.length == 1 || (literal[1] & 0xFF) == second) {
                int pair = first | second << 8;
                shortPairs[pair >> 6] |= 1L << (pair & 63);
            }
        }
    }

    private void compare(int[] entries, byte[] bytes, int offset, int end, int at, Evaluation evaluation) {
        for (int entry : entries) {
            byte[] literal = text[entry];
            int start = at + 1 - gramEnd[entry];
            int stop = start + literal.length;
            if (start >= offset
                    && stop <= end
                    && bytes[start] == literal[0]
                    && bytes[stop - 1] == literal[literal.length - 1]
                    && Arrays.equals(literal, 0, literal.length, bytes, start, stop)) {
                evaluation.hit(number[entry]);
            }
        }
    }

    /// True when the text occurs in the stretch.
    static boolean contains(byte[] bytes, int offset, int length, byte[] text) {
        if (text.length == 0) {
            return true;
        }
        int last = offset + length - text.length;
        byte first = text[0];
        for (int at = offset; at <= last; at++) {
            if (bytes[at] == first && Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }
}
