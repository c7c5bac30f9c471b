package io.tocsin.storage.block;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the events of several batches into one block of the ClickHouse `Native` format.
///
/// ```
/// block  = columns (variable) | rows (variable) | column*
/// column = name (text) | type (text) | values of all rows
/// text   = length (variable) | bytes
/// values = String: text per row · Int64, Float64, DateTime64: 8 bytes per row, little-endian · UUID: upper then
/// lower half
///          Array(T): end offset per row (8 bytes), then all elements · Map(K, V): as Array, all keys, then all
///          values
/// variable = 7 bits a byte, lowest first, high bit = more follows
/// ```
/// A first walk over the slots notes which row has which slot; then each column with at least one value is written.
/// A field that no event of the block has costs nothing; a row without a value gets the empty text or 0, as the
/// table would give it.
///
/// Thread-safety: one thread; the encoder keeps its memory for the next block.
public final class EventBlockEncoder {
    private static final int ID = Field.ID.code();
    private static final int TIMESTAMP = Field.TIMESTAMP.code();
    private static final int SEQUENCE = Field.ENTRY_SEQUENCE.code();
    private static final int RAW = Field.RAW.code();

    private final BlockOutput output = new BlockOutput();
    private final Event event = new Event();
    /// One cursor for each batch of the block; reads slots of all its events.
    private final List<Event> cursors = new ArrayList<>();
    /// Slot + 1 of each row for fields with one value, by code; null until the field was seen once.
    private final int[] @Nullable [] slotOfRow = new int[Fields.CODE_LIMIT][];
    private final boolean[] filled = new boolean[Fields.CODE_LIMIT];
    /// Fields with several values and dynamic fields, by code.
    private final @Nullable SlotList[] slotLists = new SlotList[Fields.CODE_LIMIT];
    private final KeyGroups groups = new KeyGroups();

    private List<EventBatch> batches = List.of();
    /// First row of each batch; the last entry is the number of rows.
    private int[] firstRow = new int[1];
    private int rows;

    /// Name and type under which a field stands in a block.
    public static BlockColumn column(Field field) {
        if (field == Field.ID) {
            return new BlockColumn(field.fieldName(), "UUID");
        }
        return new BlockColumn(
                field.fieldName(),
                switch (field.type()) {
                    case STRING -> "String";
                    case INTEGER -> "Int64";
                    case FLOAT -> "Float64";
                    case TIMESTAMP -> "DateTime64(3, 'UTC')";
                    case STRING_ARRAY -> "Array(String)";
                });
    }

    /// Name and type under which a family of dynamic fields stands in a block.
    public static BlockColumn column(DynamicKind kind) {
        String element = switch (kind.elementType()) {
            case STRING -> "String";
            case INTEGER -> "Int64";
            case FLOAT -> "Float64";
            case TIMESTAMP, STRING_ARRAY ->
                throw new IllegalStateException("BUG: no dynamic field has this type [kind=" + kind + "]");
        };
        return new BlockColumn(
                kind.prefix(), "Map(String, " + (kind.isArray() ? "Array(" + element + ")" : element) + ")");
    }

    /// Encodes all events of the batches, in order. The batches may be reused as soon as this returns.
    public Block encode(List<EventBatch> newBatches) {
        batches = newBatches;
        output.clear();
        walk();
        List<BlockColumn> columns = columns();
        output.writeHeader(columns.size(), rows);
        for (Field field : Field.values()) {
            if (isFilled(field)) {
                output.writeColumn(column(field));
                write(field);
            }
        }
        for (DynamicKind kind : DynamicKind.values()) {
            SlotList list = slotLists[kind.code()];
            if (list != null && !list.isEmpty()) {
                output.writeColumn(column(kind));
                write(kind, list);
            }
        }
        batches = List.of();
        return new Block(columns, rows, output.view());
    }

    private List<BlockColumn> columns() {
        List<BlockColumn> columns = new ArrayList<>();
        for (Field field : Field.values()) {
            if (isFilled(field)) {
                columns.add(column(field));
            }
        }
        for (DynamicKind kind : DynamicKind.values()) {
            SlotList list = slotLists[kind.code()];
            if (list != null && !list.isEmpty()) {
                columns.add(column(kind));
            }
        }
        return columns;
    }

    private boolean isFilled(Field field) {
        int code = field.code();
        return filled[code] || code == ID || code == TIMESTAMP || code == SEQUENCE;
    }

    private void walk() {
        firstRow = new int[batches.size() + 1];
        for (int b = 0; b < batches.size(); b++) {
            firstRow[b + 1] = Math.addExact(firstRow[b], batches.get(b).count());
        }
        rows = firstRow[batches.size()];
        Arrays.fill(filled, false);
        for (SlotList list : slotLists) {
            if (list != null) {
                list.clear();
            }
        }
        for (int b = 0; b < batches.size(); b++) {
            EventBatch batch = batches.get(b);
            if (cursors.size() == b) {
                cursors.add(new Event());
            }
            if (!batch.isEmpty()) {
                cursors.get(b).moveTo(batch, 0);
            }
            for (int i = 0; i < batch.count(); i++) {
                event.moveTo(batch, i);
                int row = firstRow[b] + i;
                note(row, event.originStart(), event.originEnd());
                note(row, event.start(), event.end());
                if (event.hasFlag(EventBatch.FLAG_KEEP_RAW)) {
                    slots(RAW);
                    filled[RAW] = true;
                }
            }
        }
    }

    private void note(int row, int start, int end) {
        for (int slot = start; slot < end; slot++) {
            int code = event.slotCode(slot);
            Field field = Fields.byCode(code);
            if (field != null && field.type() != FieldType.STRING_ARRAY) {
                slots(code)[row] = slot + 1;
                filled[code] = true;
            } else if (field != null || DynamicKind.ofCode(code) != null) {
                list(code).add(row, slot);
                filled[code] = true;
            }
        }
    }

