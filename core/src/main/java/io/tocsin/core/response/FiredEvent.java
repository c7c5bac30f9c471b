package io.tocsin.core.response;

import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import java.time.Instant;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The correlation event that a run is about.
///
/// @param run identifier of the run, the same in every attempt
/// @param response name of the response
/// @param finding identifier of the finding
/// @param alert identifier of the alert, empty when there is none
/// @param fields the event as JSON, with the names of fields as keys
public record FiredEvent(String run, String response, String finding, String alert, ObjectNode fields) {
    private static final int MOST_VALUES = 100;

    /// What the event holds there, or a missing node.
    JsonNode value(FieldReference field) {
        return switch (field) {
            case FieldReference.Fixed fixed -> fields.path(fixed.field().fieldName());
            case FieldReference.Dynamic dynamic ->
                fields.path(dynamic.kind().prefix()).path(dynamic.key());
            case FieldReference.AnyField _ -> fields.path("");
        };
    }

    /// The value as text, empty when there is none; times in ISO 8601 UTC, several values with commas between them.
    String text(FieldReference field) {
        JsonNode value = value(field);
        if (value.isArray()) {
            return value.valueStream()
                    .limit(MOST_VALUES)
                    .map(each -> each.asString(""))
                    .collect(Collectors.joining(", "));
        }
        if (value.isIntegralNumber() && field.valueType() == FieldType.TIMESTAMP) {
            return Instant.ofEpochMilli(value.asLong(0)).toString();
        }
        return value.isValueNode() ? value.asString("") : "";
    }

    /// 1 low to 4 critical.
    int priority() {
        return Math.clamp(fields.path(Field.PRIORITY.fieldName()).asInt(1), 1, 4);
    }

    String priorityText() {
        return switch (priority()) {
            case 1 -> "low";
            case 2 -> "medium";
            case 3 -> "high";
            default -> "critical";
        };
    }
}
