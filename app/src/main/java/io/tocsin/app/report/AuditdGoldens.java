package io.tocsin.app.report;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Joined events of the Linux audit system with what two other tools make of them: one keeps all values
/// by their record (`laurel`), one folds them into a summary (`coalesce`). Counted are the expected
/// values that are in the event, in whatever field. Left out of the summary is the other tool's own
/// vocabulary: what it concludes for the Elastic Common Schema (`ecs.`), its words for kinds and
/// actions (`summary.action`, `summary.object.type`, `category`).
final class AuditdGoldens implements DataSet {
    private static final List<String> OWN_WORDS = List.of("ecs.", "summary.action", "summary.object.type", "category");
    /// Words of the other tools for what the audit system, and so the event, writes in another way.
    private static final Map<String, String> SPELLINGS =
            Map.of("unset", "4294967295", "fail", "failure", "ipv4", "inet", "ipv6", "inet6");

    /// `seconds.milliseconds:serial`
    private static final Pattern ID = Pattern.compile("([0-9]+)\\.([0-9]{3}):([0-9]+)");

    private final String source;
    private final double barPercent;

    /// @param source `laurel` or `coalesce`
    AuditdGoldens(String source, double barPercent) {
        this.source = source;
        this.barPercent = barPercent;
    }

    @Override
    public String name() {
        return "auditd-" + source;
    }

    @Override
    public String folder() {
        return source.equals("laurel") ? "auditd/laurel" : "auditd/go-libaudit-coalesce";
    }

    @Override
    public String passes() {
        return "a value of the golden event is in the event";
    }

    @Override
    public double barPercent() {
        return barPercent;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        AuditdEvents auditd = new AuditdEvents(normalization);
        for (Path file : DataFiles.below(folder)) {
            String name = String.valueOf(file.getFileName());
            if (source.equals("laurel") && name.endsWith(".json")) {
                Path log = file.resolveSibling(name.replace(".json", ".txt"));
                if (Files.exists(log)) {
                    compare(name, leaves(DataFiles.json(file)), auditd.events(DataFiles.lines(log)), tally);
                }
            } else if (name.endsWith(".golden.json")) {
                Map<String, String> logs = logs(file.resolveSibling(name.replace(".golden.json", ".yaml")));
                for (JsonNode one : DataFiles.json(file)) {
                    String test = one.path("test_name").asString();
                    List<String> lines = logs.getOrDefault(test, "").lines().toList();
                    compare(name + " " + test, leaves(one.path("event")), auditd.events(lines), tally);
                }
            }
        }
    }

    private static Map<String, String> logs(Path file) throws IOException {
        Problems problems = new Problems();
        Map<String, String> logs = new LinkedHashMap<>();
        if (YamlReader.read(file.toString(), DataFiles.text(file), problems) instanceof ConfigNode.Mapping document
                && document.get("tests") instanceof ConfigNode.Mapping tests) {
            tests.entries().forEach(entry -> {
                if (entry.value() instanceof ConfigNode.Scalar text) {
                    logs.put(entry.name(), text.text());
                }
            });
        }
        problems.throwIfAny();
        return logs;
    }

    private static void compare(String name, Map<String, String> wanted, List<JsonNode> events, Tally tally) {
        List<EventValues> values = events.stream().map(EventValues::new).toList();
        List<String> missing = new ArrayList<>();
        int expected = 0;
        for (Map.Entry<String, String> one : wanted.entrySet()) {
            if (one.getValue().isEmpty() || OWN_WORDS.stream().anyMatch(one.getKey()::startsWith)) {
                continue;
            }
            expected++;
            // One tool writes types in small letters.
            String value =
                    one.getKey().equals("record_type") ? one.getValue().toUpperCase(Locale.ROOT) : one.getValue();
            if (values.stream().noneMatch(event -> has(event, value))) {
                missing.add(one.getKey() + "=" + one.getValue());
            }
        }
        tally.add(name, expected, missing.size(), missing);
    }

    private static boolean has(EventValues event, String wanted) {
        Matcher id = ID.matcher(wanted);
        if (id.matches()) {
            return event.of("DeviceReceiptTime").contains(id.group(1) + id.group(2))
                    && event.of("ExternalID").contains(id.group(3));
        }
        if (wanted.equals("ingress") || wanted.equals("egress")) {
            return event.of("DeviceDirection").contains(wanted.equals("ingress") ? "0" : "1");
        }
        String other = SPELLINGS.getOrDefault(wanted, wanted);
        if (event.has(wanted) || event.has(other)) {
            return true;
        }
        String plain = plain(wanted);
        return event.all().stream().anyMatch(value -> plain(value).equalsIgnoreCase(plain));
    }

    /// Numbers without the prefixes and zeros that programs write differently, texts without braces.
    private static String plain(String value) {
        String text = value.matches("(?:%[0-9A-Fa-f]{2})+") ? value.replace("%", "") : value;
        text = text.replaceAll("[{}]", "").strip().replaceFirst("^0[xo]", "");
        return text.matches("0+") ? "0" : text.matches("0[0-7]+") ? text.replaceFirst("^0+", "") : text;
    }

    /// Values by their path.
    private static Map<String, String> leaves(JsonNode node) {
        Map<String, String> leaves = new LinkedHashMap<>();
        leaves("", node, leaves);
        return leaves;
    }

    private static void leaves(String path, JsonNode node, Map<String, String> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field -> leaves(
                            path.isEmpty() ? field.getKey() : path + '.' + field.getKey(), field.getValue(), into));
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                leaves(path + '[' + i + ']', node.path(i), into);
            }
        } else if (!node.isNull()) {
            into.put(path, node.asString());
        }
    }
}
