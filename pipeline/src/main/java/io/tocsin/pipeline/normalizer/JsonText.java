package io.tocsin.pipeline.normalizer;

/// Strings and brackets of JSON text.
final class JsonText {
    private static final long LOWER = ByteScan.repeat(0x20);
    private static final long OPEN = ByteScan.repeat('{');
    private static final long CLOSE = ByteScan.repeat('}');
    private static final long QUOTE = ByteScan.repeat('"');

    private JsonText() {}

    /// Position of the bracket that closes the one at `from`, or -1. Strings are passed over; kinds of brackets are not
    /// told apart.
    static int closing(byte[] text, int from, int to) {
        int depth = 0;
        int at = from;
        while (at < to) {
            if (at + 8 <= to) {
                // '[' and ']' differ from '{' and '}' in one bit; setting it folds both pairs into one
                long word = ByteScan.eight(text, at) | LOWER;
                long found = ByteScan.zeroBytes(word ^ OPEN)
                        | ByteScan.zeroBytes(word ^ CLOSE)
                        | ByteScan.zeroBytes(word ^ QUOTE);
                if (found == 0) {
                    at += 8;
                    continue;
                }
                at += Long.numberOfTrailingZeros(found) >>> 3;
            }
            switch (text[at]) {
                case '"' -> {
                    at = quote(text, at + 1, to);
                    if (at < 0) {
                        return -1;
                    }
                }
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (--depth == 0) {
                        return at;
                    }
                }
                default -> {}
            }
            at++;
        }
        return -1;
    }

    /// Where the value that begins at `from` ends, or -1 when it does not or there is none.
    static int afterValue(byte[] text, int from, int to) {
        if (from >= to) {
            return -1;
        }
        byte first = text[from];
        if (first == '"') {
            int end = quote(text, from + 1, to);
            return end < 0 ? -1 : end + 1;
        }
        if (first == '{' || first == '[') {
            int end = closing(text, from, to);
            return end < 0 ? -1 : end + 1;
        }
        int at = wordEnd(text, from, to);
        return at == from ? -1 : at;
    }

    /// Where the number or the word (`true`, `false`, `null`) that begins at `from` ends; `from` when there is none.
    static int wordEnd(byte[] text, int from, int to) {
        int at = from;
        while (at < to) {
            byte next = text[at];
            boolean part =
                    ByteScan.isDigit(next) || ByteScan.isLetter(next) || next == '.' || next == '-' || next == '+';
            if (!part) {
                break;
            }
            at++;
        }
        return at;
    }

    private static int quote(byte[] text, int from, int to) {
        int at = from;
        while (true) {
            at = ByteScan.indexOfEither(text, at, to, '"', '\\');
            if (at >= to) {
                return -1;
            }
            if (text[at] == '"') {
                return at;
            }
            at += 2;
        }
    }

    /// Decodes the inside of a string; never longer than what it was.
    ///
    /// @return number of bytes written to `target` from `at` on
    static int decode(byte[] text, int from, int end, byte[] target, int at) {
        int out = at;
        int i = from;
        while (i < end) {
            byte next = text[i++];
            if (next != '\\' || i >= end) {
                target[out++] = next;
                continue;
            }
            byte code = text[i++];
            switch (code) {
                case '"', '\\', '/' -> target[out++] = code;
                case 'n' -> target[out++] = '\n';
                case 't' -> target[out++] = '\t';
                case 'r' -> target[out++] = '\r';
                case 'b' -> target[out++] = '\b';
                case 'f' -> target[out++] = '\f';
                case 'u' -> {
                    int unit = unit(text, i, end);
                    if (unit < 0) {
                        target[out++] = '\\';
                        target[out++] = code;
                        break;
                    }
                    i += 4;
                    int point = unit;
                    if (Character.isSurrogate((char) unit)) {
                        point = 0xFFFD;
                        if (Character.isHighSurrogate((char) unit)
                                && i + 6 <= end
                                && text[i] == '\\'
                                && text[i + 1] == 'u') {
                            int low = unit(text, i + 2, end);
                            if (low >= 0 && Character.isLowSurrogate((char) low)) {
                                point = Character.toCodePoint((char) unit, (char) low);
                                i += 6;
                            }
                        }
                    }
                    out = utf8(target, out, point);
                }
                default -> {
                    target[out++] = '\\';
                    target[out++] = code;
                }
            }
        }
        return out - at;
    }

    /// Bytes that a byte takes inside a string.
    static int escapedLength(byte value) {
        return switch (value) {
            case '"', '\\', '\n', '\r', '\t' -> 2;
            default -> value >= 0 && value < ' ' ? 6 : 1;
        };
    }

    /// Writes a byte as it stands inside a string, so that it ends at `end`.
    ///
    /// @return where it begins
    static int escapeBackwards(byte[] target, int end, byte value) {
        int at = end;
        switch (value) {
            case '"', '\\' -> target[--at] = value;
            case '\n' -> target[--at] = 'n';
            case '\r' -> target[--at] = 'r';
            case '\t' -> target[--at] = 't';
            default -> {
                if (value < 0 || value >= ' ') {
                    target[--at] = value;
                    return at;
                }
                target[--at] = (byte) Character.forDigit(value & 0xF, 16);
                target[--at] = (byte) Character.forDigit(value >> 4, 16);
                target[--at] = '0';
                target[--at] = '0';
                target[--at] = 'u';
            }
        }
        target[--at] = '\\';
        return at;
    }

    /// Four hexadecimal digits, or -1.
    private static int unit(byte[] text, int from, int end) {
        if (from + 4 > end) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(text[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /// Writes a character; returns where it ends.
    static int utf8(byte[] target, int at, int point) {
        int out = at;
        if (point < 0x80) {
            target[out++] = (byte) point;
        } else if (point < 0x800) {
            target[out++] = (byte) (0xC0 | point >> 6);
            target[out++] = (byte) (0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            target[out++] = (byte) (0xE0 | point >> 12);
            target[out++] = (byte) (0x80 | (point >> 6 & 0x3F));
            target[out++] = (byte) (0x80 | (point & 0x3F));
        } else {
            target[out++] = (byte) (0xF0 | point >> 18);
            target[out++] = (byte) (0x80 | (point >> 12 & 0x3F));
            target[out++] = (byte) (0x80 | (point >> 6 & 0x3F));
            target[out++] = (byte) (0x80 | (point & 0x3F));
        }
        return out;
    }
}
