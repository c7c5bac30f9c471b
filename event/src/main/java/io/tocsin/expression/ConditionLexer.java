package io.tocsin.expression;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import java.util.ArrayList;
import java.util.List;

/// Cuts the text of a condition into tokens. Goes on after an error, so that all of them are found.
///
/// Thread-safety: one thread.
final class ConditionLexer {
    enum Kind {
        /// A name or a word such as AND.
        WORD,
        /// A dynamic field with a quoted key: `text` is the prefix, `key` the key.
        QUOTED_FIELD,
        TEXT,
        NUMBER,
        SYMBOL,
        END
    }

    /// @param text without quotes and escapes
    /// @param key of a `QUOTED_FIELD`, else empty
    record Token(Kind kind, String text, String key, int line, int column) {
        boolean isWord(String word) {
            return kind == Kind.WORD && text.equalsIgnoreCase(word);
        }

        boolean isSymbol(String symbol) {
            return kind == Kind.SYMBOL && text.equals(symbol);
        }

        /// How the token is called in messages.
        String shown() {
            return kind == Kind.END ? "the end" : "[" + (kind == Kind.QUOTED_FIELD ? text + "." + key : text) + "]";
        }
    }

    private final String source;
    private final String text;
    private final Problems problems;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineStart;
    private int tokenLine;
    private int tokenColumn;

    ConditionLexer(String source, String text, Problems problems) {
        this.source = source;
        this.text = text;
        this.problems = problems;
    }

    /// All tokens; the last is `END`.
    List<Token> tokens() {
        while (at < text.length()) {
            char c = text.charAt(at);
            tokenLine = line;
            tokenColumn = at - lineStart + 1;
            if (c == '\n') {
                at++;
                line++;
                lineStart = at;
            } else if (c == '#') {
                skipComment();
            } else if (Character.isWhitespace(c) || c == 0xfeff) {
                at++;
            } else if (isQuote(c)) {
                add(Kind.TEXT, quoted(), "");
            } else if (isDigit(c) || (c == '-' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
                number();
            } else if (isWordStart(c)) {
                word();
            } else {
                symbol(c);
            }
        }
        tokenLine = line;
        tokenColumn = at - lineStart + 1;
        add(Kind.END, "", "");
        return tokens;
    }

    /// True when a key of a dynamic field needs no quotes.
    static boolean isPlainKey(String key) {
        return !key.isEmpty() && key.chars().allMatch(c -> isWordPart((char) c));
    }

    /// True for what the lexer takes as one number.
    static boolean isNumber(String text) {
        int i = text.startsWith("-") ? 1 : 0;
        int start = i;
        while (i < text.length() && isDigit(text.charAt(i))) {
            i++;
        }
        if (i == start || i > 32) {
            return false;
        }
        if (i < text.length() && text.charAt(i) == '.') {
            start = ++i;
            while (i < text.length() && isDigit(text.charAt(i))) {
                i++;
            }
            return i == text.length() && i > start && i < 64;
        }
        return i == text.length();
    }

    private void skipComment() {
        while (at < text.length() && text.charAt(at) != '\n') {
            at++;
        }
    }

    private void number() {
        int start = at++;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        // An address or a time without quotes is one piece, so that it makes one message.
        while (at < text.length()
                && (text.charAt(at) == '/' || text.charAt(at) == ':' || isWordPart(text.charAt(at)))) {
            at++;
        }
        String number = text.substring(start, at);
        if (!isNumber(number)) {
            problem("not a number [value=" + number + "]: put text in quotes");
        }
        add(Kind.NUMBER, number, "");
    }

    private void word() {
        int start = at++;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        String word = text.substring(start, at);
        if (word.endsWith(".") && at < text.length() && isQuote(text.charAt(at))) {
            add(Kind.QUOTED_FIELD, word.substring(0, word.length() - 1), quoted());
        } else {
            add(Kind.WORD, word, "");
        }
    }

    private void symbol(char c) {
        String two = text.substring(at, Math.min(text.length(), at + 2));
        switch (two) {
            case "!=", ">=", "<=", "==" -> {
                at += 2;
                add(Kind.SYMBOL, two, "");
                return;
            }
            default -> at++;
        }
        if ("=<>()[],".indexOf(c) >= 0) {
            add(Kind.SYMBOL, String.valueOf(c), "");
        } else {
            if (Character.isHighSurrogate(c) && at < text.length()) {
                at++;
            }
            problem("unexpected character [" + text.substring(tokenStart(), at) + "]: put text in quotes");
        }
    }

    private int tokenStart() {
        return lineStart + tokenColumn - 1;
    }

    /// Reads a quoted text; `at` stands on the opening quote.
    private String quoted() {
        char quote = text.charAt(at++);
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return value.toString();
            }
            if (c == '\n') {
                line++;
                lineStart = at;
            }
            if (c == '\\' && quote != '`' && at < text.length()) {
                escape(value);
            } else {
                value.append(c);
            }
        }
        problem("text is not closed: a " + quote + " is missing");
        return value.toString();
    }

    private void escape(StringBuilder value) {
        char c = text.charAt(at++);
        switch (c) {
            case '\\', '\'', '"', '`' -> value.append(c);
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'u' -> unicodeEscape(value);
            default ->
                problems.add(
                        new Position(source, line, at - 1 - lineStart),
                        "unknown escape [escape=\\" + c + "]: write \\\\ for a backslash, or put the text in ` quotes");
        }
    }

    private void unicodeEscape(StringBuilder value) {
        int code = 0;
        int end = Math.min(text.length(), at + 4);
        int start = at;
        while (at < end && Character.digit(text.charAt(at), 16) >= 0) {
            code = code * 16 + Character.digit(text.charAt(at++), 16);
        }
        if (at - start == 4) {
            value.append((char) code);
        } else {
            problems.add(
                    new Position(source, line, Math.max(1, start - 1 - lineStart)),
                    "four hexadecimal digits are expected after \\u");
        }
    }

    private void add(Kind kind, String value, String key) {
        tokens.add(new Token(kind, value, key, tokenLine, tokenColumn));
    }

    private void problem(String message) {
        problems.add(new Position(source, tokenLine, tokenColumn), message);
    }

    private static boolean isQuote(char c) {
        return c == '\'' || c == '"' || c == '`';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordStart(char c) {
        return Character.isLetter(c) || c == '_';
    }

    private static boolean isWordPart(char c) {
        return Character.isLetter(c) || isDigit(c) || c == '_' || c == '.' || c == '-' || c == '@';
    }
}
