package io.tocsin.app.command;

import io.tocsin.app.bench.AlertLatencyBenchmark;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin bench alert-latency`: how soon an alert can be read.
@Command(
        name = "alert-latency",
        mixinStandardHelpOptions = true,
        description =
                "How long after its last event an alert can be read over REST, in a whole instance with the shipped rules"
                        + " under a steady stream. Exit code 1 when 99 of 100 take longer than the limit.")
final class AlertLatencyCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--rate", description = "Other events a second (default: ${DEFAULT-VALUE}).", defaultValue = "2000")
    private int rate = 2_000;

    @Option(names = "--alerts", description = "How many alerts (default: ${DEFAULT-VALUE}).", defaultValue = "200")
    private int alerts = 200;

    @Option(names = "--limit", description = "Milliseconds (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
    private int limitMillis = 1_000;

    @Option(names = "--resources", paramLabel = "FOLDER", description = "Further rules besides the shipped ones.")
    private @Nullable Path resources;

    private final Map<Path, Instance> instances = new HashMap<>();

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        return BenchCommand.inTemporaryFolder(folder ->
                new AlertLatencyBenchmark(folder.resolve("data"), resources, out).run(rate, alerts, this::isThere)
                                <= limitMillis
                        ? ExitCode.OK
                        : ExitCode.FINDINGS);
    }

    private boolean isThere(Path data, String address) {
        try {
            return !instances
                    .computeIfAbsent(data, Instance::of)
                    .get("api/v1/alerts?rule=ssh-brute-force&limit=1&q=" + address)
                    .path("items")
                    .isEmpty();
        } catch (CommandException busy) {
            return false;
        }
    }
}
