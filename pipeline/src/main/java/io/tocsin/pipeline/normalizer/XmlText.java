package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

/// Tags, comments and entities of XML text. Knows no declarations: a document type is passed over, so nothing is
/// fetched and nothing grows.
final class XmlText {
    private static final byte[] COMMENT = "<!--".getBytes(US_ASCII);
    private static final byte[] COMMENT_END = "-->".getBytes(US_ASCII);
    static final byte[] SECTION = "<![CDATA[".getBytes(US_ASCII);
    static final byte[] SECTION_END = "]]>".getBytes(US_ASCII);
    private static final byte[] INSTRUCTION_END = "?>".getBytes(US_ASCII);
    private static final int LONGEST_ENTITY = 10;

    private XmlText() {}

    /// Where the markup at `from` that is no element ends: a comment, an instruction, a document type. `from` when it
    /// is an element or a section of text, -1 when it is not closed.
    static int afterMiscellany(byte[] text, int from, int to) {
        if (from + 1 >= to) {
            return -1;
        }
        if (text[from + 1] == '?') {
            return after(text, from + 2, to, INSTRUCTION_END);
        }
        if (text[from + 1] != '!' || ByteScan.startsWith(text, from, to, SECTION)) {
            return from;
        }
        if (ByteScan.startsWith(text, from, to, COMMENT)) {
            return after(text, from + COMMENT.length, to, COMMENT_END);
        }
        return afterDeclaration(text, from + 2, to);
    }

    private static int after(byte[] text, int from, int to, byte[] end) {
        int found = ByteScan.indexOf(text, from, to, end);
        return found < 0 ? -1 : found + end.length;
    }

    /// `<!DOCTYPE name [ … ]>`: brackets and quotes are passed over.
    private static int afterDeclaration(byte[] text, int from, int to) {
        int brackets = 0;
        int at = from;
        while (at < to) {
            switch (text[at]) {
                case '[' -> brackets++;
                case ']' -> brackets--;
                case '"', '\'' -> {
                    at = ByteScan.indexOf(text, at + 1, to, text[at]);
                    if (at >= to) {
                        return -1;
                    }
                }
                case '>' -> {
                    if (brackets <= 0) {
                        return at + 1;
                    }
                }
                default -> {}
            }
            at++;
        }
        return -1;
    }

    /// Position of the `>` that closes the tag that begins at `from`, passing over quoted values; `to` when none does.
    static int tagEnd(byte[] text, int from, int to) {
        int at = from;
        while (at < to) {
            byte next = text[at];
            if (next == '>') {
                return at;
            }
            if (next == '"' || next == '\'') {
                at = ByteScan.indexOf(text, at + 1, to, next);
            }
            at++;
        }
        return to;
    }

    /// End of the name that begins at `from`.
    static int nameEnd(byte[] text, int from, int to) {
        int at = from;
        while (at < to) {
            byte next = text[at];
            if (ByteScan.isSpace(next) || next == '=' || next == '/' || next == '>' || next == '<' || next == '"') {
                break;
            }
            at++;
        }
        return at;
    }

    /// Begin of a name without its namespace prefix.
    static int local(byte[] text, int from, int end) {
        int colon = ByteScan.lastIndexOf(text, from, end, ':');
        return colon >= from && colon + 1 < end ? colon + 1 : from;
    }

    /// Decodes entities. What is no predefined entity and no number stays as it is. Never longer than before.
    ///
    /// @return number of bytes written to `target` from `at` on
    static int decode(byte[] text, int from, int to, byte[] target, int at) {
        int out = at;
        int i = from;
        while (i < to) {
            byte next = text[i];
            if (next == '&') {
                int end = ByteScan.indexOf(text, i + 1, Math.min(to, i + 2 + LONGEST_ENTITY), ';');
                int point = end < to && text[end] == ';' ? entity(text, i + 1, end) : -1;
                if (point >= 0) {
                    out = JsonText.utf8(target, out, point);
                    i = end + 1;
                    continue;
                }
            }
            target[out++] = next;
            i++;
        }
        return out - at;
    }

    private static int entity(byte[] text, int from, int end) {
        int length = end - from;
        if (length >= 2 && text[from] == '#') {
            boolean hexadecimal = (text[from + 1] | 0x20) == 'x';
            int value = 0;
            int first = hexadecimal ? from + 2 : from + 1;
            for (int i = first; i < end; i++) {
                int digit = Character.digit(text[i], hexadecimal ? 16 : 10);
                if (digit < 0 || value > Character.MAX_CODE_POINT) {
                    return -1;
                }
                value = value * (hexadecimal ? 16 : 10) + digit;
            }
            // a reference takes at least as many bytes as the character it stands for
            boolean valid = end > first && value > 0 && value <= Character.MAX_CODE_POINT;
            return valid && !(value >= 0xD800 && value <= 0xDFFF) ? value : -1;
        }
        return switch (length) {
            case 2 -> text[from + 1] != 't' ? -1 : text[from] == 'l' ? '<' : text[from] == 'g' ? '>' : -1;
            case 3 -> text[from] == 'a' && text[from + 1] == 'm' && text[from + 2] == 'p' ? '&' : -1;
            case 4 -> {
                if (text[from] == 'q' && text[from + 1] == 'u' && text[from + 2] == 'o' && text[from + 3] == 't') {
                    yield '"';
                }
                yield text[from] == 'a' && text[from + 1] == 'p' && text[from + 2] == 'o' && text[from + 3] == 's'
                        ? '\''
                        : -1;
            }
            default -> -1;
        };
    }

    static boolean isBlank(byte[] text, int from, int to) {
        return ByteScan.skipSpaces(text, from, to) == to;
    }

    static boolean isNameStart(byte value) {
        return ByteScan.isLetter(value) || value == '_' || value < 0;
    }

    /// Where the next element begins, or `to`.
    static int nextElement(byte[] text, int from, int to) {
        int at = from;
        while (at < to) {
            at = ByteScan.indexOf(text, at, to, '<');
            if (at + 1 >= to) {
                return to;
            }
            if (isNameStart(text[at + 1])) {
                return at;
            }
            int after = ByteScan.startsWith(text, at, to, SECTION)
                    ? after(text, at + SECTION.length, to, SECTION_END)
                    : afterMiscellany(text, at, to);
            at = after < 0 ? to : Math.max(after, at + 1);
        }
        return to;
    }

    /// Where the element that begins at `start` ends; `to` when it is damaged.
    static int elementEnd(byte[] text, int start, int to) {
        int open = 0;
        int next = start;
        while (next < to) {
            next = ByteScan.indexOf(text, next, to, '<');
            if (next + 1 >= to) {
                return to;
            }
            int close;
            if (text[next + 1] == '/') {
                close = ByteScan.indexOf(text, next, to, '>');
                open--;
            } else if (ByteScan.startsWith(text, next, to, SECTION)) {
                int end = ByteScan.indexOf(text, next, to, SECTION_END);
                next = end < 0 ? to : end + SECTION_END.length;
                continue;
            } else {
                int after = afterMiscellany(text, next, to);
                if (after != next) {
                    next = after < 0 ? to : after;
                    continue;
                }
                close = tagEnd(text, next, to);
                if (close < to && text[close - 1] != '/') {
                    open++;
                }
            }
            next = Math.min(close + 1, to);
            if (open <= 0) {
                return next;
            }
        }
        return to;
    }
}
