package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Log Event Extended Format: `LEEF:1.0|vendor|product|version|id|key=value<tab>key=value …`, and with a delimiter of
/// its own `LEEF:2.0|vendor|product|version|id|^|key=value^key=value …`.
///
/// Parts: `prefix` (what stands before `LEEF:`), `leefVersion`, `deviceVendor`, `deviceProduct`, `deviceVersion`,
/// `eventId` and the keys of the attributes.
///
/// Decisions:
/// - The delimiter is one character or its code in hexadecimal, as `x09`, `0x09` or `\x09`. Without one it is the tab.
/// - A text without a single tab whose delimiter is the tab is taken apart at spaces before `key=`, since so many
///   senders write it that way.
/// - What holds no `=` belongs to the value before it. `\|` and `\\` of the header are decoded.
/// - `devTime` is read as `devTimeFormat` of the same event says, which uses the letters of [TimeLayout].
///
/// Thread-safety: one thread.
final class LeefFormat implements Format {
    private static final byte[] MARK = "LEEF:".getBytes(US_ASCII);
    private static final byte[] PREFIX_KEY = "prefix".getBytes(US_ASCII);
    private static final byte[] TIME_KEY = "devTime".getBytes(US_ASCII);
    private static final byte[] LAYOUT_KEY = "devTimeFormat".getBytes(US_ASCII);
    private static final int LONGEST_PREFIX = 1024;
    private static final int LONGEST_LAYOUT = 128;
    private static final int MAXIMUM_LAYOUTS = 64;
    private static final String[] HEADER = {"leefVersion", "deviceVendor", "deviceProduct", "deviceVersion", "eventId"};

    private final @Nullable Target prefix;
    private final @Nullable Target[] header = new Target[HEADER.length];
    private final @Nullable Target time;
    private final KeyTable<Target> keys;
    private final Map<String, TimeLayout> layouts = new LinkedHashMap<>();

    private int delimiter;
    private int attributes;
    private int timeStart;
    private int timeEnd;
    private int layoutStart;
    private int layoutEnd;

    LeefFormat(SourceMapping mapping) {
        prefix = mapping.get("prefix");
        for (int i = 0; i < HEADER.length; i++) {
            header[i] = mapping.get(HEADER[i]);
        }
        time = mapping.get("devTime");
        keys = mapping.table();
    }

