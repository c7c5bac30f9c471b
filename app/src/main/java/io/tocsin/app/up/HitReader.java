package io.tocsin.app.up;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Entity;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads correlation events as the core takes them.
///
/// Thread-safety: one thread.
final class HitReader {
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch batch = new EventBatch();
    private final Event event = new Event();
    private final EventJson json = new EventJson();

    /// Adds the correlation events of the batches that stand one after another.
    ///
    /// @throws BatchFormatException when one cannot be read; those before it are added
    void read(byte[] bytes, int offset, int length, List<CorrelationHit> into) {
        int at = offset;
        while (at < offset + length) {
            at = decoder.decode(bytes, at, offset + length - at, batch).totalLength();
            for (int i = 0; i < batch.count(); i++) {
                into.add(hit(event.moveTo(batch, i)));
            }
        }
    }

    private CorrelationHit hit(Event found) {
        List<Entity> entities = new ArrayList<>();
        for (String asset : values(found, Field.AFFECTED_ASSETS)) {
            int colon = asset.indexOf(':');
            Entity.@Nullable Kind kind = colon < 0 ? null : kind(asset.substring(0, colon));
            if (kind != null) {
                entities.add(new Entity(kind, asset.substring(colon + 1)));
            }
        }
        StringBuilder group = new StringBuilder();
        for (String name : values(found, Field.GROUPED_BY)) {
            Field field = Fields.byName(name);
            group.append(name)
                    .append('=')
                    .append(field == null ? "" : text(found, field))
                    .append('\n');
        }
        return new CorrelationHit(
                text(found, Field.EXTERNAL_ID),
                EventIds.text(found.idHigh(), found.idLow()),
                CorrelationHit.Change.ofClassId(text(found, Field.DEVICE_EVENT_CLASS_ID)),
                text(found, Field.CORRELATION_RULE_ID),
                text(found, Field.CORRELATION_RULE_NAME),
                (int) found.integer(Field.PRIORITY, 1),
                found.integer(Field.END_TIME, found.timestampMillis()),
                found.integer(Field.START_TIME, found.timestampMillis()),
                found.integer(Field.END_TIME, found.timestampMillis()),
                entities,
                list(text(found, Field.TACTIC)),
                list(text(found, Field.TECHNIQUE)),
                group.toString(),
                values(found, Field.BASE_EVENT_IDS),
                text(found, Field.MESSAGE),
                json.toText(found),
                !text(found, Field.DEVICE_ACTION).equals("alert"));
    }

    private static Entity.@Nullable Kind kind(String text) {
        return switch (text) {
            case "user" -> Entity.Kind.USER;
            case "host" -> Entity.Kind.HOST;
            case "address" -> Entity.Kind.ADDRESS;
            default -> null;
        };
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    private static String text(Event found, Field field) {
        String text = found.text(field);
        return text == null ? "" : text;
    }

    private static List<String> values(Event found, Field field) {
        List<String> values = new ArrayList<>();
        for (int slot = found.start(); slot < found.end(); slot++) {
            if (found.slotCode(slot) == field.code()) {
                values.add(found.text(found.slotValue(slot)));
            }
        }
        return values;
    }
}
