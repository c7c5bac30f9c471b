package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import org.jspecify.annotations.Nullable;

/// Syslog messages as they are met: RFC 5424 (in [StructuredSyslog]) and RFC 3164 with all that grew around it.
///
/// Parts: `pri`, `facility` and `severity` (names), `version`, `time`, `host`, `ip` (the host when it is an
/// address), `app`, `pid`, `msgid`, `msg`, `sequence` (Cisco's counter) and `<element>.<parameter>` of structured
/// data.
///
/// Decisions:
/// - A missing priority stays missing: `user.notice` would be an invention for lines that come from files.
/// - A word is the tag only when a colon or a process number follows, so text without a tag stays whole.
/// - The host is what the message claims; the sender's address is entry metadata and neither replaces the other.
/// - `%FACILITY-SEVERITY-MNEMONIC` of Cisco devices is `app` as written and, without the percent sign, `msgid`.
///
/// Thread-safety: one thread.
final class SyslogFormat implements Format {
    private static final String[] FACILITIES = {
        "kern",
        "user",
        "mail",
        "daemon",
        "auth",
        "syslog",
        "lpr",
        "news",
        "uucp",
        "cron",
        "authpriv",
        "ftp",
        "ntp",
        "audit",
        "alert",
        "clock",
        "local0",
        "local1",
        "local2",
        "local3",
        "local4",
        "local5",
        "local6",
        "local7"
    };
    private static final byte[][] FACILITY_NAMES = bytes(FACILITIES);
    private static final byte[][] SEVERITY_NAMES =
            bytes("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug");
    private static final byte[] REPEATED = "last message repeated ".getBytes(US_ASCII);
    private static final byte[] FORWARDED = "Message forwarded from ".getBytes(US_ASCII);
    private static final byte[] CEF = "CEF:".getBytes(US_ASCII);
    private static final byte[] LEEF = "LEEF:".getBytes(US_ASCII);
    private static final int LONGEST_TAG = 128;
    private static final int LONGEST_HOST = 255;

    /// Bytes that a host name or address may hold.
    private static final boolean[] HOST_BYTES = new boolean[256];
    /// Bytes that a tag may hold.
    private static final boolean[] TAG_BYTES = new boolean[256];

    static {
        for (int i = 0; i < 256; i++) {
            boolean word = (i >= '0' && i <= '9') || (ByteScan.isLetter((byte) i) && i < 128) || i >= 128;
            HOST_BYTES[i] = word || ".-_:/%@".indexOf(i) >= 0;
            TAG_BYTES[i] = word || ".-_/%@()#+*~$!&".indexOf(i) >= 0;
        }
    }

    private final StructuredSyslog structured;
    private final @Nullable Target priority;
    private final @Nullable Target facility;
    private final @Nullable Target severity;
    private final @Nullable Target time;
    private final @Nullable Target host;
    private static final byte[] TAG_KEY = {'t', 'a', 'g'};

    private final @Nullable Target address;
    private final @Nullable Target application;
    private final @Nullable Target process;
    private final @Nullable Target messageId;
    private final @Nullable Target sequence;
    private final @Nullable Target message;

    private final boolean anyTag;
    private final boolean literal;
    private final int defaultPriority;

    SyslogFormat(SourceMapping mapping) {
        this(mapping, false, false, -1);
    }

    /// @param anyTag the word behind the host is the tag even when no colon follows
    /// @param literal RFC 3164 to the letter: no year stands behind a time, no tag behind two spaces, and a text
    /// without any header is a message
    /// @param defaultPriority priority of messages that have none, -1 for none
    SyslogFormat(SourceMapping mapping, boolean anyTag, boolean literal, int defaultPriority) {
        this.anyTag = anyTag || literal;
        this.literal = literal;
        this.defaultPriority = defaultPriority;
        structured = new StructuredSyslog(this, mapping);
        priority = mapping.get("pri");
        facility = mapping.get("facility");
        severity = mapping.get("severity");
        time = mapping.get("time");
        host = mapping.get("host");
        address = mapping.get("ip");
        application = mapping.get("app");
        process = mapping.get("pid");
        messageId = mapping.get("msgid");
        sequence = mapping.get("sequence");
        message = mapping.get("msg");
    }

