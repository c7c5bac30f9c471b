package io.tocsin.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/// Many events over one byte arena. An event is a run of slots; a slot is (field code, value) where a text value is
/// a span `offset << 32 | length` of the arena, a number or time is its 64 bits, a fraction its raw double bits.
/// Slots of dynamic fields carry a second span for their key. Arrays are several slots with the same code (and
/// key), in order.
///
/// What all events of a connection share ([EntryOrigin]) is held once as a run of slots of its own, to which every
/// event points; identifier, reception time, entry sequence and the span of the raw text are columns.
///
/// Only the last event can be written, through [EventBuilder]; readers use [Event].
///
/// Thread-safety: one thread at a time. A batch is reused: [#clear()] keeps the arrays.
public final class EventBatch {
    /// Flag: the raw text is part of the event and is stored with it.
    public static final int FLAG_KEEP_RAW = 1;
    /// Flag: no normalizer understood the event.
    public static final int FLAG_PARSE_FAILED = 2;
    /// Flag: the source text was longer than the limit and was cut.
    public static final int FLAG_CUT = 4;
    /// Flag: the event was sent once more on purpose, from a queue that keeps what it gave before.
    public static final int FLAG_REPLAYED = 8;
    /// Flag: the raw text is a change of an active list or context table, for correlators.
    public static final int FLAG_TABLE_CHANGE = 16;

    byte[] arena;
    int arenaLength;

    short[] slotCode;
    long[] slotValue;
    long[] slotKey;
    int slotCount;

    int[] slotStart;
    int[] slotEnd;

    long[] idHigh;
    long[] idLow;
    long[] receivedNanos;
    long[] sequence;
    int[] rawOffset;
    int[] rawLength;
    int[] origin;
    byte[] flags;
    int count;
    /// Number of the committed event that the builder has open again, or -1.
    int reopened = -1;

    /// Start and end (exclusive) of the slots of origin i at 2i and 2i+1.
    int[] originSlots;
    EntryOrigin[] origins;
    int originCount;
    private final HashChains originChains = new HashChains();
    /// Number of the origin that was asked for last.
    private int lastOrigin;

    private final EventBuilder builder;
    private final BatchLedger ledger = new BatchLedger();

    public EventBatch() {
        this(256, 256 * 512);
    }

    /// @param events expected number of events
    /// @param bytes expected size of the arena
    public EventBatch(int events, int bytes) {
        int capacity = Math.max(8, events);
        arena = new byte[Math.max(256, bytes)];
        slotCode = new short[capacity * 16];
        slotValue = new long[capacity * 16];
        slotKey = new long[capacity * 16];
        slotStart = new int[capacity];
        slotEnd = new int[capacity];
        idHigh = new long[capacity];
        idLow = new long[capacity];
        receivedNanos = new long[capacity];
        sequence = new long[capacity];
        rawOffset = new int[capacity];
        rawLength = new int[capacity];
        origin = new int[capacity];
        flags = new byte[capacity];
        originSlots = new int[8];
        origins = new EntryOrigin[4];
        builder = new EventBuilder(this);
    }

    /// Number of committed events.
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /// The bytes that spans point into. Only the first [#arenaLength()] bytes have a meaning. The array is replaced
    /// when it grows.
    public byte[] arena() {
        return arena;
    }

    public int arenaLength() {
        return arenaLength;
    }

    /// Writes the events of this batch. The same object for the life of the batch.
    public EventBuilder builder() {
        return builder;
    }

    /// What was received, filtered and rejected while this batch was filled.
    public BatchLedger ledger() {
        return ledger;
    }

    /// Forgets all events and ledger entries and keeps the memory, except that an arena beyond
    /// `maximumRetainedBytes` is let go.
    public void clear() {
        count = 0;
        slotCount = 0;
        arenaLength = 0;
        Arrays.fill(origins, 0, originCount, null);
        originCount = 0;
        originChains.clear();
        ledger.clear();
        if (arena.length > MAXIMUM_RETAINED_BYTES) {
            arena = new byte[MAXIMUM_RETAINED_BYTES];
        }
        builder.reset();
    }

    private static final int MAXIMUM_RETAINED_BYTES = 8 << 20;

    /// Takes back what was written behind these places.
    void cutTo(int events, int slots, int arenaBytes, int firstOrigins) {
        count = events;
        slotCount = slots;
        arenaLength = arenaBytes;
        Arrays.fill(origins, firstOrigins, originCount, null);
        originCount = firstOrigins;
        originChains.cutTo(firstOrigins);
    }

    /// Sets a flag of all events.
    public void setFlagOfAll(int flag) {
        for (int i = 0; i < count; i++) {
            flags[i] |= (byte) flag;
        }
    }

