package io.tocsin.app.command;

import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin search "SQL"`: queries a running instance.
@Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description = "Queries the events of a running instance with SQL; the table is always 'events'.")
final class SearchCommand implements Callable<Integer> {
    @Mixin
    private final Instance instance = new Instance();

    @Parameters(paramLabel = "SQL", description = "For example: SELECT Name, count() FROM events GROUP BY Name")
    private String sql = "";

    @Option(names = "--from", description = "Earliest Timestamp (default: ${DEFAULT-VALUE}).", defaultValue = "now-24h")
    private String from = "now-24h";

    @Option(names = "--to", description = "Latest Timestamp (default: ${DEFAULT-VALUE}).", defaultValue = "now")
    private String to = "now";

    @Option(
            names = "--limit",
            description = "Most rows that are returned (default: ${DEFAULT-VALUE}).",
            defaultValue = "1000")
    private int limit = 1000;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        InstantSource clock = InstantSource.system();
        ObjectNode request = Instance.JSON.createObjectNode();
        request.put("sql", sql);
        request.put("from", TimeOption.parse(from, clock));
        request.put("to", TimeOption.parse(to, clock));
        request.put("limit", limit);
        JsonNode answer = instance.post("api/v1/events/search", request);
        print(answer, output.writer());
        if (answer.path("statistics").path("truncated").asBoolean(false)) {
            output.errorWriter()
                    .println("tocsin: more rows match than the limit of " + limit + "; raise --limit to see them");
        }
        return ExitCode.OK;
    }

    private void print(JsonNode answer, PrintWriter out) {
        List<String> names = new ArrayList<>();
        answer.path("columns").forEach(column -> names.add(column.path("name").asString()));
        switch (output.format()) {
            case json -> out.println(answer.toString());
            case ndjson -> {
                for (JsonNode row : answer.path("rows")) {
                    ObjectNode object = Instance.JSON.createObjectNode();
                    for (int i = 0; i < names.size(); i++) {
                        object.set(names.get(i), row.get(i));
                    }
                    out.println(object.toString());
                }
            }
            case table -> {
                TextTable table = new TextTable(names);
                for (JsonNode row : answer.path("rows")) {
                    List<String> cells = new ArrayList<>();
                    row.forEach(cell -> cells.add(cell.isValueNode() ? cell.asString("") : cell.toString()));
                    table.row(cells);
                }
                table.print(out);
            }
        }
    }
}
