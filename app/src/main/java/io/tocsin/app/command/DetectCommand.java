package io.tocsin.app.command;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
        description = "Runs rules over events from files and prints one JSON object for each detection.")
final class DetectCommand implements Callable<Integer> {
    private static final int EVENTS_PER_BATCH = 512;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--rules",
            required = true,
            arity = "1..*",
            paramLabel = "PATH",
            description = "Rules, own or Sigma: files or folders of them.")
    private List<Path> rules = List.of();

    @Option(
            names = "--format",
            description =
                    "auto, events (as 'normalize' prints them), raw-json (keys are Sigma's field names) or winevent (XML or nested JSON) (default: ${DEFAULT-VALUE}).",
            defaultValue = "auto")
    private String format = "auto";

    @Parameters(
            paramLabel = "FILE",
            description = "Files, also gzipped, and folders of them; standard input without one.")
    private List<Path> files = List.of();

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter error = spec.commandLine().getErr();
        InputFormat input = inputFormat();
        LoadedRules loaded = load(input);
        for (RuleFailure failure : loaded.failures()) {
            error.println("tocsin: rule left out: " + failure);
        }
        Run run = new Run(loaded, out, error);
        EventFiles reader = new EventFiles(input, run);
        try {
            if (files.isEmpty()) {
                reader.read("-", System.in);
            }
            for (Path file : EventFiles.expand(files)) {
                reader.read(file);
            }
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
        run.finish();
        error.println("tocsin: " + loaded.rules().size() + " rules, " + run.count() + " events, " + run.detections
                + " detections"
                + (reader.unreadable() == 0 ? "" : ", " + reader.unreadable() + " places that were no events"));
        return ExitCode.OK;
    }

    private LoadedRules load(InputFormat input) {
        try {
            LoadedRules loaded =
                    RuleLoader.load(rules, input == InputFormat.events ? SigmaTaxonomy.schema() : SigmaTaxonomy.raw());
            if (loaded.rules().isEmpty()) {
                throw CommandException.cannotStart("no usable rule [--rules=" + rules + "]"
                        + (loaded.failures().isEmpty()
                                ? ""
                                : ": " + loaded.failures().getFirst()));
            }
            return loaded;
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
    }

    private InputFormat inputFormat() {
        try {
            return InputFormat.of(format);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(
                    "unknown format [--format=" + format + "]: use one of " + Arrays.toString(InputFormat.values()));
        }
    }

    /// Thread-safety: one thread.
    private static final class Run implements EventFiles.Receiver {
        private final Detector detector;
        private final PrintWriter out;
        private final PrintWriter error;
        private final EventBatch batch = new EventBatch();
        private final List<String> fileNames = new ArrayList<>();
        /// Index into `fileNames` and line of each event, as `index << 32 | line`.
        private long[] places = new long[4096];
        private int count;
        private long lastMillis;
        private long detections;

        Run(LoadedRules loaded, PrintWriter out, PrintWriter error) {
            this.detector = new Detector(loaded.ruleSet(), this::print);
            this.out = out;
            this.error = error;
        }

        @Override
        public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
            if (fileNames.isEmpty() || !fileNames.getLast().equals(file)) {
                fileNames.add(file);
            }
            if (count == places.length) {
                places = Arrays.copyOf(places, count * 2);
            }
            places[count++] = ((long) (fileNames.size() - 1) << 32) | line;
            // An event without a time happened when the one before it did.
            lastMillis = timeMillis >= 0 ? timeMillis : lastMillis;
            detector.begin(batch, EventFiles.origin(file), lastMillis, raw, 0, raw.length);
            return batch;
        }

        @Override
        public void end() {
            batch.builder().commit();
            if (batch.count() >= EVENTS_PER_BATCH) {
                process();
            }
        }

        @Override
        public void unreadable(String file, int line, String reason) {
            error.println("tocsin: " + file + ":" + line + ": " + reason);
        }

        long count() {
            return count;
        }

        void finish() {
            process();
            detector.finish();
        }

        private void process() {
            detector.process(batch);
            batch.clear();
        }

        private void print(Detection detection) {
            detections++;
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("rule", detection.rule());
            object.put("title", detection.title());
            object.put("level", detection.level());
            object.put("time", detection.timeMillis());
            ArrayNode key = object.putArray("key");
            detection.key().forEach(key::add);
            ArrayNode events = object.putArray("events");
            for (long number : detection.events()) {
                long place = places[(int) number];
                ObjectNode event = events.addObject();
                event.put("file", fileNames.get((int) (place >>> 32)));
                event.put("line", (int) place);
            }
            out.println(object);
        }
    }
}
