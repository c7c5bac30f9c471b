package io.tocsin.app.detect;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Takes Windows events apart into Sigma's field names: what stands under `EventData` and `UserData` under its own
/// name, and of
/// `System` the event id, channel, provider, computer, level and time.
final class WindowsEvents {
    private WindowsEvents() {}

    /// True for JSON as evtx_dump writes it.
    static boolean isNested(JsonNode event) {
        return event.path("Event").path("System").isObject();
    }

    /// The values of a nested JSON event.
    static Map<String, String> values(JsonNode event) {
        Map<String, String> values = new LinkedHashMap<>();
        JsonNode system = event.path("Event").path("System");
        put(values, "EventID", text(system.path("EventID")));
        put(values, "Channel", text(system.path("Channel")));
        put(values, "Computer", text(system.path("Computer")));
        put(values, "Level", text(system.path("Level")));
        put(values, "Task", text(system.path("Task")));
        put(values, "Keywords", text(system.path("Keywords")));
        put(
                values,
                "Provider_Name",
                text(system.path("Provider").path("#attributes").path("Name")));
        put(
                values,
                "TimeCreated",
                text(system.path("TimeCreated").path("#attributes").path("SystemTime")));
        put(values, "UserID", text(system.path("Security").path("#attributes").path("UserID")));
        for (String part : new String[] {"EventData", "UserData"}) {
            flatten(values, event.path("Event").path(part));
        }
        return values;
    }

    private static void flatten(Map<String, String> values, JsonNode node) {
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (member.getKey().startsWith("#")) {
                continue;
            }
            JsonNode value = member.getValue();
            if (value.isObject() && !value.has("#text")) {
                flatten(values, value);
            } else {
                put(values, compact(member.getKey()), text(value));
            }
        }
    }

    private static @Nullable String text(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (node.isObject()) {
            return text(node.path("#text"));
        }
        if (node.isArray()) {
            StringBuilder joined = new StringBuilder();
            for (JsonNode item : node) {
                String text = text(item);
                if (text != null) {
                    joined.append(joined.isEmpty() ? "" : "\n").append(text);
                }
            }
            return joined.toString();
        }
        return node.asString();
    }

    /// Sigma writes the few names with blanks without them: `Threat Name` is `ThreatName`.
    private static String compact(String name) {
        return name.replace(" ", "");
    }

    private static void put(Map<String, String> values, String key, @Nullable String text) {
        if (text != null) {
            values.putIfAbsent(key, text);
        }
    }

    /// A reader that follows no reference to anything outside of the text.
    static XMLInputFactory xml() {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    /// The values of the event whose start tag the reader stands on; the reader is left at its end tag.
    static Map<String, String> values(XMLStreamReader reader) throws XMLStreamException {
        Map<String, String> values = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>();
        String name = null;
        int unnamed = 0;
        StringBuilder text = new StringBuilder();
        open.push(reader.getLocalName());
        while (!open.isEmpty()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    open.push(reader.getLocalName());
                    text.setLength(0);
                    name = reader.getAttributeValue(null, "Name");
                    switch (reader.getLocalName()) {
                        case "Provider" -> put(values, "Provider_Name", name);
                        case "TimeCreated" -> put(values, "TimeCreated", reader.getAttributeValue(null, "SystemTime"));
                        case "Security" -> put(values, "UserID", reader.getAttributeValue(null, "UserID"));
                        default -> {}
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    String element = open.pop();
                    String value = text.toString().strip();
                    if (element.equals("Data")) {
                        put(
                                values,
                                name != null
                                        ? compact(name)
                                        : "Data" + (unnamed++ == 0 ? "" : Integer.toString(unnamed)),
                                value);
                    } else if (!value.isEmpty()) {
                        put(values, element, value);
                    }
                    name = null;
                    text.setLength(0);
                }
                default -> {}
            }
        }
        return values;
    }
}
