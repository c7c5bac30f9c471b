package io.tocsin.correlator.index;

import io.tocsin.correlator.index.ByteTable.ByteText;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds all of many texts with which a value begins, or ends. The eight bytes at that edge of the value, or four for
/// shorter texts, say which lengths the texts have that may be there, mostly none; a stretch of such a length is looked
/// up whole. So what a value costs does not grow with the number of texts.
///
/// Thread-safety: immutable once built.
final class EdgeTexts {
    private static final int LONG = 8;
    private static final int SHORT = 4;

    private final boolean atEnd;
    private final Map<ByteText, List<Integer>> building = ByteTable.entries();
    private ByteTable texts = new ByteTable(Map.of());
    private TextLengths longs = new TextLengths(Map.of());
    private TextLengths shorts = new TextLengths(Map.of());
    /// Lengths of texts of fewer than four bytes, in ascending order.
    private int[] tiny = {};

    private boolean hasLongs;
    private boolean hasShorts;

    /// @param atEnd true for texts with which values end
    EdgeTexts(boolean atEnd) {
        this.atEnd = atEnd;
    }

    /// @param text in small letters
    void add(byte[] text, int number) {
        ByteTable.put(building, text, number);
    }

    void build() {
        Map<Long, Set<Integer>> longLengths = new HashMap<>();
        Map<Long, Set<Integer>> shortLengths = new HashMap<>();
        Set<Integer> tinyLengths = new HashSet<>();
        for (ByteText each : building.keySet()) {
            byte[] text = each.bytes();
            if (text.length >= LONG) {
                add(longLengths, word(text, 0, text.length, LONG), text.length);
            } else if (text.length >= SHORT) {
                add(shortLengths, word(text, 0, text.length, SHORT), text.length);
            } else {
                tinyLengths.add(text.length);
            }
        }
        texts = new ByteTable(building);
        longs = new TextLengths(longLengths);
        shorts = new TextLengths(shortLengths);
        hasLongs = !longLengths.isEmpty();
        hasShorts = !shortLengths.isEmpty();
        tiny = tinyLengths.stream().sorted().mapToInt(Integer::intValue).toArray();
        building.clear();
    }

    private static void add(Map<Long, Set<Integer>> lengths, long word, int length) {
        lengths.computeIfAbsent(word, absent -> new HashSet<>()).add(length);
    }

    /// @param bytes ASCII letters may be capital ones, other letters are small
    void scan(byte[] bytes, int offset, int length, Evaluation told) {
        find(tiny, bytes, offset, length, told);
        if (hasShorts && length >= SHORT) {
            find(shorts.of(word(bytes, offset, length, SHORT)), bytes, offset, length, told);
        }
        if (hasLongs && length >= LONG) {
            find(longs.of(word(bytes, offset, length, LONG)), bytes, offset, length, told);
        }
    }

    private void find(int[] lengths, byte[] bytes, int offset, int length, Evaluation told) {
        for (int each : lengths) {
            if (each > length) {
                return;
            }
            for (int number : texts.get(bytes, atEnd ? offset + length - each : offset, each)) {
                told.hit(number);
            }
        }
    }

    /// The bytes at the edge of a value, roughly folded.
    private long word(byte[] bytes, int offset, int length, int size) {
        int from = atEnd ? offset + length - size : offset;
        long word = size == LONG ? ByteWords.at(bytes, from) : ByteWords.tail(bytes, from, from + size);
        return word | ByteWords.ROUGH;
    }
}
