package io.tocsin.correlator.index;

/// A set of filters by their numbers, walked in ascending order. What it costs follows the number of filters that
/// are in it, not of those that could be: one bit a filter, and one more for each 64 of these bits.
///
/// Thread-safety: one thread.
final class CandidateSet {
    private final long[] words;
    /// Which words are not zero.
    private final long[] filled;

    /// @param size one more than the largest number
    CandidateSet(int size) {
        words = new long[(size + 63) >> 6];
        filled = new long[(words.length + 63) >> 6];
    }

    void add(int number) {
        int word = number >> 6;
        words[word] |= 1L << number;
        filled[word >> 6] |= 1L << word;
    }

    void clear() {
        for (int i = 0; i < filled.length; i++) {
            for (long bits = filled[i]; bits != 0; bits &= bits - 1) {
                words[(i << 6) + Long.numberOfTrailingZeros(bits)] = 0;
            }
            filled[i] = 0;
        }
    }

    /// The smallest number in it that is not below `from`, or -1.
    int next(int from) {
        int word = from >> 6;
        if (word >= words.length) {
            return -1;
        }
        long bits = words[word] & -1L << from;
        if (bits == 0) {
            word = nextFilled(word + 1);
            if (word < 0) {
                return -1;
            }
            bits = words[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    private int nextFilled(int from) {
        int at = from >> 6;
        if (at >= filled.length) {
            return -1;
        }
        long bits = filled[at] & -1L << from;
        while (bits == 0) {
            if (++at == filled.length) {
                return -1;
            }
            bits = filled[at];
        }
        return (at << 6) + Long.numberOfTrailingZeros(bits);
    }
}
