package io.tocsin.app.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `tocsin status`: the services of a running instance. Findings when one is not up.
@Command(name = "status", mixinStandardHelpOptions = true, description = "Shows the services of a running instance.")
final class StatusCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final Instance instance = new Instance();

    @Option(
            names = "--output",
            description = "One of: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            defaultValue = "table")
    private OutputFormat output = OutputFormat.table;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        JsonNode services = instance.get("api/v1/services").path("items");
        boolean up = true;
        TextTable table = new TextTable(
                List.of("SERVICE", "KIND", "STATUS", "EVENTS/S", "BUFFERED", "OLDEST", "ADDRESS", "DETAIL"));
        for (JsonNode service : services) {
            up &= service.path("status").asString("").equals("up");
            if (output == OutputFormat.ndjson) {
                out.println(service.toString());
            }
            table.row(List.of(
                    service.path("name").asString(""),
                    service.path("kind").asString(""),
                    service.path("status").asString(""),
                    service.path("eventsPerSecond").asString("0"),
                    service.path("bufferEvents").asString("0"),
                    service.path("oldestAgeMillis").asLong(0) / 1000 + " s",
                    service.path("address").asString(""),
                    service.path("detail").asString("")));
        }
        switch (output) {
            case json -> out.println(services.toString());
            case table -> table.print(out);
            case ndjson -> {}
        }
        return up ? ExitCode.OK : ExitCode.FINDINGS;
    }
}
