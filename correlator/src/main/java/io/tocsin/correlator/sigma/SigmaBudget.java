package io.tocsin.correlator.sigma;

/// How much one document may grow when its values are written out: wildcards, dashes, encodings and placeholders
/// make many texts of few.
///
/// Thread-safety: one thread.
final class SigmaBudget {
    /// Characters of all texts of a document, and some for each of them.
    static final long MAXIMUM_CHARACTERS = 32L << 20;

    private static final int CHARACTERS_OF_A_TEST = 32;

    private long left = MAXIMUM_CHARACTERS;

    /// True when a text of this length may be added.
    boolean takes(long characters) {
        left -= characters + CHARACTERS_OF_A_TEST;
        return left >= 0;
    }
}
