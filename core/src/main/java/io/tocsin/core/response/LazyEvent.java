package io.tocsin.core.response;

import io.tocsin.core.event.EventFields;
import io.tocsin.event.Event;
import io.tocsin.event.Field;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// A correlation event that is read when somebody asks for it, because most fire nothing.
///
/// Thread-safety: one thread.
final class LazyEvent {
    /// Characters of an event that a run keeps.
    static final int LONGEST = 256 * 1024;

    private static final int LONGEST_VALUE = 4_096;
    private static final int MOST_ITEMS = 1_000;

    private final JsonMapper mapper;
    private final String text;
    private @Nullable ObjectNode fields;
    private @Nullable Event event;

    LazyEvent(JsonMapper mapper, String text) {
        this.mapper = mapper;
        this.text = text;
    }

    /// The fields; empty when the text is no JSON object.
    ObjectNode fields() {
        ObjectNode known = fields;
        if (known == null) {
            known = read(mapper, text);
            fields = known;
        }
        return known;
    }

    static ObjectNode read(JsonMapper mapper, String text) {
        try {
            return mapper.readTree(text) instanceof ObjectNode object ? object : mapper.createObjectNode();
        } catch (JacksonException unreadable) {
            return mapper.createObjectNode();
        }
    }

    Event event() {
        Event known = event;
        if (known == null) {
            known = EventFields.event(fields());
            event = known;
        }
        return known;
    }

    String tenant() {
        return fields().path(Field.TENANT_ID.fieldName()).asString("");
    }

    /// The event as a run keeps it: whole, or, when it is too long, with long values cut and, at last, without those
    /// that do not fit.
    String kept() {
        if (text.length() <= LONGEST) {
            return fields().toString();
        }
        ObjectNode shorter = mapper.createObjectNode();
        long room = LONGEST;
        for (var member : fields().properties()) {
            JsonNode value = shortened(member.getValue());
            room -= member.getKey().length() + value.toString().length() + 4;
            if (room >= 0) {
                shorter.set(member.getKey(), value);
            }
        }
        return shorter.toString();
    }

    private JsonNode shortened(JsonNode value) {
        if (value instanceof StringNode string) {
            return mapper.getNodeFactory().stringNode(Template.cut(string.asString(), LONGEST_VALUE));
        }
        if (value instanceof ArrayNode items) {
            ArrayNode first = mapper.createArrayNode();
            items.valueStream().limit(MOST_ITEMS).forEach(item -> first.add(shortened(item)));
            return first;
        }
        if (value instanceof ObjectNode object) {
            ObjectNode all = mapper.createObjectNode();
            object.properties().forEach(member -> all.set(member.getKey(), shortened(member.getValue())));
            return all;
        }
        return value;
    }
}
