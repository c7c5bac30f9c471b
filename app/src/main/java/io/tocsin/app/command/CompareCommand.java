package io.tocsin.app.command;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin compare`: whether the collectors of several processes are configured alike. Findings when they are not.
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description =
                "Tells whether collectors of the same name in several processes are configured alike, as those behind one"
                        + " front end should be, and names the keys and resources in which they differ. Values of"
                        + " variables such as TOCSIN_SYSLOG_LISTEN and secrets are not compared. Exit code 1 when"
                        + " something differs.")
final class CompareCommand implements Callable<Integer> {
    @Parameters(
            arity = "2..*",
            paramLabel = "URL",
            description = "Addresses of collectors that run alone (collector --listen), or of cores.")
    private List<String> urls = List.of();

    @Option(
            names = "--token",
            description = "Secret of the installation for collectors that run alone, token for cores.",
            defaultValue = "${env:TOCSIN_TOKEN}",
            required = true)
    private String token = "";

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        PrintWriter out = output.writer();
        Map<String, Map<String, JsonNode>> byCollector = new TreeMap<>();
        for (String url : urls) {
            Instance instance = Instance.at(url, token);
            for (JsonNode collector : instance.get("api/v1/collectors").path("items")) {
                String name = collector.path("name").asString("");
                String path = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
                byCollector
                        .computeIfAbsent(name, _ -> new LinkedHashMap<>())
                        .put(url, instance.get("api/v1/collectors/" + path + "/configuration"));
            }
        }
        ArrayNode found = Instance.JSON.createArrayNode();
        byCollector.forEach((name, configurations) -> found.add(compare(name, configurations)));
        switch (output.format()) {
            case json -> out.println(found.toString());
            case ndjson -> found.forEach(each -> out.println(each.toString()));
            case table -> print(found, out);
        }
        for (JsonNode each : found) {
            if (!each.path("equal").asBoolean(false)) {
                return ExitCode.FINDINGS;
            }
        }
        return ExitCode.OK;
    }

    private ObjectNode compare(String name, Map<String, JsonNode> configurations) {
        ObjectNode answer = Instance.JSON.createObjectNode().put("collector", name);
        ObjectNode fingerprints = answer.putObject("fingerprints");
        configurations.forEach((url, configuration) ->
                fingerprints.put(url, configuration.path("fingerprint").asString("")));
        ArrayNode missing = answer.putArray("missing");
        urls.stream().filter(url -> !configurations.containsKey(url)).forEach(missing::add);
        Set<String> differing = new TreeSet<>();
        JsonNode first = configurations.values().iterator().next().path("parts");
        for (JsonNode configuration : configurations.values()) {
            JsonNode parts = configuration.path("parts");
            Set<String> keys = new TreeSet<>();
            first.propertyNames().forEach(keys::add);
            parts.propertyNames().forEach(keys::add);
            keys.stream()
                    .filter(key -> !first.path(key).equals(parts.path(key)))
                    .forEach(differing::add);
        }
        if (configurations.values().stream()
                .anyMatch(each -> each.path("fingerprint").asString("").isEmpty())) {
            differing.add("one has only just started: ask again");
        }
        ArrayNode different = answer.putArray("different");
        differing.forEach(different::add);
        return answer.put("equal", differing.isEmpty() && missing.isEmpty());
    }

    private static void print(JsonNode found, PrintWriter out) {
        TextTable table = new TextTable(List.of("COLLECTOR", "CONFIGURED", "FINGERPRINT", "DIFFERENT"));
        for (JsonNode each : found) {
            Set<String> fingerprints = new TreeSet<>();
            each.path("fingerprints").forEach(text -> fingerprints.add(text.asString("")));
            List<String> reasons = new ArrayList<>();
            each.path("different").forEach(key -> reasons.add(key.asString("")));
            each.path("missing").forEach(url -> reasons.add("not at " + url.asString("")));
            table.row(List.of(
                    each.path("collector").asString(""),
                    each.path("equal").asBoolean(false) ? "alike" : "differently",
                    String.join(", ", fingerprints),
                    String.join(", ", reasons)));
        }
        table.print(out);
    }
}
