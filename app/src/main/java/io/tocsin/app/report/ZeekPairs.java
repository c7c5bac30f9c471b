package io.tocsin.app.report;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The same records of Zeek as text with tabs and as JSON: both give the same event. Numbers and times
/// are compared as such: tables have six digits behind the point, JSON has all of them and writes some
/// times as ISO 8601. The stamp that only the writer of JSON adds to its lines (`_write_ts`) has no
/// column.
final class ZeekPairs implements DataSet {
    private static final Set<String> DIFFERENT = Set.of("ID", "Timestamp", "Raw", "EntryPath", "NormalizerName");
    private static final String STAMP_OF_WRITER = "_write_ts";
    private static final double SIX_DIGITS = 1e-6;
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
            if (text.isEmpty() || !same(text, twin)) {
                different++;
                if (shown++ < SHOWN) {
                    missing.add((i + 1) + ": " + difference(text, twin));
                }
            }
        }
        tally.add(name, count, different, missing);
    }

    /// The values by their path, `Extra.service` for one inside an object.
    private static Map<String, JsonNode> fields(JsonNode event) {
        Map<String, JsonNode> fields = new TreeMap<>();
        event.properties().forEach(field -> {
            if (!DIFFERENT.contains(field.getKey())) {
                if (field.getValue().isObject()) {
                    field.getValue()
                            .properties()
                            .forEach(inner -> fields.put(field.getKey() + '.' + inner.getKey(), inner.getValue()));
                } else {
                    fields.put(field.getKey(), field.getValue());
                }
            }
        });
        fields.remove("Extra." + STAMP_OF_WRITER);
        return fields;
    }

    private static boolean same(Map<String, JsonNode> text, Map<String, JsonNode> twin) {
        return text.keySet().equals(twin.keySet())
                && text.entrySet().stream().allMatch(field -> same(field.getValue(), twin.get(field.getKey())));
    }

    private static boolean same(JsonNode text, @Nullable JsonNode twin) {
        if (twin == null || text.equals(twin)) {
            return twin != null;
        }
        String written = text.asString();
        String other = twin.asString();
        if (written.startsWith("[") && other.startsWith("[")) {
            return sameLists(written, other);
        }
        return sameNumber(written, other) || sameTime(written, other);
    }

    private static boolean sameLists(String written, String other) {
        try {
            JsonNode one = Normalization.JSON.readTree(written);
            JsonNode two = Normalization.JSON.readTree(other);
            boolean same = one.size() == two.size();
            for (int i = 0; same && i < one.size(); i++) {
                same = same(one.path(i), two.path(i));
            }
            return same;
        } catch (JacksonException _) {
            return false; // a text in brackets
        }
    }

    private static boolean sameNumber(String written, String other) {
        try {
            double number = Double.parseDouble(written);
            return Math.abs(number - Double.parseDouble(other)) <= SIX_DIGITS * Math.max(1, Math.abs(number));
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private static boolean sameTime(String written, String other) {
        try {
            long micros = new BigDecimal(written).movePointRight(6).longValueExact();
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).equals(Instant.parse(other));
        } catch (ArithmeticException | NumberFormatException | DateTimeException _) {
            return false;
        }
    }

    private static String difference(Map<String, JsonNode> text, Map<String, JsonNode> twin) {
        Map<String, JsonNode> rest = new TreeMap<>(twin);
        StringBuilder out = new StringBuilder();
        text.forEach((field, value) -> {
            JsonNode other = rest.remove(field);
            if (!same(value, other)) {
                out.append(field)
                        .append('=')
                        .append(value)
                        .append(" in place of ")
                        .append(other)
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
