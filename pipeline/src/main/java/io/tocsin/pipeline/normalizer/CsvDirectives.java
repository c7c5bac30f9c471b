package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The lines with `#` at the head of Zeek logs (`#separator`, `#set_separator`, `#empty_field`, `#unset_field`,
/// `#path`, `#fields`, `#types`) and of the W3C extended log format (`#Fields:`), by which a file says how its records
/// are to be read.
///
/// Thread-safety: one thread.
final class CsvDirectives {
    private static final int MAXIMUM_CHARACTERS = 60_000;

    private static final Set<String> ZEEK = Set.of(
            "separator", "set_separator", "empty_field", "unset_field", "path", "open", "close", "fields", "types");
    private static final Set<String> EXTENDED = Set.of(
            "Fields",
            "Software",
            "Version",
            "Date",
            "Start-Date",
            "End-Date",
            "Remark",
            "Log-type",
            "Log-Type",
            "Time-Taken-Type",
            "GMT-Offset");

    private final StringBuilder lines = new StringBuilder();
    private byte[] delimiter = {'\t'};
    private byte setDelimiter = ',';
    private byte[] empty = "(empty)".getBytes(UTF_8);
    private byte[] unset = {'-'};
    private String path = "";
    private List<String> names = List.of();
    private List<String> types = List.of();
    private boolean escapes = true;

    /// True when a line that begins with `#` is one of those that this class reads or passes over. Any other is data.
    ///
    /// @param header which kinds are looked for
    static boolean isDirective(String line, CsvFormat.Header header) {
        int end = 1;
        while (end < line.length() && (Character.isLetter(line.charAt(end)) || "_-".indexOf(line.charAt(end)) >= 0)) {
            end++;
        }
        String word = line.substring(1, end);
        if (line.startsWith("Time Format:", 1)) {
            return header != CsvFormat.Header.ZEEK;
        }
        if (end < line.length() && line.charAt(end) == ':') {
            return header != CsvFormat.Header.ZEEK && EXTENDED.contains(word);
        }
        return header != CsvFormat.Header.W3C
                && ZEEK.contains(word)
                && (end == line.length() || !Character.isLetterOrDigit(line.charAt(end)));
    }

    /// Reads one line that begins with `#`.
    void read(String line) {
        int end = 1;
        while (end < line.length() && (Character.isLetter(line.charAt(end)) || line.charAt(end) == '_')) {
            end++;
        }
        String word = line.substring(1, end);
        boolean colon = end < line.length() && line.charAt(end) == ':';
        String rest = end < line.length() ? line.substring(end + 1) : "";
        if (word.equals("separator")) {
            // a new head begins
            lines.setLength(0);
            types = List.of();
            names = List.of();
            escapes = true;
            delimiter = unescaped(rest.strip());
        } else if (colon) {
            if (word.equals("Software")) {
                // a new head begins
                lines.setLength(0);
                names = List.of();
                path = rest.strip();
                lines.append(line).append('\n');
                return;
            }
            if (!word.equals("Fields")) {
                return;
            }
            // What #Software said holds for all the lists of fields behind it.
            lines.setLength(lines.indexOf("#Software:") == 0 ? lines.indexOf("\n") + 1 : 0);
            path = lines.isEmpty() ? "" : path;
            String list = rest.strip();
            delimiter = new byte[] {between(list)};
            names = split(list, new String(delimiter, UTF_8));
            types = List.of();
            unset = new byte[] {'-'};
            empty = new byte[0];
            escapes = false;
        } else {
            switch (word) {
                case "set_separator" -> setDelimiter = first(unescaped(rest), setDelimiter);
                case "empty_field" -> empty = unescaped(rest);
                case "unset_field" -> unset = unescaped(rest);
                case "path" -> path = new String(unescaped(rest), UTF_8);
                case "fields" -> names = split(rest, new String(delimiter, UTF_8));
                case "types" -> types = split(rest, new String(delimiter, UTF_8));
                default -> {
                    return;
                }
            }
        }
        if (lines.length() + line.length() < MAXIMUM_CHARACTERS) {
            lines.append(line).append('\n');
        }
    }

    private static byte between(String names) {
        if (names.indexOf('\t') >= 0) {
            return '\t';
        }
        return (byte) (names.indexOf(',') >= 0 && names.indexOf(' ') < 0 ? ',' : ' ');
    }

    /// Spaces count as one; anything else separates each time.
    static List<String> split(String text, String delimiter) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at <= text.length() && parts.size() < CsvColumns.MAXIMUM_COLUMNS) {
            int end = delimiter.isEmpty() ? -1 : text.indexOf(delimiter, at);
            String part = end < 0 ? text.substring(at) : text.substring(at, end);
            if (!delimiter.equals(" ") || !part.isEmpty()) {
                parts.add(part);
            }
            if (end < 0) {
                break;
            }
            at = end + delimiter.length();
        }
        return parts;
    }

    private static byte first(byte[] bytes, byte otherwise) {
        return bytes.length == 0 ? otherwise : bytes[0];
    }

    /// `\x09` as it is written in heads; anything else stands for itself.
    private static byte[] unescaped(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\x", i) && i + 4 <= text.length()) {
                int high = Character.digit(text.charAt(i + 2), 16);
                int low = Character.digit(text.charAt(i + 3), 16);
                if ((high | low) >= 0) {
                    out.write(high << 4 | low);
                    i += 3;
                    continue;
                }
            }
            out.writeBytes(text.substring(i, i + 1).getBytes(UTF_8));
        }
        return out.toByteArray();
    }

    /// True once the records have names.
    boolean complete() {
        return !names.isEmpty() && delimiter.length > 0;
    }

    /// The lines that count, to be read again after a restart.
    String lines() {
        return lines.toString();
    }

    byte[] delimiter() {
        return delimiter;
    }

    /// What stands between the elements of a set or vector.
    byte setDelimiter() {
        return setDelimiter;
    }

    byte[] empty() {
        return empty;
    }

    byte[] unset() {
        return unset;
    }

    /// True when `\x09` and `\\` are escapes inside values.
    boolean escapes() {
        return escapes;
    }

    CsvColumns columns(SourceMapping mapping) {
        return new CsvColumns(names, types, path, mapping);
    }
}
