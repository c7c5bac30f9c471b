package io.tocsin.expression;

/// Finds characters for which the library of regular expressions does not end when it compares without regard to case:
/// it goes from a character to the next of the same letter until it is back, and from U+1C80 to U+1C88 (old forms of
/// Cyrillic letters) no way leads back. A range in a class visits each of its characters.
///
/// Thread-safety: one thread; each question makes its own.
final class EndlessFolding {
    private static final int FIRST = 0x1C80;
    private static final int LAST = 0x1C88;
    /// A range around all letters that have a case is not looked into.
    private static final int FIRST_WITH_CASE = 'A';
    private static final int LAST_WITH_CASE = 0x1044F;

    private static final int NO_CHARACTER = -1;

    private final String expression;
    private int at;

    private EndlessFolding(String expression) {
        this.expression = expression;
    }

    static boolean isIn(String expression, boolean ignoreCase) {
        return mentionsLateCharacter(expression)
                && (ignoreCase || mayFold(expression))
                && new EndlessFolding(expression).search();
    }

    /// False for nearly all expressions: nothing in them lies as far back as these characters.
    private static boolean mentionsLateCharacter(String expression) {
        for (int i = 0; i < expression.length(); i++) {
            if (expression.charAt(i) >= FIRST) {
                return true;
            }
        }
        return expression.contains("\\x{");
    }

    /// There is a group of flags with the one for case.
    private static boolean mayFold(String expression) {
        int group = expression.indexOf("(?");
        while (group >= 0) {
            for (int i = group + 2; i < expression.length(); i++) {
                char flag = expression.charAt(i);
                if (flag == 'i') {
                    return true;
                }
                if (flag == 'P' || ((flag < 'a' || flag > 'z') && flag != 'U')) {
                    break;
                }
            }
            group = expression.indexOf("(?", group + 2);
        }
        return false;
    }

    private boolean search() {
        while (at < expression.length()) {
            char c = expression.charAt(at);
            if (c == '[') {
                at++;
                if (charClass()) {
                    return true;
                }
            } else if (expression.startsWith("\\Q", at)) {
                int end = expression.indexOf("\\E", at);
                int to = end < 0 ? expression.length() : end;
                for (; at < to; at++) {
                    if (isEndless(expression.charAt(at))) {
                        return true;
                    }
                }
            } else if (isEndless(character())) {
                return true;
            }
        }
        return false;
    }

    /// A class, from behind its bracket on.
    private boolean charClass() {
        if (at < expression.length() && expression.charAt(at) == '^') {
            at++;
        }
        boolean first = true;
        while (at < expression.length() && (first || expression.charAt(at) != ']')) {
            first = false;
            int named = expression.startsWith("[:", at) ? expression.indexOf(":]", at) : -1;
            if (named >= 0) {
                at = named + 2;
                continue;
            }
            int low = character();
            int high = low;
            if (at + 1 < expression.length() && expression.charAt(at) == '-' && expression.charAt(at + 1) != ']') {
                at++;
                high = character();
            }
            boolean around = low <= FIRST_WITH_CASE && high >= LAST_WITH_CASE;
            if (low != NO_CHARACTER && low <= LAST && high >= FIRST && !around) {
                return true;
            }
        }
        at++;
        return false;
    }

    private static boolean isEndless(int character) {
        return character >= FIRST && character <= LAST;
    }

    /// The character that stands here, passed over; -1 for what stands for several ones.
    private int character() {
        int character = expression.codePointAt(at);
        at += Character.charCount(character);
        if (character != '\\' || at >= expression.length()) {
            return character;
        }
        int escaped = expression.codePointAt(at);
        at += Character.charCount(escaped);
        if (escaped != 'x') {
            // control characters and octal numbers lie far before; classes begin no range
            return Character.isLetterOrDigit(escaped) ? 0 : escaped;
        }
        int end = expression.startsWith("{", at) ? expression.indexOf('}', at) : at + 2;
        if (end < 0 || end > expression.length()) {
            return NO_CHARACTER;
        }
        int digits = expression.startsWith("{", at) ? at + 1 : at;
        at = end + (digits > at ? 1 : 0);
        try {
            return Integer.parseInt(expression, digits, end, 16);
        } catch (NumberFormatException _) {
            return NO_CHARACTER; // the library says what is wrong
        }
    }
}
