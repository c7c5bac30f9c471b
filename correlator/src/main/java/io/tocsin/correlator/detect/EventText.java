package io.tocsin.correlator.detect;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// Sets fields of an event from names and texts, as tests write them.
final class EventText {
    private EventText() {}

    /// Sets a field.
    ///
    /// @return null, or what is wrong
    static @Nullable String set(EventBuilder event, String name, String text) {
        FieldReference reference = FieldReference.byName(name);
        try {
            return switch (reference) {
                case null -> "unknown field [field=" + name + "]" + FieldReference.hint(name);
                case FieldReference.AnyField _ -> "a test cannot set any field [field=" + name + "]";
                case FieldReference.Fixed fixed -> {
                    fixed(event, fixed.field(), text);
                    yield null;
                }
                case FieldReference.Dynamic dynamic -> {
                    dynamic(event, dynamic.kind(), dynamic.key(), text);
                    yield null;
                }
            };
        } catch (NumberFormatException | DateTimeParseException e) {
            return "value does not fit the field [field=" + name + ", value=" + text + "]";
        }
    }

    private static void fixed(EventBuilder event, Field field, String text) {
        switch (field.type()) {
            case STRING -> event.setText(field, text);
            case STRING_ARRAY -> event.addText(field, text);
            case INTEGER -> event.setInteger(field, Long.parseLong(text));
            case FLOAT -> event.setFloat(field, Double.parseDouble(text));
            case TIMESTAMP ->
                event.setInteger(field, text.contains("-") ? Instant.parse(text).toEpochMilli() : Long.parseLong(text));
        }
    }

    private static void dynamic(EventBuilder event, DynamicKind kind, String key, String text) {
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(keyBytes, 0, keyBytes.length);
        switch (kind.elementType()) {
            case INTEGER -> event.addDynamicBits(kind, keyAt, keyBytes.length, Long.parseLong(text));
            case FLOAT ->
                event.addDynamicBits(
                        kind, keyAt, keyBytes.length, Double.doubleToRawLongBits(Double.parseDouble(text)));
            case STRING, STRING_ARRAY, TIMESTAMP ->
                event.addDynamicSpan(kind, keyAt, keyBytes.length, event.append(bytes, 0, bytes.length), bytes.length);
        }
    }
}
