package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The part of [SyslogFormat] that reads RFC 5424 behind the priority: version, header, structured data, message.
///
/// Tolerated: lower-case `t` and `z`, any number of fraction digits, seconds since the epoch for the time (Meraki),
/// missing structured data, spaces around `=`, an unescaped `]` or `"` inside a value (it ends at `"` followed by a
/// space or `]`), a header that ends early. What is damaged is noted; what was read before stays.
///
/// Thread-safety: one thread.
final class StructuredSyslog {
    private static final byte[] META = "meta".getBytes(US_ASCII);
    private static final byte[] SEQUENCE_ID = "sequenceId".getBytes(US_ASCII);
    private static final byte[] TRUE = "true".getBytes(US_ASCII);

    private final SyslogFormat parts;
    private final KeyTable<Target> table;
    private final @Nullable Target version;
    /// Where host and program of the open text stand.
    private int hostStart;

    private int hostEnd;
    private int programStart;
    private int programEnd;

    StructuredSyslog(SyslogFormat parts, SourceMapping mapping) {
        this.parts = parts;
        this.table = mapping.table();
        this.version = mapping.get("version");
    }

    /// True when a header of this kind stands behind the version.
    ///
    /// @param prioritized the text began with a priority; without one only a full time is trusted
    boolean begins(byte[] text, int afterVersion, int to, boolean prioritized) {
        if (afterVersion >= to || text[afterVersion] != ' ') {
            return afterVersion == to && prioritized;
        }
        int at = afterVersion + 1;
        int digits = ByteScan.digits(text, at, to, 12);
        boolean date = digits == 4 && at + 4 < to && text[at + 4] == '-';
        if (!prioritized) {
            return date;
        }
        // where octets were counted wrong, the next message stands in the place of the time
        boolean misframed = at < to && text[at] == '<';
        return date || (at + 1 < to && text[at] == '-' && text[at + 1] == ' ') || digits >= 10 || at == to || misframed;
    }

    Format.Outcome parse(EventBuilder event, byte[] text, int start, int digits, int to, FieldWriter writer) {
        if (version != null) {
            writer.write(event, version, start, digits);
        }
        int at = start + digits + 1;
        if (at >= to) {
            return early(writer, "version");
        }
        int end = wordEnd(text, at, to);
        boolean nil = end - at == 1 && text[at] == '-';
        boolean epoch = false;
        if (!nil) {
            TimeReader times = writer.times();
            long millis = times.readIso(text, at, end) && times.end() == end ? times.millis() : TimeReader.NONE;
            if (millis == TimeReader.NONE) {
                epoch = true;
                millis = times.read(text, at, end, event.receivedNanos() / 1_000_000);
            }
            if (millis == TimeReader.NONE) {
                writer.notes().add("syslog", "the time is not readable", text, at, end - at);
                parts.message(event, writer, at, to);
                return Format.Outcome.BROKEN;
            }
            parts.time(event, writer, millis, at, end);
        }
        at = end + 1;
        if (at >= to) {
            return early(writer, "time");
        }
        end = wordEnd(text, at, to);
        hostStart = at;
        hostEnd = end;
        if (!isNil(text, at, end)) {
            parts.writeHost(event, writer, text, at, end);
        }
        at = end + 1;
        if (epoch) {
            // "<134>1 1563249630.774247151 MX84 flows src=…" has no further header
            parts.message(event, writer, Math.min(at, to), to);
            return Format.Outcome.UNDERSTOOD;
        }
        if (at >= to) {
            return early(writer, "host");
        }
        end = wordEnd(text, at, to);
        programStart = at;
        programEnd = end;
        if (!isNil(text, at, end)) {
            parts.application(event, writer, at, end);
        }
        at = end + 1;
        if (at >= to) {
            return early(writer, "application");
        }
        end = wordEnd(text, at, to);
        if (!isNil(text, at, end)) {
            parts.process(event, writer, at, end);
        }
        at = end + 1;
        if (at >= to) {
            return early(writer, "process");
        }
        end = wordEnd(text, at, to);
        if (!isNil(text, at, end)) {
            parts.messageId(event, writer, at, end);
        }
        at = end + 1;
        if (at >= to) {
            // structured data is missing: frequent enough to be no damage
            return Format.Outcome.UNDERSTOOD;
        }
        return data(event, text, at, to, writer);
    }

    private static Format.Outcome early(FieldWriter writer, String after) {
        writer.notes().add("syslog", "the header ends after the " + after);
        return Format.Outcome.BROKEN;
    }

    private Format.Outcome data(EventBuilder event, byte[] text, int start, int to, FieldWriter writer) {
        int at = start;
        if (text[at] == '-' && (at + 1 == to || text[at + 1] == ' ')) {
            parts.wholeMessage(event, writer, at + 1, to);
            return Format.Outcome.UNDERSTOOD;
        }
        Format.Outcome outcome = Format.Outcome.UNDERSTOOD;
        while (at < to && text[at] == '[') {
            int next = element(event, text, at, to, writer);
            if (next < 0) {
                writer.notes().add("syslog", "structured data is damaged", text, at, to - at);
                outcome = Format.Outcome.BROKEN;
                break;
            }
            at = next;
        }
        parts.wholeMessage(event, writer, at, to);
        return outcome;
    }

