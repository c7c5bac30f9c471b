package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import org.jspecify.annotations.Nullable;

/// Common Event Format: `CEF:version|vendor|product|version|id|name|severity|key=value key=value …`.
///
/// Parts: `prefix` (what stands before `CEF:`), `cefVersion`, `deviceVendor`, `deviceProduct`, `deviceVersion`,
/// `deviceEventClassId`, `name`, `severity` and the keys of the extension.
///
/// Decisions:
/// - A key is the word before an unescaped `=` when a space (or the beginning) stands before it and it is made of
///   letters, digits and `_.,-[]`; any other `=` belongs to the value, so URLs and encoded values survive senders
///   that do not escape.
/// - In the header `\|` and `\\` are decoded, in values `\=`, `\\`, `\n` and `\r`; a backslash before anything else
///   stays.
/// - Spaces around a value do not belong to it.
///
/// The scan goes from `=` to `=` eight bytes at a time and reads keys backwards, so the bytes of values are touched
/// once.
///
/// Thread-safety: one thread.
final class CefFormat implements Format {
    private static final byte[] MARK = "CEF:".getBytes(US_ASCII);
    private static final byte[] PREFIX_KEY = "prefix".getBytes(US_ASCII);
    private static final int LONGEST_PREFIX = 1024;
    private static final int LONGEST_KNOWN_KEY = 64;
    private static final String[] HEADER = {
        "cefVersion", "deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity"
    };
    private static final boolean[] KEY_BYTES = new boolean[256];

    static {
        for (int i = 0; i < 128; i++) {
            KEY_BYTES[i] = (i >= '0' && i <= '9')
                    || ByteScan.isLetter((byte) i)
                    || i == '_'
                    || i == '.'
                    || i == ','
                    || i == '-'
                    || i == '['
                    || i == ']';
        }
    }

    private final @Nullable Target prefix;
    private final @Nullable Target[] header = new Target[HEADER.length];
    private final KeySequence keys;

    private final @Nullable LabelFolding folding;
    private int extensionStart;
    private @Nullable Target found;

    CefFormat(SourceMapping mapping) {
        this(mapping, false);
    }

    /// @param foldLabels values of custom keys are called by their labels
    CefFormat(SourceMapping mapping, boolean foldLabels) {
        folding = foldLabels ? new LabelFolding(mapping) : null;
        prefix = mapping.get("prefix");
        for (int i = 0; i < HEADER.length; i++) {
            header[i] = mapping.get(HEADER[i]);
        }
        keys = new KeySequence(mapping.table());
    }

    /// The keys of the CEF dictionary, short and long, on the fields of the schema.
    static void defaults(SourceMapping mapping) {
        for (Field field : Field.values()) {
            if (field.group() == FieldGroup.SERVICE) {
                continue;
            }
            String key = field.cefKey();
            if (key != null) {
                mapping.add(key, Target.of(field));
            }
            String name = field.fieldName();
            String longKey = Character.toLowerCase(name.charAt(0)) + name.substring(1);
            if (!longKey.equals(key)) {
                mapping.add(longKey, Target.of(field));
            }
        }
        mapping.add("deviceEventClassID", Target.of(Field.DEVICE_EVENT_CLASS_ID))
                .add("deviceProcessId", Target.of(Field.DEVICE_PROCESS_ID))
                .add("sourceProcessId", Target.of(Field.SOURCE_PROCESS_ID))
                .add("destinationProcessId", Target.of(Field.DESTINATION_PROCESS_ID))
                .add("sourceUserId", Target.of(Field.SOURCE_USER_ID))
                .add("destinationUserId", Target.of(Field.DESTINATION_USER_ID))
                .add("deviceExternalId", Target.of(Field.DEVICE_EXTERNAL_ID))
                .add("devicePayloadId", Target.of(Field.DEVICE_PAYLOAD_ID))
                .add("fileId", Target.of(Field.FILE_ID))
                .add("oldFileId", Target.of(Field.OLD_FILE_ID));
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        int to = ByteScan.trimEnd(text, offset, offset + length);
        int start = ByteScan.skipSpaces(text, offset, to);
        start = SyslogFormat.afterByteOrderMark(text, start, to);
        int mark = start;
        if (!ByteScan.startsWith(text, start, to, MARK)) {
            mark = ByteScan.indexOf(text, start, Math.min(to, start + LONGEST_PREFIX), MARK);
            if (mark < 0) {
                return Outcome.FOREIGN;
            }
        }
        int version = mark + MARK.length;
        int digits = ByteScan.digits(text, version, to, 4);
        if (digits == 0 || version + digits >= to) {
            return Outcome.FOREIGN;
        }
        if (mark > start) {
            prefix(event, writer, text, start, mark);
        }
        return header(event, text, version, to, writer);
    }

    private void prefix(EventBuilder event, FieldWriter writer, byte[] text, int start, int mark) {
        int end = ByteScan.trimEnd(text, start, mark);
        if (prefix != null) {
            writer.write(event, prefix, start, end - start);
        } else {
            writer.extra(event, PREFIX_KEY, start, end - start);
        }
    }

