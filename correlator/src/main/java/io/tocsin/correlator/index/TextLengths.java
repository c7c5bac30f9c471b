package io.tocsin.correlator.index;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/// Which lengths texts have that share a word of bytes.
///
/// Thread-safety: immutable.
final class TextLengths {
    private static final int[] NONE = {};
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    /// Says of nearly all words that no text has them, from little memory.
    private final GramFilter filter;

    private final long[] words;
    /// [#NONE] marks an empty place.
    private final int[][] lengths;
    private final int mask;

    /// @param byWord the lengths of the texts with a word
    TextLengths(Map<Long, Set<Integer>> byWord) {
        filter = new GramFilter(byWord.keySet());
        int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, byWord.size()) * 4 - 1));
        words = new long[capacity];
        lengths = new int[capacity][];
        Arrays.fill(lengths, NONE);
        mask = capacity - 1;
        byWord.forEach((word, each) -> {
            int place = place(word);
            while (lengths[place].length > 0) {
                place = (place + 1) & mask;
            }
            words[place] = word;
            lengths[place] = each.stream().sorted().mapToInt(Integer::intValue).toArray();
        });
    }

    private int place(long word) {
        return (int) ((word * FACTOR) >>> 32) & mask;
    }

    /// The lengths of the texts with a word, in ascending order; empty when there are none.
    int[] of(long word) {
        if (!filter.mayContain(word)) {
            return NONE;
        }
        int place = place(word);
        while (words[place] != word && lengths[place].length > 0) {
            place = (place + 1) & mask;
        }
        return lengths[place];
    }
}
