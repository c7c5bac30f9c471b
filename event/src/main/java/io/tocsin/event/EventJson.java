package io.tocsin.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes events as JSON objects: schema names as keys, empty fields left out, numbers as numbers, times as epoch
/// milliseconds, dynamic families as nested objects (`"Extra":{"a.b":"c"}`), arrays as arrays. Bytes that are not
/// UTF-8 come out as U+FFFD.
///
/// Thread-safety: one thread; the buffer is reused.
public final class EventJson {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);
    private static final Field[] FIELDS = Field.values();
    private static final byte[][] NAMES = new byte[FIELDS.length][];

    static {
        for (int i = 0; i < FIELDS.length; i++) {
            NAMES[i] = ("\"" + FIELDS[i].fieldName() + "\":").getBytes(StandardCharsets.US_ASCII);
        }
    }

    private byte[] bytes = new byte[4096];
    private int length;

    /// Writes the event, then `\n`.
    public void writeLine(Event event, OutputStream out) throws IOException {
        length = 0;
        append(event);
        put('\n');
        out.write(bytes, 0, length);
    }

    /// The event as one JSON object. Allocates.
    public String toText(Event event) {
        length = 0;
        append(event);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /// The event as the members of an object without the closing brace, for a caller that adds members of its own.
    public String toOpenText(Event event) {
        length = 0;
        append(event);
        return new String(bytes, 0, length - 1, StandardCharsets.UTF_8);
    }

    private void append(Event event) {
        put('{');
        boolean first = true;
        for (int i = 0; i < FIELDS.length; i++) {
            Field field = FIELDS[i];
            if (!event.has(field)) {
                continue;
            }
            if (!first) {
                put(',');
            }
            first = false;
            put(NAMES[i]);
            value(event, field);
        }
        for (DynamicKind kind : DynamicKind.values()) {
            first = dynamic(event, kind, first);
        }
        put('}');
    }

    private void value(Event event, Field field) {
        switch (field.type()) {
            case STRING -> {
                if (field == Field.ID) {
                    text(EventIds.text(event.idHigh(), event.idLow()));
                } else {
                    long span = event.span(field);
                    text(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
                }
            }
            case INTEGER, TIMESTAMP -> number(event.integer(field, 0));
            case FLOAT -> fraction(event.real(field, 0));
            case STRING_ARRAY -> {
                put('[');
                boolean first = true;
                for (int slot = event.start(); slot < event.end(); slot++) {
                    if (event.slotCode(slot) == field.code()) {
                        if (!first) {
                            put(',');
                        }
                        first = false;
                        element(event, FieldType.STRING, event.slotValue(slot));
                    }
                }
                put(']');
            }
        }
    }

    private boolean dynamic(Event event, DynamicKind kind, boolean first) {
        boolean opened = false;
        for (int slot = event.start(); slot < event.end(); slot++) {
            if (event.slotCode(slot) != kind.code() || isRepeated(event, kind, slot)) {
                continue;
            }
            if (!opened) {
                if (!first) {
                    put(',');
                }
                put('"');
                put(kind.prefix().getBytes(StandardCharsets.US_ASCII));
                put('"');
                put(':');
                put('{');
                opened = true;
            } else {
                put(',');
            }
            long key = event.slotKey(slot);
            text(event.arena(), EventBatch.spanOffset(key), EventBatch.spanLength(key));
            put(':');
            if (kind.isArray()) {
                put('[');
                element(event, kind.elementType(), event.slotValue(slot));
                for (int next = slot + 1; next < event.end(); next++) {
                    if (event.slotCode(next) == kind.code() && sameKey(event, next, slot)) {
                        put(',');
                        element(event, kind.elementType(), event.slotValue(next));
                    }
                }
                put(']');
            } else {
                element(event, kind.elementType(), lastValue(event, kind, slot));
            }
        }
        if (opened) {
            put('}');
            return false;
        }
        return first;
    }

    /// A key set twice shows the later value.
    private static long lastValue(Event event, DynamicKind kind, int slot) {
        long value = event.slotValue(slot);
        for (int next = slot + 1; next < event.end(); next++) {
            if (event.slotCode(next) == kind.code() && sameKey(event, next, slot)) {
                value = event.slotValue(next);
            }
        }
        return value;
    }

    private static boolean isRepeated(Event event, DynamicKind kind, int slot) {
        for (int before = event.start(); before < slot; before++) {
            if (event.slotCode(before) == kind.code() && sameKey(event, before, slot)) {
                return true;
            }
        }
        return false;
    }

    private static boolean sameKey(Event event, int left, int right) {
        long a = event.slotKey(left);
        long b = event.slotKey(right);
        int aOffset = EventBatch.spanOffset(a);
        int bOffset = EventBatch.spanOffset(b);
        int size = EventBatch.spanLength(a);
        return size == EventBatch.spanLength(b)
                && Arrays.equals(event.arena(), aOffset, aOffset + size, event.arena(), bOffset, bOffset + size);
    }

    private void element(Event event, FieldType type, long value) {
        switch (type) {
            case STRING, STRING_ARRAY ->
                text(event.arena(), EventBatch.spanOffset(value), EventBatch.spanLength(value));
            case INTEGER, TIMESTAMP -> number(value);
            case FLOAT -> fraction(Double.longBitsToDouble(value));
        }
    }

    private void number(long value) {
        put(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }

    private void fraction(double value) {
        // JSON has no infinities and no NaN.
        put((Double.isFinite(value) ? Double.toString(value) : "null").getBytes(StandardCharsets.US_ASCII));
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        text(utf8, 0, utf8.length);
    }

    private void text(byte[] source, int offset, int count) {
        // Six bytes, a Unicode escape, is the longest form of one byte.
        ensure(count * 6 + 2);
        byte[] target = bytes;
        int out = length;
        target[out++] = '"';
        int end = offset + count;
        int at = offset;
        while (at < end) {
            int c = source[at];
            if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
                target[out++] = (byte) c;
                at++;
            } else if (c < 0) {
                int size = utf8Length(source, at, end);
                if (size == 0) {
                    System.arraycopy(REPLACEMENT, 0, target, out, REPLACEMENT.length);
                    out += REPLACEMENT.length;
                    at++;
                } else {
                    System.arraycopy(source, at, target, out, size);
                    out += size;
                    at += size;
                }
            } else {
                out = escape(target, out, c);
                at++;
            }
        }
        target[out++] = '"';
        length = out;
    }

    private static int escape(byte[] target, int out, int c) {
        target[out++] = '\\';
        switch (c) {
            case '"' -> target[out++] = '"';
            case '\\' -> target[out++] = '\\';
            case '\n' -> target[out++] = 'n';
            case '\r' -> target[out++] = 'r';
            case '\t' -> target[out++] = 't';
            default -> {
                target[out++] = 'u';
                target[out++] = '0';
                target[out++] = '0';
                target[out++] = HEX[c >> 4];
                target[out++] = HEX[c & 15];
            }
        }
        return out;
    }

    /// Length of the well-formed UTF-8 sequence that begins with a byte above 0x7F (RFC 3629), or 0.
    private static int utf8Length(byte[] source, int at, int end) {
        int first = source[at] & 0xFF;
        int size = first >= 0xC2 && first <= 0xDF
                ? 2
                : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
        if (size == 0 || at + size > end) {
            return 0;
        }
        int second = source[at + 1] & 0xFF;
        int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) {
            return 0;
        }
        for (int i = 2; i < size; i++) {
            if ((source[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return size;
    }

    private void put(int character) {
        ensure(1);
        bytes[length++] = (byte) character;
    }

    private void put(byte[] text) {
        ensure(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), bytes.length * 2));
        }
    }
}
