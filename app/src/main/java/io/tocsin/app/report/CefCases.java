package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// CEF messages with fields by their long CEF names, or with the note that they are invalid.
final class CefCases implements DataSet {
    /// Names of the other decoder for what stands elsewhere here, or nowhere: its own version field, the syslog header.
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("deviceAddress", "DeviceAddress"),
            Map.entry("deviceEventClassId", "DeviceEventClassID"),
            Map.entry("syslog", "prefix"),
            Map.entry("cefVersion", "cefVersion"));

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MMM dd yyyy HH:mm:ss", Locale.ENGLISH);
    private static final Set<String> NO_FIELDS = Set.of("cefVersion", "syslog");

    @Override
    public String name() {
        return "cef";
    }

    @Override
    public String folder() {
        return "cef";
    }

    @Override
    public String passes() {
        return "every asserted field has its value; an invalid message is an event with ParseError";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (JsonNode one : DataFiles.json(folder.resolve("logstash-codec-cef-cases.json"))) {
            String name = one.path("case").asString();
            List<JsonNode> events =
                    normalization.stream("cef").events("", one.path("message").asString());
            List<String> missing = new ArrayList<>();
            boolean failed = events.stream().anyMatch(event -> event.has("ParseError"));
            if (one.has("expected_failure")) {
                if (!failed) {
                    missing.add("should fail");
                }
            } else if (events.size() != 1) {
                missing.add(events.size() + " events");
            } else {
                EventValues values = new EventValues(events.getFirst());
                for (Map.Entry<String, JsonNode> expected : one.path("expected").properties()) {
                    String field = expected.getKey();
                    if (!NO_FIELDS.contains(field) && !has(values, field, expected.getValue())) {
                        missing.add(field + "=" + expected.getValue().asString());
                    }
                }
            }
            tally.add(name, missing);
        }
    }

    /// A time of CEF in UTC as milliseconds, empty when it is written in another way.
    private static String millis(String text) {
        try {
            return Long.toString(
                    LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC).toEpochMilli());
        } catch (DateTimeException _) {
            return "";
        }
    }

    private static boolean has(EventValues values, String field, JsonNode expected) {
        if (expected.asString().isEmpty()) {
            return true;
        }
        String own = NAMES.getOrDefault(field, field.substring(0, 1).toUpperCase(Locale.ROOT) + field.substring(1));
        List<String> found = new ArrayList<>(values.of(own));
        found.addAll(values.of(field));
        if (field.endsWith("Time") && found.size() == 1 && found.getFirst().equals(millis(expected.asString()))) {
            return true;
        }
        for (String spelling : EventValues.spellings(expected.asString())) {
            if (found.contains(spelling)) {
                return true;
            }
        }
        // The other decoder has fields that the standard does not name; their value is kept under the key as written.
        return found.isEmpty() && values.has(expected.asString());
    }
}
