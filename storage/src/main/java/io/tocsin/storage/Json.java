package io.tocsin.storage;

import io.tocsin.error.TocsinException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads small JSON documents strictly (RFC 8259) into maps, lists, texts, numbers and booleans, and writes
/// texts.
///
/// Thread-safety: one thread per document.
final class Json {
    private static final int MAXIMUM_DEPTH = 32;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /// Reads a document.
    ///
    /// @throws TocsinException `INVALID_REQUEST` with the place of the first fault
    static @Nullable Object read(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.space();
        if (json.at != text.length()) {
            throw json.fault("text after the document");
        }
        return value;
    }

    private @Nullable Object value(int depth) {
        if (depth > MAXIMUM_DEPTH) {
            throw fault("nested too deeply");
        }
        space();
        if (at == text.length()) {
            throw fault("ends too early");
        }
        return switch (text.charAt(at)) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, @Nullable Object> object(int depth) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        at++;
        space();
        if (peek('}')) {
            return object;
        }
        while (true) {
            space();
            if (at == text.length() || text.charAt(at) != '"') {
                throw fault("a name in quotes was expected");
            }
            String name = string();
            space();
            if (!peek(':')) {
                throw fault("a colon was expected");
            }
            if (object.containsKey(name)) {
                throw fault("the name stands twice: " + name);
            }
            object.put(name, value(depth + 1));
            space();
            if (peek('}')) {
                return object;
            }
            if (!peek(',')) {
                throw fault("a comma or } was expected");
            }
        }
    }

    private List<@Nullable Object> array(int depth) {
        List<@Nullable Object> array = new ArrayList<>();
        at++;
        space();
        if (peek(']')) {
            return array;
        }
        while (true) {
            array.add(value(depth + 1));
            space();
            if (peek(']')) {
                return array;
            }
            if (!peek(',')) {
                throw fault("a comma or ] was expected");
            }
        }
    }

    private String string() {
        at++;
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return string.toString();
            }
            if (c < ' ') {
                throw fault("control character in a text");
            }
            if (c == '\\') {
                string.append(escape());
            } else {
                string.append(c);
            }
        }
        throw fault("ends inside a text");
    }

    private char escape() {
        if (at == text.length()) {
            throw fault("ends inside a text");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw fault("unknown escape");
        };
    }

    private char unicode() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw fault("four hex digits were expected");
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw fault("unknown word");
        }
        at += word.length();
        return value;
    }

    private Number number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(start, at);
        if (!digits.matches("-?(0|[1-9]\\d{0,30})(\\.\\d{1,30})?([eE][+-]?\\d{1,4})?")) {
            at = start;
            throw fault("a value was expected");
        }
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            return Double.valueOf(digits);
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean peek(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private TocsinException fault(String what) {
        return TocsinException.invalidRequest("the JSON document cannot be read: " + what + " [character=" + at + "]");
    }

    /// Appends a text in quotes.
    static StringBuilder append(StringBuilder to, String value) {
        to.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> to.append("\\\"");
                case '\\' -> to.append("\\\\");
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                default -> {
                    if (c < ' ') {
                        to.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        to.append(c);
                    }
                }
            }
        }
        return to.append('"');
    }
}
