package io.tocsin.config;

import java.util.Locale;

/// Writes a tree as JSON. Values that are not quoted and look like a JSON number, `true`, `false` or null become
/// such.
public final class JsonWriter {
    private final StringBuilder out = new StringBuilder();

    private JsonWriter() {}

    public static String write(ConfigNode node) {
        JsonWriter writer = new JsonWriter();
        writer.node(node);
        return writer.out.toString();
    }

    private void node(ConfigNode node) {
        switch (node) {
            case ConfigNode.Scalar scalar -> scalar(scalar);
            case ConfigNode.Sequence sequence -> {
                out.append('[');
                String separator = "";
                for (ConfigNode item : sequence.items()) {
                    out.append(separator);
                    separator = ",";
                    node(item);
                }
                out.append(']');
            }
            case ConfigNode.Mapping mapping -> {
                out.append('{');
                String separator = "";
                for (ConfigNode.Entry entry : mapping.entries()) {
                    out.append(separator);
                    separator = ",";
                    text(entry.name());
                    out.append(':');
                    node(entry.value());
                }
                out.append('}');
            }
        }
    }

    private void scalar(ConfigNode.Scalar scalar) {
        String text = scalar.text();
        String lower = text.toLowerCase(Locale.ROOT);
        if (scalar.quoted()) {
            text(text);
        } else if (scalar.isNull()) {
            out.append("null");
        } else if (lower.equals("true") || lower.equals("false")) {
            out.append(lower);
        } else if (isNumber(text)) {
            out.append(text);
        } else {
            text(text);
        }
    }

    private static boolean isNumber(String text) {
        int i = text.startsWith("-") ? 1 : 0;
        int digits = i;
        while (i < text.length() && isDigit(text.charAt(i))) {
            i++;
        }
        if (i == digits || (i - digits > 1 && text.charAt(digits) == '0')) {
            return false;
        }
        if (i < text.length() && text.charAt(i) == '.') {
            int fraction = ++i;
            while (i < text.length() && isDigit(text.charAt(i))) {
                i++;
            }
            if (i == fraction) {
                return false;
            }
        }
        return i == text.length();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /// Characters that YAML does not allow as they are, and half a pair, which is no character.
    private static boolean needsEscape(char c) {
        return c < 0xa0 || c == 0xfeff || c >= 0xfffe || Character.isSurrogate(c);
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isSurrogatePair(c, i + 1 < text.length() ? text.charAt(i + 1) : c)) {
                out.append(c).append(text.charAt(++i));
            } else if (c < ' ' || (c >= 0x7f && needsEscape(c))) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
