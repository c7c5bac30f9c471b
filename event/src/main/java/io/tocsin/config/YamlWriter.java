package io.tocsin.config;

import java.util.Locale;

/// Writes a tree as YAML in one canonical form: block style, two spaces, names in their order, quotes only where
/// they are needed, several lines as a literal block. Reading the text gives an equal tree, apart from positions;
/// the same tree gives the same text.
public final class YamlWriter {
    private final StringBuilder out = new StringBuilder();

    private YamlWriter() {}

    /// The text of one document; ends with a line feed.
    public static String write(ConfigNode node) {
        YamlWriter writer = new YamlWriter();
        switch (node) {
            case ConfigNode.Scalar scalar -> {
                writer.scalar(scalar, 0);
                writer.out.append('\n');
            }
            case ConfigNode.Sequence sequence -> writer.sequence(sequence, 0, true);
            case ConfigNode.Mapping mapping -> writer.mapping(mapping, 0, true);
        }
        return writer.out.toString();
    }

    private void mapping(ConfigNode.Mapping mapping, int indent, boolean atLineStart) {
        if (mapping.entries().isEmpty()) {
            out.append("{}\n");
            return;
        }
        boolean first = true;
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!first || atLineStart) {
                indent(indent);
            }
            first = false;
            name(entry.name());
            out.append(':');
            value(entry.value(), indent);
        }
    }

    private void sequence(ConfigNode.Sequence sequence, int indent, boolean atLineStart) {
        if (sequence.items().isEmpty()) {
            out.append("[]\n");
            return;
        }
        boolean first = true;
        for (ConfigNode item : sequence.items()) {
            if (!first || atLineStart) {
                indent(indent);
            }
            first = false;
            out.append("- ");
            switch (item) {
                case ConfigNode.Scalar scalar -> {
                    scalar(scalar, indent + 2);
                    out.append('\n');
                }
                case ConfigNode.Sequence inner -> sequence(inner, indent + 2, false);
                case ConfigNode.Mapping inner -> mapping(inner, indent + 2, false);
            }
        }
    }

    private void value(ConfigNode value, int indent) {
        switch (value) {
            case ConfigNode.Scalar scalar -> {
                if (!(scalar.isNull() && scalar.text().isEmpty())) {
                    out.append(' ');
                    scalar(scalar, indent + 2);
                }
                out.append('\n');
            }
            case ConfigNode.Sequence sequence -> {
                out.append(sequence.items().isEmpty() ? ' ' : '\n');
                sequence(sequence, indent + 2, true);
            }
            case ConfigNode.Mapping mapping -> {
                out.append(mapping.entries().isEmpty() ? ' ' : '\n');
                mapping(mapping, indent + 2, true);
            }
        }
    }

    private void name(String name) {
        // A name is always text, so only the syntax may force quotes.
        if (isPlainSafe(name)) {
            out.append(name);
        } else {
            quoted(name);
        }
    }

    private void scalar(ConfigNode.Scalar scalar, int indent) {
        String text = scalar.text();
        if (isLiteralBlock(text)) {
            out.append(text.endsWith("\n") ? "|" : "|-");
            for (String line : lines(text)) {
                out.append('\n');
                if (!line.isEmpty()) {
                    indent(Math.max(2, indent));
                    out.append(line);
                }
            }
        } else if (isPlainSafe(text) && (!scalar.quoted() || isClearlyText(text))) {
            out.append(text);
        } else if (!scalar.quoted() && text.isEmpty()) {
            out.append("null");
        } else {
            quoted(text);
        }
    }

    /// Several lines that need no escapes and no indication of their indentation.
    private static boolean isLiteralBlock(String text) {
        if (text.indexOf('\n') < 1 || text.endsWith("\n\n") || text.startsWith(" ")) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\n' && isSpecial(c)) {
                return false;
            }
        }
        for (String line : lines(text)) {
            if (line.isBlank() && !line.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static String[] lines(String text) {
        return (text.endsWith("\n") ? text.substring(0, text.length() - 1) : text).split("\n", -1);
    }

    private static boolean isSpecial(char c) {
        return c < ' '
                || (c >= 0x7f && c < 0xa0)
                || c == 0x2028
                || c == 0x2029
                || c == 0xfeff
                || c >= 0xfffe
                || Character.isSurrogate(c);
    }

    /// Readers of any schema take the text for text: it begins with a letter and is none of the words that mean
    /// more.
    private static boolean isClearlyText(String text) {
        if (!Character.isLetter(text.charAt(0)) && text.charAt(0) != '/' && text.charAt(0) != '_') {
            return false;
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "null", "true", "false", "yes", "no", "on", "off", "y", "n" -> false;
            default -> true;
        };
    }

    /// The text can stand without quotes anywhere: as key, value or item.
    private static boolean isPlainSafe(String text) {
        if (text.isEmpty() || ("-?:,[]{}#&*!|>'\"%@` ".indexOf(text.charAt(0)) >= 0 && !isNumber(text))) {
            return false;
        }
        if (text.endsWith(" ") || text.endsWith(":") || text.contains(": ") || text.contains(" #")) {
            return false;
        }
        if (text.equals("---") || text.equals("...") || text.equals("<<") || text.equals("~")) {
            return text.equals("~");
        }
        for (int i = 0; i < text.length(); i++) {
            if (isSpecial(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String text) {
        if (text.length() < 2 || text.charAt(0) != '-') {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            if ((text.charAt(i) < '0' || text.charAt(i) > '9') && text.charAt(i) != '.') {
                return false;
            }
        }
        return Character.isDigit(text.charAt(1));
    }

    private void quoted(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    boolean pair = Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
                    if (pair) {
                        out.append(c).append(text.charAt(++i));
                    } else if (isSpecial(c)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private void indent(int width) {
        out.repeat(' ', width);
    }
}
