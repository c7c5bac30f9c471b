package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Gives the same `String` for the same bytes, for words of which a stream has few: names of keys and types. Bounded:
/// words of senders that never repeat themselves cost what a new `String` costs.
///
/// Thread-safety: one thread.
final class KnownWords {
    private static final int SLOTS = 4096;
    private static final int LONGEST = 64;

    private final @Nullable Word[] words = new Word[SLOTS];

    /// A word and its bytes. Immutable.
    private static final class Word {
        private final String text;
        private final byte[] bytes;

        Word(byte[] bytes) {
            this.text = new String(bytes, UTF_8);
            this.bytes = bytes;
        }
    }

    String word(byte[] text, int from, int to) {
        int length = to - from;
        if (length > LONGEST) {
            return new String(text, from, length, UTF_8);
        }
        int hash = length;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        int slot = (hash ^ hash >>> 15) & SLOTS - 1;
        Word known = words[slot];
        if (known == null || !Arrays.equals(known.bytes, 0, known.bytes.length, text, from, to)) {
            // One word a slot: whichever came last stays.
            known = new Word(Arrays.copyOfRange(text, from, to));
            words[slot] = known;
        }
        return known.text;
    }
}