    /// The predefined attributes on the fields of the schema.
    static void defaults(SourceMapping mapping) {
        mapping.add("deviceVendor", Target.of(Field.DEVICE_VENDOR))
                .add("deviceProduct", Target.of(Field.DEVICE_PRODUCT))
                .add("deviceVersion", Target.of(Field.DEVICE_VERSION))
                .add("eventId", Target.of(Field.DEVICE_EVENT_CLASS_ID))
                .add("cat", Target.of(Field.DEVICE_EVENT_CATEGORY))
                .add("devTime", Target.of(Field.DEVICE_RECEIPT_TIME))
                .add("proto", Target.of(Field.TRANSPORT_PROTOCOL))
                .add("sev", Target.of(Field.SEVERITY))
                .add("src", Target.of(Field.SOURCE_ADDRESS))
                .add("dst", Target.of(Field.DESTINATION_ADDRESS))
                .add("srcPort", Target.of(Field.SOURCE_PORT))
                .add("dstPort", Target.of(Field.DESTINATION_PORT))
                .add("srcPostNAT", Target.of(Field.SOURCE_TRANSLATED_ADDRESS))
                .add("dstPostNAT", Target.of(Field.DESTINATION_TRANSLATED_ADDRESS))
                .add("srcPostNATPort", Target.of(Field.SOURCE_TRANSLATED_PORT))
                .add("dstPostNATPort", Target.of(Field.DESTINATION_TRANSLATED_PORT))
                .add("usrName", Target.of(Field.SOURCE_USER_NAME))
                .add("accountName", Target.of(Field.DESTINATION_USER_NAME))
                .add("srcMAC", Target.of(Field.SOURCE_MAC_ADDRESS))
                .add("dstMAC", Target.of(Field.DESTINATION_MAC_ADDRESS))
                .add("identHostName", Target.of(Field.SOURCE_HOST_NAME))
                .add("srcBytes", Target.of(Field.BYTES_OUT))
                .add("dstBytes", Target.of(Field.BYTES_IN))
                .add("resource", Target.of(Field.DESTINATION_HOST_NAME))
                .add("domain", Target.of(Field.SOURCE_NT_DOMAIN))
                .add("policy", Target.of(Field.DEVICE_ACTION, java.util.List.of(), null, "", true))
                .add("url", Target.of(Field.REQUEST_URL))
                .add("msg", Target.of(Field.MESSAGE));
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        int to = offset + length;
        while (to > offset && (text[to - 1] == '\n' || text[to - 1] == '\r' || text[to - 1] == 0)) {
            to--;
        }
        int start = SyslogFormat.afterByteOrderMark(text, ByteScan.skipSpaces(text, offset, to), to);
        int mark = start;
        if (!ByteScan.startsWith(text, start, to, MARK)) {
            mark = ByteScan.indexOf(text, start, Math.min(to, start + LONGEST_PREFIX), MARK);
            if (mark < 0) {
                return Outcome.FOREIGN;
            }
        }
        int version = mark + MARK.length;
        if (ByteScan.digits(text, version, to, 4) == 0) {
            return Outcome.FOREIGN;
        }
        if (mark > start) {
            int end = ByteScan.trimEnd(text, start, mark);
            if (prefix != null) {
                writer.write(event, prefix, start, end - start);
            } else {
                writer.extra(event, PREFIX_KEY, start, end - start);
            }
        }
        int at = version;
        for (int part = 0; part < HEADER.length; part++) {
            int end = partEnd(text, at, to);
            headerPart(event, writer, part, at, end);
            if (end >= to) {
                if (part < HEADER.length - 1) {
                    writer.notes().add("leef", "the header ends after " + (part + 1) + " of 5 parts");
                    return Outcome.BROKEN;
                }
                return Outcome.UNDERSTOOD;
            }
            at = end + 1;
        }
        delimiter(text, version, at, to);
        attributes(event, text, attributes, to, writer);
        return Outcome.UNDERSTOOD;
    }

    private static int partEnd(byte[] text, int from, int to) {
        int at = from;
        while (true) {
            at = ByteScan.indexOfEither(text, at, to, '|', '\\');
            if (at >= to || text[at] == '|') {
                return Math.min(at, to);
            }
            at += 2;
        }
    }

    private void headerPart(EventBuilder event, FieldWriter writer, int part, int from, int to) {
        Target target = header[part];
        if (target == null || from >= to) {
            return;
        }
        byte[] text = event.arena();
        if (ByteScan.indexOf(text, from, to, '\\') >= to) {
            writer.write(event, target, from, to - from);
            return;
        }
        int copy = event.reserve(to - from);
        byte[] arena = event.arena();
        int out = copy;
        for (int i = from; i < to; i++) {
            if (arena[i] == '\\' && i + 1 < to && (arena[i + 1] == '|' || arena[i + 1] == '\\')) {
                i++;
            }
            arena[out++] = arena[i];
        }
        event.advance(out - copy);
        writer.write(event, target, copy, out - copy);
    }

    /// Finds the delimiter and where the attributes begin.
    private void delimiter(byte[] text, int version, int from, int to) {
        delimiter = '\t';
        attributes = from;
        if (text[version] == '1') {
            return;
        }
        int end = ByteScan.indexOf(text, from, Math.min(to, from + 8), '|');
        if (end >= Math.min(to, from + 8)) {
            return; // the part is missing
        }
        int code = code(text, from, end);
        if (code >= 0) {
            delimiter = code;
            attributes = end + 1;
        }
    }

    /// The character of a delimiter part, or -1 when the part is none.
    private static int code(byte[] text, int from, int end) {
        int length = end - from;
        if (length == 0) {
            return '\t';
        }
        if (length == 1) {
            return text[from];
        }
        int at = from;
        if (text[at] == '0' || text[at] == '\\') {
            at++;
        }
        if (at < end && (text[at] | 0x20) == 'x' && end - at <= 5 && end - at > 1) {
            int value = 0;
            for (int i = at + 1; i < end; i++) {
                int digit = Character.digit(text[i], 16);
                if (digit < 0) {
                    return -1;
                }
                value = value << 4 | digit;
            }
            return value > 0 && value < 128 ? value : -1;
        }
        return -1;
    }

