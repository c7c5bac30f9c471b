package io.tocsin.app.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tocsin tail [CONDITION]`: follows the events of a running instance.
@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        description = "Follows the events of a running instance as they arrive, one JSON object a line.")
final class TailCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final Instance instance = new Instance();

    @Parameters(
            arity = "0..1",
            paramLabel = "CONDITION",
            description = "Only events that match, for example: DestinationUserName = 'root'")
    private @Nullable String condition;

    @Option(names = "--count", description = "Stop after this many events.", defaultValue = "0")
    private long count;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        String path = "api/v1/events/tail";
        if (condition != null) {
            path += "?filter=" + URLEncoder.encode(condition, StandardCharsets.UTF_8);
        }
        long shown = 0;
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(instance.getStream(path), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("data:")) {
                    out.println(line.substring("data:".length()).strip());
                    out.flush();
                    if (out.checkError() || (count > 0 && ++shown >= count)) {
                        return ExitCode.OK;
                    }
                }
            }
            return ExitCode.OK;
        } catch (IOException e) {
            throw CommandException.cannotStart("the connection to the instance broke [" + e.getMessage() + "]");
        }
    }
}
