package io.tocsin.pipeline.normalizer;

/// Reads the attributes of a tag one after another; places are those in the text.
///
/// Thread-safety: one thread.
final class XmlAttribute {
    private int prefix;
    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private int valueEnd;

    /// Reads one attribute; false when there is no further one.
    boolean read(byte[] text, int from, int to) {
        if (from >= to) {
            return false;
        }
        int start = ByteScan.skipSpaces(text, from, to);
        int end = XmlText.nameEnd(text, start, to);
        int value = ByteScan.skipSpaces(text, end, to);
        if (end == start || value >= to || text[value] != '=') {
            return false;
        }
        value = ByteScan.skipSpaces(text, value + 1, to);
        if (value >= to || (text[value] != '"' && text[value] != '\'')) {
            return false;
        }
        valueStart = value + 1;
        valueEnd = ByteScan.indexOf(text, value + 1, to, text[value]);
        nameStart = XmlText.local(text, start, end);
        nameEnd = end;
        prefix = start;
        return true;
    }

    /// Start of the name without its namespace prefix.
    int nameStart() {
        return nameStart;
    }

    int nameEnd() {
        return nameEnd;
    }

    /// Start of the value between the quotes; where the next attribute is looked for is one behind its end.
    int valueStart() {
        return valueStart;
    }

    int valueEnd() {
        return valueEnd;
    }

    /// True for `xmlns` and `xmlns:prefix`.
    boolean isNamespace(byte[] text) {
        return nameEnd - prefix >= 5
                && text[prefix] == 'x'
                && text[prefix + 1] == 'm'
                && text[prefix + 2] == 'l'
                && text[prefix + 3] == 'n'
                && text[prefix + 4] == 's'
                && (nameEnd - prefix == 5 || text[prefix + 5] == ':');
    }
}
