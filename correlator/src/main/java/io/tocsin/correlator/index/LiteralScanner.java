package io.tocsin.correlator.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Finds which of many texts occur anywhere in a value, in one pass over it whatever their number.
///
/// Of each text four neighbouring bytes are chosen, those that the fewest other texts have. The pass looks at
/// every four bytes of the value: a bit map of 16 bits a text says at once that nearly all of them are in no
/// text; where it says otherwise a table gives the texts that are then compared in full. Texts of fewer than
/// four bytes are found by their first byte.
///
/// Thread-safety: immutable once built.
final class LiteralScanner {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int GRAM = 4;
    private static final int FACTOR = 0x9E3779B1;

    /// What stands in nearly every value of some kind: grams of it are chosen only when there are no others.
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

    private final List<byte[]> texts = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    private byte[][] shortTexts = {};
    private int[] shortNumbers = {};
    /// Places of the short texts that begin with a byte.
    private final int[][] shortByFirst = new int[256][0];

    private long[] bits = {};
    private int bitShift;
    private int[] tableGram = {};
    private int[][] tableEntries = {};
    private int tableMask;
    private byte[][] text = {};
    private int[] number = {};
    private int[] gramOffset = {};

    boolean isEmpty() {
        return texts.isEmpty();
    }

    void add(byte[] literal, int hitNumber) {
        texts.add(literal);
        numbers.add(hitNumber);
    }

    void build() {
        Map<Integer, Integer> popularity = new HashMap<>();
        for (byte[] each : COMMON) {
            for (int i = 0; i + GRAM <= each.length; i++) {
                popularity.merge((int) INT.get(each, i), COMMON_WEIGHT, Integer::sum);
            }
        }
        int longCount = 0;
        int shortCount = 0;
        for (byte[] each : texts) {
            if (each.length < GRAM) {
                shortCount++;
                continue;
            }
            longCount++;
            for (int i = 0; i + GRAM <= each.length; i++) {
                popularity.merge((int) INT.get(each, i), 1, Integer::sum);
            }
        }
        text = new byte[longCount][];
        number = new int[longCount];
        gramOffset = new int[longCount];
        shortTexts = new byte[shortCount][];
        shortNumbers = new int[shortCount];
        Map<Integer, List<Integer>> byGram = new HashMap<>();
        int atLong = 0;
        int atShort = 0;
        for (int t = 0; t < texts.size(); t++) {
            byte[] each = texts.get(t);
            if (each.length < GRAM) {
                shortTexts[atShort] = each;
                shortNumbers[atShort] = numbers.get(t);
                int first = each[0] & 0xFF;
                int[] known = shortByFirst[first];
                int[] longer = Arrays.copyOf(known, known.length + 1);
                longer[longer.length - 1] = atShort++;
                shortByFirst[first] = longer;
                continue;
            }
            int best = 0;
            for (int i = 1; i + GRAM <= each.length; i++) {
                if (popularity.getOrDefault((int) INT.get(each, i), 0)
                        < popularity.getOrDefault((int) INT.get(each, best), 0)) {
                    best = i;
                }
            }
            text[atLong] = each;
            number[atLong] = numbers.get(t);
            gramOffset[atLong] = best;
            byGram.computeIfAbsent((int) INT.get(each, best), absent -> new ArrayList<>())
                    .add(atLong);
            atLong++;
        }
        int bitCount = Math.max(64, Integer.highestOneBit(Math.max(1, byGram.size()) * 32 - 1));
        bits = new long[bitCount >> 6];
        bitShift = 32 - Integer.numberOfTrailingZeros(bitCount);
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, byGram.size()) * 4 - 1));
        tableGram = new int[capacity];
        tableEntries = new int[capacity][];
        tableMask = capacity - 1;
        byGram.forEach((gram, entries) -> {
            int bit = (gram * FACTOR) >>> bitShift;
            bits[bit >> 6] |= 1L << (bit & 63);
            int place = place(gram);
            while (tableEntries[place] != null) {
                place = (place + 1) & tableMask;
            }
            tableGram[place] = gram;
            tableEntries[place] = entries.stream().mapToInt(Integer::intValue).toArray();
        });
        texts.clear();
        numbers.clear();
    }

    void scan(byte[] bytes, int offset, int length, Evaluation evaluation) {
        if (shortTexts.length > 0) {
            scanShort(bytes, offset, offset + length, evaluation);
        }
        if (text.length == 0) {
            return;
        }
        int last = offset + length - GRAM;
        for (int at = offset; at <= last; at++) {
            int gram = (int) INT.get(bytes, at);
            int bit = (gram * FACTOR) >>> bitShift;
            if ((bits[bit >> 6] & (1L << (bit & 63))) != 0) {
                compare(gram, bytes, offset, length, at, evaluation);
            }
        }
    }

    private void scanShort(byte[] bytes, int offset, int end, Evaluation evaluation) {
        for (int at = offset; at < end; at++) {
            for (int candidate : shortByFirst[bytes[at] & 0xFF]) {
                byte[] literal = shortTexts[candidate];
                if ((literal.length == 1 || (at + 1 < end && bytes[at + 1] == literal[1]))
                        && (literal.length < 3 || (at + 2 < end && bytes[at + 2] == literal[2]))) {
                    evaluation.hit(shortNumbers[candidate]);
                }
            }
        }
    }

    private void compare(int gram, byte[] bytes, int offset, int length, int at, Evaluation evaluation) {
        int place = place(gram);
        while (tableEntries[place] != null) {
            if (tableGram[place] == gram) {
                for (int entry : tableEntries[place]) {
                    int start = at - gramOffset[entry];
                    byte[] literal = text[entry];
                    int last = start + literal.length - 1;
                    if (start >= offset
                            && last < offset + length
                            && bytes[start] == literal[0]
                            && bytes[last] == literal[literal.length - 1]
                            && Arrays.equals(literal, 0, literal.length, bytes, start, start + literal.length)) {
                        evaluation.hit(number[entry]);
                    }
                }
                return;
            }
            place = (place + 1) & tableMask;
        }
    }

    private int place(int gram) {
        return ((gram * FACTOR) >>> 7) & tableMask;
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
