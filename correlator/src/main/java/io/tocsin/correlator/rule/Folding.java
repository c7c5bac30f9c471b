package io.tocsin.correlator.rule;

/// Makes letters equal regardless of case: each character becomes its small letter by itself, whatever stands
/// beside it. So a part of a folded text is the folded part, which [String#toLowerCase] does not promise
/// (Greek final sigma).
public final class Folding {
    private Folding() {}

    /// The text in small letters.
    public static String lower(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().map(Character::toLowerCase).forEach(lower::appendCodePoint);
        return lower.toString();
    }
}
