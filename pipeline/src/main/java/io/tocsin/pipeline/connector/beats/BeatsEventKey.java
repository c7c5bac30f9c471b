package io.tocsin.pipeline.connector.beats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventIds;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Gives an event of a Beat an identifier that follows from where its text stood, so that a batch that is sent again
/// after a broken connection has the same identifiers, also at another collector.
///
/// An event has such a name when it tells its agent (`agent.ephemeral_id`, else `agent.id`), its file (any of
/// `log.file.inode`, `device_id`, `fingerprint`, `vol`, `idxhi`, `idxlo`, `path`), its place there (`log.offset`) and
/// when it was read (`@timestamp`). All of them are part of the name, and so are `message`, tenant and address of the
/// sender: a file that was emptied and written again has the same places, and nobody may name events of others.
/// An event that was read more than a day ago has none, because storage would have to look for it for too long.
///
/// The order of members and what else the event holds do not matter: Beats write an event anew each time they send it.
///
/// Thread-safety: one thread.
public final class BeatsEventKey {
    private static final long DAY_MILLIS = 86_400_000L;
    private static final int DEEPEST = 3;
    private static final byte[] NONE = {};

    /// What a name is made of, in the order in which it goes into the digest.
    private enum Part {
        EPHEMERAL_ID("agent ephemeral_id"),
        AGENT_ID("agent id"),
        OFFSET("log offset"),
        TIMESTAMP("@timestamp"),
        MESSAGE("message"),
        INODE("log file inode"),
        DEVICE("log file device_id"),
        FINGERPRINT("log file fingerprint"),
        VOLUME("log file vol"),
        INDEX_HIGH("log file idxhi"),
        INDEX_LOW("log file idxlo"),
        PATH("log file path");

        /// The keys that lead to it, from the outside in.
        private final String path;

        Part(String path) {
            this.path = path;
        }
    }

    private static final Part[] PARTS = Part.values();
    /// The keys of each part, by its number.
    private static final byte[][][] KEYS = Arrays.stream(PARTS)
            .map(part -> Arrays.stream(part.path.split(" ", -1))
                    .map(key -> key.getBytes(UTF_8))
                    .toArray(byte[][]::new))
            .toArray(byte[][][]::new);

    private final MessageDigest digest;
    private final byte[] sender;
    private final int[] starts = new int[PARTS.length];
    private final int[] ends = new int[PARTS.length];
    /// Bounds of the keys that lead to the value at hand.
    private final int[] keyStarts = new int[DEEPEST];

    private final int[] keyEnds = new int[DEEPEST];
    private byte[] json = NONE;
    private int limit;
    private long high;
    private long low;