    /// Keeps the events that are not in `gone`, in order. Bytes and slots of the others stay in memory until
    /// [#clear()]; encoding the batch writes the arena with them.
    public void remove(BitSet gone) {
        if (reopened >= 0) {
            throw new IllegalStateException("an event of this batch is open");
        }
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (gone.get(i)) {
                continue;
            }
            slotStart[kept] = slotStart[i];
            slotEnd[kept] = slotEnd[i];
            idHigh[kept] = idHigh[i];
            idLow[kept] = idLow[i];
            receivedNanos[kept] = receivedNanos[i];
            sequence[kept] = sequence[i];
            rawOffset[kept] = rawOffset[i];
            rawLength[kept] = rawLength[i];
            origin[kept] = origin[i];
            flags[kept] = flags[i];
            kept++;
        }
        count = kept;
    }

    /// True when event `index` has the flag.
    public boolean hasFlag(int index, int flag) {
        return (flags[index] & flag) != 0;
    }

    /// Upper half of the identifier of event `index`.
    public long idHigh(int index) {
        return idHigh[index];
    }

    /// Lower half of the identifier of event `index`.
    public long idLow(int index) {
        return idLow[index];
    }

    /// When event `index` was received, nanoseconds since the epoch.
    public long receivedNanos(int index) {
        return receivedNanos[index];
    }

    /// The origin of event `index`.
    public EntryOrigin origin(int index) {
        return origins[origin[index]];
    }

    /// Says in which process of a service its events entered, for those of which that is not known. It is part of
    /// what the batch is encoded to; events of this batch itself show it only after they were decoded. Events that
    /// entered at another service, and were passed on by it, stay as they are.
    ///
    /// @param service see [EntryOrigin#service()]
    /// @param instance see [EntryOrigin#instance()]
    public void enteredAt(String service, String instance) {
        for (int i = 0; i < originCount; i++) {
            if (origins[i].instance().isEmpty() && origins[i].service().equals(service)) {
                origins[i] = origins[i].in(instance);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a stream hands in the same object each time
    int internOrigin(EntryOrigin value) {
        // The last one first: runs of events come from one peer.
        if (lastOrigin < originCount && origins[lastOrigin] == value) {
            return lastOrigin;
        }
        int hash = hash(value);
        for (int i = originChains.first(hash); i >= 0; i = originChains.next(i)) {
            if (origins[i] == value || origins[i].equals(value)) {
                lastOrigin = i;
                return i;
            }
        }
        if (originCount == origins.length) {
            origins = Arrays.copyOf(origins, originCount * 2);
            originSlots = Arrays.copyOf(originSlots, originCount * 4);
        }
        int start = slotCount;
        originText(Field.TENANT_ID, value.tenant());
        originText(Field.SERVICE_NAME, value.service());
        originText(Field.SERVICE_ID, value.instance());
        originText(Field.CONNECTOR_NAME, value.connector());
        originText(Field.ENTRY_ADDRESS, value.peerAddress());
        originNumber(Field.ENTRY_PORT, value.peerPort());
        originText(Field.LISTEN_ADDRESS, value.localAddress());
        originNumber(Field.LISTEN_PORT, value.localPort());
        originText(Field.ENTRY_PATH, value.path());
        originText(Field.RELAY_ADDRESS, value.relayAddress());
        originNumber(Field.RELAY_PORT, value.relayPort());
        originText(Field.ENTRY_SUBJECT, value.subject());
        origins[originCount] = value;
        originSlots[originCount * 2] = start;
        originSlots[originCount * 2 + 1] = slotCount;
        originChains.add(hash);
        lastOrigin = originCount;
        return originCount++;
    }

    /// Of what tells the senders of one collector apart.
    static int hash(EntryOrigin value) {
        return (value.peerAddress().hashCode() * 31 + value.peerPort()) * 31
                + value.path().hashCode();
    }

    private void originText(Field field, String text) {
        if (!text.isEmpty()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            addSlot(field.code(), span(appendToArena(bytes, 0, bytes.length), bytes.length), 0);
        }
    }

    private void originNumber(Field field, int number) {
        if (number >= 0) {
            addSlot(field.code(), number, 0);
        }
    }

    static long span(int offset, int length) {
        return (long) offset << 32 | length;
    }

    /// Offset in the arena of a text slot value.
    public static int spanOffset(long span) {
        return (int) (span >>> 32);
    }

    /// Length in bytes of a text slot value.
    public static int spanLength(long span) {
        return (int) span;
    }

    int appendToArena(byte[] source, int offset, int length) {
        int start = reserve(length);
        System.arraycopy(source, offset, arena, start, length);
        arenaLength = start + length;
        return start;
    }

    /// Makes room for `length` more bytes and returns where they begin; the caller sets
    /// `arenaLength`.
    int reserve(int length) {
        int needed = Math.addExact(arenaLength, length);
        if (needed > arena.length) {
            arena = Arrays.copyOf(arena, (int)
                    Math.max(needed, Math.min((long) arena.length * 2, Integer.MAX_VALUE - 64)));
        }
        return arenaLength;
    }

    int addSlot(int code, long value, long key) {
        if (slotCount == slotCode.length) {
            int capacity = slotCount * 2;
            slotCode = Arrays.copyOf(slotCode, capacity);
            slotValue = Arrays.copyOf(slotValue, capacity);
            slotKey = Arrays.copyOf(slotKey, capacity);
        }
        slotCode[slotCount] = (short) code;
        slotValue[slotCount] = value;
        slotKey[slotCount] = key;
        return slotCount++;
    }

    void ensureEvent() {
        if (count == slotStart.length) {
            int capacity = count * 2;
            slotStart = Arrays.copyOf(slotStart, capacity);
            slotEnd = Arrays.copyOf(slotEnd, capacity);
            idHigh = Arrays.copyOf(idHigh, capacity);
            idLow = Arrays.copyOf(idLow, capacity);
            receivedNanos = Arrays.copyOf(receivedNanos, capacity);
            sequence = Arrays.copyOf(sequence, capacity);
            rawOffset = Arrays.copyOf(rawOffset, capacity);
            rawLength = Arrays.copyOf(rawLength, capacity);
            origin = Arrays.copyOf(origin, capacity);
            flags = Arrays.copyOf(flags, capacity);
        }
    }
}
