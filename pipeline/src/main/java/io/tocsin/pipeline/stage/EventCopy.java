package io.tocsin.pipeline.stage;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;

/// Opens a copy of an event in another batch, with its identity, fields and flags.
public final class EventCopy {
    private static final int FLAGS =
            EventBatch.FLAG_KEEP_RAW | EventBatch.FLAG_PARSE_FAILED | EventBatch.FLAG_CUT | EventBatch.FLAG_REPLAYED;

    private EventCopy() {}

    /// Opens the copy; it still has to be committed.
    ///
    /// @param to builder of another batch, with no event open
    /// @param sequence running number of the copy
    public static void open(Event from, EventBuilder to, long sequence) {
        to.begin(
                from.origin(),
                from.idHigh(),
                from.idLow(),
                from.receivedNanos(),
                sequence,
                from.arena(),
                from.rawOffset(),
                from.rawLength());
        for (int flag = 1; flag <= FLAGS; flag <<= 1) {
            if (from.hasFlag(flag)) {
                to.setFlag(flag);
            }
        }
        for (int slot = from.start(); slot < from.end(); slot++) {
            copy(from, slot, to);
        }
    }

    private static void copy(Event from, int slot, EventBuilder to) {
        int code = from.slotCode(slot);
        long value = from.slotValue(slot);
        DynamicKind dynamic = DynamicKind.ofCode(code);
        if (dynamic != null) {
            long key = from.slotKey(slot);
            int keyOffset = copySpan(from, key, to);
            if (dynamic.elementType() == FieldType.STRING) {
                to.addDynamicSpan(
                        dynamic,
                        keyOffset,
                        EventBatch.spanLength(key),
                        copySpan(from, value, to),
                        EventBatch.spanLength(value));
            } else {
                to.addDynamicBits(dynamic, keyOffset, EventBatch.spanLength(key), value);
            }
            return;
        }
        Field field = Fields.byCode(code);
        if (field == null) {
            throw new IllegalStateException("event has a field without a name [code=" + code + "]");
        }
        switch (field.type()) {
            case STRING -> to.setText(field, from.arena(), EventBatch.spanOffset(value), EventBatch.spanLength(value));
            case STRING_ARRAY -> to.addText(field, from.text(value));
            case INTEGER, TIMESTAMP -> to.setInteger(field, value);
            case FLOAT -> to.setFloat(field, Double.longBitsToDouble(value));
        }
    }

    private static int copySpan(Event from, long span, EventBuilder to) {
        return to.append(from.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
    }
}