    /// @param origin of the connection
    public BeatsEventKey(EntryOrigin origin) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        sender = (origin.tenant() + '\n' + origin.peerAddress() + '\n' + origin.subject() + '\n').getBytes(UTF_8);
    }

    /// Looks for the name of an event; its identifier is in [#high()] and [#low()] then.
    ///
    /// @param text the event as JSON
    /// @param nowMillis time of reception, milliseconds since 1970
    /// @return false when it has none
    public boolean read(byte[] text, int offset, int length, long nowMillis) {
        json = text;
        limit = offset + length;
        try {
            return object(space(offset), 0) >= 0 && name(nowMillis);
        } finally {
            // A quiet connection holds no texts.
            json = NONE;
            Arrays.fill(starts, 0);
            Arrays.fill(ends, 0);
        }
    }

    private boolean name(long nowMillis) {
        Part agent = has(Part.EPHEMERAL_ID) ? Part.EPHEMERAL_ID : Part.AGENT_ID;
        boolean file = false;
        for (int i = Part.INODE.ordinal(); i < PARTS.length; i++) {
            file |= has(PARTS[i]);
        }
        if (!has(agent) || !file || !has(Part.OFFSET) || !has(Part.TIMESTAMP)) {
            return false;
        }
        // Without the quotes.
        long millis = BeatsTime.millis(json, start(Part.TIMESTAMP) + 1, end(Part.TIMESTAMP) - 1);
        if (millis < 0 || Math.abs(nowMillis - millis) > DAY_MILLIS) {
            return false;
        }
        digest.update(sender);
        add(agent);
        ByteBuffer maker = ByteBuffer.wrap(digest.digest());
        for (int i = Part.OFFSET.ordinal(); i < PARTS.length; i++) {
            add(PARTS[i]);
        }
        // The few bits of the identifier that say who made it need not tell agents apart alone.
        digest.update(maker);
        long name = ByteBuffer.wrap(digest.digest()).getLong();
        high = EventIds.namedHigh(millis, name);
        low = EventIds.namedLow(maker.getInt(0), name);
        return true;
    }

    /// Upper half of the identifier of the event that was read last.
    public long high() {
        return high;
    }

    /// Lower half of the identifier of the event that was read last.
    public long low() {
        return low;
    }

    private int start(Part part) {
        return starts[part.ordinal()];
    }

    private int end(Part part) {
        return ends[part.ordinal()];
    }

    /// True when the event has a value for it that is no empty text, no `null` and no object.
    private boolean has(Part part) {
        int start = start(part);
        int length = end(part) - start;
        boolean text = length > 2 && json[start] == '"';
        boolean number = length > 0 && (json[start] >= '0' && json[start] <= '9');
        return text || (number && part != Part.TIMESTAMP);
    }

    /// Adds a part and its length, so that no two names are written alike.
    private void add(Part part) {
        int length = end(part) - start(part);
        digest.update((byte) (length >> 24));
        digest.update((byte) (length >> 16));
        digest.update((byte) (length >> 8));
        digest.update((byte) length);
        digest.update(json, start(part), length);
    }

    // ---------------------------------------------------------------- JSON

    /// Reads the members of an object that may hold parts of the name.
    ///
    /// @param depth how many keys lead to the object
    /// @return behind it, or -1 when it is none
    private int object(int from, int depth) {
        if (from >= limit || json[from] != '{') {
            return -1;
        }
        int at = space(from + 1);
        if (at < limit && json[at] == '}') {
            return at + 1;
        }
        while (true) {
            int keyEnd = string(at);
            if (keyEnd < 0) {
                return -1;
            }
            keyStarts[depth] = at + 1;
            keyEnds[depth] = keyEnd - 1;
            at = space(keyEnd);
            if (at >= limit || json[at] != ':') {
                return -1;
            }
            at = member(space(at + 1), depth);
            if (at < 0) {
                return -1;
            }
            at = space(at);
            if (at >= limit || (json[at] != ',' && json[at] != '}')) {
                return -1;
            }
            if (json[at] == '}') {
                return at + 1;
            }
            at = space(at + 1);
        }
    }

    /// Reads the value of the member whose key is at hand.
    private int member(int from, int depth) {
        for (Part part : PARTS) {
            byte[][] keys = KEYS[part.ordinal()];
            if (keys.length > depth && leads(keys, depth)) {
                if (keys.length == depth + 1) {
                    int end = value(from);
                    starts[part.ordinal()] = from;
                    ends[part.ordinal()] = end;
                    return end;
                }
                if (from < limit && json[from] == '{') {
                    return object(from, depth + 1);
                }
            }
        }
        return value(from);
    }

    /// True when the keys begin with those that led here.
    private boolean leads(byte[][] keys, int depth) {
        for (int i = 0; i <= depth; i++) {
            byte[] key = keys[i];
            if (!Arrays.equals(key, 0, key.length, json, keyStarts[i], keyEnds[i])) {
                return false;
            }
        }
        return true;
    }

    /// Behind a value of any kind, however deep; -1 when there is none.
    private int value(int from) {
        if (from >= limit) {
            return -1;
        }
        if (json[from] == '"') {
            return string(from);
        }
        int at = from;
        int open = 0;
        while (at < limit) {
            byte b = json[at];
            if (b == '"') {
                at = string(at);
                if (at < 0) {
                    return -1;
                }
                continue;
            }
            if (b == '{' || b == '[') {
                open++;
            } else if (b == '}' || b == ']' || b == ',') {
                if (open == 0) {
                    return at > from ? at : -1;
                }
                if (b != ',' && --open == 0) {
                    return at + 1;
                }
            } else if (open == 0 && b <= ' ' && b >= 0) {
                return at;
            }
            at++;
        }
        return -1;
    }

    /// Behind a text with its quotes; -1 when there is none.
    private int string(int from) {
        if (from >= limit || json[from] != '"') {
            return -1;
        }
        int at = from + 1;
        while (at < limit) {
            if (json[at] == '"') {
                return at + 1;
            }
            at += json[at] == '\\' ? 2 : 1;
        }
        return -1;
    }

    private int space(int from) {
        int at = from;
        while (at < limit && json[at] >= 0 && json[at] <= ' ') {
            at++;
        }
        return at;
    }
}
