package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.pipeline.assemble.AuditdLine;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the values of audit records go, by record and key, and what else is made of them. Remembers the keys that it
/// met, a bounded number of them: a sender that makes keys up costs time, not memory.
///
/// Thread-safety: one thread.
final class AuditdPlaces {
    private static final int MAXIMUM_PLACES = 8192;
    /// Longest key that is remembered, in bytes.
    private static final int LONGEST_KEY = 128;
    private static final int MAXIMUM_NUMBERED = 64;
    /// Keys whose texts the kernel writes in hexadecimal when they hold anything but plain characters.
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

    /// Kinds of records of which more is made than their pairs.
    enum Kind {
        SYSCALL,
        PATH,
        EXECVE,
        SOCKADDR,
        OTHER
    }

    /// What else is made of a value.
    enum Use {
        NOTHING,
        SYSTEM_CALL,
        ARCH,
        NAME,
        KIND,
        SOCKET_ADDRESS,
        TITLE,
        /// A list whose elements are separated by the byte 1.
        KEYS
    }

    /// Where the value of a key goes. Immutable.
    static final class Place {
        final @Nullable Target target;
        /// The record's own key is mapped, not only the key of any record.
        final boolean exact;
        /// Record and key, for what is kept beside.
        final byte[] name;

        final boolean encoded;
        final Use use;

        Place(@Nullable Target target, boolean exact, byte[] name, boolean encoded, Use use) {
            this.target = target;
            this.exact = exact;
            this.name = name;
            this.encoded = encoded;
            this.use = use;
        }
    }

    /// The records of one name, such as `SYSCALL` or `PATH[0]`.
    ///
    /// Thread-safety: that of the places.
    static final class Records {
        final byte[] name;
        final Kind kind;
        /// Those of this type in the open event so far.
        private int seen;

        private final String prefix;
        private final GrowingKeyTable<Place> places = new GrowingKeyTable<>();
        private @Nullable Records[] numbered = {};

        private Records(String prefix, Kind kind) {
            this.prefix = prefix;
            this.name = prefix.getBytes(UTF_8);
            this.kind = kind;
        }

        /// Those of the same type that came before the last one in the open event.
        int before() {
            return seen - 1;
        }

        /// The records with a number in their name; the same object for the numbers that events usually have.
        Records numbered(int number) {
            if (number >= MAXIMUM_NUMBERED) {
                return new Records(prefix + "[" + number + "]", kind);
            }
            if (number >= numbered.length) {
                numbered = Arrays.copyOf(numbered, number + 1);
            }
            Records known = numbered[number];
            if (known == null) {
                known = new Records(prefix + "[" + number + "]", kind);
                numbered[number] = known;
            }
            return known;
        }
    }

    private final KeyTable<Target> keys;
    /// By the type as the lines have it, which may be a number.
    private final GrowingKeyTable<Records> types = new GrowingKeyTable<>();
    /// The types that the open event has.
    private Records[] open = new Records[32];

    private int openCount;
    private int placeCount;

    /// Where what is said of the event as a whole goes.
    final Place node;

    final Place time;
    final Place serial;
    final Place type;
    final Place typeList;
    final Place recordCount;
    final Place path;
    final Place command;
    final Place sourceAddress;
    final Place sourcePort;
    final Place destinationAddress;
    final Place destinationPort;

    AuditdPlaces(SourceMapping mapping) {
        keys = mapping.table();
        node = find("", "node", Kind.OTHER);
        time = find("", "time", Kind.OTHER);
        serial = find("", "serial", Kind.OTHER);
        type = find("", "type", Kind.OTHER);
        typeList = find("", "types", Kind.OTHER);
        recordCount = find("", "records", Kind.OTHER);
        path = find("", "path", Kind.OTHER);
        command = find("EXECVE", "command", Kind.OTHER);
        sourceAddress = find("source", "address", Kind.OTHER);
        sourcePort = find("source", "port", Kind.OTHER);
        destinationAddress = find("destination", "address", Kind.OTHER);
        destinationPort = find("destination", "port", Kind.OTHER);
    }

    /// Call before each event.
    void begin() {
        for (int i = 0; i < openCount; i++) {
            open[i].seen = 0;
        }
        openCount = 0;
        if (placeCount > MAXIMUM_PLACES) {
            types.clear();
            placeCount = 0;
        }
    }

    /// The records of the type that a line has; counts it as seen.
    Records ofType(AuditdLine head, byte[] text) {
        Records records = types.find(text, head.typeStart(), head.typeEnd());
        if (records == null) {
            String name = head.type(text);
            byte[] bytes = name.getBytes(UTF_8);
            records = types.find(bytes, 0, bytes.length);
            if (records == null) {
                records = new Records(name, kind(name));
                types.add(bytes, 0, bytes.length, records);
            }
            if (!ByteScan.equal(text, head.typeStart(), head.typeEnd(), bytes)) {
                types.add(text, head.typeStart(), head.typeEnd(), records);
            }
            placeCount++;
        }
        if (records.seen++ == 0) {
            if (openCount == open.length) {
                open = Arrays.copyOf(open, openCount * 2);
            }
            open[openCount++] = records;
        }
        return records;
    }

    private static Kind kind(String type) {
        return switch (type) {
            case "SYSCALL" -> Kind.SYSCALL;
            case "PATH" -> Kind.PATH;
            case "EXECVE" -> Kind.EXECVE;
            case "SOCKADDR" -> Kind.SOCKADDR;
            default -> Kind.OTHER;
        };
    }

    Place of(Records records, byte[] key) {
        return of(records, key, 0, key.length);
    }

    /// Where the value of a key of a record goes.
    Place of(Records records, byte[] text, int from, int to) {
        Place known = records.places.find(text, from, to);
        if (known != null) {
            return known;
        }
        Place place = find(records.prefix, new String(text, from, to - from, UTF_8), records.kind);
        if (to - from <= LONGEST_KEY && placeCount <= MAXIMUM_PLACES) {
            records.places.add(text, from, to, place);
            placeCount++;
        }
        return place;
    }

    private Place find(String prefix, String key, Kind kind) {
        byte[] name = (prefix.isEmpty() ? key : prefix + "." + key).getBytes(UTF_8);
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
        return new Place(target, exact, name, ENCODED.contains(key), use(kind, key));
    }

    private @Nullable Target find(String key) {
        byte[] bytes = key.getBytes(UTF_8);
        return keys.find(bytes, 0, bytes.length);
    }

    private static Use use(Kind kind, String key) {
        return switch (key) {
            case "proctitle" -> Use.TITLE;
            case "key" -> Use.KEYS;
            case "syscall" -> kind == Kind.SYSCALL ? Use.SYSTEM_CALL : Use.NOTHING;
            case "arch" -> kind == Kind.SYSCALL ? Use.ARCH : Use.NOTHING;
            case "name" -> kind == Kind.PATH ? Use.NAME : Use.NOTHING;
            case "nametype", "objtype" -> kind == Kind.PATH ? Use.KIND : Use.NOTHING;
            case "saddr" -> kind == Kind.SOCKADDR ? Use.SOCKET_ADDRESS : Use.NOTHING;
            default -> Use.NOTHING;
        };
    }
}