    static void defaults(SourceMapping mapping) {
        mapping.add("facility", Target.of(Field.DEVICE_FACILITY))
                .add("severity", Target.of(Field.SEVERITY))
                .add("time", Target.of(Field.DEVICE_RECEIPT_TIME))
                .add("host", Target.of(Field.DEVICE_HOST_NAME))
                .add("ip", Target.of(Field.DEVICE_ADDRESS))
                .add("app", Target.of(Field.DEVICE_PROCESS_NAME))
                .add("pid", Target.of(Field.DEVICE_PROCESS_ID))
                .add("msgid", Target.of(Field.DEVICE_EVENT_CLASS_ID))
                .add("msg", Target.of(Field.MESSAGE));
    }

    private static byte[][] bytes(String... names) {
        byte[][] result = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            result[i] = names[i].getBytes(US_ASCII);
        }
        return result;
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        byte[] text = event.arena();
        int to = withoutLineEnd(text, offset, offset + length);
        int at = afterByteOrderMark(text, offset, to);
        int start = at;
        int number = -1;
        if (at < to && text[at] == '<') {
            int digits = ByteScan.digits(text, at + 1, to, 5);
            int close = at + 1 + digits;
            if (digits > 0 && close < to && text[close] == '>') {
                number = ByteScan.number(text, at + 1, to, 5);
                at = close + 1;
            }
        }
        int version = ByteScan.digits(text, at, to, 4);
        if (version >= 1 && version <= 3 && text[at] != '0' && structured.begins(text, at + version, to, number >= 0)) {
            priority(event, writer, number, start + 1);
            return structured.parse(event, text, at, version, to, writer);
        }
        return legacy(event, text, start, at, to, number, writer);
    }

    private Outcome legacy(
            EventBuilder event, byte[] text, int start, int afterPriority, int to, int number, FieldWriter writer) {
        int at = ByteScan.skipSpaces(text, afterPriority, to);
        TimeReader times = writer.times();
        int timeStart = at;
        int counted = -1;
        boolean timed = time(times, text, at, literal ? literalTimeEnd(text, at, to) : to, event.receivedNanos());
        if (!timed) {
            // "29: *Mar  1 18:46:11.483: %SYS…", "237: router: .Nov 22 …", ": 2026 Nov 22 …"
            int next = ciscoTime(text, at, to);
            if (next > at && time(times, text, next, to, event.receivedNanos())) {
                timed = true;
                timeStart = next;
                counted = ByteScan.digits(text, at, to, 12);
            }
        }
        if (!timed && number < 0 && !literal) {
            return Outcome.FOREIGN;
        }
        if (number < 0 && defaultPriority >= 0) {
            names(event, writer, defaultPriority);
        } else {
            priority(event, writer, number, start + 1);
        }
        int sequenceStart = at;
        if (timed) {
            at = times.end();
            if (time != null) {
                writer.writeTime(event, time, times.millis(), timeStart, at - timeStart);
            }
            while (at < to && (text[at] == ':' || text[at] == ' ')) {
                at++;
            }
        }
        if (counted > 0) {
            int key = sequenceStart;
            if (sequence != null) {
                writer.write(event, sequence, key, counted);
            }
        }
        at = host(event, text, at, to, timed, writer);
        at = tag(event, text, at, to, writer);
        message(event, writer, at, to);
        return Outcome.UNDERSTOOD;
    }

    /// `Nov 22 10:00:00` ends there, whatever follows.
    private static int literalTimeEnd(byte[] text, int at, int to) {
        return at + 15 < to && ByteScan.isLetter(text[at]) && text[at + 12] == ':' ? at + 15 : to;
    }

    private static boolean time(TimeReader times, byte[] text, int at, int to, long receivedNanos) {
        if (at >= to) {
            return false;
        }
        if (ByteScan.isLetter(text[at])) {
            return times.readSyslog(text, at, to, receivedNanos / 1_000_000);
        }
        if (!ByteScan.isDigit(text[at])) {
            return false;
        }
        return times.readIso(text, at, to) || times.readYearFirst(text, at, to);
    }

    /// Where a time may begin behind a counter, a host and the marks of Cisco devices; `at` when there is no such
    /// place.
    private static int ciscoTime(byte[] text, int at, int to) {
        int next = at;
        int digits = ByteScan.digits(text, next, to, 12);
        if (digits > 0 && (next + digits >= to || text[next + digits] != ':')) {
            return at;
        }
        next += digits;
        while (next < to && (text[next] == ':' || text[next] == ' ')) {
            next++;
        }
        if (next < to && (text[next] == '*' || text[next] == '.')) {
            return next + 1;
        }
        return next;
    }

    /// Writes the host when one stands here; returns where the text goes on.
    private int host(EventBuilder event, byte[] text, int at, int to, boolean timed, FieldWriter writer) {
        if (at >= to || ByteScan.startsWith(text, at, to, REPEATED)) {
            return at;
        }
        if (ByteScan.startsWith(text, at, to, FORWARDED)) {
            int name = at + FORWARDED.length;
            int colon = ByteScan.indexOf(text, name, to, ':');
            if (colon < to && colon - name <= LONGEST_HOST) {
                writeHost(event, writer, text, name, colon);
                return ByteScan.skipSpaces(text, colon + 1, to);
            }
        }
        int end = at;
        while (end < to && HOST_BYTES[text[end] & 0xFF]) {
            end++;
        }
        boolean named = end > at
                && end - at <= LONGEST_HOST
                && (end == to || text[end] == ' ')
                && text[end - 1] != ':'
                && text[at] != '%';
        if (!named || (!timed && !tagFollows(text, end, to))) {
            return at;
        }
        writeHost(event, writer, text, at, end);
        int next = ByteScan.skipSpaces(text, end, to);
        // "host : %ASA-6-302013: …"
        if (next + 1 < to && text[next] == ':' && text[next + 1] == ' ') {
            next += 2;
        }
        return next;
    }

    /// Without a time the first word is a host only when what follows looks like a tag.
    private static boolean tagFollows(byte[] text, int at, int to) {
        int start = ByteScan.skipSpaces(text, at, to);
        int end = tagEnd(text, start, to);
        return end > start
                && end < to
                && ((text[end] == ':' && (end + 1 == to || text[end + 1] == ' '))
                        || (text[end] == '[' && ByteScan.digits(text, end + 1, to, 1) == 1));
    }

    void writeHost(EventBuilder event, FieldWriter writer, byte[] text, int from, int to) {
        if (host != null) {
            writer.write(event, host, from, to - from);
        }
        byte first = text[from];
        if (address != null
                && (ByteScan.isDigit(first) || ByteScan.indexOf(text, from, to, ':') < to)
                && ByteScan.isAddress(text, from, to)) {
            writer.write(event, address, from, to - from);
        }
    }

    private static int tagEnd(byte[] text, int from, int to) {
        int limit = Math.min(to, from + LONGEST_TAG);
        int end = from;
        while (end < limit && TAG_BYTES[text[end] & 0xFF]) {
            end++;
        }
        return end;
    }

    /// Writes tag and process number when they stand here; returns where the text goes on.
    private int tag(EventBuilder event, byte[] text, int at, int to, FieldWriter writer) {
        if (literal && at > 1 && text[at - 1] == ' ' && text[at - 2] == ' ') {
            return at;
        }
        int start = ByteScan.skipSpaces(text, at, to);
        if (to - start > 3 && text[start] == '-' && text[start + 1] == '-' && text[start + 2] == ' ') {
            // "-- root[2421]: ROOT LOGIN", but "-- MARK --"
            int next = tagAt(event, text, start + 3, to, writer);
            if (next < 0 && anyTag) {
                application(event, writer, start, start + 2);
                return start + 2;
            }
            return next < 0 ? start : next;
        }
        int next = tagAt(event, text, start, to, writer);
        if (next < 0 && anyTag && start < to) {
            int end = ByteScan.indexOf(text, start, to, ' ');
            int name = start;
            while (name < end && (text[name] & 0xFF) > ' ') {
                name++;
            }
            application(event, writer, start, name);
            if (name < end) {
                // A program's name ends where a tab stands; the tag goes on.
                writer.extra(event, TAG_KEY, start, end - start);
            }
            return end;
        }
        return next < 0 ? start : next;
    }

    private int tagAt(EventBuilder event, byte[] text, int start, int to, FieldWriter writer) {
        int end = tagEnd(text, start, to);
        if (end == start || end >= to) {
            return -1;
        }
        byte stop = text[end];
        if (stop == '[') {
            int close = ByteScan.indexOf(text, end + 1, Math.min(to, end + 66), ']');
            if (close >= to || text[close] != ']') {
                return -1;
            }
            application(event, writer, start, end);
            process(event, writer, end + 1, close);
            int next = close + 1;
            if (next < to && text[next] == ':') {
                next++;
            }
            return next;
        }
        if (stop == ' ') {
            // "syslogd 1.4.1: restart."
            int version = end + 1;
            while (version < to && (ByteScan.isDigit(text[version]) || text[version] == '.')) {
                version++;
            }
            if (version > end + 1 && version + 1 < to && text[version] == ':' && text[version + 1] == ' ') {
                application(event, writer, start, end);
                return version + 1;
            }
            return -1;
        }
        if (stop != ':') {
            return -1;
        }
        int next = end + 1;
        if (next < to && text[next] != ' ') {
            boolean payload = ByteScan.startsWith(text, start, to, CEF)
                    || ByteScan.startsWith(text, start, to, LEEF)
                    || !(ByteScan.isLetter(text[next]) || text[next] == '[' || text[next] == '%')
                    || ByteScan.isDigit(text[start]);
            if (payload && text[start] != '%') {
                return -1;
            }
        }
        application(event, writer, start, end);
        if (text[start] == '%' && messageId != null && end - start > 1) {
            writer.write(event, messageId, start + 1, end - start - 1);
        }
        return next;
    }

    void application(EventBuilder event, FieldWriter writer, int from, int to) {
        if (application != null) {
            writer.write(event, application, from, to - from);
        }
    }

    /// A process id that is no number is legal; it is kept without a note.
    void process(EventBuilder event, FieldWriter writer, int from, int to) {
        if (from == to) {
            return;
        }
        if (process != null) {
            if (ByteScan.integer(event.arena(), from, to) == ByteScan.NO_NUMBER
                    && process.kind == Target.Kind.INTEGER) {
                writer.extra(event, PROCESS_KEY, from, to - from);
            } else {
                writer.write(event, process, from, to - from);
            }
        }
    }

    private static final byte[] PROCESS_KEY = "pid".getBytes(US_ASCII);

    void messageId(EventBuilder event, FieldWriter writer, int from, int to) {
        if (messageId != null) {
            writer.write(event, messageId, from, to - from);
        }
    }

    void time(EventBuilder event, FieldWriter writer, long millis, int from, int to) {
        if (time != null) {
            writer.writeTime(event, time, millis, from, to - from);
        }
    }

    /// The message as it stands behind exactly one space.
    void wholeMessage(EventBuilder event, FieldWriter writer, int from, int to) {
        byte[] text = event.arena();
        int at = from < to && text[from] == ' ' ? from + 1 : from;
        int start = afterByteOrderMark(text, at, to);
        if (message != null && start < to && !XmlText.isBlank(text, start, to)) {
            writer.write(event, message, start, to - start);
        }
    }

    void message(EventBuilder event, FieldWriter writer, int from, int to) {
        byte[] text = event.arena();
        int start = afterByteOrderMark(text, ByteScan.skipSpaces(text, from, to), to);
        if (message != null && start < to) {
            writer.write(event, message, start, to - start);
        }
    }

    private void priority(EventBuilder event, FieldWriter writer, int number, int numberStart) {
        if (number < 0) {
            return;
        }
        if (priority != null) {
            writer.write(event, priority, numberStart, ByteScan.digits(event.arena(), numberStart, numberStart + 5, 5));
        }
        if (number > 191) {
            writer.notes().add("syslog", "the priority is above 191 [priority=" + number + "]");
        }
        names(event, writer, number);
    }

    /// Writes the names of facility and severity.
    private void names(EventBuilder event, FieldWriter writer, int number) {
        int code = number >>> 3;
        if (facility != null) {
            byte[] name = code < FACILITY_NAMES.length
                    ? FACILITY_NAMES[code]
                    : Integer.toString(code).getBytes(US_ASCII);
            writer.write(event, facility, event.append(name, 0, name.length), name.length);
        }
        if (severity != null) {
            byte[] name = SEVERITY_NAMES[number & 7];
            writer.write(event, severity, event.append(name, 0, name.length), name.length);
        }
    }

    static int afterByteOrderMark(byte[] text, int from, int to) {
        boolean mark = to - from >= 3
                && text[from] == (byte) 0xEF
                && text[from + 1] == (byte) 0xBB
                && text[from + 2] == (byte) 0xBF;
        return mark ? from + 3 : from;
    }

    private static int withoutLineEnd(byte[] text, int from, int to) {
        int end = to;
        while (end > from && (text[end - 1] == '\n' || text[end - 1] == '\r' || text[end - 1] == 0)) {
            end--;
        }
        return end;
    }
}
