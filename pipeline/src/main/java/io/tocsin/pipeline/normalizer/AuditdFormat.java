package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.assemble.AuditdLine;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An event of the Linux audit system: one record a line, as `assemble: auditd` joins them; a single record is an event
/// as well.
///
/// Parts of the event: `node`, `time` (seconds with fraction), `serial`, `type` (SYSCALL if there is one, else the
/// first record's), `types` (all, with commas), `records` (their number), `path` (the object of a system call: what was
/// created, deleted or named, rather than the folder around it), `direction` with `peer.address` and `peer.port` as
/// `source.…` or `destination.…` when the system call tells which it is.
///
/// Parts of the records: `TYPE.key`; `PATH[0].key`, `PATH[1].key` … for paths in the order of `item`; `TYPE[1].key` for
/// a second record of another type. A mapping may leave the number or the type out: `PATH.name`, `name`.
///
/// Values: quotes are removed; hexadecimal text is decoded where the kernel writes it (bytes that are no printable
/// UTF-8 become `%XX`, and then `%` itself `%25`); `(null)` is no value; several keys are joined by commas. What
/// stands behind the separator 0x1D of the enriched form has keys in capitals and never takes the place of a raw
/// value. Arguments become elements of `EXECVE.argv`, put together from their pieces, and the printable
/// `EXECVE.command`; the first ten are `EXECVE.a0` … `EXECVE.a9` too where a mapping asks for them. Likewise
/// `PROCTITLE.argv` and `PROCTITLE.proctitle`. `SOCKADDR.saddr` is taken apart into
/// `family`, `address`, `port`, `path`.
///
/// Source: the kernel's `audit.c` and `auditsc.c`, and the field dictionary of the audit project.
///
/// Thread-safety: one thread.
final class AuditdFormat implements Format {
    private static final byte SEPARATOR = 0x1D;
    private static final byte[] NULL = "(null)".getBytes(UTF_8);
    private static final byte[] DECISION = "avc:".getBytes(UTF_8);
    private static final byte[] ITEM = "item=".getBytes(UTF_8);
    private static final byte[] CREATED = "CREATE".getBytes(UTF_8);
    private static final byte[] DELETED = "DELETE".getBytes(UTF_8);
    private static final byte[] PARENT = "PARENT".getBytes(UTF_8);
    private static final byte[] SE_RESULT = "seresult".getBytes(UTF_8);
    private static final byte[] SE_PERMISSIONS = "seperms".getBytes(UTF_8);
    private static final byte[] FAMILY = "family".getBytes(UTF_8);
    private static final byte[] ADDRESS = "address".getBytes(UTF_8);
    private static final byte[] PORT = "port".getBytes(UTF_8);
    private static final byte[] PATH = "path".getBytes(UTF_8);
    private static final byte[] COMMA = ",".getBytes(UTF_8);
    private static final long NONE = 0;
    private static final int MAXIMUM_PARTS_OF_TITLE = 65_536;
    /// Arguments that have a part of their own.
    private static final int SINGLE_ARGUMENTS = 10;

    private final AuditdPlaces places;
    private final @Nullable Target argumentTarget;
    private final @Nullable Target titleTarget;
    /// Where single arguments go, by their number.
    private final @Nullable Target[] singleArguments = new Target[SINGLE_ARGUMENTS];

    private final AuditdLine head = new AuditdLine();
    private final AuditdArguments arguments = new AuditdArguments();
    private final AuditdAddress address = new AuditdAddress();

    /// What the event says as a whole, collected over its records. Spans of the arena; [#NONE] where it says nothing.
    private AuditdPlaces.Records[] types = new AuditdPlaces.Records[32];

    private int records;
    private int paths;
    private AuditdPlaces.@Nullable Records mainType;
    private long systemCall;
    private long arch;
    private boolean hasPeer;
    private long path;
    private int pathRank;
    /// Name and rank of the path that the open record tells of.
    private long itemName;

    private int itemRank;
    private long[] title = new long[64];

    AuditdFormat(SourceMapping mapping) {
        places = new AuditdPlaces(mapping);
        argumentTarget = mapping.get("EXECVE.argv");
        titleTarget = mapping.get("PROCTITLE.argv");
        for (int i = 0; i < SINGLE_ARGUMENTS; i++) {
            singleArguments[i] = mapping.get("EXECVE.a" + i);
        }
    }

