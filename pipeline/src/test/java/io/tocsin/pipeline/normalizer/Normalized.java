package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An event that a normalizer made of a text, as names and texts.
///
/// @param understood what the normalizer answered
/// @param fields schema fields by name, times as ISO 8601; dynamic fields as `Extra.key`; equal keys joined by commas
/// @param keepsRaw the source text is kept
/// @param failed the event is marked as not understood
record Normalized(boolean understood, Map<String, String> fields, boolean keepsRaw, boolean failed) {
    static final Instant RECEIVED = Instant.parse("2026-11-22T10:00:00Z");

    /// A normalizer of resources in YAML; the first document is the root, others are found by name.
    static Normalizer normalizer(String yaml) {
        return normalizer(yaml, ZoneOffset.UTC);
    }

    static Normalizer normalizer(String yaml, ZoneId site) {
        return plan(yaml, site).create();
    }

    static NormalizerPlan plan(String yaml) {
        return plan(yaml, ZoneOffset.UTC);
    }

    private static NormalizerPlan plan(String yaml, ZoneId site) {
        Problems problems = new Problems();
        Map<String, ConfigNode> resources = new TreeMap<>();
        String first = "";
        for (ConfigNode document : YamlReader.readAll("test.yaml", yaml, problems)) {
            String name = String.valueOf(((ConfigNode.Mapping) document).text("name"));
            first = first.isEmpty() ? name : first;
            resources.put(name, document);
        }
        NormalizerPlan plan = new NormalizerLoader(site, resources::get).load(first, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return plan;
    }

    /// A built-in normalizer.
    static Normalizer builtIn(String name) {
        Problems problems = new Problems();
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC).load(name, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return plan.create();
    }

    static Normalized of(Normalizer normalizer, String text) {
        return of(normalizer, text.getBytes(UTF_8), RECEIVED);
    }

    static Normalized of(Normalizer normalizer, String text, Instant received) {
        return of(normalizer, text.getBytes(UTF_8), received);
    }

    static Normalized of(Normalizer normalizer, byte[] text, Instant received) {
        Normalized event = of(normalizer, EntryOrigin.local("collector", "test", ""), text, 0, text.length, received);
        if (event == null) {
            throw new AssertionError("no event: " + normalizer.skipReason());
        }
        return event;
    }

    /// The events of a text that came from a stream; what is no event is left out.
    static List<Normalized> all(Normalizer normalizer, String text, String path) {
        byte[] bytes = text.getBytes(UTF_8);
        EntryOrigin origin = EntryOrigin.local("collector", "test", path);
        List<Normalized> events = new ArrayList<>();
        if (!normalizer.splits()) {
            add(events, of(normalizer, origin, bytes, 0, bytes.length, RECEIVED));
            return events;
        }
        normalizer.open(origin, bytes, 0, bytes.length);
        while (normalizer.next()) {
            add(events, of(normalizer, origin, bytes, normalizer.pieceOffset(), normalizer.pieceLength(), RECEIVED));
        }
        return events;
    }

    private static void add(List<Normalized> events, @Nullable Normalized event) {
        if (event != null) {
            events.add(event);
        }
    }

    private static @Nullable Normalized of(
            Normalizer normalizer, EntryOrigin origin, byte[] text, int offset, int length, Instant received) {
        EventBatch batch = new EventBatch(8, 256);
        EventBuilder builder = batch.builder();
        long nanos = received.getEpochSecond() * 1_000_000_000L + received.getNano();
        builder.begin(origin, 1, 2, nanos, 1, text, offset, length);
        boolean understood = normalizer.normalize(builder);
        if (normalizer.skipReason() != null) {
            builder.discard();
            return null;
        }
        builder.commit();
        return of(understood, new Event().moveTo(batch, 0));
    }

    static Normalized of(boolean understood, Event event) {
        return new Normalized(
                understood,
                fields(event),
                event.hasFlag(EventBatch.FLAG_KEEP_RAW),
                event.hasFlag(EventBatch.FLAG_PARSE_FAILED));
    }

    private static Map<String, String> fields(Event event) {
        Map<String, String> fields = new TreeMap<>();
        for (int slot = event.start(); slot < event.end(); slot++) {
            int code = event.slotCode(slot);
            DynamicKind kind = DynamicKind.ofCode(code);
            if (kind != null) {
                String value = switch (kind.elementType()) {
                    case INTEGER -> Long.toString(event.slotValue(slot));
                    case FLOAT -> Double.toString(Double.longBitsToDouble(event.slotValue(slot)));
                    case STRING, TIMESTAMP, STRING_ARRAY -> event.text(event.slotValue(slot));
                };
                fields.merge(kind.prefix() + "." + event.text(event.slotKey(slot)), value, (a, b) -> a + "," + b);
            }
        }
        for (Field field : Field.values()) {
            if (field != Field.ID
                    && field != Field.TIMESTAMP
                    && field != Field.RAW
                    && field != Field.ENTRY_SEQUENCE
                    && field != Field.SERVICE_NAME
                    && field != Field.CONNECTOR_NAME
                    && field != Field.ENTRY_PATH
                    && event.has(field)) {
                String value = field.type() == FieldType.TIMESTAMP
                        ? Instant.ofEpochMilli(event.integer(field, 0)).toString()
                        : String.valueOf(event.text(field));
                fields.put(field.fieldName(), value);
            }
        }
        return fields;
    }

    /// Value of a field, empty when it has none.
    String get(String field) {
        return fields.getOrDefault(field, "");
    }
}