    /// The slots of a field, all zero at the first touch in this block.
    private int[] slots(int code) {
        int[] slots = slotOfRow[code];
        if (slots == null || slots.length < rows) {
            slots = new int[rows];
            slotOfRow[code] = slots;
        } else if (!filled[code]) {
            Arrays.fill(slots, 0, rows, 0);
        }
        return slots;
    }

    private SlotList list(int code) {
        SlotList list = slotLists[code];
        if (list == null) {
            list = new SlotList();
            slotLists[code] = list;
        }
        return list;
    }

    private void write(Field field) {
        if (field == Field.ID) {
            writeIds();
            return;
        }
        switch (field.type()) {
            case STRING -> writeTexts(field.code());
            case INTEGER, FLOAT, TIMESTAMP -> writeNumbers(field.code());
            case STRING_ARRAY -> writeArrays(list(field.code()));
        }
    }

    private void writeIds() {
        for (EventBatch batch : batches) {
            for (int i = 0; i < batch.count(); i++) {
                event.moveTo(batch, i);
                output.writeLong(event.idHigh());
                output.writeLong(event.idLow());
            }
        }
    }

    private void writeTexts(int code) {
        int[] slots = slots(code);
        for (int b = 0; b < batches.size(); b++) {
            EventBatch batch = batches.get(b);
            Event cursor = cursors.get(b);
            byte[] arena = batch.arena();
            for (int row = firstRow[b]; row < firstRow[b + 1]; row++) {
                int slot = slots[row];
                if (slot != 0) {
                    long span = cursor.slotValue(slot - 1);
                    output.writeText(arena, EventBatch.spanOffset(span), EventBatch.spanLength(span));
                } else if (code == RAW && keepsRaw(batch, row - firstRow[b])) {
                    output.writeText(arena, event.rawOffset(), event.rawLength());
                } else {
                    output.writeEmpty();
                }
            }
        }
    }

    private boolean keepsRaw(EventBatch batch, int index) {
        return event.moveTo(batch, index).hasFlag(EventBatch.FLAG_KEEP_RAW);
    }

    private void writeNumbers(int code) {
        boolean hasSlots = filled[code];
        int[] slots = hasSlots ? slots(code) : new int[0];
        for (int b = 0; b < batches.size(); b++) {
            EventBatch batch = batches.get(b);
            Event cursor = cursors.get(b);
            for (int row = firstRow[b]; row < firstRow[b + 1]; row++) {
                int slot = hasSlots ? slots[row] : 0;
                if (slot != 0) {
                    output.writeLong(cursor.slotValue(slot - 1));
                } else if (code == TIMESTAMP) {
                    output.writeLong(event.moveTo(batch, row - firstRow[b]).timestampMillis());
                } else if (code == SEQUENCE) {
                    output.writeLong(event.moveTo(batch, row - firstRow[b]).sequence());
                } else {
                    output.writeLong(0);
                }
            }
        }
    }

    private void writeArrays(SlotList list) {
        writeOffsets(list);
        for (int i = 0; i < list.size(); i++) {
            writeSpan(cursorOf(list.row(i)), cursorOf(list.row(i)).slotValue(list.slot(i)));
        }
    }

    private void writeSpan(Event cursor, long span) {
        output.writeText(cursor.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
    }

    /// How many slots the rows up to and with each row have.
    private void writeOffsets(SlotList list) {
        int next = 0;
        for (int row = 0; row < rows; row++) {
            while (next < list.size() && list.row(next) == row) {
                next++;
            }
            output.writeLong(next);
        }
    }

    private Event cursorOf(int row) {
        int index = Arrays.binarySearch(firstRow, row);
        // Batches without events share their first row with the next one: step to the last that begins here.
        int b = index >= 0 ? index : -index - 2;
        while (firstRow[b + 1] <= row) {
            b++;
        }
        return cursors.get(b);
    }

    private void write(DynamicKind kind, SlotList list) {
        if (kind.isArray()) {
            writeGrouped(kind, list);
            return;
        }
        writeOffsets(list);
        for (int i = 0; i < list.size(); i++) {
            Event cursor = cursorOf(list.row(i));
            writeSpan(cursor, cursor.slotKey(list.slot(i)));
        }
        for (int i = 0; i < list.size(); i++) {
            writeElement(kind, list, i);
        }
    }

    private void writeElement(DynamicKind kind, SlotList list, int index) {
        Event cursor = cursorOf(list.row(index));
        long value = cursor.slotValue(list.slot(index));
        if (kind.elementType() == FieldType.STRING) {
            writeSpan(cursor, value);
        } else {
            output.writeLong(value);
        }
    }

    /// Values of one event with the same key become one array, in the order of the values; keys stand in the order
    /// of their first value.
    private void writeGrouped(DynamicKind kind, SlotList list) {
        groups.group(list, this::cursorOf);
        int next = 0;
        for (int row = 0; row < rows; row++) {
            while (next < groups.count() && groups.row(next) == row) {
                next++;
            }
            output.writeLong(next);
        }
        for (int g = 0; g < groups.count(); g++) {
            int first = groups.firstEntry(g);
            Event cursor = cursorOf(list.row(first));
            writeSpan(cursor, cursor.slotKey(list.slot(first)));
        }
        long end = 0;
        for (int g = 0; g < groups.count(); g++) {
            end += groups.size(g);
            output.writeLong(end);
        }
        for (int g = 0; g < groups.count(); g++) {
            for (int entry = groups.firstEntry(g); entry >= 0; entry = groups.nextEntry(entry)) {
                writeElement(kind, list, entry);
            }
        }
    }
}
