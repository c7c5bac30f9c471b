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

    private final String[] words = new String[SLOTS];
    private final byte @Nullable [][] bytes = new byte[SLOTS][];

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
        byte[] known = bytes[slot];
        if (known != null && Arrays.equals(known, 0, known.length, text, from, to)) {
            return words[slot];
        }
        // One word a slot: whichever came last stays.
        String word = new String(text, from, length, UTF_8);
        words[slot] = word;
        bytes[slot] = Arrays.copyOfRange(text, from, to);
        return word;
    }
}
