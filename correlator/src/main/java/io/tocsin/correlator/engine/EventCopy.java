package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.FieldTable;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import org.jspecify.annotations.Nullable;

/// Copies an event with the fields that some rules look at.
final class EventCopy {
    private EventCopy() {}

    /// A batch with nothing but this event.
    ///
    /// @param wanted fields to copy besides its times and its host; null for all, with the raw text
    static EventBatch of(Event event, @Nullable FieldTable wanted) {
        EventBatch batch = new EventBatch(1, 512);
        EventBuilder into = batch.builder();
        begin(event, into, wanted == null);
        slots(event, into, wanted);
        into.commit();
        return batch;
    }

    /// A batch with nothing but this event as rules see it that ask for correlation events: its time is
    /// `timeMillis`.
    static EventBatch looped(Event event, long timeMillis) {
        EventBatch batch = new EventBatch(1, 2_048);
        EventBuilder into = batch.builder();
        begin(event, into, false);
        slots(event, into, null);
        into.setInteger(Field.DEVICE_RECEIPT_TIME, timeMillis);
        into.commit();
        return batch;
    }

    private static void begin(Event event, EventBuilder into, boolean raw) {
        into.begin(
                event.origin(),
                event.idHigh(),
                event.idLow(),
                event.receivedNanos(),
                event.sequence(),
                event.arena(),
                event.rawOffset(),
                raw ? event.rawLength() : 0);
        if (raw && event.hasFlag(EventBatch.FLAG_KEEP_RAW)) {
            into.setFlag(EventBatch.FLAG_KEEP_RAW);
        }
    }

    private static void slots(Event event, EventBuilder into, @Nullable FieldTable wanted) {
        byte[] arena = event.arena();
        for (int slot = event.start(); slot < event.end(); slot++) {
            Field field = Fields.byCode(event.slotCode(slot));
            if (wanted != null
                    && wanted.numberOfSlot(event, slot) < 0
                    && field != Field.DEVICE_RECEIPT_TIME
                    && field != Field.DEVICE_HOST_NAME
                    && field != Field.TENANT_ID) {
                continue;
            }
            long value = event.slotValue(slot);
            DynamicKind kind = DynamicKind.ofCode(event.slotCode(slot));
            if (field != null) {
                fixed(field, value, arena, event, into);
            } else if (kind != null) {
                dynamic(kind, event.slotKey(slot), value, arena, into);
            }
        }
    }

    private static void fixed(Field field, long value, byte[] arena, Event event, EventBuilder into) {
        switch (field.type()) {
            case STRING -> into.setText(field, arena, EventBatch.spanOffset(value), EventBatch.spanLength(value));
            case INTEGER, TIMESTAMP -> into.setInteger(field, value);
            case FLOAT -> into.setFloat(field, Double.longBitsToDouble(value));
            case STRING_ARRAY -> into.addText(field, event.text(value));
        }
    }

    private static void dynamic(DynamicKind kind, long key, long value, byte[] arena, EventBuilder into) {
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