    /// What is mapped when nothing is said.
    static void defaults(SourceMapping mapping) {
        mapping.add("node", Target.of(Field.DEVICE_HOST_NAME));
        mapping.add("time", Target.of(Field.DEVICE_RECEIPT_TIME));
        mapping.add("serial", Target.of(Field.EXTERNAL_ID));
        mapping.add("type", Target.of(Field.DEVICE_EVENT_CLASS_ID));
        mapping.add("EXECVE.argv", Target.of(DynamicKind.SA, "argv", List.of()));
        mapping.add("path", Target.of(Field.FILE_PATH));
        mapping.add("exe", Target.of(Field.SOURCE_PROCESS_NAME).whenEmpty());
        mapping.add("pid", Target.of(Field.SOURCE_PROCESS_ID).whenEmpty());
        mapping.add("uid", Target.of(Field.SOURCE_USER_ID).whenEmpty());
        mapping.add("UID", Target.of(Field.SOURCE_USER_NAME).whenEmpty());
        mapping.add("acct", Target.of(Field.DESTINATION_USER_NAME).whenEmpty());
        mapping.add("success", Target.of(Field.EVENT_OUTCOME).whenEmpty());
        mapping.add("res", Target.of(Field.EVENT_OUTCOME).whenEmpty());
        mapping.add("source.address", Target.of(Field.SOURCE_ADDRESS));
        mapping.add("source.port", Target.of(Field.SOURCE_PORT));
        mapping.add("destination.address", Target.of(Field.DESTINATION_ADDRESS));
        mapping.add("destination.port", Target.of(Field.DESTINATION_PORT));
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        places.begin();
        arguments.clear();
        records = 0;
        paths = 0;
        mainType = null;
        systemCall = NONE;
        arch = NONE;
        hasPeer = false;
        path = NONE;
        pathRank = 0;
        int end = offset + length;
        int from = offset;
        while (from < end) {
            int to = ByteScan.indexOf(event.arena(), from, end, (byte) '\n');
            if (head.read(event.arena(), from, to)) {
                if (records == 0) {
                    common(event, writer);
                }
                record(event, writer, withoutReturn(event.arena(), from, to));
            }
            from = to + 1;
        }
        if (records == 0) {
            return Outcome.FOREIGN;
        }
        whole(event, writer);
        return Outcome.UNDERSTOOD;
    }

    private static int withoutReturn(byte[] text, int from, int to) {
        return to > from && text[to - 1] == '\r' ? to - 1 : to;
    }

    private void common(EventBuilder event, FieldWriter writer) {
        if (head.nodeStart() >= 0) {
            part(event, writer, places.node, Conversion.span(head.nodeStart(), head.nodeEnd() - head.nodeStart()));
        }
        part(event, writer, places.time, Conversion.span(head.timeStart(), head.timeEnd() - head.timeStart()));
        part(event, writer, places.serial, FlowText.number(event, head.serial()));
    }

    /// Takes the record apart whose head was read.
    private void record(EventBuilder event, FieldWriter writer, int to) {
        AuditdPlaces.Records type = places.ofType(head, event.arena());
        if (records == types.length) {
            types = Arrays.copyOf(types, records * 2);
        }
        types[records++] = type;
        if (mainType == null || type.kind == AuditdPlaces.Kind.SYSCALL) {
            mainType = type;
        }
        int number = type.before();
        AuditdPlaces.Records ofNumber = type;
        if (type.kind == AuditdPlaces.Kind.PATH) {
            int item = item(event.arena(), head.bodyStart(), to);
            ofNumber = type.numbered(item < 0 ? paths : item);
            paths++;
        } else if (number > 0 && type.kind != AuditdPlaces.Kind.EXECVE) {
            ofNumber = type.numbered(number);
        }
        itemName = NONE;
        itemRank = 2;
        pairs(event, writer, ofNumber, head.bodyStart(), to);
        if (EventBatch.spanLength(itemName) > 0 && itemRank > pathRank) {
            pathRank = itemRank;
            path = itemName;
        }
    }

    private static int item(byte[] text, int from, int to) {
        if (!ByteScan.startsWith(text, from, to, ITEM)) {
            return -1;
        }
        int digits = ByteScan.digits(text, from + 5, to, 6);
        return digits == 0 || digits > 5 ? -1 : ByteScan.number(text, from + 5, to, 5);
    }

    private void whole(EventBuilder event, FieldWriter writer) {
        if (mainType != null) {
            part(event, writer, places.type, text(event, mainType.name));
        }
        int list = event.reserve(0);
        for (int i = 0; i < records; i++) {
            if (i > 0) {
                event.append(COMMA, 0, 1);
            }
            text(event, types[i].name);
        }
        part(event, writer, places.typeList, Conversion.span(list, event.reserve(0) - list));
        part(event, writer, places.recordCount, FlowText.number(event, records));
        if (!arguments.isEmpty()) {
            arguments.join(event);
            each(event, writer, argumentTarget, arguments.values(), arguments.count());
            for (int i = 0; i < Math.min(SINGLE_ARGUMENTS, arguments.count()); i++) {
                Target single = singleArguments[i];
                if (single != null) {
                    long span = arguments.values()[i];
                    writer.write(event, single, EventBatch.spanOffset(span), EventBatch.spanLength(span));
                }
            }
            part(event, writer, places.command, AuditdText.commandLine(event, arguments.values(), arguments.count()));
            String missing = arguments.missing();
            if (!missing.isEmpty()) {
                writer.notes().add("EXECVE.argv", "arguments are missing [" + missing + "]");
            }
        }
        part(event, writer, places.path, path);
        if (hasPeer && EventBatch.spanLength(address.address()) > 0) {
            peer(event, writer, AuditdAddress.side(event.arena(), arch, systemCall));
        }
    }

