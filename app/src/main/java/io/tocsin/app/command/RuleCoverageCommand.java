package io.tocsin.app.command;

import io.tocsin.app.detect.EventBatches;
import io.tocsin.correlator.attack.NavigatorLayer;
import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin rules coverage`: which rules the given events could make fire at all.
@Command(
        name = "coverage",
        mixinStandardHelpOptions = true,
        description =
                "Tells for each rule whether events can make it fire at all: can fire, starved (a field that it needs"
                        + " is never there) or source silent. Exit code 1 when one cannot.")
final class RuleCoverageCommand implements Callable<Integer> {
    @Mixin
    private final RuleFiles ruleFiles = new RuleFiles();

    @Option(
            names = "--navigator",
            paramLabel = "FILE",
            description = "Also writes a layer for the ATT&CK Navigator, scored by the rules that can fire.")
    private @Nullable Path navigator;

    @Parameters(
            paramLabel = "FILE",
            description = "Files with events, also gzipped, and folders of them; standard input without one.")
    private List<Path> files = List.of();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        LoadedRules loaded = ruleFiles.load(output.errorWriter());
        RuleCoverage coverage = new RuleCoverage(loaded.rules());
        List<RuleCoverage.Row> rows;
        try {
            EventBatches.read(files, System.in, ruleFiles.format(), false, coverage::observe);
            rows = coverage.rows();
            if (navigator != null) {
                write(navigator, layer(loaded.rules(), rows));
            }
        } catch (IOException e) {
            throw CommandException.cannotStart(String.valueOf(e.getMessage()));
        }
        Map<RuleCoverage.State, Integer> counts = new EnumMap<>(RuleCoverage.State.class);
        rows.forEach(row -> counts.merge(row.state(), 1, Integer::sum));
        print(rows, counts);
        return counts.getOrDefault(RuleCoverage.State.CAN_FIRE, 0) == rows.size() ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw CommandException.cannotStart(
                    String.valueOf(TocsinException.inputOutput("cannot write the layer", file, e)
                            .getMessage()));
        }
    }

    private static String layer(List<Rule> rules, List<RuleCoverage.Row> rows) {
        Set<String> working = new HashSet<>();
        for (RuleCoverage.Row row : rows) {
            if (row.state() == RuleCoverage.State.CAN_FIRE) {
                working.add(row.rule().id());
            }
        }
        return NavigatorLayer.json("Tocsin", rules, rule -> working.contains(rule.id()));
    }

    private void print(List<RuleCoverage.Row> rows, Map<RuleCoverage.State, Integer> counts) {
        PrintWriter out = output.writer();
        switch (output.format()) {
            case table -> {
                TextTable table = new TextTable(List.of("STATE", "EVENTS", "RULE", "TITLE", "FIELDS NEVER SEEN"));
                for (RuleCoverage.Row row : rows) {
                    table.row(List.of(
                            row.state().text(),
                            Long.toString(row.sourceEvents()),
                            row.rule().id(),
                            row.rule().title(),
                            String.join(", ", row.missing())));
                }
                table.print(out);
                StringBuilder text = new StringBuilder().append(rows.size()).append(" rules:");
                counts.forEach((state, count) -> text.append(' ')
                        .append(count)
                        .append(' ')
                        .append(state.text())
                        .append(','));
                out.println(text.substring(0, text.length() - 1));
            }
            case ndjson -> rows.forEach(row -> out.println(json(row)));
            case json -> {
                ArrayNode all = Instance.JSON.createArrayNode();
                rows.forEach(row -> all.add(json(row)));
                out.println(all);
            }
        }
    }

    private static ObjectNode json(RuleCoverage.Row row) {
        ObjectNode object = Instance.JSON.createObjectNode();
        object.put("rule", row.rule().id());
        object.put("title", row.rule().title());
        object.put("state", row.state().text());
        object.put("sourceEvents", row.sourceEvents());
        if (row.sourceEvents() > 0) {
            object.put("lastSourceEvent", row.lastSourceMillis());
        }
        ArrayNode missing = object.putArray("missing");
        row.missing().forEach(missing::add);
        return object;
    }
}
