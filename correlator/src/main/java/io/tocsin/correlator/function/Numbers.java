package io.tocsin.correlator.function;

/// Reads numbers from texts.
final class Numbers {
    private static final int MAXIMUM_LENGTH = 64;

    private Numbers() {}

    /// The number, or NaN: decimal with an optional sign, fraction and exponent. Blanks around it do not matter.
    static double parse(String text) {
        String stripped = text.strip();
        if (stripped.isEmpty() || stripped.length() > MAXIMUM_LENGTH) {
            return Double.NaN;
        }
        for (int i = 0; i < stripped.length(); i++) {
            char c = stripped.charAt(i);
            if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E') {
                return Double.NaN;
            }
        }
        try {
            return Double.parseDouble(stripped);
        } catch (NumberFormatException none) {
            return Double.NaN;
        }
    }
}
