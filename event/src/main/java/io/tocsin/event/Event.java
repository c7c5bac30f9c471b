package io.tocsin.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A cursor that reads one event of an [EventBatch]. Moving costs about as much as the event has filled fields;
/// looking up a fixed field is one array access. Works on the open event of the batch's builder as well (index =
/// [EventBuilder#index()]).
///
/// `ID`, `Timestamp`, `EntrySequence` and `Raw` are columns of the batch: [#has] and the typed getters know them;
/// they are not among the slots.
///
/// Thread-safety: one thread; several cursors may read one batch that is not written.
public final class Event {
    private static final int ID = Field.ID.code();
    private static final int TIMESTAMP = Field.TIMESTAMP.code();
    private static final int SEQUENCE = Field.ENTRY_SEQUENCE.code();
    private static final int RAW = Field.RAW.code();

    private final int[] slotOf = new int[Fields.CODE_LIMIT];
    private short[] filled = new short[64];
    private int filledCount;
    private @Nullable EventBatch batch;
    private int index = -1;
    private int originStart;
    private int originEnd;
    private int start;
    private int end;

    public Event() {}

    /// Reads event `newIndex` of `newBatch` from now on.
    public Event moveTo(EventBatch newBatch, int newIndex) {
        // What was filled is remembered here, not read from the batch again: it may have been reused since.
        for (int i = 0; i < filledCount; i++) {
            slotOf[filled[i]] = 0;
        }
        filledCount = 0;
        batch = newBatch;
        index = newIndex;
        int origin = newBatch.origin[newIndex];
        originStart = newBatch.originSlots[origin * 2];
        originEnd = newBatch.originSlots[origin * 2 + 1];
        start = newBatch.slotStart[newIndex];
        boolean open = newIndex == newBatch.count || newIndex == newBatch.reopened;
        end = open ? newBatch.slotCount : newBatch.slotEnd[newIndex];
        fill(newBatch, originStart, originEnd);
        fill(newBatch, start, end);
        return this;
    }

    private void fill(EventBatch from, int first, int last) {
        if (filledCount + last - first > filled.length) {
            filled = Arrays.copyOf(filled, (filledCount + last - first) * 2);
        }
        for (int slot = first; slot < last; slot++) {
            int code = from.slotCode[slot];
            slotOf[code] = slot + 1;
            filled[filledCount++] = (short) code;
        }
    }

    public EventBatch batch() {
        if (batch == null) {
            throw new IllegalStateException("the cursor stands on no event: call moveTo first");
        }
        return batch;
    }

    public int index() {
        return index;
    }

    /// The bytes that spans of this event point into.
    public byte[] arena() {
        return batch().arena;
    }

    public long idHigh() {
        return batch().idHigh[index];
    }

    public long idLow() {
        return batch().idLow[index];
    }

    /// Reception time, nanoseconds since the epoch.
    public long receivedNanos() {
        return batch().receivedNanos[index];
    }

    /// Reception time, milliseconds since the epoch: the field `Timestamp`.
    public long timestampMillis() {
        return Math.floorDiv(batch().receivedNanos[index], 1_000_000L);
    }

    public long sequence() {
        return batch().sequence[index];
    }

    public boolean hasFlag(int flag) {
        return (batch().flags[index] & flag) != 0;
    }

    public EntryOrigin origin() {
        return batch().origin(index);
    }

    public int rawOffset() {
        return batch().rawOffset[index];
    }

    public int rawLength() {
        return batch().rawLength[index];
    }

    /// True when the field has a value. `Raw` has one only when it is kept.
    public boolean has(Field field) {
        int code = field.code();
        if (slotOf[code] != 0 || code == ID || code == TIMESTAMP || code == SEQUENCE) {
            return true;
        }
        return code == RAW && hasFlag(EventBatch.FLAG_KEEP_RAW);
    }

    /// Span of a text field in the arena as `offset << 32 | length`, or -1 when the field is empty. `ID` has no
    /// span: use [#text].
    public long span(Field field) {
        int code = field.code();
        int slot = slotOf[code];
        if (slot != 0) {
            return batch().slotValue[slot - 1];
        }
        if (code == RAW && hasFlag(EventBatch.FLAG_KEEP_RAW)) {
            return EventBatch.span(rawOffset(), rawLength());
        }
        return -1;
    }

    /// Value of an `INTEGER` or `TIMESTAMP` field, or `absent`.
    public long integer(Field field, long absent) {
        int code = field.code();
        int slot = slotOf[code];
        if (slot != 0) {
            return batch().slotValue[slot - 1];
        }
        if (code == TIMESTAMP) {
            return timestampMillis();
        }
        return code == SEQUENCE ? sequence() : absent;
    }

    /// Value of a `FLOAT` field, or `absent`.
    public double real(Field field, double absent) {
        int slot = slotOf[field.code()];
        return slot == 0 ? absent : Double.longBitsToDouble(batch().slotValue[slot - 1]);
    }

    /// Text of a field of any type, or null when it is empty; the elements of an array are joined by commas.
    /// Allocates.
    public @Nullable String text(Field field) {
        if (!has(field)) {
            return null;
        }
        if (field == Field.ID) {
            return EventIds.text(idHigh(), idLow());
        }
        return switch (field.type()) {
            case STRING -> text(span(field));
            case INTEGER, TIMESTAMP -> Long.toString(integer(field, 0));
            case FLOAT -> Double.toString(real(field, 0));
            case STRING_ARRAY -> {
                StringBuilder joined = new StringBuilder();
                for (int slot = start; slot < end; slot++) {
                    if (batch().slotCode[slot] == field.code()) {
                        if (!joined.isEmpty()) {
                            joined.append(',');
                        }
                        joined.append(text(batch().slotValue[slot]));
                    }
                }
                yield joined.toString();
            }
        };
    }

    /// The text of a span of this batch. Allocates.
    public String text(long span) {
        return new String(arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span), StandardCharsets.UTF_8);
    }

    /// Slot of the first value of a dynamic field, or -1. Compare keys as UTF-8 bytes.
    public int dynamicSlot(DynamicKind kind, byte[] key) {
        return dynamicSlot(kind, key, start);
    }

    /// Slot of the next value of a dynamic field at or after `from`, or -1.
    public int dynamicSlot(DynamicKind kind, byte[] key, int from) {
        EventBatch current = batch();
        for (int slot = from; slot < end; slot++) {
            if (current.slotCode[slot] == kind.code()) {
                long keySpan = current.slotKey[slot];
                int offset = EventBatch.spanOffset(keySpan);
                if (EventBatch.spanLength(keySpan) == key.length
                        && Arrays.equals(current.arena, offset, offset + key.length, key, 0, key.length)) {
                    return slot;
                }
            }
        }
        return -1;
    }

    /// First slot of the event's own values; slots of the origin are apart ([#originStart()]).
    public int start() {
        return start;
    }

    /// End (exclusive) of the event's own slots.
    public int end() {
        return end;
    }

    public int originStart() {
        return originStart;
    }

    public int originEnd() {
        return originEnd;
    }

    /// Wire code of a slot: that of a [Field] or of a [DynamicKind].
    public int slotCode(int slot) {
        return batch().slotCode[slot];
    }

    /// Value of a slot: a span, a number, or raw double bits, by the type of its field.
    public long slotValue(int slot) {
        return batch().slotValue[slot];
    }

    /// Span of the key of a dynamic slot.
    public long slotKey(int slot) {
        return batch().slotKey[slot];
    }
}
