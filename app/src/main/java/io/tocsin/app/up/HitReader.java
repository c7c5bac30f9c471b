package io.tocsin.app.up;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Entity;
import io.tocsin.core.alert.Segment;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads correlation events as the core takes them.
///
/// Thread-safety: one thread.
final class HitReader {
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch batch = new EventBatch();
    private final Event event = new Event();
    private final EventJson json = new EventJson();
    private final Supplier<Segmentations> segmentations;
    private Segmentations.Chooser chooser;

    /// @param segmentations those in force, asked for each event
    HitReader(Supplier<Segmentations> segmentations) {
        this.segmentations = segmentations;
        this.chooser = segmentations.get().newChooser();
    }

    /// Adds the correlation events of the batches that stand one after another.
    ///
    /// @throws BatchFormatException when one cannot be read; those before it are added
    void read(byte[] bytes, int offset, int length, List<CorrelationHit> into) {
        int at = offset;
        while (at < offset + length) {
            at = decoder.decode(bytes, at, offset + length - at, batch).totalLength();
            for (int i = 0; i < batch.count(); i++) {
                // What rules wrote to shared lists stands there as well.
                if (!batch.hasFlag(i, EventBatch.FLAG_TABLE_CHANGE)) {
                    into.add(hit(event.moveTo(batch, i)));
                }
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
        Segmentations now = segmentations.get();
        if (chooser.segmentations() != now) {
            chooser = now.newChooser();
        }
        String ruleId = text(found, Field.CORRELATION_RULE_ID);
        String ruleName = text(found, Field.CORRELATION_RULE_NAME);
        Segment segment = chooser.choose(ruleId, ruleName, found);
        return new CorrelationHit(
                text(found, Field.EXTERNAL_ID),
                EventIds.text(found.idHigh(), found.idLow()),
                CorrelationHit.Change.ofClassId(text(found, Field.DEVICE_EVENT_CLASS_ID)),
                ruleId,
                ruleName,
                (int) found.integer(Field.PRIORITY, 1),
                found.integer(Field.END_TIME, found.timestampMillis()),
                found.integer(Field.START_TIME, found.timestampMillis()),
                found.integer(Field.END_TIME, found.timestampMillis()),
                entities,
                list(text(found, Field.TACTIC)),
                list(text(found, Field.TECHNIQUE)),
                segment.key(),
                values(found, Field.BASE_EVENT_IDS),
                text(found, Field.MESSAGE),
                json.toText(found),
                !text(found, Field.DEVICE_ACTION).equals("alert"),
                segment);
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
