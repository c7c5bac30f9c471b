package io.tocsin.pipeline.normalizer.flow;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EntryOrigin;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the records in packets of NetFlow 5, NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): [#open], then [#next()] until
/// it says false. Between two calls of `next` the methods below describe the record at hand.
///
/// - A set whose template has not come is kept, and its records follow the template that makes them readable; a set
///   that waits for too long becomes one failure with its bytes ([#openExpired]).
/// - A packet whose lengths do not fit gives the records before the damage, then one failure.
/// - Lengths are checked before anything is read; each step takes at least one byte, so the work is bounded by the
///   length of the packet. Records of length 0 do not exist: a template without any bytes is refused.
/// - Bytes behind the last record of a set are padding when they are too few for a record. When a packet of NetFlow 9
///   has given as many records as its header promised, zeros are padding too: some exporters send buffers of fixed
///   size.
///
/// Thread-safety: one thread, except [#holdsUntilNanos()].
public final class FlowReader {
    private static final int SET_HEADER = 4;
    private static final int FIRST_DATA_SET = 256;
    private static final int MAXIMUM_SESSIONS = 4096;
    private static final int MAXIMUM_FIELDS = 500_000;
    private static final int NETFLOW_5_RECORD = 48;
    private static final int[][] NETFLOW_5 = {
        {8, 4}, {12, 4}, {15, 4}, {10, 2}, {14, 2}, {2, 4}, {1, 4}, {22, 4}, {21, 4}, {7, 2}, {11, 2}, {210, 1}, {6, 1},
        {4, 1}, {5, 1}, {16, 2}, {17, 2}, {9, 1}, {13, 1}, {210, 2}
    };
    private static final Template NETFLOW_5_TEMPLATE = new Template(
            0,
            false,
            0,
            Arrays.stream(NETFLOW_5)
                    .map(field -> InformationElements.iana(field[0]))
                    .toList(),
            Arrays.stream(NETFLOW_5).mapToInt(field -> field[1]).toArray());

    private final Set<FlowProtocol> protocols;
    private final TemplateMemory memory;
    private final HeldSets held;
    private final FlowCounters counters = new FlowCounters();
    private final BitSet learned = new BitSet();
    private final ArrayDeque<HeldSets.Held> ready = new ArrayDeque<>();
    private final LinkedHashMap<FlowSession.Key, FlowSession> sessions = new LinkedHashMap<>(16, 0.75f, true);
    private int sessionFields;

    // The packet.
    private byte[] packet = {};
    private int packetStart;
    private int packetAt;
    private int packetEnd;
    private final FlowHeader packetHeader = new FlowHeader();
    private @Nullable FlowSession packetSession;
    private long nowNanos;
    private int packetRecords;
    private boolean countsKnown;

    // The set whose records are at hand.
    private @Nullable Template template;
    private FlowHeader header = packetHeader;
    private @Nullable FlowSession session;
    private byte[] text = {};
    private int setAt;
    private int setEnd;

    // The record or failure at hand.
    private int pieceOffset;
    private int pieceLength;
    private @Nullable String failure;
    private @Nullable String note;
    private boolean gaveAnything;
    private boolean known;

    /// @param protocols packets of others are not taken
    /// @param holdNanos how long a set waits for its template
    /// @param holdBytes memory for sets that wait
    public FlowReader(Set<FlowProtocol> protocols, TemplateMemory memory, long holdNanos, long holdBytes) {
        this.protocols = EnumSet.copyOf(protocols);
        this.memory = memory;
        this.held = new HeldSets(holdNanos, holdBytes);
    }

    public FlowCounters counters() {
        return counters;
    }

    /// Begins with a packet, which stays unchanged until `next` said false.
    ///
    /// @param receivedNanos nanoseconds since the epoch
    public void open(EntryOrigin origin, long receivedNanos, byte[] bytes, int offset, int length) {
        packet = bytes;
        packetStart = offset;
        packetAt = offset;
        packetEnd = offset + length;
        nowNanos = receivedNanos;
        packetRecords = 0;
        countsKnown = true;
        gaveAnything = false;
        note = null;
        closeSet();
        FlowProtocol protocol = length < 2 ? null : protocol(FlowBytes.unsigned16(bytes, offset));
        if (protocol == null || length < protocol.headerLength()) {
            packetSession = null;
            known = false;
            return;
        }
        known = true;
        counters.add(FlowCounters.Counter.PACKETS, 1);
        packetHeader.read(protocol, origin, bytes, offset);
        packetSession = session(protocol, origin, packetHeader.domain());
        packetAt = offset + protocol.headerLength();
        switch (protocol) {
            case NETFLOW_5 -> openFixed();
            case IPFIX -> {
                int stated = packetHeader.count();
                if (stated < protocol.headerLength() || stated > length) {
                    note = "the header says " + stated + " bytes, " + length + " came";
                    counters.add(FlowCounters.Counter.DAMAGED, 1);
                } else {
                    packetEnd = offset + stated;
                }
            }
            case NETFLOW_9 -> {}
        }
    }

    /// Begins with sets that waited for too long; each is one failure.
    ///
    /// @param until nanoseconds since the epoch; `Long.MAX_VALUE` for all
    public void openExpired(long until) {
        packet = new byte[0];
        packetAt = 0;
        packetEnd = 0;
        packetSession = null;
        nowNanos = until;
        // What expires is not damaged: nothing else is looked at.
        gaveAnything = true;
        known = true;
        closeSet();
    }

    /// When sets have waited for too long; `Long.MAX_VALUE` when none waits. Any thread may ask.
    public long holdsUntilNanos() {
        return held.untilNanos();
    }

    private @Nullable FlowProtocol protocol(int version) {
        for (FlowProtocol protocol : protocols) {
            if (protocol.version() == version) {
                return protocol;
            }
        }
        return null;
    }

    private FlowSession session(FlowProtocol protocol, EntryOrigin origin, long domain) {
        FlowSession.Key key = new FlowSession.Key(protocol, origin.peerAddress(), origin.peerPort(), domain);
        FlowSession known = sessions.get(key);
        if (known != null) {
            return known;
        }
        FlowSession created = new FlowSession(key, memory);
        sessions.put(key, created);
        evict(MAXIMUM_SESSIONS);
        return created;
    }

    private void evict(int keep) {
        while (sessions.size() > keep) {
            Map.Entry<FlowSession.Key, FlowSession> eldest = sessions.firstEntry();
            sessionFields -= eldest.getValue().fields();
            sessions.remove(eldest.getKey());
        }
    }

    /// Looks for the next record or failure.
    public boolean next() {
        failure = null;
        while (true) {
            if (template != null && nextRecord(template)) {
                return true;
            }
            HeldSets.Held released = ready.poll();
            if (released != null) {
                openHeld(released);
                continue;
            }
            HeldSets.Held expired = held.expired(nowNanos);
            if (expired != null) {
                counters.add(FlowCounters.Counter.EXPIRED, 1);
                fail(expired);
                return true;
            }
            FlowSession current = packetSession;
            if (current == null || packetAt >= packetEnd) {
                return endPacket();
            }
            if (packetHeader.protocol() == FlowProtocol.NETFLOW_5) {
                return endPacket();
            }
            if (!nextSet(current)) {
                return true;
            }
        }
    }

    private boolean endPacket() {
        FlowSession current = packetSession;
        if (current == null) {
            return false;
        }
        packetSession = null;
        long step = switch (packetHeader.protocol()) {
            case NETFLOW_5 -> packetRecords;
            case NETFLOW_9 -> 1;
            case IPFIX -> countsKnown ? packetRecords : -1;
        };
        counters.add(FlowCounters.Counter.MISSING, current.missing(packetHeader.sequence(), step));
        if (note != null && !gaveAnything) {
            fail(packetHeader, packet, packetStart, packetEnd - packetStart, note);
            return true;
        }
        return false;
    }

    private void openFixed() {
        int room = (packetEnd - packetAt) / NETFLOW_5_RECORD;
        int stated = packetHeader.count();
        if (stated > room) {
            note = "the header says " + stated + " records, " + room + " came";
            counters.add(FlowCounters.Counter.DAMAGED, 1);
        }
        openSet(NETFLOW_5_TEMPLATE, packetSession, packetHeader, packet, packetAt);
        setEnd = packetAt + Math.min(room, stated) * NETFLOW_5_RECORD;
        packetAt = packetEnd;
    }

    private void openSet(Template layout, @Nullable FlowSession of, FlowHeader from, byte[] bytes, int at) {
        template = layout;
        session = of;
        header = from;
        text = bytes;
        setAt = at;
    }

    private void closeSet() {
        template = null;
        setAt = 0;
        setEnd = 0;
    }

    private void openHeld(HeldSets.Held released) {
        Template layout = released.session().template(released.template());
        if (layout == null) {
            return;
        }
        counters.add(FlowCounters.Counter.RELEASED, 1);
        byte[] bytes = released.packet();
        openSet(layout, released.session(), released.header(), bytes, released.setOffset() + SET_HEADER);
        setEnd = bytes.length;
    }

    private boolean nextRecord(Template layout) {
        int length = layout.recordLength(text, setAt, setEnd);
        if (length <= 0) {
            closeSet();
            return false;
        }
        if (header == packetHeader) {
            if (header.protocol() == FlowProtocol.NETFLOW_9
                    && packetRecords >= header.count()
                    && FlowBytes.allZero(text, setAt, setEnd)) {
                closeSet();
                return false;
            }
            packetRecords++;
        }
        pieceOffset = setAt;
        pieceLength = length;
        setAt += length;
        gaveAnything = true;
        FlowSession of = session;
        if (layout.options() && of != null) {
            of.learnOptions(layout, text, pieceOffset);
        }
        return true;
    }

    /// Reads the next set of the packet; false when it is damaged, which is a failure.
    private boolean nextSet(FlowSession current) {
        int at = packetAt;
        if (packetEnd - at < SET_HEADER || FlowBytes.allZero(packet, at, at + SET_HEADER)) {
            packetAt = packetEnd;
            return FlowBytes.allZero(packet, at, packetEnd) || damaged(current, at, "bytes behind the last set");
        }
        int id = FlowBytes.unsigned16(packet, at);
        int length = FlowBytes.unsigned16(packet, at + 2);
        if (length < SET_HEADER || length > packetEnd - at) {
            packetAt = packetEnd;
            return damaged(current, at, "a set of " + length + " bytes where " + (packetEnd - at) + " are left");
        }
        packetAt = at + length;
        boolean netflow9 = packetHeader.protocol() == FlowProtocol.NETFLOW_9;
        if (id >= FIRST_DATA_SET) {
            return dataSet(current, id, at, length);
        }
        if (id == (netflow9 ? 0 : 2) || id == (netflow9 ? 1 : 3)) {
            boolean options = id == (netflow9 ? 1 : 3);
            boolean whole = templates(current, at, at + length, options, netflow9);
            ready.addAll(held.release(current.key(), learned));
            learned.clear();
            return whole || damaged(current, at, "a set of templates that does not fit");
        }
        return damaged(current, at, "a set of an unknown kind [set=" + id + "]");
    }

    private boolean damaged(FlowSession current, int at, String reason) {
        counters.add(FlowCounters.Counter.DAMAGED, 1);
        countsKnown = false;
        gaveAnything = true;
        int length = (packetAt > at ? packetAt : packetEnd) - at;
        fail(packetHeader, withHeader(at, length), 0, packetHeader.protocol().headerLength() + length, reason);
        session = current;
        return false;
    }

    private byte[] withHeader(int at, int length) {
        int head = packetHeader.protocol().headerLength();
        byte[] copy = new byte[head + length];
        System.arraycopy(packet, packetStart, copy, 0, head);
        System.arraycopy(packet, at, copy, head, length);
        return copy;
    }

    private boolean dataSet(FlowSession current, int id, int at, int length) {
        Template layout = current.template(id);
        if (layout != null) {
            openSet(layout, current, packetHeader, packet, at + SET_HEADER);
            setEnd = at + length;
            return true;
        }
        if (length > SET_HEADER) {
            counters.add(FlowCounters.Counter.HELD, 1);
            countsKnown = false;
            gaveAnything = true;
            held.add(
                    current,
                    packetHeader.copy(),
                    id,
                    withHeader(at, length),
                    packetHeader.protocol().headerLength(),
                    nowNanos);
        }
        return true;
    }

    /// Reads the templates of a set; false when they do not fit.
    private boolean templates(FlowSession current, int from, int to, boolean options, boolean netflow9) {
        int at = from + SET_HEADER;
        gaveAnything = true;
        while (to - at >= SET_HEADER) {
            int id = FlowBytes.unsigned16(packet, at);
            if (id == 0 && FlowBytes.allZero(packet, at, to)) {
                return true;
            }
            int count = FlowBytes.unsigned16(packet, at + 2);
            int scopes = 0;
            int fields = count;
            at += 4;
            if (!netflow9 && count == 0) {
                withdraw(current, id, options);
                continue;
            }
            if (options) {
                if (to - at < 2) {
                    return false;
                }
                int second = FlowBytes.unsigned16(packet, at);
                at += 2;
                if (netflow9) {
                    scopes = count / 4;
                    fields = scopes + second / 4;
                } else {
                    scopes = second;
                }
            }
            if (id < FIRST_DATA_SET || fields == 0 || fields > Template.MAXIMUM_FIELDS || scopes > fields) {
                return false;
            }
            int end = template(current, id, options, scopes, fields, at, to, netflow9);
            if (end < 0) {
                return false;
            }
            at = end;
            packetRecords += netflow9 ? 1 : 0;
        }
        return true;
    }

    private static void withdraw(FlowSession current, int id, boolean options) {
        if (id == 2 || id == 3) {
            current.withdrawAll(options);
        } else {
            current.withdraw(id);
        }
    }

    /// Reads one template; returns where it ends, or -1 when it does not fit.
    private int template(
            FlowSession current, int id, boolean options, int scopes, int fields, int from, int to, boolean netflow9) {
        InformationElement[] elements = new InformationElement[fields];
        int[] lengths = new int[fields];
        int at = from;
        for (int i = 0; i < fields; i++) {
            if (to - at < 4) {
                return -1;
            }
            int number = FlowBytes.unsigned16(packet, at);
            lengths[i] = FlowBytes.unsigned16(packet, at + 2);
            at += 4;
            long enterprise = 0;
            if (netflow9 && options && i < scopes) {
                enterprise = InformationElements.SCOPE;
            } else if (!netflow9 && number >= 0x8000) {
                if (to - at < 4) {
                    return -1;
                }
                number &= 0x7FFF;
                enterprise = FlowBytes.unsigned32(packet, at);
                at += 4;
            }
            InformationElement known = current.declared().get(enterprise, number);
            elements[i] = known != null ? known : InformationElements.of(enterprise, number, netflow9);
        }
        Template layout = new Template(id, options, scopes, List.of(elements), lengths);
        if (layout.minimumLength() == 0) {
            return -1;
        }
        learned.set(id);
        int before = current.fields();
        if (current.learn(layout)) {
            counters.add(FlowCounters.Counter.TEMPLATES, 1);
            sessionFields += Math.max(0, current.fields() - before);
            if (sessionFields > MAXIMUM_FIELDS) {
                // Templates from memory and replaced ones are not in the running sum.
                sessionFields =
                        sessions.values().stream().mapToInt(FlowSession::fields).sum();
            }
            while (sessionFields > MAXIMUM_FIELDS && sessions.size() > 1) {
                evict(sessions.size() - 1);
            }
        }
        return at;
    }

    private void fail(HeldSets.Held expired) {
        FlowSession.Key key = expired.session().key();
        byte[] bytes = expired.packet();
        fail(
                expired.header(),
                bytes,
                0,
                bytes.length,
                "no template came [exporter=" + key.address() + ", port=" + key.port() + ", domain=" + key.domain()
                        + ", template=" + expired.template() + "]");
    }

    private void fail(FlowHeader from, byte[] bytes, int offset, int length, String reason) {
        header = from;
        text = Base64.getEncoder()
                .encodeToString(Arrays.copyOfRange(bytes, offset, offset + length))
                .getBytes(US_ASCII);
        pieceOffset = 0;
        pieceLength = text.length;
        failure = reason;
        template = null;
    }

    /// Why the bytes at hand are no record, null when they are one. Their text is Base64: the header of the packet and
    /// the set.
    public @Nullable String failure() {
        return failure;
    }

    /// What is wrong with the packet although its records could be read, null when nothing is.
    public @Nullable String note() {
        return header == packetHeader ? note : null;
    }

    /// True when the packet gave no record and no failure because there was nothing in it but templates, or because
    /// its sets wait.
    public boolean silent() {
        return known;
    }

    /// The layout of the record at hand.
    public Template template() {
        Template layout = template;
        if (layout == null) {
            throw new IllegalStateException("no record is at hand");
        }
        return layout;
    }

    /// Header of the packet in which the record at hand came.
    public FlowHeader header() {
        return header;
    }

    /// Sender of the record at hand.
    public EntryOrigin origin() {
        return header.origin();
    }

    /// The exporter of the record at hand, null for failures.
    public @Nullable FlowSession session() {
        return session;
    }

    public byte[] text() {
        return text;
    }

    public int pieceOffset() {
        return pieceOffset;
    }

    public int pieceLength() {
        return pieceLength;
    }
}
