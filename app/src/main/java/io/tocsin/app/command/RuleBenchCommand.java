package io.tocsin.app.command;

import io.tocsin.app.detect.EventBatches;
import io.tocsin.correlator.detect.RuleCosts;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin rules bench`: what each rule costs over given events.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description =
                "Measures what rules cost over events, all together and each alone, and names the dearest. Rules share"
                        + " most of their work: the sum of the parts is more than the whole.")
final class RuleBenchCommand implements Callable<Integer> {
    @Mixin
    private final RuleFiles ruleFiles = new RuleFiles();

    @Option(names = "--top", description = "How many rules to name (default: ${DEFAULT-VALUE}).", defaultValue = "20")
    private int top = 20;

    @Option(
            names = "--events",
            description = "Most events of the files to measure with (default: ${DEFAULT-VALUE}).",
            defaultValue = "2000")
    private int events = 2_000;

    @Parameters(
            paramLabel = "FILE",
            description = "Files with events, also gzipped, and folders of them; standard input without one.")
    private List<Path> files = List.of();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        if (events < 1 || top < 1) {
            throw CommandException.usage("give numbers from 1 on [--events=" + events + ", --top=" + top + "]");
        }
        LoadedRules loaded = ruleFiles.load(output.errorWriter());
        List<EventBatch> batches = new ArrayList<>();
        try {
            EventBatches.read(files, System.in, ruleFiles.format(), true, batch -> {
                if (batches.stream().mapToInt(EventBatch::count).sum() < events) {
                    batches.add(batch);
                }
            });
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
        if (batches.isEmpty()) {
            throw CommandException.cannotStart("no events to measure with [files=" + files + "]");
        }
        print(RuleCosts.measure(loaded.rules(), batches, System::nanoTime));
        return ExitCode.OK;
    }

    private void print(RuleCosts.Result result) {
        PrintWriter out = output.writer();
        List<RuleCosts.Row> rows =
                result.rows().subList(0, Math.min(top, result.rows().size()));
        switch (output.format()) {
            case table -> {
                TextTable table = new TextTable(List.of("NS/EVENT", "FOUND", "RULE", "TITLE"));
                rows.forEach(row -> table.row(List.of(
                        String.format(Locale.ROOT, "%.0f", row.nanosPerEvent()),
                        Long.toString(row.findings()),
                        row.rule().id(),
                        row.rule().title())));
                table.print(out);
                out.println(String.format(
                        Locale.ROOT,
                        "%d rules over %d events: %.0f ns an event together, %.0f events/s on one core",
                        result.rows().size(),
                        result.events(),
                        result.nanosPerEvent(),
                        1e9 / result.nanosPerEvent()));
            }
            case ndjson -> rows.forEach(row -> out.println(json(row)));
            case json -> {
                ObjectNode object = Instance.JSON.createObjectNode();
                object.put("rules", result.rows().size());
                object.put("events", result.events());
                object.put("nanosPerEvent", result.nanosPerEvent());
                var list = object.putArray("top");
                rows.forEach(row -> list.add(json(row)));
                out.println(object);
            }
        }
    }

    private static ObjectNode json(RuleCosts.Row row) {
        ObjectNode object = Instance.JSON.createObjectNode();
        object.put("rule", row.rule().id());
        object.put("title", row.rule().title());
        object.put("nanosPerEvent", row.nanosPerEvent());
        object.put("found", row.findings());
        return object;
    }
}
