package io.tocsin.app.command;

import io.tocsin.app.up.ResponseCheck;
import io.tocsin.core.response.ResponseRule;
import io.tocsin.core.response.ResponseTrial;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin response render|run|runs`: what responses would do, do by hand, and did.
@Command(
        name = "response",
        mixinStandardHelpOptions = true,
        description =
                "Works with responses: 'render' shows what one would do for a correlation event, 'run' runs one for"
                        + " an alert, 'runs' lists what they did.",
        subcommands = {ResponseCommand.Render.class, ResponseRunCommand.class, ResponseRunsCommand.class})
final class ResponseCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage("say what to do: tocsin response render, run or runs");
    }

    /// `tocsin response render --response NAME --rules PATH FILE`.
    @Command(
            name = "render",
            mixinStandardHelpOptions = true,
            description =
                    "Shows what a response would do for a correlation event; nothing is done. Exit code 1 when the"
                            + " event would not fire it.")
    static final class Render implements Callable<Integer> {
        @Option(names = "--response", required = true, paramLabel = "NAME", description = "Name of the response.")
        private String name = "";

        @Option(
                names = "--rules",
                required = true,
                arity = "1..*",
                paramLabel = "PATH",
                description = "Files and folders with responses.")
        private List<Path> paths = List.of();

        @Parameters(
                arity = "0..1",
                paramLabel = "FILE",
                description = "The correlation event, a JSON object; standard input without it.")
        private @Nullable Path file;

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            ResponseRule response = response();
            ObjectNode event = event();
            boolean fires = ResponseTrial.fires(response, event);
            Map<String, String> rendered = ResponseTrial.rendered(response, event);
            PrintWriter out = output.writer();
            if (output.format() == OutputFormat.table) {
                rendered.forEach((key, value) -> out.println(key + ": " + value));
                out.println(
                        !fires
                                ? "the event would not fire it"
                                : response.enabled()
                                        ? "the event fires it"
                                        : "the event would fire it, were it enabled");
            } else {
                ObjectNode object = Instance.JSON.createObjectNode();
                object.put("response", response.name());
                object.put("enabled", response.enabled());
                object.put("fires", fires);
                ObjectNode shown = object.putObject("rendered");
                rendered.forEach(shown::put);
                out.println(object);
            }
            return fires ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private ResponseRule response() {
            ResponseCheck found = ResponseCheck.of(paths, List.of(), System::getenv);
            found.failures().forEach(failure -> output.errorWriter().println("tocsin: left out: " + failure));
            return found.responses().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> CommandException.cannotStart("no usable response of this name [--response="
                            + name + ", found="
                            + found.responses().stream().map(ResponseRule::name).collect(Collectors.joining(", "))
                            + "]"));
        }

        private ObjectNode event() {
            try {
                String text;
                if (file == null) {
                    InputStream in = System.in;
                    text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                } else {
                    text = Files.readString(file);
                }
                if (Instance.JSON.readTree(text) instanceof ObjectNode object) {
                    return object;
                }
                throw CommandException.cannotStart("the event is no JSON object [file=" + file + "]");
            } catch (IOException | JacksonException e) {
                throw CommandException.cannotStart(
                        "the event cannot be read [file=" + file + ", reason=" + e.getMessage() + "]");
            }
        }
    }
}
