package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.assemble.AuditdLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
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
/// Values: quotes are removed; hexadecimal text is decoded where the kernel writes it (bytes that are no
/// printable UTF-8 become `%XX`, and then `%` itself `%25`); `(null)` is no value; several keys are joined by
/// commas. What stands behind the separator 0x1D of the enriched form has keys in capitals and never takes the place of
/// a raw value. Arguments
/// become elements of `EXECVE.argv`, put together from their pieces, and the printable `EXECVE.command`; likewise
/// `PROCTITLE.argv` and `PROCTITLE.proctitle`. `SOCKADDR.saddr` is taken apart into `family`, `address`, `port`,
/// `path`.
///
/// Source: the kernel's `audit.c` and `auditsc.c`, and the field dictionary of the audit project.
///
/// Thread-safety: one thread.
final class AuditdFormat implements Format {
    private static final int MAXIMUM_ARGUMENTS = 65_536;
    private static final Set<String> ENCODED = Set.of(
            "name",
            "cwd",
            "comm",
            "exe",
            "proctitle",
            "key",
            "data",
            "acct",
            "cmd",
            "path",
            "dir",
            "ocomm",
            "vm",
            "watch",
            "new-disk",
            "old-disk",
            "device",
            "cgroup",
            "old_prom_name");
    private static final byte SEPARATOR = 0x1D;

    /// Names of the records of paths, which most events have some of.
    private static final String[] PATH_NAMES =
            IntStream.range(0, 32).mapToObj(item -> "PATH[" + item + "]").toArray(String[]::new);
    /// Places of keys that are remembered; a sender that makes keys up costs more, not memory.
    private static final int MAXIMUM_PLACES = 8192;
    private static final int LONGEST_PLACE = 128;

    private final KeyTable<Target> keys;
    private final KnownWords words = new KnownWords();
    /// Where the value of a key of a record goes, by record and key.
    private final Map<String, Map<String, Place>> places = new HashMap<>();

    private int placeCount;
    private final AuditdLine head = new AuditdLine();
    private final Map<String, Integer> seen = new HashMap<>();
    private final AuditdArguments arguments = new AuditdArguments();

    /// What the event says as a whole, collected over its records.
    private String mainType = "";
    private final List<String> types = new ArrayList<>();
    private String systemCall = "";
    private String arch = "";
    private @Nullable String path;
    private int pathRank;
    private @Nullable AuditdAddress peer;

    /// Where the value of a key goes. Immutable.
    private static final class Place {
        private final @Nullable Target target;
        /// The record's own key is mapped, not only the key of any record.
        private final boolean exact;
        /// Record and key, for what is kept beside.
        private final byte[] name;

        Place(@Nullable Target target, boolean exact, byte[] name) {
            this.target = target;
            this.exact = exact;
            this.name = name;
        }
    }

    AuditdFormat(SourceMapping mapping) {
        keys = mapping.table();
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
        seen.clear();
        types.clear();
        arguments.clear();
        mainType = "";
        systemCall = "";
        arch = "";
        path = null;
        pathRank = 0;
        peer = null;
        int end = offset + length;
        int from = offset;
        int records = 0;
        int paths = 0;
        while (from < end) {
            int to = ByteScan.indexOf(event.arena(), from, end, (byte) '\n');
            if (head.read(event.arena(), from, to)) {
                if (records++ == 0) {
                    common(event, writer);
                }
                String type = head.type(event.arena());
                types.add(type);
                if (mainType.isEmpty() || type.equals("SYSCALL")) {
                    mainType = type;
                }
                int number = seen.merge(type, 1, Integer::sum) - 1;
                String prefix = type;
                if (type.equals("PATH")) {
                    int item = item(event.arena(), head.bodyStart(), to);
                    prefix = pathName(item < 0 ? paths : item);
                    paths++;
                } else if (number > 0 && !type.equals("EXECVE")) {
                    prefix = type + "[" + number + "]";
                }
                record(event, writer, type, prefix, head.bodyStart(), withoutReturn(event.arena(), from, to));
            }
            from = to + 1;
        }
        if (records == 0) {
            return Outcome.FOREIGN;
        }
        whole(event, writer, records);
        return Outcome.UNDERSTOOD;
    }

    private static int withoutReturn(byte[] text, int from, int to) {
        return to > from && text[to - 1] == '\r' ? to - 1 : to;
    }

    private static String pathName(int item) {
        return item < PATH_NAMES.length ? PATH_NAMES[item] : "PATH[" + item + "]";
    }

