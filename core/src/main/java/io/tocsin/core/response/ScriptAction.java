package io.tocsin.core.response;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Runs a script of the scripts folder. Values of the event reach it as arguments of their own, as environment
/// variables and as JSON on its standard input; no shell reads them.
///
/// At most once: a script may do anything, so a run that the process died in is not repeated but told as failed.
///
/// Immutable.
final class ScriptAction implements ResponseAction {
    private static final Pattern FILE =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,8}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]{0,63}");
    private static final Pattern RESERVED = Pattern.compile("LD_.*|BASH.*|ENV|IFS|PATH|SHELLOPTS|PS4|CDPATH|GLOBIGNORE"
            + "|GLIBC_TUNABLES|MALLOC_.*|PYTHON.*|PERL.*|RUBY.*|NODE_.*|JAVA_.*|JDK_.*|_JAVA_OPTIONS|TOCSIN_.*|_");

    static final ComponentSpec<ScriptAction> SPEC =
            ComponentSpec.of("script", "Runs a script of the folder 'scripts' below the data folder.", keys -> {
                var file = keys.text("file", "The script, below the folder of scripts.")
                        .example("block-address.sh")
                        .required();
                var arguments = keys.list("arguments", "Arguments, each a template.", Template.TYPE)
                        .example("--address={SourceAddress}")
                        .defaultTo(List.of());
                var environment = keys.mapping("environment", "Environment variables, each a template.", Template.TYPE)
                        .defaultTo(Map.of());
                var input = keys.flag("input", "The script gets the event as JSON on its standard input.")
                        .defaultTo(true);
                var timeout = keys.duration(
                                "timeout",
                                "After this time the script and all processes that it started are killed.",
                                Duration.ofMillis(100),
                                Duration.ofHours(1))
                        .defaultTo(Duration.ofSeconds(30));
                var output = keys.size(
                                "maximumOutput",
                                "How much of what it prints is kept; the rest is read and dropped.",
                                new ByteSize(0),
                                new ByteSize(1 << 20))
                        .defaultTo(new ByteSize(16 << 10));
                var processes = keys.integer(
                                "maximumProcesses", "A script that has more processes at a time is killed.", 1, 10_000)
                        .defaultTo(100);
                return values -> {
                    if (!FILE.matcher(values.get(file)).matches()) {
                        values.refuse(
                                "file",
                                "a script is named by its path below the folder of scripts: letters, digits, '.', '_' and"
                                        + " '-', no part begins with '.' or '-' [file=" + values.get(file) + "]");
                    }
                    for (String name : values.get(environment).keySet()) {
                        if (!VARIABLE.matcher(name).matches()
                                || RESERVED.matcher(name).matches()) {
                            values.refuse(
                                    "environment",
                                    "not a name that may be set: capital letters, digits and '_', none that loaders and"
                                            + " interpreters obey [name=" + name + "]");
                        }
                    }
                    return new ScriptAction(
                            values.get(file),
                            values.get(arguments),
                            values.get(environment),
                            values.get(input),
                            values.get(timeout),
                            values.get(output).toInt(),
                            values.get(processes));
                };
            });

    /// The kernel takes 128 KiB for each.
    private static final int LONGEST_ARGUMENT_BYTES = 96 * 1024;

    private final String file;
    private final List<Template> arguments;
    private final Map<String, Template> environment;
    private final boolean input;
    private final Duration timeout;
    private final int maximumOutput;
    private final int maximumProcesses;

    private ScriptAction(
            String file,
            List<Template> arguments,
            Map<String, Template> environment,
            boolean input,
            Duration timeout,
            int maximumOutput,
            int maximumProcesses) {
        this.file = file;
        this.arguments = List.copyOf(arguments);
        this.environment = new LinkedHashMap<>(environment);
        this.input = input;
        this.timeout = timeout;
        this.maximumOutput = maximumOutput;
        this.maximumProcesses = maximumProcesses;
    }

    @Override
    public String kind() {
        return SPEC.id();
    }

    @Override
    public boolean isRepeatable() {
        return false;
    }

    @Override
    public Map<String, String> rendered(FiredEvent event) {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("file", file);
        for (int i = 0; i < arguments.size(); i++) {
            shown.put("argument " + (i + 1), text(arguments.get(i), event));
        }
        environment.forEach((name, value) -> shown.put("environment " + name, text(value, event)));
        if (input) {
            shown.put("input", event.fields().toString());
        }
        return shown;
    }

    @Override
    public String trouble(RunSite site) {
        try {
            ScriptFile.resolve(site.scripts(), file);
            return "";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public RunResult run(FiredEvent event, RunSite site) throws InterruptedException {
        try {
            Path script = ScriptFile.resolve(site.scripts(), file);
            List<String> command = new ArrayList<>(List.of(script.toString()));
            for (Template template : arguments) {
                String argument = text(template, event);
                if (template.beginsWithValue() && argument.startsWith("-")) {
                    return RunResult.failed(
                            "not run: an argument that is a value of the event begins with '-' and the script could"
                                    + " take it for an option; write it behind a name, as in --name={FIELD} [argument="
                                    + Template.cut(argument, 80) + "]",
                            "");
                }
                command.add(argument);
            }
            Map<String, String> variables = new LinkedHashMap<>();
            environment.forEach((name, template) -> variables.put(name, text(template, event)));
            variables.put("TOCSIN_RESPONSE", event.response());
            variables.put("TOCSIN_EVENT", event.finding());
            variables.put(ScriptProcess.MARK, event.run());
            String tooLong = tooLong(command, variables);
            if (!tooLong.isEmpty()) {
                return RunResult.failed(tooLong, "");
            }
            ScriptProcess process = ScriptProcess.start(command, variables, site.scripts());
            return process.await(
                    input ? event.fields().toString().getBytes(StandardCharsets.UTF_8) : new byte[0],
                    timeout,
                    maximumOutput,
                    maximumProcesses);
        } catch (IOException e) {
            return RunResult.failed("not run: " + e.getMessage(), "");
        }
    }

    private static String tooLong(List<String> command, Map<String, String> variables) {
        List<String> all = new ArrayList<>(command);
        all.addAll(variables.values());
        for (String each : all) {
            if (each.getBytes(StandardCharsets.UTF_8).length > LONGEST_ARGUMENT_BYTES) {
                return "not run: an argument or variable is too long, let the script read its standard input [maximumBytes="
                        + LONGEST_ARGUMENT_BYTES + "]";
            }
        }
        return "";
    }

    /// No argument can hold the character that ends one.
    private static String text(Template template, FiredEvent event) {
        return template.text(event).replace('\0', '\uFFFD');
    }
}
