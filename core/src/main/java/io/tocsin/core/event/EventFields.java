package io.tocsin.core.event;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/// Makes events of what [io.tocsin.event.EventJson] wrote, so that rules and conditions can be asked and other formats
/// written. What is no field, or not of its type, is left out.
public final class EventFields {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("response", "core", "");
    private static final byte[] NO_RAW = {};
    private static final int ID_DIGITS = 32;

    private EventFields() {}

    /// The event with its identifier and the time at which it was received.
    public static Event event(JsonNode object) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        String id = object.path(Field.ID.fieldName()).asString("").replace("-", "");
        boolean known = id.length() == ID_DIGITS && id.chars().allMatch(HexFormat::isHexDigit);
        long high = known ? HexFormat.fromHexDigitsToLong(id, 0, ID_DIGITS / 2) : 0;
        long low = known ? HexFormat.fromHexDigitsToLong(id, ID_DIGITS / 2, ID_DIGITS) : 0;
        long received = object.path(Field.TIMESTAMP.fieldName()).asLong(0) * 1_000_000;
        event.begin(ORIGIN, high, low, received, 0, NO_RAW, 0, 0);
        set(event, object);
        event.commit();
        return new Event().moveTo(batch, 0);
    }

    /// Sets the fields of an event that has begun; whoever began it said which one it is and when it was received.
    public static void set(EventBuilder event, JsonNode object) {
        object.properties().forEach(member -> set(event, member.getKey(), member.getValue()));
    }

    private static void set(EventBuilder event, String name, JsonNode value) {
        DynamicKind kind = DynamicKind.ofPrefix(name);
        if (kind != null && value.isObject()) {
            value.properties().forEach(member -> dynamic(event, kind, member.getKey(), member.getValue()));
            return;
        }
        Field field = Fields.byName(name);
        if (field == null
                || field == Field.ID
                || field == Field.TIMESTAMP
                || field == Field.ENTRY_SEQUENCE
                || field == Field.RAW) {
            return;
        }
        switch (field.type()) {
            case STRING -> event.setText(field, value.asString(""));
            case INTEGER, TIMESTAMP -> {
                if (value.isNumber()) {
                    event.setInteger(field, value.asLong(0));
                }
            }
            case FLOAT -> {
                if (value.isNumber()) {
                    event.setFloat(field, value.asDouble(0));
                }
            }
            case STRING_ARRAY -> value.forEach(item -> event.addText(field, item.asString("")));
        }
    }

    private static void dynamic(EventBuilder event, DynamicKind kind, String key, JsonNode value) {
        if (value.isArray()) {
            value.forEach(item -> dynamic(event, kind, key, item));
            return;
        }
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(keyBytes, 0, keyBytes.length);
        switch (kind.elementType()) {
            case INTEGER, TIMESTAMP -> event.addDynamicBits(kind, keyAt, keyBytes.length, value.asLong(0));
            case FLOAT ->
                event.addDynamicBits(kind, keyAt, keyBytes.length, Double.doubleToRawLongBits(value.asDouble(0)));
            case STRING, STRING_ARRAY -> {
                byte[] bytes = value.asString("").getBytes(StandardCharsets.UTF_8);
                event.addDynamicSpan(kind, keyAt, keyBytes.length, event.append(bytes, 0, bytes.length), bytes.length);
            }
        }
    }
}
