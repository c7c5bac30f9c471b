package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Events of products with what the content pack of another SIEM makes of them. Counted are the expected values that
/// stand in the text: words of the other system's own vocabulary are its own affair.
final class ContentPackCases implements DataSet {
    private final String name;
    private final String folder;
    private final FieldMeanings meanings;
    private final double barPercent;

    /// @param meanings where values have to be
    ContentPackCases(String name, String folder, FieldMeanings meanings, double barPercent) {
        this.name = name;
        this.folder = folder;
        this.meanings = meanings;
        this.barPercent = barPercent;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String folder() {
        return folder;
    }

    @Override
    public String passes() {
        return meanings.equals(FieldMeanings.ANYWHERE)
                ? "an expected value that stands in the text is in the event"
                : "an expected value that stands in the text is in the field that means the same";
    }

    @Override
    public double barPercent() {
        return barPercent;
    }

    @Override
    public void run(Path data, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(data)) {
            Normalization.Stream auto = normalization.stream("auto");
            for (String line : DataFiles.lines(file)) {
                JsonNode one = Normalization.JSON.readTree(line);
                String raw = one.path("raw").asString();
                List<EventValues> values = auto.events(file.toString(), raw).stream()
                        .map(EventValues::new)
                        .toList();
                String text = raw.toLowerCase(Locale.ROOT);
                List<String> missing = new ArrayList<>();
                int expected = 0;
                for (Map.Entry<String, JsonNode> field : one.path("expected").properties()) {
                    String value =
                            field.getValue().isValueNode() ? field.getValue().asString() : "";
                    if (!value.isEmpty()
                            && meanings.covers(field.getKey())
                            && text.contains(value.toLowerCase(Locale.ROOT))) {
                        expected++;
                        if (values.stream().noneMatch(event -> meanings.isIn(event, field.getKey(), value))) {
                            missing.add(field.getKey() + "=" + value);
                        }
                    }
                }
                tally.add(file.getFileName() + " " + one.path("case").asString(), expected, missing.size(), missing);
            }
        }
    }
}
