package io.tocsin.pipeline.enrich.indicator;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads JSON (RFC 8259) of any length, one element of a list at a time: a list of a million objects takes the
/// memory of one of them. Values are `Map`, `List`, `String`, `Double`, `Long`, `Boolean` or null. Several values one
/// after another (a line each, or not) are read as if they stood in a list.
///
/// Bounded: nesting, the length of a text and the number of values of one element have limits.
///
/// Thread-safety: one thread.
final class JsonStream {
    private static final int MAXIMUM_DEPTH = 64;
    private static final int MAXIMUM_TEXT = 4 << 20;
    private static final int MAXIMUM_VALUES = 1_000_000;

    private final Reader reader;
    private final char[] buffer = new char[8192];
    private final StringBuilder text = new StringBuilder();
    private int at;
    private int limit;
    private long read;
    private int values;

    JsonStream(Reader reader) {
        this.reader = reader;
    }

    /// The text is not JSON, or beyond the limits.
    static final class InvalidJsonException extends IOException {
        private static final long serialVersionUID = 1;

        InvalidJsonException(String message) {
            super(message);
        }
    }

    /// Gives every element of the list at a path to a consumer. Where the path leads to something else than a list,
    /// that is the only element; lists on the way are gone through.
    ///
    /// @param path names of members from the outside in
    void elements(List<String> path, Consumer<@Nullable Object> consumer) throws IOException {
        if (peekNonSpace() == '\uFEFF') {
            at++;
        }
        while (peekNonSpace() >= 0) {
            descend(path, 0, 0, consumer);
            if (peekNonSpace() == ',') {
                at++;
            }
        }
    }

    private void descend(List<String> path, int depth, int nesting, Consumer<@Nullable Object> consumer)
            throws IOException {
        requireDepth(nesting);
        int first = peekNonSpace();
        if (first == '[') {
            at++;
            while (!ends(']')) {
                descend(path, depth, nesting + 1, consumer);
            }
        } else if (depth == path.size()) {
            values = 0;
            consumer.accept(value(nesting));
        } else if (first == '{') {
            at++;
            while (!ends('}')) {
                String name = memberName();
                if (name.equals(path.get(depth))) {
                    descend(path, depth + 1, nesting + 1, consumer);
                } else {
                    values = 0;
                    value(nesting + 1);
                }
            }
        } else {
            values = 0;
            value(nesting);
        }
    }

    /// True at the closing bracket, which is taken; else stands on the next item.
    private boolean ends(char bracket) throws IOException {
        int next = peekNonSpace();
        if (next == ',') {
            at++;
            next = peekNonSpace();
        }
        if (next == bracket) {
            at++;
            return true;
        }
        if (next < 0) {
            throw invalid("the text ends inside of a value");
        }
        return false;
    }

    private String memberName() throws IOException {
        if (peekNonSpace() != '"') {
            throw invalid("a name is expected");
        }
        String name = string();
        if (peekNonSpace() != ':') {
            throw invalid("a colon is expected");
        }
        at++;
        return name;
    }

    private @Nullable Object value(int depth) throws IOException {
        requireDepth(depth);
        if (++values > MAXIMUM_VALUES) {
            throw invalid("an element has too many values, maximum=" + MAXIMUM_VALUES);
        }
        int first = peekNonSpace();
        return switch (first) {
            case '{' -> {
                at++;
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (!ends('}')) {
                    String name = memberName();
                    map.put(name, value(depth + 1));
                }
                yield map;
            }
            case '[' -> {
                at++;
                List<@Nullable Object> list = new ArrayList<>();
                while (!ends(']')) {
                    list.add(value(depth + 1));
                }
                yield list;
            }
            case '"' -> string();
            default -> word();
        };
    }

    private @Nullable Object word() throws IOException {
        text.setLength(0);
        int next = peek();
        while (next > ' ' && next != ',' && next != ']' && next != '}' && next != ':' && next != '"') {
            keep((char) next);
            at++;
            next = peek();
        }
        String word = text.toString();
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word);
        };
    }

    private Object number(String word) throws InvalidJsonException {
        try {
            boolean whole = word.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
            if (whole && word.length() < 19) {
                return Long.valueOf(word);
            }
            return Double.valueOf(word);
        } catch (NumberFormatException _) {
            throw invalid("a value is expected, found=" + word.substring(0, Math.min(20, word.length())));
        }
    }

    private String string() throws IOException {
        at++;
        text.setLength(0);
        while (true) {
            int next = take();
            if (next == '"') {
                return text.toString();
            }
            keep(next == '\\' ? escaped() : (char) next);
        }
    }

    private char escaped() throws IOException {
        int next = take();
        return switch (next) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '"', '\\', '/' -> (char) next;
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(take(), 16);
                    if (digit < 0) {
                        throw invalid("four hexadecimal digits are expected");
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw invalid("unknown escape");
        };
    }

    private void keep(char letter) throws InvalidJsonException {
        if (text.length() == MAXIMUM_TEXT) {
            throw invalid("a text is too long, maximumCharacters=" + MAXIMUM_TEXT);
        }
        text.append(letter);
    }

    private void requireDepth(int depth) throws InvalidJsonException {
        if (depth > MAXIMUM_DEPTH) {
            throw invalid("nested too deeply, maximum=" + MAXIMUM_DEPTH);
        }
    }

    private InvalidJsonException invalid(String message) {
        return new InvalidJsonException("not valid JSON [reason=" + message + ", character=" + (read + at) + "]");
    }

    private int take() throws IOException {
        int next = peek();
        if (next < 0) {
            throw invalid("the text ends inside of a value");
        }
        at++;
        return next;
    }

    private int peekNonSpace() throws IOException {
        int next = peek();
        while (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
            at++;
            next = peek();
        }
        return next;
    }

    private int peek() throws IOException {
        if (at == limit) {
            read += limit;
            limit = Math.max(0, reader.read(buffer));
            at = 0;
            if (limit == 0) {
                return -1;
            }
        }
        return buffer[at];
    }
}
