package io.tocsin.pipeline.connector.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The JSON object in which the Splunk HTTP Event Collector protocol wraps an event: `event` beside
/// `time`, `host`, `source`, `sourcetype`, `index` and `fields`.
public final class HecEnvelope {
    /// What is wrong with an envelope.
    public enum Verdict {
        OK(HecAnswer.SUCCESS),
        INVALID(HecAnswer.INVALID_DATA_FORMAT),
        WITHOUT_EVENT(HecAnswer.EVENT_FIELD_REQUIRED),
        BLANK_EVENT(HecAnswer.EVENT_FIELD_BLANK);

        private final HecAnswer answer;

        Verdict(HecAnswer answer) {
            this.answer = answer;
        }

        /// How the protocol says it.
        public HecAnswer answer() {
            return answer;
        }
    }

    private static final int MAXIMUM_DEPTH = 256;
    private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int DAMAGED = -1;

    private HecEnvelope() {}

    /// Judges a text as strictly as the protocol's own receiver: it must be one JSON object (RFC 8259)
    /// with an `event` that is not empty.
    public static Verdict judge(byte[] text, int offset, int length) {
        int to = offset + length;
        int at = skip(text, offset, to);
        if (at >= to || text[at] != '{') {
            return Verdict.INVALID;
        }
        Verdict verdict = Verdict.WITHOUT_EVENT;
        at = skip(text, at + 1, to);
        boolean first = true;
        while (at < to && text[at] != '}') {
            if (!first) {
                if (text[at] != ',') {
                    return Verdict.INVALID;
                }
                at = skip(text, at + 1, to);
            }
            first = false;
            int key = at;
            at = string(text, at, to);
            if (at < 0) {
                return Verdict.INVALID;
            }
            boolean event = Arrays.equals(text, key + 1, at - 1, EVENT, 0, EVENT.length);
            at = skip(text, at, to);
            if (at >= to || text[at] != ':') {
                return Verdict.INVALID;
            }
            int value = skip(text, at + 1, to);
            at = value(text, value, to, 1);
            if (at < 0) {
                return Verdict.INVALID;
            }
            if (event) {
                verdict = isBlank(text, value, at) ? Verdict.BLANK_EVENT : Verdict.OK;
            }
            at = skip(text, at, to);
        }
        return at < to && skip(text, at + 1, to) == to ? verdict : Verdict.INVALID;
    }

    /// An envelope around a line that came without one, so that what the request says of it stays with
    /// it.
    ///
    /// @param head members of the object before `event`, see [#members]
    public static byte[] wrap(byte[] head, byte[] text, int offset, int length) {
        byte[] wrapped = new byte[head.length + 6 * length + 12];
        int at = head.length;
        System.arraycopy(head, 0, wrapped, 0, at);
        for (byte b : "\"event\":\"".getBytes(StandardCharsets.US_ASCII)) {
            wrapped[at++] = b;
        }
        at = escape(text, offset, length, wrapped, at);
        wrapped[at++] = '"';
        wrapped[at++] = '}';
        return Arrays.copyOf(wrapped, at);
    }