    private static int item(byte[] text, int from, int to) {
        if (!startsWith(text, from, to, "item=")) {
            return -1;
        }
        int digits = ByteScan.digits(text, from + 5, to, 6);
        return digits == 0 || digits > 5 ? -1 : ByteScan.number(text, from + 5, to, 5);
    }

    private void common(EventBuilder event, FieldWriter writer) {
        if (head.nodeStart() >= 0) {
            part(event, writer, "", "node", head.nodeStart(), head.nodeEnd() - head.nodeStart());
        }
        part(event, writer, "", "time", head.timeStart(), head.timeEnd() - head.timeStart());
        text(event, writer, "", "serial", Long.toString(head.serial()));
    }

    private void whole(EventBuilder event, FieldWriter writer, int records) {
        text(event, writer, "", "type", mainType);
        text(event, writer, "", "types", String.join(",", types));
        text(event, writer, "", "records", Integer.toString(records));
        if (!arguments.isEmpty()) {
            List<String> argv = arguments.values();
            for (String argument : argv) {
                // Elements of a list make no sense one by one, so they are written only where they are mapped.
                mapped(event, writer, "EXECVE.argv", argument);
            }
            text(event, writer, "EXECVE", "command", AuditdArguments.printable(argv));
            if (!arguments.missing().isEmpty()) {
                writer.notes().add("EXECVE.argv", "arguments are missing [" + arguments.missing() + "]");
            }
        }
        if (path != null) {
            text(event, writer, "", "path", path);
        }
        AuditdAddress address = peer;
        if (address != null && !address.address().isEmpty()) {
            String side = AuditdAddress.direction(arch, systemCall);
            if (!side.isEmpty()) {
                text(event, writer, side, "address", address.address());
                text(event, writer, side, "port", Integer.toString(address.port()));
            }
        }
    }