    private void peer(EventBuilder event, FieldWriter writer, AuditdAddress.Side side) {
        switch (side) {
            case SOURCE -> {
                part(event, writer, places.sourceAddress, address.address());
                part(event, writer, places.sourcePort, FlowText.number(event, address.port()));
            }
            case DESTINATION -> {
                part(event, writer, places.destinationAddress, address.address());
                part(event, writer, places.destinationPort, FlowText.number(event, address.port()));
            }
            case UNKNOWN -> {
                // The call may have been any.
            }
        }
    }

    /// Elements of a list make no sense one by one, so they are written only where they are mapped.
    private static void each(EventBuilder event, FieldWriter writer, @Nullable Target target, long[] spans, int count) {
        if (target != null) {
            for (int i = 0; i < count; i++) {
                writer.write(event, target, EventBatch.spanOffset(spans[i]), EventBatch.spanLength(spans[i]));
            }
        }
    }

    /// Takes the pairs of a record apart.
    private void pairs(EventBuilder event, FieldWriter writer, AuditdPlaces.Records record, int from, int to) {
        int at = from;
        if (ByteScan.startsWith(event.arena(), at, to, DECISION)) {
            at = decision(event, writer, record, at + DECISION.length, to);
        }
        while (at < to) {
            byte[] text = event.arena();
            if (text[at] == ' ' || text[at] == SEPARATOR || text[at] == '(' || text[at] == ',') {
                at++;
                continue;
            }
            int equal = at;
            while (equal < to && text[equal] != '=' && text[equal] != ' ' && text[equal] != SEPARATOR) {
                equal++;
            }
            if (equal >= to || text[equal] != '=') {
                at = equal;
                continue;
            }
            int key = at;
            int start = equal + 1;
            if (start < to && text[start] == '\'') {
                // A program's own pairs; the quote that ends them is the last one before the enriched part.
                int inner = lastQuote(text, start + 1, to);
                pairs(event, writer, record, start + 1, inner);
                at = inner + 1;
                continue;
            }
            int stop;
            boolean quoted = start < to && text[start] == '"';
            boolean braced = start < to && text[start] == '{';
            if (quoted || braced) {
                stop = ByteScan.indexOf(text, ++start, to, (byte) (quoted ? '"' : '}'));
                at = stop + 1;
            } else {
                boolean isOperation = equal - key == 2 && text[key] == 'o' && text[key + 1] == 'p';
                stop = valueEnd(text, start, to, isOperation);
                at = stop;
            }
            boolean isNothing = !quoted && (stop <= start || ByteScan.startsWith(text, start, stop, NULL));
            if (!isNothing) {
                boolean isArgument =
                        record.kind == AuditdPlaces.Kind.EXECVE && arguments.add(text, key, equal, start, stop, quoted);
                if (!isArgument && stop > start) {
                    value(event, writer, record, places.of(record, text, key, equal), start, stop, quoted);
                }
            }
        }
    }

    /// Words behind `op=` belong to it; otherwise a value ends at a space. Commas and brackets of old programs go.
    private static int valueEnd(byte[] text, int start, int to, boolean isOperation) {
        int stop = start;
        while (stop < to && text[stop] != ' ' && text[stop] != SEPARATOR) {
            stop++;
        }
        if (isOperation) {
            int next = stop;
            while (next < to && text[next] == ' ') {
                int word = next + 1;
                while (word < to && text[word] != ' ' && text[word] != '=' && text[word] != SEPARATOR) {
                    word++;
                }
                if (word == next + 1 || (word < to && text[word] == '=')) {
                    break;
                }
                stop = word;
                next = word;
            }
        }
        while (stop > start + 1 && (text[stop - 1] == ',' || text[stop - 1] == ')') && text[start] != '(') {
            stop--;
        }
        return stop;
    }

    private static int lastQuote(byte[] text, int from, int to) {
        int end = ByteScan.indexOf(text, from, to, SEPARATOR);
        for (int i = end - 1; i >= from; i--) {
            if (text[i] == '\'') {
                return i;
            }
        }
        return end;
    }