    /// The beginning of an envelope, up to where `event` goes.
    ///
    /// @param namesAndValues pairs; those with an empty value are left out
    /// @return empty when nothing is left
    public static byte[] members(String... namesAndValues) {
        byte[] head = new byte[0];
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.UTF_8);
            if (value.length > 0) {
                byte[] member = new byte[6 * value.length + namesAndValues[i].length() + 6];
                int at = 0;
                for (byte b : ("\"" + namesAndValues[i] + "\":\"").getBytes(StandardCharsets.US_ASCII)) {
                    member[at++] = b;
                }
                at = escape(value, 0, value.length, member, at);
                member[at++] = '"';
                member[at++] = ',';
                int before = head.length == 0 ? 1 : head.length;
                head = Arrays.copyOf(head, before + at);
                head[0] = '{';
                System.arraycopy(member, 0, head, before, at);
            }
        }
        return head;
    }

    private static int escape(byte[] text, int offset, int length, byte[] into, int start) {
        int at = start;
        for (int i = offset; i < offset + length; i++) {
            byte b = text[i];
            if (b == '"' || b == '\\') {
                into[at++] = '\\';
                into[at++] = b;
            } else if (b >= 0 && b < ' ') {
                into[at++] = '\\';
                into[at++] = 'u';
                into[at++] = '0';
                into[at++] = '0';
                into[at++] = HEX[b >> 4];
                into[at++] = HEX[b & 15];
            } else {
                into[at++] = b;
            }
        }
        return at;
    }

    private static boolean isBlank(byte[] text, int from, int to) {
        return switch (text[from]) {
            case 'n' -> true;
            case '"' -> to - from == 2;
            case '{' -> skip(text, from + 1, to) == to - 1;
            default -> false;
        };
    }

    private static int skip(byte[] text, int from, int to) {
        int at = from;
        while (at < to && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
        return at;
    }

    /// The end of a value, or [#DAMAGED].
    private static int value(byte[] text, int at, int to, int depth) {
        if (at >= to || depth > MAXIMUM_DEPTH) {
            return DAMAGED;
        }
        return switch (text[at]) {
            case '"' -> string(text, at, to);
            case '{' -> container(text, at, to, depth, true);
            case '[' -> container(text, at, to, depth, false);
            case 't' -> word(text, at, to, "true");
            case 'f' -> word(text, at, to, "false");
            case 'n' -> word(text, at, to, "null");
            default -> number(text, at, to);
        };
    }

    private static int container(byte[] text, int from, int to, int depth, boolean object) {
        byte close = (byte) (object ? '}' : ']');
        int at = skip(text, from + 1, to);
        if (at < to && text[at] == close) {
            return at + 1;
        }
        while (true) {
            if (object) {
                at = string(text, at, to);
                at = at < 0 ? at : skip(text, at, to);
                if (at < 0 || at >= to || text[at] != ':') {
                    return DAMAGED;
                }
                at = skip(text, at + 1, to);
            }
            at = value(text, at, to, depth + 1);
            at = at < 0 ? at : skip(text, at, to);
            if (at < 0 || at >= to || (text[at] != ',' && text[at] != close)) {
                return DAMAGED;
            }
            if (text[at] == close) {
                return at + 1;
            }
            at = skip(text, at + 1, to);
        }
    }

    private static int string(byte[] text, int from, int to) {
        if (from >= to || text[from] != '"') {
            return DAMAGED;
        }
        int at = from + 1;
        while (at < to) {
            byte b = text[at];
            if (b == '"') {
                return at + 1;
            }
            if (b >= 0 && b < ' ') {
                return DAMAGED;
            }
            if (b == '\\') {
                at++;
                if (at >= to || "\"\\/bfnrtu".indexOf(text[at]) < 0) {
                    return DAMAGED;
                }
                for (int digits = text[at] == 'u' ? 4 : 0; digits > 0; digits--) {
                    at++;
                    if (at >= to || Character.digit(text[at], 16) < 0) {
                        return DAMAGED;
                    }
                }
            }
            at++;
        }
        return DAMAGED;
    }

    private static int word(byte[] text, int from, int to, String word) {
        int end = from + word.length();
        if (end > to) {
            return DAMAGED;
        }
        for (int i = 0; i < word.length(); i++) {
            if (text[from + i] != word.charAt(i)) {
                return DAMAGED;
            }
        }
        return end;
    }

    private static int number(byte[] text, int from, int to) {
        int at = from < to && text[from] == '-' ? from + 1 : from;
        int end = digits(text, at, to);
        if (end == at || (text[at] == '0' && end > at + 1)) {
            return DAMAGED;
        }
        if (end < to && text[end] == '.') {
            at = end + 1;
            end = digits(text, at, to);
            if (end == at) {
                return DAMAGED;
            }
        }
        if (end < to && (text[end] | 0x20) == 'e') {
            at = end + 1;
            if (at < to && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            end = digits(text, at, to);
            if (end == at) {
                return DAMAGED;
            }
        }
        return end;
    }

    private static int digits(byte[] text, int from, int to) {
        int at = from;
        while (at < to && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at;
    }
}