    /// Reads one element that begins at `open`; returns where it ends, or -1 when it is damaged.
    private int element(EventBuilder event, byte[] text, int open, int to, FieldWriter writer) {
        int at = open + 1;
        int idStart = at;
        while (at < to && text[at] != ' ' && text[at] != ']' && text[at] != '=' && text[at] != '"') {
            at++;
        }
        int idEnd = at;
        if (at >= to || idEnd == idStart || text[at] == '=' || text[at] == '"') {
            return -1;
        }
        if (text[at] == ']') {
            int value = event.append(TRUE, 0, TRUE.length);
            Target target = table.find(text, idStart, idEnd - idStart);
            writer.accept(event, target, idStart, idEnd - idStart, value, TRUE.length);
            return at + 1;
        }
        while (true) {
            at = ByteScan.skipSpaces(text, at, to);
            if (at >= to) {
                return -1;
            }
            if (text[at] == ']') {
                return at + 1;
            }
            int nameStart = at;
            while (at < to && text[at] != '=' && text[at] != ' ' && text[at] != ']' && text[at] != '"') {
                at++;
            }
            int nameEnd = at;
            at = ByteScan.skipSpaces(text, at, to);
            if (nameEnd == nameStart || at >= to || text[at] != '=') {
                return -1;
            }
            at = ByteScan.skipSpaces(text, at + 1, to);
            if (at >= to || text[at] != '"') {
                return -1;
            }
            int valueStart = at + 1;
            int valueEnd = valueEnd(text, valueStart, to);
            if (valueEnd < 0) {
                return -1;
            }
            parameter(event, text, idStart, idEnd, nameStart, nameEnd, valueStart, valueEnd, writer);
            at = valueEnd + 1;
        }
    }

    /// Position of the quote that ends the value, or -1.
    private static int valueEnd(byte[] text, int start, int to) {
        int at = start;
        while (true) {
            at = ByteScan.indexOfEither(text, at, to, '"', '\\');
            if (at >= to) {
                return -1;
            }
            if (text[at] == '\\') {
                at += 2;
                continue;
            }
            if (at + 1 < to && (text[at + 1] == ' ' || text[at + 1] == ']')) {
                return at;
            }
            at++;
        }
    }

    private void parameter(
            EventBuilder event,
            byte[] text,
            int idStart,
            int idEnd,
            int nameStart,
            int nameEnd,
            int valueStart,
            int valueEnd,
            FieldWriter writer) {
        if (nameEnd - nameStart == SEQUENCE_ID.length && idEnd - idStart == META.length) {
            sequence(text, idStart, nameStart, valueStart, valueEnd, writer);
        }
        if (!writer.keepsExtra() && table.isEmpty()) {
            return;
        }
        int keyLength = idEnd - idStart + 1 + nameEnd - nameStart;
        int key = event.reserve(keyLength);
        byte[] arena = event.arena();
        System.arraycopy(text, idStart, arena, key, idEnd - idStart);
        arena[key + idEnd - idStart] = '.';
        System.arraycopy(text, nameStart, arena, key + idEnd - idStart + 1, nameEnd - nameStart);
        event.advance(keyLength);
        int length = valueEnd - valueStart;
        int value = valueStart;
        if (ByteScan.indexOf(text, valueStart, valueEnd, '\\') < valueEnd) {
            value = event.reserve(length);
            length = unescape(text, valueStart, valueEnd, event.arena(), value);
            event.advance(length);
        }
        Target target = table.find(event.arena(), key, keyLength);
        writer.accept(event, target, key, keyLength, value, length);
    }

    private void sequence(byte[] text, int id, int name, int valueStart, int valueEnd, FieldWriter writer) {
        if (!Arrays.equals(text, id, id + META.length, META, 0, META.length)
                || !Arrays.equals(text, name, name + SEQUENCE_ID.length, SEQUENCE_ID, 0, SEQUENCE_ID.length)) {
            return;
        }
        long number = 0;
        for (int i = valueStart; i < valueEnd; i++) {
            if (!ByteScan.isDigit(text[i]) || number > Integer.MAX_VALUE) {
                return;
            }
            number = number * 10 + text[i] - '0';
        }
        if (number > 0 && number <= Integer.MAX_VALUE) {
            writer.notes().sequence((int) number, hash(text, hostStart, hostEnd), hash(text, programStart, programEnd));
        }
    }

    /// FNV-1a.
    private static long hash(byte[] text, int from, int to) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = from; i < to; i++) {
            hash = (hash ^ (text[i] & 0xFF)) * 0x100_0000_01B3L;
        }
        return hash;
    }

    /// Only `"`, `\` and `]` are escaped; a backslash before anything else stands for itself.
    private static int unescape(byte[] from, int start, int end, byte[] to, int at) {
        int out = at;
        for (int i = start; i < end; i++) {
            byte next = from[i];
            if (next == '\\' && i + 1 < end && (from[i + 1] == '"' || from[i + 1] == '\\' || from[i + 1] == ']')) {
                next = from[++i];
            }
            to[out++] = next;
        }
        return out - at;
    }

    private static int wordEnd(byte[] text, int from, int to) {
        return ByteScan.indexOf(text, from, to, ' ');
    }

    private static boolean isNil(byte[] text, int from, int to) {
        return to - from <= 1 && (from >= to || text[from] == '-');
    }
}
