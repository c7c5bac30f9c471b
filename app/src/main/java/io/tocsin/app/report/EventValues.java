package io.tocsin.app.report;

import io.tocsin.event.DynamicKind;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Looks for expected values in an event.
final class EventValues {
    /// What the product fills itself, and the source text.
    private static final Set<String> OWN = Set.of(
            "ID",
            "Timestamp",
            "Type",
            "Raw",
            "ServiceName",
            "ServiceID",
            "ConnectorName",
            "EntryPath",
            "EntryAddress",
            "EntryPort",
            "EntrySequence",
            "ListenAddress",
            "ListenPort",
            "NormalizerName",
            "TenantID",
            "ParseError");

    private final JsonNode event;

    EventValues(JsonNode event) {
        this.event = event;
    }

    /// The values of a field: of the schema, or of this name in `Extra` and the extended fields.
    List<String> of(String name) {
        Set<String> values = new LinkedHashSet<>();
        add(values, event.path(name));
        for (DynamicKind kind : DynamicKind.values()) {
            add(values, event.path(kind.prefix()).path(name));
        }
        return List.copyOf(values);
    }

    /// The first value of a field, empty when it has none. One that was too long is taken whole.
    String text(String name) {
        JsonNode whole = event.path("Extra").path(name);
        JsonNode value = whole.isMissingNode() ? event.path(name) : whole;
        return value.isMissingNode() ? "" : value.asString();
    }

    /// All values that were read from the source text.
    Set<String> all() {
        Set<String> values = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> field : event.properties()) {
            if (!OWN.contains(field.getKey())) {
                add(values, field.getValue());
            }
        }
        return values;
    }

    private static void add(Set<String> values, JsonNode node) {
        if (node.isValueNode()) {
            values.add(node.asString());
        } else {
            node.values().forEach(value -> add(values, value));
        }
    }

    /// True when any value of the event is the expected one.
    boolean has(String expected) {
        return isAmong(expected, all());
    }

    /// True when one of these fields has the expected value.
    boolean has(String expected, List<String> fields) {
        return fields.stream().anyMatch(field -> isAmong(expected, of(field)));
    }

    private static boolean isAmong(String expected, Collection<String> values) {
        List<String> wanted = spellings(expected);
        for (String value : values) {
            for (String one : wanted) {
                if (value.equalsIgnoreCase(one) || (one.length() > 3 && isWordOf(value, one))) {
                    return true;
                }
            }
        }
        return false;
    }

    /// True when a value holds the expected one as a whole part, such as an address with its zone.
    private static boolean isWordOf(String value, String wanted) {
        int at = value.indexOf(wanted);
        if (at < 0) {
            return false;
        }
        int end = at + wanted.length();
        return (at == 0 || !Character.isLetterOrDigit(value.charAt(at - 1)))
                && (end == value.length() || !Character.isLetterOrDigit(value.charAt(end)));
    }

    /// A value as events may write it: times as milliseconds, numbers without a fraction of zero.
    static List<String> spellings(String value) {
        List<String> spellings = new ArrayList<>();
        spellings.add(value);
        spellings.add(value.strip());
        if (value.endsWith(".0")) {
            spellings.add(value.substring(0, value.length() - 2));
        }
        if (value.length() >= 19 && value.charAt(4) == '-' && value.charAt(10) == 'T') {
            try {
                spellings.add(Long.toString(time(value).toEpochMilli()));
            } catch (DateTimeException _) {
                // not a time
            }
        }
        return spellings;
    }

    static Instant time(String value) {
        return value.endsWith("Z")
                ? Instant.parse(value)
                : OffsetDateTime.parse(value).toInstant();
    }
}