    /// `denied { read write } for`.
    private int decision(EventBuilder event, FieldWriter writer, AuditdPlaces.Records record, int from, int to) {
        byte[] text = event.arena();
        int open = ByteScan.indexOf(text, from, to, (byte) '{');
        int close = ByteScan.indexOf(text, open, to, (byte) '}');
        if (close >= to) {
            return from;
        }
        int start = ByteScan.skipSpaces(text, from, open);
        int end = ByteScan.trimEnd(text, start, open);
        part(event, writer, places.of(record, SE_RESULT), Conversion.span(start, end - start));
        start = ByteScan.skipSpaces(text, open + 1, close);
        end = ByteScan.trimEnd(text, start, close);
        int permissions = event.append(event.arena(), start, end - start);
        ByteScan.replace(event.arena(), permissions, permissions + end - start, (byte) ' ', (byte) ',');
        part(event, writer, places.of(record, SE_PERMISSIONS), Conversion.span(permissions, end - start));
        return close + 1;
    }

    private void value(
            EventBuilder event,
            FieldWriter writer,
            AuditdPlaces.Records record,
            AuditdPlaces.Place place,
            int start,
            int stop,
            boolean quoted) {
        long value = Conversion.span(start, stop - start);
        long decoded = quoted || !place.encoded ? AuditdText.NOT_HEX : AuditdText.decodeHex(event, start, stop);
        if (place.use == AuditdPlaces.Use.TITLE) {
            value = title(event, writer, decoded == AuditdText.NOT_HEX ? value : decoded);
        } else if (decoded != AuditdText.NOT_HEX) {
            int from = EventBatch.spanOffset(decoded);
            int to = from + EventBatch.spanLength(decoded);
            if (place.use == AuditdPlaces.Use.KEYS) {
                ByteScan.replace(event.arena(), from, to, (byte) 1, (byte) ',');
            }
            value = AuditdText.printable(event, from, to);
        }
        part(event, writer, place, value);
        switch (place.use) {
            case SYSTEM_CALL -> systemCall = value;
            case ARCH -> arch = value;
            case NAME -> itemName = value;
            case KIND -> itemRank = rank(event.arena(), value);
            case SOCKET_ADDRESS -> socketAddress(event, writer, record, start, stop);
            case NOTHING, KEYS, TITLE -> {
                // The value is all there is to it.
            }
        }
    }

    /// What was made or removed tells more than what was only named, and that more than the folder around it.
    private static int rank(byte[] text, long kind) {
        int from = EventBatch.spanOffset(kind);
        int to = from + EventBatch.spanLength(kind);
        if (ByteScan.equal(text, from, to, CREATED) || ByteScan.equal(text, from, to, DELETED)) {
            return 3;
        }
        return ByteScan.equal(text, from, to, PARENT) ? 1 : 2;
    }

    /// The line of a program's title, the parts of which end with NUL.
    private long title(EventBuilder event, FieldWriter writer, long parts) {
        int count = 0;
        int from = EventBatch.spanOffset(parts);
        int end = from + EventBatch.spanLength(parts);
        while (from < end && count < MAXIMUM_PARTS_OF_TITLE) {
            int to = ByteScan.indexOf(event.arena(), from, end, (byte) 0);
            if (count == title.length) {
                title = Arrays.copyOf(title, count * 2);
            }
            title[count++] = AuditdText.printable(event, from, to);
            from = to + 1;
        }
        each(event, writer, titleTarget, title, count);
        return AuditdText.commandLine(event, title, count);
    }

    private void socketAddress(
            EventBuilder event, FieldWriter writer, AuditdPlaces.Records record, int start, int stop) {
        if (!address.read(event, start, stop)) {
            return;
        }
        hasPeer = true;
        part(event, writer, places.of(record, FAMILY), address.family());
        part(event, writer, places.of(record, ADDRESS), address.address());
        if (address.port() >= 0) {
            part(event, writer, places.of(record, PORT), FlowText.number(event, address.port()));
        }
        part(event, writer, places.of(record, PATH), address.path());
    }

    private static long text(EventBuilder event, byte[] bytes) {
        return Conversion.span(event.append(bytes, 0, bytes.length), bytes.length);
    }

    private static void part(EventBuilder event, FieldWriter writer, AuditdPlaces.Place place, long span) {
        int length = EventBatch.spanLength(span);
        if (length == 0) {
            return;
        }
        int offset = EventBatch.spanOffset(span);
        if (place.target != null) {
            writer.write(event, place.target, offset, length);
        }
        // A field takes the value of one record; each record's own is kept beside.
        if (!place.exact && writer.keepsExtra()) {
            writer.extra(event, place.name, offset, length);
        }
    }
}