    private void attributes(EventBuilder event, byte[] text, int from, int to, FieldWriter writer) {
        timeStart = -1;
        layoutStart = -1;
        boolean spaces = delimiter == '\t' && ByteScan.indexOf(text, from, to, '\t') >= to;
        int at = from;
        int keyStart = -1;
        int keyEnd = -1;
        int valueStart = -1;
        int valueEnd = -1;
        while (at < to) {
            int end = spaces ? spaced(text, at, to) : ByteScan.indexOf(text, at, to, delimiter);
            int equal = ByteScan.indexOf(text, at, end, '=');
            if (equal < end && equal > at) {
                if (keyStart >= 0) {
                    attribute(event, writer, keyStart, keyEnd, valueStart, valueEnd);
                }
                keyStart = ByteScan.skipSpaces(text, at, equal);
                keyEnd = ByteScan.trimEnd(text, keyStart, equal);
                valueStart = equal + 1;
                valueEnd = end;
            } else if (keyStart >= 0 && end > at) {
                valueEnd = end;
            }
            at = end + 1;
        }
        if (keyStart >= 0) {
            attribute(event, writer, keyStart, keyEnd, valueStart, valueEnd);
        } else if (from < to) {
            writer.notes().add("leef", "the attributes hold no key=value", text, from, to - from);
        }
        if (timeStart >= 0 && time != null) {
            time(event, writer, time);
        }
    }

    /// The space before the next `key=`, or `to`.
    private static int spaced(byte[] text, int from, int to) {
        int equal = ByteScan.indexOf(text, from, to, '=');
        int next = equal < to ? ByteScan.indexOf(text, equal + 1, to, '=') : to;
        while (next < to) {
            int begin = next;
            while (begin > equal + 1 && isKeyByte(text[begin - 1])) {
                begin--;
            }
            if (begin < next && begin > equal + 1 && text[begin - 1] == ' ') {
                return begin - 1;
            }
            equal = next;
            next = ByteScan.indexOf(text, next + 1, to, '=');
        }
        return to;
    }

    private static boolean isKeyByte(byte value) {
        return ByteScan.isLetter(value) || ByteScan.isDigit(value) || value == '_' || value == '.' || value == '-';
    }

    private void attribute(
            EventBuilder event, FieldWriter writer, int keyStart, int keyEnd, int valueStart, int valueEnd) {
        byte[] text = event.arena();
        int start = valueStart;
        int end = valueEnd;
        while (end > start && text[end - 1] == ' ') {
            end--;
        }
        while (start < end && text[start] == ' ') {
            start++;
        }
        if (start >= end) {
            return;
        }
        if (ByteScan.equal(text, keyStart, keyEnd, TIME_KEY)) {
            timeStart = start;
            timeEnd = end;
            if (time != null) {
                return;
            }
        } else if (ByteScan.equal(text, keyStart, keyEnd, LAYOUT_KEY)) {
            layoutStart = start;
            layoutEnd = end;
        }
        Target target = keys.find(text, keyStart, keyEnd - keyStart);
        writer.accept(event, target, keyStart, keyEnd - keyStart, start, end - start);
    }

    private void time(EventBuilder event, FieldWriter writer, Target target) {
        if (layoutStart >= 0 && layoutEnd - layoutStart <= LONGEST_LAYOUT) {
            TimeLayout layout = layout(new String(event.arena(), layoutStart, layoutEnd - layoutStart, UTF_8));
            long millis = layout == null
                    ? TimeReader.NONE
                    : layout.read(
                            event.arena(),
                            timeStart,
                            timeEnd,
                            event.receivedNanos() / 1_000_000,
                            writer.times().site());
            if (millis != TimeReader.NONE) {
                writer.writeTime(event, target, millis, timeStart, timeEnd - timeStart);
                return;
            }
        }
        writer.write(event, target, timeStart, timeEnd - timeStart);
    }

    private @Nullable TimeLayout layout(String pattern) {
        TimeLayout known = layouts.get(pattern);
        if (known == null && layouts.size() < MAXIMUM_LAYOUTS) {
            try {
                known = TimeLayout.parse(pattern);
                layouts.put(pattern, known);
            } catch (IllegalArgumentException _) {
                return null; // the common layouts are tried
            }
        }
        return known;
    }
}