    private Outcome header(EventBuilder event, byte[] text, int start, int to, FieldWriter writer) {
        int at = start;
        for (int part = 0; part < HEADER.length; part++) {
            boolean escaped = false;
            int end = at;
            while (true) {
                end = ByteScan.indexOfEither(text, end, to, '|', '\\');
                if (end >= to || text[end] == '|') {
                    break;
                }
                escaped = true;
                end = Math.min(end + 2, to);
            }
            if (end >= to && part < HEADER.length - 1) {
                writer.notes().add("cef", "the header ends after " + (part + 1) + " of 7 parts");
                headerPart(event, writer, text, part, at, to, escaped);
                return Outcome.BROKEN;
            }
            headerPart(event, writer, text, part, at, end, escaped);
            at = end + 1;
        }
        if (at >= to) {
            return Outcome.UNDERSTOOD;
        }
        if (folding == null) {
            return extension(event, text, at, to, writer);
        }
        folding.begin();
        Outcome outcome = extension(event, text, at, to, writer);
        folding.flush(event, writer);
        return outcome;
    }

    private void headerPart(
            EventBuilder event, FieldWriter writer, byte[] text, int part, int from, int to, boolean escaped) {
        Target target = header[part];
        if (target == null || from >= to) {
            return;
        }
        if (!escaped) {
            writer.write(event, target, from, to - from);
            return;
        }
        int copy = event.reserve(to - from);
        byte[] arena = event.arena();
        int out = copy;
        for (int i = from; i < to; i++) {
            byte next = text[i];
            if (next == '\\' && i + 1 < to && (text[i + 1] == '|' || text[i + 1] == '\\')) {
                next = text[++i];
            }
            arena[out++] = next;
        }
        event.advance(out - copy);
        writer.write(event, target, copy, out - copy);
    }

    private Outcome extension(EventBuilder event, byte[] text, int start, int to, FieldWriter writer) {
        extensionStart = start;
        int keyStart = -1;
        int keyEnd = -1;
        int valueStart = start;
        Target target = null;
        boolean escaped = false;
        int ordinal = 0;
        int at = start;
        while (true) {
            at = ByteScan.indexOfEither(text, at, to, '=', '\\');
            if (at >= to) {
                break;
            }
            if (text[at] == '\\') {
                escaped = true;
                at += 2;
                continue;
            }
            Target next;
            int begin = keys.guess(ordinal, text, valueStart, start, at);
            if (begin >= 0) {
                next = keys.guessed(ordinal);
            } else {
                begin = keyBegin(text, valueStart, at);
                next = found;
                if (begin >= 0) {
                    keys.learn(ordinal, text, begin, at - begin, next);
                }
            }
            if (begin >= 0 && (begin > valueStart || keyStart < 0)) {
                ordinal++;
                if (keyStart >= 0) {
                    value(event, text, keyStart, keyEnd, target, valueStart, begin - 1, escaped, writer);
                }
                keyStart = begin;
                keyEnd = at;
                target = next;
                valueStart = at + 1;
                escaped = false;
            }
            at++;
        }
        if (keyStart < 0) {
            writer.notes().add("cef", "the extension holds no key=value", text, start, to - start);
            return Outcome.BROKEN;
        }
        value(event, text, keyStart, keyEnd, target, valueStart, to, escaped, writer);
        return Outcome.UNDERSTOOD;
    }

    /// Where the key that ends at `equal` begins, or -1 when the `=` belongs to a value; sets `found`.
    private int keyBegin(byte[] text, int valueStart, int equal) {
        int begin = ByteScan.lastIndexOf(text, Math.max(valueStart, equal - LONGEST_KNOWN_KEY), equal, ' ') + 1;
        // A word of the dictionary is a key, whatever it is made of; any other word must look like one.
        found = keys.find(text, begin, equal - begin);
        if (found != null && (begin > valueStart || valueStart == extensionStart)) {
            return begin;
        }
        begin = equal;
        while (begin > valueStart && KEY_BYTES[text[begin - 1] & 0xFF]) {
            begin--;
        }
        boolean key = begin < equal && (begin == extensionStart || text[begin - 1] == ' ' || text[begin - 1] == '\t');
        if (!key) {
            return -1;
        }
        found = keys.find(text, begin, equal - begin);
        return begin;
    }

    private void value(
            EventBuilder event,
            byte[] text,
            int keyStart,
            int keyEnd,
            @Nullable Target target,
            int from,
            int to,
            boolean escaped,
            FieldWriter writer) {
        int start = from;
        int end = to;
        while (end > start && text[end - 1] == ' ') {
            end--;
        }
        while (start < end && text[start] == ' ') {
            start++;
        }
        if (start >= end) {
            return;
        }
        if (target == null && !writer.keepsExtra() && folding == null) {
            return;
        }
        int length = end - start;
        if (escaped) {
            int copy = event.reserve(length);
            length = unescape(text, start, end, event.arena(), copy);
            event.advance(length);
            start = copy;
        }
        if (folding != null && folding.takes(event.arena(), keyStart, keyEnd - keyStart, start, length)) {
            return;
        }
        writer.accept(event, target, keyStart, keyEnd - keyStart, start, length);
    }

    private static int unescape(byte[] from, int start, int end, byte[] to, int at) {
        int out = at;
        for (int i = start; i < end; i++) {
            byte next = from[i];
            if (next == '\\' && i + 1 < end) {
                byte code = from[i + 1];
                switch (code) {
                    case '=', '\\' -> {
                        next = code;
                        i++;
                    }
                    case 'n' -> {
                        next = '\n';
                        i++;
                    }
                    case 'r' -> {
                        next = '\r';
                        i++;
                    }
                    default -> {}
                }
            }
            to[out++] = next;
        }
        return out - at;
    }
}
