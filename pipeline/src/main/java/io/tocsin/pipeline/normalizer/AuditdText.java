package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;

/// How the Linux audit system writes texts: as they are between quotes, or as hexadecimal digits. What is made of them
/// is appended to the arena of the event; each method returns a span of it. Needs no object.
final class AuditdText {
    /// What `decodeHex` says of bytes that are no hexadecimal digits.
    static final long NOT_HEX = -1;

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);
    private static final byte[] QUOTE_IN_QUOTES = "'\\''".getBytes(US_ASCII);
    private static final byte[] QUOTE = "'".getBytes(US_ASCII);
    private static final byte[] SPACE = " ".getBytes(US_ASCII);

    private AuditdText() {}

    /// True for the digits of at least one byte.
    static boolean isHex(byte[] text, int from, int to) {
        if (to - from < 2 || (to - from) % 2 != 0) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (Character.digit(text[i], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /// The bytes that hexadecimal digits mean, or [#NOT_HEX].
    static long decodeHex(EventBuilder event, int from, int to) {
        if (!isHex(event.arena(), from, to)) {
            return NOT_HEX;
        }
        int length = (to - from) / 2;
        int start = event.reserve(length);
        byte[] bytes = event.arena();
        for (int i = 0; i < length; i++) {
            int high = Character.digit(bytes[from + 2 * i], 16);
            bytes[start + i] = (byte) (high << 4 | Character.digit(bytes[from + 2 * i + 1], 16));
        }
        event.advance(length);
        return Conversion.span(start, length);
    }

    /// Bytes as text: themselves when they are printable UTF-8. Otherwise they are written reversibly: each byte that
    /// is no printable ASCII as `%XX`, and `%` as `%25`.
    static long printable(EventBuilder event, int from, int to) {
        byte[] bytes = event.arena();
        if (isPrintable(bytes, from, to)) {
            return Conversion.span(from, to - from);
        }
        int start = event.reserve(3 * (to - from));
        byte[] out = event.arena();
        int at = start;
        for (int i = from; i < to; i++) {
            byte value = out[i];
            if (value >= ' ' && value < 0x7F && value != '%') {
                out[at++] = value;
            } else {
                out[at++] = '%';
                out[at++] = HEX[value >> 4 & 0xF];
                out[at++] = HEX[value & 0xF];
            }
        }
        event.advance(at - start);
        return Conversion.span(start, at - start);
    }

    private static boolean isPrintable(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            byte value = bytes[at];
            if (value >= 0) {
                if (value < ' ' || value == 0x7F) {
                    return false;
                }
                at++;
            } else {
                int length = sequence(bytes, at, to);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /// Length of the character of several bytes at `at`, 0 when it is no UTF-8 (RFC 3629, section 4).
    private static int sequence(byte[] bytes, int at, int to) {
        int lead = bytes[at] & 0xFF;
        int length =
                lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
        if (length == 0 || at + length > to) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        int second = bytes[at + 1] & 0xFF;
        boolean allowed = switch (lead) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second < 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90;
            default -> true;
        };
        return allowed ? length : 0;
    }

    /// Arguments as one line that a shell would take; one with other characters than usual stands in single quotes.
    ///
    /// @param arguments spans of the arena, the first `count` of them
    static long commandLine(EventBuilder event, long[] arguments, int count) {
        int start = event.reserve(0);
        for (int i = 0; i < count; i++) {
            int from = EventBatch.spanOffset(arguments[i]);
            int to = from + EventBatch.spanLength(arguments[i]);
            if (i > 0) {
                event.append(SPACE, 0, 1);
            }
            if (isPlain(event.arena(), from, to)) {
                event.append(event.arena(), from, to - from);
            } else {
                quoted(event, from, to);
            }
        }
        return Conversion.span(start, event.reserve(0) - start);
    }

    private static boolean isPlain(byte[] text, int from, int to) {
        for (int i = from; i < to; i++) {
            byte value = text[i];
            if ((value >= 0 && value <= ' ') || value == '\'' || value == '"' || value == '\\' || value == '$') {
                return false;
            }
        }
        return to > from;
    }

    private static void quoted(EventBuilder event, int from, int to) {
        event.append(QUOTE, 0, 1);
        int at = from;
        while (at < to) {
            int quote = ByteScan.indexOf(event.arena(), at, to, (byte) '\'');
            event.append(event.arena(), at, quote - at);
            if (quote < to) {
                event.append(QUOTE_IN_QUOTES, 0, QUOTE_IN_QUOTES.length);
            }
            at = quote + 1;
        }
        event.append(QUOTE, 0, 1);
    }
}
