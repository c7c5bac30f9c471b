package io.tocsin.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes the last event of an [EventBatch]: [#begin], setters in any order, then [#commit()] or [#discard()].
///
/// Setting a fixed field again replaces its value. Spans given to `setSpan` must lie in the batch's arena; texts
/// given to `setText` are copied into it. Nothing is cut here: limits are the mapper's business.
///
/// Thread-safety: that of the batch.
public final class EventBuilder {
    private final EventBatch batch;
    /// Slot of each fixed field of the open event, plus one; 0 when not set. Cleared slot by slot, so the cost is
    /// that of the fields set.
    private final int[] slotOf = new int[Fields.CODE_LIMIT];

    private boolean open;
    private int firstSlot;
    private int arenaMark;

    EventBuilder(EventBatch batch) {
        this.batch = batch;
    }

    /// Opens an event whose source text is copied into the arena.
    ///
    /// @param idHigh upper half of the identifier
    /// @param receivedNanos nanoseconds since the epoch
    /// @param sequence running number in the collector
    public void begin(
            EntryOrigin origin,
            long idHigh,
            long idLow,
            long receivedNanos,
            long sequence,
            byte[] raw,
            int offset,
            int length) {
        if (open) {
            throw new IllegalStateException("an event is already open in this batch: commit or discard it first");
        }
        batch.ensureEvent();
        int index = batch.count;
        batch.origin[index] = batch.internOrigin(origin);
        arenaMark = batch.arenaLength;
        batch.idHigh[index] = idHigh;
        batch.idLow[index] = idLow;
        batch.receivedNanos[index] = receivedNanos;
        batch.sequence[index] = sequence;
        batch.flags[index] = 0;
        batch.rawOffset[index] = batch.appendToArena(raw, offset, length);
        batch.rawLength[index] = length;
        firstSlot = batch.slotCount;
        batch.slotStart[index] = firstSlot;
        open = true;
    }

    /// Opens a committed event again, for stages that get an answer late. Its slots move to the end of the batch;
    /// its place among the events stays. [#commit()] closes it, and so does [#discard()]: an event that was
    /// committed once stays.
    ///
    /// @param index number of the event in the batch
    public void reopen(int index) {
        if (open) {
            throw new IllegalStateException("an event is already open in this batch: commit or discard it first");
        }
        int start = batch.slotStart[index];
        int end = batch.slotEnd[index];
        batch.reopened = index;
        firstSlot = batch.slotCount;
        for (int slot = start; slot < end; slot++) {
            int code = batch.slotCode[slot];
            slotOf[code] = batch.addSlot(code, batch.slotValue[slot], batch.slotKey[slot]) + 1;
        }
        batch.slotStart[index] = firstSlot;
        batch.slotEnd[index] = batch.slotCount;
        open = true;
    }

    /// The number of the open event in the batch.
    public int index() {
        return batch.reopened >= 0 ? batch.reopened : batch.count;
    }

    /// The batch being written, for its arena.
    public EventBatch batch() {
        return batch;
    }

    /// The bytes of the arena. Fetch again after anything was appended: the array may have been replaced.
    public byte[] arena() {
        return batch.arena;
    }

    /// Where the source text begins in the arena.
    public int rawOffset() {
        return batch.rawOffset[index()];
    }

    public int rawLength() {
        return batch.rawLength[index()];
    }

    /// Reception time of the open event, nanoseconds since the epoch.
    public long receivedNanos() {
        return batch.receivedNanos[index()];
    }

    public EntryOrigin origin() {
        return batch.origins[batch.origin[index()]];
    }

    /// Number of the origin of the open event among those of the batch, small where few senders take turns.
    public int originNumber() {
        return batch.origin[index()];
    }

    /// First slot of the open event, for those who look at all of its values.
    public int firstSlot() {
        return firstSlot;
    }

    /// End (exclusive) of the slots of the open event.
    public int endSlot() {
        return batch.slotCount;
    }

    /// Wire code of a slot: that of a [Field] or of a [DynamicKind].
    public int slotCode(int slot) {
        return batch.slotCode[slot];
    }

    /// Sets flags, see [EventBatch#FLAG_KEEP_RAW].
    public void setFlag(int flag) {
        batch.flags[index()] |= (byte) flag;
    }

    public boolean hasFlag(int flag) {
        return (batch.flags[index()] & flag) != 0;
    }

    public boolean has(Field field) {
        return slotOf[field.code()] != 0;
    }

    /// Sets a text field to bytes that already lie in the arena.
    public void setSpan(Field field, int offset, int length) {
        set(field.code(), EventBatch.span(offset, length));
    }

    /// Sets a text field to a copy of bytes.
    public void setText(Field field, byte[] source, int offset, int length) {
        set(field.code(), EventBatch.span(batch.appendToArena(source, offset, length), length));
    }

    /// Sets a text field.
    public void setText(Field field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        setText(field, bytes, 0, bytes.length);
    }

    /// Sets an `INTEGER` field, or a `TIMESTAMP` field in milliseconds since the epoch.
    public void setInteger(Field field, long value) {
        set(field.code(), value);
    }

    public void setFloat(Field field, double value) {
        set(field.code(), Double.doubleToRawLongBits(value));
    }

    /// Adds one element to a `STRING_ARRAY` field.
    public void addText(Field field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int slot = batch.addSlot(
                field.code(), EventBatch.span(batch.appendToArena(bytes, 0, bytes.length), bytes.length), 0);
        slotOf[field.code()] = slot + 1;
    }

    /// Adds a dynamic text value (`EXTRA`, `S`, `SA`); key and value lie in the arena.
    public void addDynamicSpan(DynamicKind kind, int keyOffset, int keyLength, int offset, int length) {
        batch.addSlot(kind.code(), EventBatch.span(offset, length), EventBatch.span(keyOffset, keyLength));
    }

    /// Adds a dynamic number (`N`, `NA`) or, as raw double bits, a fraction (`F`, `FA`); the key lies in the arena.
    public void addDynamicBits(DynamicKind kind, int keyOffset, int keyLength, long bits) {
        batch.addSlot(kind.code(), bits, EventBatch.span(keyOffset, keyLength));
    }

    /// Removes a fixed field from the open event.
    public void remove(Field field) {
        int code = field.code();
        if (slotOf[code] == 0) {
            return;
        }
        int target = firstSlot;
        for (int slot = firstSlot; slot < batch.slotCount; slot++) {
            if (batch.slotCode[slot] != code) {
                batch.slotCode[target] = batch.slotCode[slot];
                batch.slotValue[target] = batch.slotValue[slot];
                batch.slotKey[target] = batch.slotKey[slot];
                slotOf[batch.slotCode[target]] = target + 1;
                target++;
            }
        }
        batch.slotCount = target;
        slotOf[code] = 0;
    }

    /// Removes all values of a dynamic field from the open event.
    ///
    /// @param key UTF-8
    public void removeDynamic(DynamicKind kind, byte[] key) {
        int target = firstSlot;
        for (int slot = firstSlot; slot < batch.slotCount; slot++) {
            int code = batch.slotCode[slot];
            if (code == kind.code() && isKey(batch.slotKey[slot], key)) {
                continue;
            }
            batch.slotCode[target] = batch.slotCode[slot];
            batch.slotValue[target] = batch.slotValue[slot];
            batch.slotKey[target] = batch.slotKey[slot];
            if (DynamicKind.ofCode(code) == null) {
                slotOf[code] = target + 1;
            }
            target++;
        }
        batch.slotCount = target;
    }

    private boolean isKey(long span, byte[] key) {
        int offset = EventBatch.spanOffset(span);
        return EventBatch.spanLength(span) == key.length
                && Arrays.equals(batch.arena, offset, offset + key.length, key, 0, key.length);
    }

    /// Copies bytes into the arena and returns where they begin.
    public int append(byte[] source, int offset, int length) {
        return batch.appendToArena(source, offset, length);
    }

    /// Makes room for `length` bytes at the end of the arena and returns where they begin; write there, then call
    /// [#advance(int)] with what was used.
    public int reserve(int length) {
        return batch.reserve(length);
    }

    /// Takes `length` bytes that were written after [#reserve(int)].
    public void advance(int length) {
        batch.arenaLength += length;
    }

    /// Makes the open event part of the batch.
    public void commit() {
        if (batch.reopened >= 0) {
            batch.slotEnd[batch.reopened] = batch.slotCount;
        } else {
            batch.slotEnd[batch.count] = batch.slotCount;
            batch.count++;
        }
        reset();
    }

    /// Forgets the open event; its bytes are given back.
    public void discard() {
        if (batch.reopened >= 0) {
            commit();
        } else if (open) {
            forget();
            batch.slotCount = firstSlot;
            batch.arenaLength = arenaMark;
            open = false;
        }
    }

    /// Forgets the fields of the open event, keeps it open: the next parser starts afresh.
    public void clearFields() {
        forget();
        batch.slotCount = firstSlot;
        batch.flags[batch.count] = 0;
    }

    void reset() {
        batch.reopened = -1;
        if (open) {
            forget();
            open = false;
        } else {
            Arrays.fill(slotOf, 0);
        }
    }

    private void forget() {
        for (int slot = firstSlot; slot < batch.slotCount; slot++) {
            slotOf[batch.slotCode[slot]] = 0;
        }
    }

    private void set(int code, long value) {
        int slot = slotOf[code];
        if (slot != 0) {
            batch.slotValue[slot - 1] = value;
        } else {
            slotOf[code] = batch.addSlot(code, value, 0) + 1;
        }
    }
}
