package io.tocsin.app.command;

import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Events of a running instance with those that were received before them, as lines of JSON.
///
/// @param lines one event a line, in the order of their reception
/// @param wanted numbers of the lines of the events that were asked for, from 1
/// @param events number of lines
/// @param truncated true when there were more events than are fetched: the oldest are missing
record StoredWindow(String lines, Set<Integer> wanted, int events, boolean truncated) {
    /// Most events that are fetched.
    static final int MAXIMUM_EVENTS = 100_000;

    StoredWindow {
        wanted = Set.copyOf(wanted);
    }

    /// Fetches events.
    ///
    /// @param ids of those that are asked for
    /// @param before how long before the first of them
    static StoredWindow fetch(Instance instance, List<String> ids, Duration before) {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        Set<String> names = new HashSet<>();
        for (String id : ids) {
            JsonNode event = instance.get("api/v1/events/" + id);
            names.add(event.path("ID").asString(""));
            long received = millis(event.path("Timestamp"));
            first = Math.min(first, received);
            last = Math.max(last, received);
        }
        ObjectNode request = Instance.JSON.createObjectNode();
        // The newest ones count when there are too many.
        request.put("sql", "SELECT * FROM events ORDER BY Timestamp DESC, ID DESC LIMIT " + MAXIMUM_EVENTS);
        request.put("from", Math.max(0, first - before.toMillis()));
        request.put("to", last + 1);
        request.put("limit", MAXIMUM_EVENTS);
        JsonNode answer = instance.post("api/v1/events/search", request);
        List<String> columns = new ArrayList<>();
        answer.path("columns").forEach(column -> columns.add(column.path("name").asString("")));
        List<ObjectNode> events = new ArrayList<>();
        answer.path("rows").forEach(row -> events.add(event(columns, row)));
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        Set<Integer> wanted = new HashSet<>();
        for (int i = events.size() - 1; i >= 0; i--) {
            int line = events.size() - i;
            if (names.contains(events.get(i).path("ID").asString(""))) {
                wanted.add(line);
            }
            lines.writeBytes((events.get(i).toString() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return new StoredWindow(
                lines.toString(StandardCharsets.UTF_8),
                wanted,
                events.size(),
                events.size() == MAXIMUM_EVENTS
                        || answer.path("statistics").path("truncated").asBoolean(false));
    }

    /// The filled fields of a row, times as numbers.
    private static ObjectNode event(List<String> columns, JsonNode row) {
        ObjectNode event = Instance.JSON.createObjectNode();
        for (int i = 0; i < columns.size() && i < row.size(); i++) {
            JsonNode value = row.path(i);
            Field field = Fields.byName(columns.get(i));
            boolean isTime = field != null && field.type() == FieldType.TIMESTAMP && field != Field.TIMESTAMP;
            if (isTime && value.isString()) {
                long millis = millis(value);
                if (millis > 0) {
                    event.put(columns.get(i), millis);
                }
            } else if (isNumber(field) && value.isString()) {
                number(event, columns.get(i), value.asString());
            } else if (isFilled(value)) {
                event.set(columns.get(i), value);
            }
        }
        return event;
    }

    private static boolean isNumber(@org.jspecify.annotations.Nullable Field field) {
        return field != null && field.type() == FieldType.INTEGER;
    }

    /// Numbers beyond 53 bits are texts in JSON.
    private static void number(ObjectNode event, String name, String text) {
        try {
            long number = Long.parseLong(text);
            if (number != 0) {
                event.put(name, number);
            }
        } catch (NumberFormatException notOne) {
            event.put(name, text);
        }
    }

    /// Storage keeps an absent value as the empty one of its type.
    private static boolean isFilled(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> value.asDouble() != 0;
            case STRING -> !value.asString().isEmpty();
            case ARRAY, OBJECT -> !value.isEmpty();
            case BOOLEAN -> true;
            case NULL, MISSING, BINARY, POJO -> false;
        };
    }

    private static long millis(JsonNode time) {
        if (time.isNumber()) {
            return time.asLong();
        }
        String text = time.asString("");
        try {
            return Instant.parse(text.endsWith("Z") ? text : text.replace(' ', 'T') + "Z")
                    .toEpochMilli();
        } catch (DateTimeParseException notOne) {
            return 0;
        }
    }
}