    /// Takes a record apart.
    private void record(EventBuilder event, FieldWriter writer, String type, String prefix, int from, int to) {
        int at = from;
        if (startsWith(event.arena(), at, to, "avc:")) {
            at = decision(event, writer, prefix, at + 4, to);
        }
        String name = "";
        String kind = "";
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
            String key = words.word(text, at, equal);
            int start = equal + 1;
            if (start < to && text[start] == '\'') {
                // A program's own pairs; the quote that ends them is the last one before the enriched part.
                int inner = lastQuote(text, start + 1, to);
                record(event, writer, type, prefix, start + 1, inner);
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
                stop = valueEnd(text, start, to, key);
                at = stop;
            }
            String value = value(event, writer, type, prefix, key, start, stop, quoted);
            if (type.equals("PATH")) {
                name = key.equals("name") ? value : name;
                kind = key.equals("nametype") || key.equals("objtype") ? value : kind;
            }
        }
        if (type.equals("PATH") && !name.isEmpty()) {
            considerPath(name, kind);
        }
    }

    /// Words behind `op=` belong to it; otherwise a value ends at a space. Commas and brackets of old programs go.
    private static int valueEnd(byte[] text, int start, int to, String key) {
        int stop = start;
        while (stop < to && text[stop] != ' ' && text[stop] != SEPARATOR) {
            stop++;
        }
        if (key.equals("op")) {
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
    private int decision(EventBuilder event, FieldWriter writer, String prefix, int from, int to) {
        byte[] text = event.arena();
        int open = ByteScan.indexOf(text, from, to, (byte) '{');
        int close = ByteScan.indexOf(text, open, to, (byte) '}');
        if (close >= to) {
            return from;
        }
        text(event, writer, prefix, "seresult", new String(text, from, open - from, UTF_8).strip());
        text(
                event,
                writer,
                prefix,
                "seperms",
                new String(text, open + 1, close - open - 1, UTF_8).strip().replace(' ', ','));
        return close + 1;
    }

    private String value(
            EventBuilder event,
            FieldWriter writer,
            String type,
            String prefix,
            String key,
            int start,
            int stop,
            boolean quoted) {
        int length = stop - start;
        byte[] text = event.arena();
        if (length <= 0 || (!quoted && startsWith(text, start, stop, "(null)"))) {
            return "";
        }
        if (type.equals("EXECVE") && arguments.add(key, text, start, stop, quoted)) {
            return "";
        }
        if (type.equals("SOCKADDR") && key.equals("saddr")) {
            String hex = new String(text, start, length, UTF_8);
            part(event, writer, prefix, key, start, length);
            address(event, writer, prefix, hex);
            return hex;
        }
        String plain = "";
        byte[] decoded = quoted || !ENCODED.contains(key) ? null : AuditdArguments.decodeHex(text, start, stop);
        if (key.equals("proctitle")) {
            List<String> argv =
                    AuditdArguments.split(decoded == null ? Arrays.copyOfRange(text, start, stop) : decoded);
            for (String argument : argv) {
                mapped(event, writer, "PROCTITLE.argv", argument);
            }
            plain = AuditdArguments.printable(argv);
            text(event, writer, prefix, key, plain);
        } else if (decoded != null) {
            plain = AuditdArguments.text(decoded, key.equals("key"));
            text(event, writer, prefix, key, plain);
        } else {
            part(event, writer, prefix, key, start, length);
            if (isLookedAt(type, key)) {
                plain = new String(text, start, length, UTF_8);
            }
        }
        if (type.equals("SYSCALL")) {
            systemCall = key.equals("syscall") ? plain : systemCall;
            arch = key.equals("arch") ? plain : arch;
        }
        return plain;
    }

    /// True for values from which something else is made.
    private static boolean isLookedAt(String type, String key) {
        return switch (type) {
            case "PATH" -> key.equals("name") || key.equals("nametype") || key.equals("objtype");
            case "SYSCALL" -> key.equals("syscall") || key.equals("arch");
            default -> false;
        };
    }

    private void address(EventBuilder event, FieldWriter writer, String prefix, String hex) {
        AuditdAddress address = AuditdAddress.of(hex);
        if (address == null) {
            return;
        }
        peer = address;
        text(event, writer, prefix, "family", address.family());
        text(event, writer, prefix, "address", address.address());
        if (address.port() >= 0) {
            text(event, writer, prefix, "port", Integer.toString(address.port()));
        }
        text(event, writer, prefix, "path", address.path());
    }

    /// What was made or removed tells more than what was only named, and that more than the folder around it.
    private void considerPath(String name, String kind) {
        int rank = switch (kind) {
            case "CREATE", "DELETE" -> 3;
            case "PARENT" -> 1;
            default -> 2;
        };
        if (rank > pathRank) {
            pathRank = rank;
            path = name;
        }
    }

    private static boolean startsWith(byte[] text, int at, int to, String wanted) {
        if (to - at < wanted.length()) {
            return false;
        }
        for (int i = 0; i < wanted.length(); i++) {
            if (text[at + i] != wanted.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void text(EventBuilder event, FieldWriter writer, String prefix, String key, String value) {
        if (!value.isEmpty()) {
            byte[] bytes = value.getBytes(UTF_8);
            part(event, writer, prefix, key, event.append(bytes, 0, bytes.length), bytes.length);
        }
    }

    /// Writes a value only where it is mapped.
    private void mapped(EventBuilder event, FieldWriter writer, String key, String value) {
        Target target = place("", key).target;
        if (target != null) {
            byte[] bytes = value.getBytes(UTF_8);
            writer.write(event, target, event.append(bytes, 0, bytes.length), bytes.length);
        }
    }

    private void part(EventBuilder event, FieldWriter writer, String prefix, String key, int offset, int length) {
        Place place = place(prefix, key);
        if (place.target != null) {
            writer.write(event, place.target, offset, length);
        }
        // A field takes the value of one record; each record's own is kept beside.
        if (!place.exact && writer.keepsExtra()) {
            writer.extra(event, place.name, offset, length);
        }
    }

    private Place place(String prefix, String key) {
        Map<String, Place> ofPrefix = places.get(prefix);
        Place known = ofPrefix == null ? null : ofPrefix.get(key);
        if (known != null) {
            return known;
        }
        Place place = find(prefix, key);
        if (prefix.length() + key.length() > LONGEST_PLACE) {
            return place;
        }
        if (placeCount >= MAXIMUM_PLACES) {
            places.clear();
            placeCount = 0;
        }
        placeCount++;
        places.computeIfAbsent(prefix, _ -> new HashMap<>()).put(key, place);
        return place;
    }

    private Place find(String prefix, String key) {
        String full = prefix.isEmpty() ? key : prefix + "." + key;
        byte[] name = full.getBytes(UTF_8);
        Target target = keys.find(name, 0, name.length);
        boolean exact = target != null;
        if (target == null && !prefix.isEmpty()) {
            int bracket = prefix.indexOf('[');
            if (bracket > 0) {
                target = find(prefix.substring(0, bracket) + "." + key);
            }
            if (target == null) {
                target = find(key);
            }
        }
        return new Place(target, exact, name);
    }

    private @Nullable Target find(String key) {
        byte[] bytes = key.getBytes(UTF_8);
        return keys.find(bytes, 0, bytes.length);
    }

    /// The arguments that one `execve` may have.
    static int maximumArguments() {
        return MAXIMUM_ARGUMENTS;
    }
}
