package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The same records of Zeek as text with tabs and as JSON: both give the same event.
final class ZeekPairs implements DataSet {
    private static final Set<String> DIFFERENT = Set.of("ID", "Timestamp", "Raw", "EntryPath", "NormalizerName");
    private static final int SHOWN = 5;

    @Override
    public String name() {
        return "zeek";
    }

    @Override
    public String folder() {
        return "zeek";
    }

    @Override
    public String passes() {
        return "the record as text gives the event that its twin as JSON gives";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(folder.resolve("tsv"))) {
            String name = String.valueOf(file.getFileName()).replaceFirst("\\..*", "");
            Path twin = DataFiles.below(folder.resolve("json")).stream()
                    .filter(path -> String.valueOf(path.getFileName()).startsWith(name + "."))
                    .findFirst()
                    .orElse(file);
            if (Files.exists(twin) && !twin.equals(file)) {
                compare(name, events(normalization, file), events(normalization, twin), tally);
            }
        }
    }

    private static List<JsonNode> events(Normalization normalization, Path file) throws IOException {
        Normalization.Stream stream = normalization.stream("auto");
        List<JsonNode> events = new ArrayList<>();
        for (String line : DataFiles.lines(file)) {
            if (!line.isEmpty()) {
                List<JsonNode> some = stream.events(file.toString(), line);
                // Before there was a normalizer for them, lines of the header came out as events.
                if (!line.startsWith("#")) {
                    events.addAll(some);
                }
            }
        }
        return events;
    }

    private static void compare(String name, List<JsonNode> texts, List<JsonNode> twins, Tally tally) {
        int shown = 0;
        int count = Math.max(texts.size(), twins.size());
        int different = 0;
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i >= texts.size() || i >= twins.size()) {
                different += count - i;
                missing.add(texts.size() + " records and " + twins.size() + " twins");
                break;
            }
            Map<String, JsonNode> text = fields(texts.get(i));
            Map<String, JsonNode> twin = fields(twins.get(i));
            // Without a normalizer both would be the same empty event.
            if (text.isEmpty() || !text.equals(twin)) {
                different++;
                if (shown++ < SHOWN) {
                    missing.add((i + 1) + ": " + difference(text, twin));
                }
            }
        }
        tally.add(name, count, different, missing);
    }

    private static Map<String, JsonNode> fields(JsonNode event) {
        Map<String, JsonNode> fields = new TreeMap<>();
        event.properties().forEach(field -> {
            if (!DIFFERENT.contains(field.getKey())) {
                fields.put(field.getKey(), field.getValue());
            }
        });
        return fields;
    }

    private static String difference(Map<String, JsonNode> text, Map<String, JsonNode> twin) {
        Map<String, JsonNode> rest = new TreeMap<>(twin);
        StringBuilder out = new StringBuilder();
        text.forEach((field, value) -> {
            if (!value.equals(rest.remove(field))) {
                out.append(field)
                        .append('=')
                        .append(value)
                        .append(" in place of ")
                        .append(twin.get(field))
                        .append(' ');
            }
        });
        rest.forEach((field, value) -> out.append(field)
                .append(" is missing, should be ")
                .append(value)
                .append(' '));
        return out.toString().strip();
    }
}
