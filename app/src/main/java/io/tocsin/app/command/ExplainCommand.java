package io.tocsin.app.command;

import io.tocsin.app.detect.EventFiles;
import io.tocsin.app.detect.InputFormat;
import io.tocsin.config.Durations;
import io.tocsin.correlator.detect.Explanation;
import io.tocsin.correlator.detect.RuleExplainer;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.EventBatch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin explain --rule R FILE…` and `tocsin explain --rule R --event ID`: why a rule fires on events, or why not.
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description =
                "Explains what one rule makes of events, one after another: each part of its condition with the value"
                        + " that the event has, its window before and after, and why it fires or not."
                        + " Exit code 1 when it never fires.")
final class ExplainCommand implements Callable<Integer> {
    @Option(names = "--rule", required = true, paramLabel = "RULE", description = "Name or id of the rule.")
    private String rule = "";

    @Mixin
    private final RuleFiles ruleFiles = new RuleFiles();

    @Option(
            names = "--all-parts",
            description = "Also shows the parts of a condition that do not decide about the event.")
    private boolean allParts;

    @Option(
            names = "--event",
            paramLabel = "ID",
            description = "Explains this event of a running instance instead, after those received before it.")
    private List<String> events = List.of();

    @Option(
            names = "--before",
            paramLabel = "DURATION",
            description = "With --event: how long before it other events are looked at, such as 10m; by default the"
                    + " window of the rule with its lateness.")
    private @Nullable String before;

    @Mixin
    private final Instance instance = new Instance();

    @Parameters(
            paramLabel = "FILE",
            description = "Files with events, also gzipped, and folders of them; standard input without one.")
    private List<Path> files = List.of();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        InputFormat input = ruleFiles.format();
        LoadedRules loaded = ruleFiles.load(output.errorWriter());
        RuleExplainer explainer;
        try {
            explainer = new RuleExplainer(loaded.ruleSet(), rule);
        } catch (IllegalArgumentException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
        Run run = new Run(explainer, output, allParts);
        if (!events.isEmpty()) {
            return explainStored(run, explainer);
        }
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
        return run.findings > 0 ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private int explainStored(Run run, RuleExplainer explainer) {
        if (!files.isEmpty()) {
            throw CommandException.usage("either files or --event");
        }
        StoredWindow window = StoredWindow.fetch(instance, events, before(explainer.rule()));
        if (window.truncated()) {
            output.errorWriter()
                    .println("tocsin: more than " + StoredWindow.MAXIMUM_EVENTS
                            + " events lie before: the oldest are not looked at; say a shorter --before");
        }
        run.only(window.wanted());
        EventFiles reader = new EventFiles(InputFormat.events, run);
        try {
            reader.read("storage", new ByteArrayInputStream(window.lines().getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
        run.finish();
        return run.findings > 0 ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private Duration before(Rule rule) {
        if (before == null) {
            long lateness = Math.max(rule.own().latenessMillis(), RuleKind.FEED_LATENESS_MILLIS);
            return Duration.ofMillis(rule.kind().windowLength() + lateness);
        }
        Duration said = Durations.parse(before);
        if (said == null || said.isNegative()) {
            throw CommandException.usage("not a duration such as 10m [--before=" + before + "]");
        }
        return said;
    }

    /// Thread-safety: one thread.
    private static final class Run implements EventFiles.Receiver {
        private final RuleExplainer explainer;
        private final Output output;
        private final boolean allParts;
        private final PrintWriter out;
        private final EventBatch batch = new EventBatch();
        private final ArrayNode whole = Instance.JSON.createArrayNode();
        private String place = "";
        private long lastMillis;
        private long count;
        private long findings;
        private @Nullable Set<Integer> only;

        Run(RuleExplainer explainer, Output output, boolean allParts) {
            this.explainer = explainer;
            this.output = output;
            this.allParts = allParts;
            this.out = output.writer();
        }

        /// Tells only of the events with these numbers, from 1; the others are what came before.
        void only(Set<Integer> numbers) {
            only = numbers;
        }

        @Override
        public EventBatch begin(String file, int line, long timeMillis, byte[] raw) {
            place = file + ":" + line;
            lastMillis = timeMillis >= 0 ? timeMillis : lastMillis;
            batch.clear();
            batch.builder().begin(EventFiles.origin(file), 0, count, lastMillis * 1_000_000, count, raw, 0, raw.length);
            return batch;
        }

        @Override
        public void end() {
            batch.builder().commit();
            count++;
            Explanation explanation = explainer.explain(batch);
            if (only != null && !only.contains((int) count)) {
                return;
            }
            findings += explanation.findings().size();
            switch (output.format()) {
                case table -> print(explanation);
                case ndjson -> out.println(json(explanation));
                case json -> whole.add(json(explanation));
            }
        }

        @Override
        public void unreadable(String file, int line, String reason) {
            output.errorWriter().println("tocsin: " + file + ":" + line + ": " + reason);
        }

        void finish() {
            switch (output.format()) {
                case table ->
                    out.println(count + " events, " + findings + " findings of rule "
                            + explainer.rule().id());
                case json -> out.println(whole);
                case ndjson -> {}
            }
        }

        private void print(Explanation explanation) {
            out.println(place + " " + Instant.ofEpochMilli(explanation.timeMillis()) + ": " + explanation.reason());
            for (Explanation.SelectorTrace selector : explanation.selectors()) {
                out.println("  " + (selector.holds() ? "+" : "-") + " selector " + selector.alias()
                        + (selector.fedBy().isEmpty()
                                ? ""
                                : ": counts what the rule finds [rule=" + selector.fedBy() + "]"));
                for (Explanation.Node node : selector.nodes()) {
                    if (allParts || node.decides()) {
                        out.println("    " + "  ".repeat(node.depth()) + (node.holds() ? "+ " : "- ") + node.text()
                                + values(node));
                    }
                }
            }
            if (explanation.before() != null || explanation.after() != null) {
                out.println("  window" + (explanation.key().isEmpty() ? "" : " of " + explanation.key()) + ": before "
                        + progress(explanation.before(), explanation) + "; after "
                        + progress(explanation.after(), explanation));
            }
            explanation.findings().forEach(finding -> out.println("  found: " + finding));
        }

        private static String values(Explanation.Node node) {
            if (!node.isTest()) {
                return "";
            }
            return node.values().isEmpty() ? "   [no value]" : "   [" + String.join(" | ", node.values()) + "]";
        }

        private static String progress(@Nullable WindowProgress progress, Explanation explanation) {
            if (progress == null || !progress.open()) {
                return "nothing";
            }
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < progress.counts().size(); i++) {
                Explanation.SelectorTrace selector = explanation.selectors().get(i);
                text.append(text.isEmpty() ? "" : ", ")
                        .append(selector.alias())
                        .append(' ')
                        .append(progress.counts().get(i))
                        .append(selector.threshold() > 1 ? " of " + selector.threshold() : "");
            }
            return text + " since " + Instant.ofEpochMilli(progress.startMillis())
                    + (progress.triggers() == 0 ? "" : ", fired " + progress.triggers() + " times in it");
        }

        private ObjectNode json(Explanation explanation) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("event", place);
            object.put("time", explanation.timeMillis());
            object.put("reason", explanation.reason());
            ArrayNode selectors = object.putArray("selectors");
            for (Explanation.SelectorTrace selector : explanation.selectors()) {
                ObjectNode each = selectors.addObject();
                each.put("alias", selector.alias());
                each.put("holds", selector.holds());
                each.put("threshold", selector.threshold());
                each.put("fedBy", selector.fedBy());
                ArrayNode nodes = each.putArray("nodes");
                for (Explanation.Node node : selector.nodes()) {
                    ObjectNode made = nodes.addObject();
                    made.put("depth", node.depth());
                    made.put("text", node.text());
                    made.put("holds", node.holds());
                    made.put("decides", node.decides());
                    ArrayNode values = made.putArray("values");
                    node.values().forEach(values::add);
                }
            }
            object.put("key", explanation.key().stream().collect(Collectors.joining("\n")));
            put(object, "before", explanation.before());
            put(object, "after", explanation.after());
            ArrayNode found = object.putArray("findings");
            explanation.findings().forEach(found::add);
            return object;
        }

        private static void put(ObjectNode object, String name, @Nullable WindowProgress progress) {
            if (progress == null) {
                object.putNull(name);
                return;
            }
            ObjectNode made = object.putObject(name);
            made.put("open", progress.open());
            made.put("start", progress.startMillis());
            made.put("triggers", progress.triggers());
            made.put("total", progress.total());
            ArrayNode counts = made.putArray("counts");
            progress.counts().forEach(counts::add);
        }
    }
}
