package io.tocsin.app.report;

import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.Fields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Lines of many products. A line passes when it fills a field of the schema that the syslog header alone does not
/// fill; what is kept in `Extra` does not count.
final class VendorLines implements DataSet {
    private static final Set<Field> HEADER = Set.of(
            Field.DEVICE_FACILITY,
            Field.SEVERITY,
            Field.DEVICE_HOST_NAME,
            Field.DEVICE_ADDRESS,
            Field.DEVICE_PROCESS_NAME,
            Field.DEVICE_PROCESS_ID,
            Field.DEVICE_RECEIPT_TIME,
            Field.DEVICE_TIME_ZONE,
            Field.MESSAGE);

    private final String source;

    /// @param source name of the folder below `vendors`
    VendorLines(String source) {
        this.source = source;
    }

    @Override
    public String name() {
        return "vendors-" + source;
    }

    @Override
    public String folder() {
        return "vendors/" + source;
    }

    @Override
    public String passes() {
        return "a line fills at least one field beyond the syslog header";
    }

    @Override
    public double barPercent() {
        return 99;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(folder)) {
            Normalization.Stream auto = normalization.stream("auto");
            for (String text : texts(file)) {
                boolean mapped = auto.events(file.toString(), text).stream().anyMatch(VendorLines::isMapped);
                String shown = text.length() > 160 ? text.substring(0, 160) : text;
                tally.add(String.valueOf(file.getFileName()), mapped ? List.of() : List.of(shown));
            }
        }
    }

    private static List<String> texts(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        for (String line : DataFiles.lines(file)) {
            if (String.valueOf(file.getFileName()).contains(".json")) {
                texts.add(Normalization.JSON.readTree(line).path("message").asString());
            } else if (line.matches("log [0-9]+ (pass|fail) *=.*")) {
                texts.add(line.substring(line.indexOf('=') + 1).strip());
            }
        }
        return texts;
    }

    static boolean isMapped(JsonNode event) {
        for (Map.Entry<String, JsonNode> one : event.properties()) {
            Field field = Fields.byName(one.getKey());
            if (field != null && field.group() != FieldGroup.SERVICE && !HEADER.contains(field)) {
                return true;
            }
        }
        return false;
    }
}
