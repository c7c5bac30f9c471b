package io.tocsin.correlator.run;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;

/// Copies events from one batch to a new one.
final class BatchCopy {
    private BatchCopy() {}

    /// The events of a batch that are not left out, in their order.
    static EventBatch without(EventBatch events, boolean[] leftOut) {
        EventBatch copy = new EventBatch(events.count(), events.arenaLength());
        Event event = new Event();
        for (int i = 0; i < events.count(); i++) {
            if (!leftOut[i]) {
                copy(event.moveTo(events, i), copy.builder());
            }
        }
        return copy;
    }

    private static void copy(Event event, EventBuilder into) {
        byte[] arena = event.arena();
        into.begin(
                event.origin(),
                event.idHigh(),
                event.idLow(),
                event.receivedNanos(),
                event.sequence(),
                arena,
                event.rawOffset(),
                event.rawLength());
        if (event.hasFlag(EventBatch.FLAG_TABLE_CHANGE)) {
            into.setFlag(EventBatch.FLAG_TABLE_CHANGE);
        }
        for (int slot = event.start(); slot < event.end(); slot++) {
            long value = event.slotValue(slot);
            Field field = Fields.byCode(event.slotCode(slot));
            DynamicKind kind = DynamicKind.ofCode(event.slotCode(slot));
            if (field != null) {
                copyFixed(field, value, arena, event, into);
            } else if (kind != null) {
                long key = event.slotKey(slot);
                int keyLength = EventBatch.spanLength(key);
                int keyAt = into.append(arena, EventBatch.spanOffset(key), keyLength);
                if (kind.elementType() == FieldType.STRING) {
                    int length = EventBatch.spanLength(value);
                    int at = into.append(arena, EventBatch.spanOffset(value), length);
                    into.addDynamicSpan(kind, keyAt, keyLength, at, length);
                } else {
                    into.addDynamicBits(kind, keyAt, keyLength, value);
                }
            }
        }
        into.commit();
    }

    private static void copyFixed(Field field, long value, byte[] arena, Event event, EventBuilder into) {
        switch (field.type()) {
            case STRING -> into.setText(field, arena, EventBatch.spanOffset(value), EventBatch.spanLength(value));
            case INTEGER, TIMESTAMP -> into.setInteger(field, value);
            case FLOAT -> into.setFloat(field, Double.longBitsToDouble(value));
            case STRING_ARRAY -> into.addText(field, event.text(value));
        }
    }
}
