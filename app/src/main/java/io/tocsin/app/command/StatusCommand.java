package io.tocsin.app.command;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin status`: the services of a running instance, with the stages of its collectors. Findings when one is not up.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Shows the services of a running instance, and for each collector what its stages received, sent, dropped"
                        + " and failed on, in the order in which an event meets them. Exit code 1 when a service is not up.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private final Instance instance = new Instance();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        PrintWriter out = output.writer();
        JsonNode services = instance.get("api/v1/services").path("items");
        boolean up = true;
        TextTable table = new TextTable(
                List.of("SERVICE", "KIND", "STATUS", "EVENTS/S", "BUFFERED", "OLDEST", "ADDRESS", "DETAIL"));
        Map<String, JsonNode> stages = stages();
        for (JsonNode service : services) {
            JsonNode of = stages.get(service.path("name").asString(""));
            if (of != null && service.path("kind").asString("").equals("collector")) {
                ((ObjectNode) service).set("stages", of);
            }
            up &= service.path("status").asString("").equals("up");
            if (output.format() == OutputFormat.ndjson) {
                out.println(service.toString());
            }
            table.row(List.of(
                    service.path("name").asString(""),
                    service.path("kind").asString(""),
                    service.path("status").asString(""),
                    String.format(
                            Locale.ROOT, "%.1f", service.path("eventsPerSecond").asDouble(0)),
                    service.path("bufferEvents").asString("0"),
                    service.path("oldestAgeMillis").asLong(0) / 1000 + " s",
                    service.path("address").asString(""),
                    service.path("detail").asString("")));
        }
        switch (output.format()) {
            case json -> out.println(services.toString());
            case table -> {
                table.print(out);
                print(stages, out);
            }
            case ndjson -> {}
        }
        return up ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private Map<String, JsonNode> stages() {
        Map<String, JsonNode> stages = new LinkedHashMap<>();
        for (JsonNode collector : instance.get("api/v1/collectors").path("items")) {
            String name = collector.path("name").asString("");
            String path = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
            stages.put(
                    name, instance.get("api/v1/collectors/" + path + "/stages").path("items"));
        }
        return stages;
    }

    /// The stages of collectors that received something.
    private static void print(Map<String, JsonNode> stages, PrintWriter out) {
        TextTable table =
                new TextTable(List.of("COLLECTOR", "STAGE", "RECEIVED", "SENT", "DROPPED", "ERRORS", "US/EVENT"));
        boolean any = false;
        for (Map.Entry<String, JsonNode> collector : stages.entrySet()) {
            if (collector.getValue().path(0).path("received").asLong(0) == 0) {
                continue;
            }
            any = true;
            for (JsonNode stage : collector.getValue()) {
                table.row(List.of(
                        collector.getKey(),
                        stage.path("name").asString(""),
                        Long.toString(stage.path("received").asLong(0)),
                        Long.toString(stage.path("sent").asLong(0)),
                        dropped(stage),
                        Long.toString(stage.path("errors").asLong(0)),
                        perEvent(stage)));
            }
        }
        if (any) {
            out.println();
            table.print(out);
        }
    }

    private static String dropped(JsonNode stage) {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, JsonNode> reason : stage.path("dropped").properties()) {
            text.append(text.isEmpty() ? "" : ", ").append(reason.getValue().asLong(0));
            text.append(' ').append(reason.getKey());
        }
        return text.isEmpty() ? "0" : text.toString();
    }

    private static String perEvent(JsonNode stage) {
        long received = stage.path("received").asLong(0);
        return !stage.path("millis").isNumber() || received == 0
                ? ""
                : String.format(Locale.ROOT, "%.2f", stage.path("millis").asDouble() * 1000 / received);
    }
}
