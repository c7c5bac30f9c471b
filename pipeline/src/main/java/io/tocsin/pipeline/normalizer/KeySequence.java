package io.tocsin.pipeline.normalizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Guesses keys from the text before: what one product sends has the same keys in the same order nearly always, and
/// to see that the expected key stands there takes a tenth of looking for any key.
///
/// Thread-safety: one thread.
final class KeySequence {
    private static final int MAXIMUM_KEYS = 64;
    private static final int MAXIMUM_KEY_BYTES = 48;

    private final KeyTable<Target> table;
    private final Guess[] guesses = new Guess[MAXIMUM_KEYS];

    /// The key that stood at this place of the text before. Keys of up to sixteen bytes are compared by two words,
    /// which overlap.
    private static final class Guess {
        private final byte[] key = new byte[MAXIMUM_KEY_BYTES];
        private int length;
        private long head;
        private long mask;
        private long tail;
        private @Nullable Target target;
    }

    KeySequence(KeyTable<Target> table) {
        this.table = table;
        Arrays.setAll(guesses, index -> new Guess());
    }

    /// What belongs to a key, guessed or not.
    @Nullable
    Target find(byte[] text, int offset, int length) {
        return table.find(text, offset, length);
    }

    /// Where the expected key begins when it stands right before `end`, behind a space or at `start`; otherwise -1.
    ///
    /// @param ordinal how many keys the text had before
    /// @param from the key begins here at the earliest
    int guess(int ordinal, byte[] text, int from, int start, int end) {
        if (ordinal >= MAXIMUM_KEYS) {
            return -1;
        }
        Guess guess = guesses[ordinal];
        int length = guess.length;
        int begin = end - length;
        if (begin <= from) {
            // Only the first key needs no space before it.
            if (begin != start || begin < from) {
                return -1;
            }
        } else if (text[begin - 1] != ' ') {
            return -1;
        }
        if (length == 0) {
            return -1;
        }
        if (begin + Long.BYTES > text.length) {
            return Arrays.equals(text, begin, end, guess.key, 0, length) ? begin : -1;
        }
        if ((ByteScan.eight(text, begin) & guess.mask) != guess.head) {
            return -1;
        }
        if (length <= Long.BYTES) {
            return begin;
        }
        if (ByteScan.eight(text, end - Long.BYTES) != guess.tail) {
            return -1;
        }
        return length <= 2 * Long.BYTES || Arrays.equals(text, begin, end, guess.key, 0, length) ? begin : -1;
    }

    /// What belongs to the key that was guessed right.
    @Nullable
    Target guessed(int ordinal) {
        return guesses[ordinal].target;
    }

    /// Remembers a key for the next text.
    void learn(int ordinal, byte[] text, int offset, int length, @Nullable Target target) {
        if (ordinal >= MAXIMUM_KEYS
                || length > MAXIMUM_KEY_BYTES
                || ByteScan.indexOf(text, offset, offset + length, ' ') < offset + length) {
            return;
        }
        Guess guess = guesses[ordinal];
        System.arraycopy(text, offset, guess.key, 0, length);
        guess.length = length;
        guess.mask = length >= Long.BYTES ? -1L : (1L << (length << 3)) - 1;
        guess.head = ByteScan.upToEight(guess.key, 0, length);
        guess.tail = length >= Long.BYTES ? ByteScan.eight(guess.key, length - Long.BYTES) : 0;
        guess.target = target;
    }
}
