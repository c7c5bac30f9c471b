package io.tocsin.app.command;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.FileDetection;
import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.load.LoadedRules;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin detect`: rules over events from files.
@Command(
        name = "detect",
        mixinStandardHelpOptions = true,
        description =
                "Runs rules over events from files and prints one JSON object for each detection. Exit code 1 when a"
                        + " file cannot be read.")
final class DetectCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final RuleFiles ruleFiles = new RuleFiles();

    @Option(names = "--lanes", description = "Files read at the same time; by default as many as there are cores.")
    private int lanes = Runtime.getRuntime().availableProcessors();

    @Parameters(
            paramLabel = "FILE",
            description = "Files, also gzipped, and folders of them; standard input without one.")
    private List<Path> files = List.of();

    private long detections;

    @Override
    public Integer call() {
        PrintWriter error = Objects.requireNonNull(spec).commandLine().getErr();
        LoadedRules loaded = ruleFiles.load(error);
        // Findings may be many: nobody waits for a single line.
        PrintWriter out = new PrintWriter(new BufferedWriter(spec.commandLine().getOut(), 1 << 16));
        FileDetection.Totals totals;
        try {
            totals = FileDetection.run(
                    loaded.ruleSet(),
                    EventFiles.expand(files),
                    System.in,
                    ruleFiles.format(),
                    lanes,
                    found -> {
                        detections++;
                        out.println(json(found));
                    },
                    place -> error.println("tocsin: " + place.file() + (place.line() > 0 ? ":" + place.line() : "")
                            + ": " + place.reason()));
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        } finally {
            out.flush();
        }
        error.println("tocsin: " + loaded.rules().size() + " rules, " + totals.events() + " events, " + detections
                + " detections"
                + (totals.unreadable() == 0 ? "" : ", " + totals.unreadable() + " places that were no events"));
        return totals.unreadableFiles() == 0 ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static ObjectNode json(FileDetection.Found found) {
        Detection detection = found.detection();
        ObjectNode object = Instance.JSON.createObjectNode();
        object.put("rule", detection.rule());
        object.put("title", detection.title());
        object.put("level", detection.level());
        object.put("time", detection.timeMillis());
        ArrayNode key = object.putArray("key");
        detection.key().forEach(key::add);
        ArrayNode events = object.putArray("events");
        for (FileDetection.Place place : found.places()) {
            ObjectNode event = events.addObject();
            event.put("file", place.file());
            event.put("line", place.line());
        }
        return object;
    }
}
