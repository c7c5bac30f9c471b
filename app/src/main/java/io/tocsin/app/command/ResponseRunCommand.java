package io.tocsin.app.command;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin response run --response NAME --alert ID`: runs a response for an alert, by hand.
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Runs a response for an alert of a running instance, whether it would fire by itself or not, and"
                + " waits until it has ended. Exit code 1 when it has not done its work.")
final class ResponseRunCommand implements Callable<Integer> {
    private static final Set<String> OPEN = Set.of("waiting", "running");
    private static final Duration PAUSE = Duration.ofMillis(200);

    @Mixin
    private final Instance instance = new Instance();

    @Option(names = "--response", required = true, paramLabel = "NAME", description = "Name of the response.")
    private String response = "";

    @Option(names = "--alert", required = true, paramLabel = "ID", description = "Identifier of the alert.")
    private String alert = "";

    @Option(
            names = "--finding",
            paramLabel = "ID",
            description = "Which finding of the alert it is run for; without it the newest.")
    private @Nullable String finding;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description = "How long it may take until it has ended (default: ${DEFAULT-VALUE}); 0 does not wait.",
            defaultValue = "60")
    private int waitSeconds = 60;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws InterruptedException {
        String path = "api/v1/alerts/"
                + URLEncoder.encode(alert, StandardCharsets.UTF_8).replace("+", "%20") + "/responses";
        ObjectNode request = Instance.JSON.createObjectNode();
        request.put("response", response);
        if (finding != null) {
            request.put("findingId", finding);
        }
        JsonNode run = instance.post(path, request);
        String id = run.path("id").asString("");
        long end = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
        while (isOpen(run) && System.nanoTime() < end) {
            Thread.sleep(PAUSE);
            for (JsonNode each : instance.get(path).path("items")) {
                run = each.path("id").asString("").equals(id) ? each : run;
            }
        }
        print(run);
        return run.path("state").asString("").equals("done") || (waitSeconds == 0 && isOpen(run))
                ? ExitCode.OK
                : ExitCode.FINDINGS;
    }

    private static boolean isOpen(JsonNode run) {
        return OPEN.contains(run.path("state").asString(""));
    }

    private void print(JsonNode run) {
        if (output.format() != OutputFormat.table) {
            output.writer().println(run);
            return;
        }
        String outcome = run.path("outcome").asString("");
        output.writer()
                .println(run.path("response").asString("") + ": "
                        + run.path("state").asString("") + (outcome.isEmpty() ? "" : ", " + outcome) + " [run="
                        + run.path("id").asString("") + "]");
        run.path("output").asString("").lines().forEach(line -> output.writer().println("  " + line));
    }
}
