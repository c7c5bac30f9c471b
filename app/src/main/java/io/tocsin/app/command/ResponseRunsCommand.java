package io.tocsin.app.command;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `tocsin response runs`: what responses did, newest first.
@Command(
        name = "runs",
        mixinStandardHelpOptions = true,
        description = "Lists what responses of a running instance did, newest first.")
final class ResponseRunsCommand implements Callable<Integer> {
    @Mixin
    private final Instance instance = new Instance();

    @Option(names = "--alert", paramLabel = "ID", description = "Only for this alert.")
    private @Nullable String alert;

    @Option(names = "--response", paramLabel = "NAME", description = "Only of this response.")
    private @Nullable String response;

    @Option(
            names = "--state",
            description = "Only: waiting, running, done, failed, suppressed or cancelled. Not together with --alert.")
    private @Nullable String state;

    @Option(names = "--limit", description = "Most runs (default: ${DEFAULT-VALUE}).", defaultValue = "50")
    private int limit = 50;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        if (alert != null && (response != null || state != null)) {
            throw CommandException.usage("--alert lists all runs of an alert: leave --response and --state out");
        }
        StringBuilder path = new StringBuilder("api/v1/")
                .append(alert == null ? "responses/runs" : "alerts/" + encoded(alert) + "/responses")
                .append("?limit=")
                .append(limit);
        if (response != null) {
            path.append("&response=").append(encoded(response));
        }
        if (state != null) {
            path.append("&state=").append(encoded(state));
        }
        JsonNode runs = instance.get(path.toString()).path("items");
        switch (output.format()) {
            case json -> output.writer().println(runs);
            case ndjson -> runs.forEach(run -> output.writer().println(run));
            case table -> print(runs);
        }
        return ExitCode.OK;
    }

    private void print(JsonNode runs) {
        TextTable table =
                new TextTable(List.of("TIME", "RESPONSE", "STATE", "BY", "RULE", "ALERT", "ATTEMPTS", "OUTCOME"));
        for (JsonNode run : runs) {
            table.row(List.of(
                    Instant.ofEpochMilli(run.path("createdAt").asLong(0)).toString(),
                    run.path("response").asString(""),
                    run.path("state").asString(""),
                    run.path("actor").asString(""),
                    run.path("ruleName").asString(""),
                    run.path("alertId").asString("-"),
                    Integer.toString(run.path("attempts").asInt(0)),
                    run.path("outcome").asString("")));
        }
        table.print(output.writer());
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
