package io.tocsin.app.command;

import io.tocsin.app.report.FormatReport;
import io.tocsin.app.report.Tally;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// The options and the output that reports over data sets have in common.
///
/// Thread-safety: one thread.
final class ReportOutput {
    private static final int SHOWN_PER_CASE = 12;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of the data sets (default: TOCSIN_TEST_DATA, then ../shared/data).")
    private @Nullable Path data;

    @Option(names = "--only", paramLabel = "NAME", description = "Runs this data set only; may be repeated.")
    private List<String> only = List.of();

    @Option(names = "--verbose", description = "Shows each failing case with what is missing.")
    private boolean verbose;

    @Option(
            names = "--output",
            description = "json, ndjson or table (default: ${DEFAULT-VALUE}).",
            defaultValue = "table")
    private OutputFormat output = OutputFormat.table;

    /// The data sets that are wanted, none for all.
    List<String> only(List<String> known) {
        for (String name : only) {
            if (!known.contains(name)) {
                throw CommandException.usage(
                        "no such data set [--only=" + name + ", known=" + String.join("|", known) + "]");
            }
        }
        return only;
    }

    /// Prints the outcome.
    ///
    /// @return the exit code
    int print(List<FormatReport.Row> rows) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (output == OutputFormat.table) {
            table(out, rows);
        } else {
            rows.forEach(row -> out.println(json(row)));
        }
        return rows.stream().allMatch(FormatReport.Row::reached) ? ExitCode.OK : ExitCode.FINDINGS;
    }

    /// Folder of the data sets.
    Path folder() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        Path folder = data;
        if (folder == null) {
            folder = configured == null || configured.isBlank()
                    ? Content.folder().resolve("../../shared/data").normalize()
                    : Path.of(configured);
        }
        if (!Files.isDirectory(folder)) {
            throw CommandException.cannotStart(
                    "no such folder: name that of the data sets with --data [path=" + folder + "]");
        }
        return folder;
    }

    private void table(PrintWriter out, List<FormatReport.Row> rows) {
        TextTable table =
                new TextTable(List.of("data set", "cases", "passed", "percent", "bar", "", "a case passes when"));
        for (FormatReport.Row row : rows) {
            Tally tally = row.tally();
            table.row(List.of(
                    row.name(),
                    Long.toString(tally.cases()),
                    Long.toString(tally.passed()),
                    String.format(Locale.ROOT, "%.2f", tally.percent()),
                    String.format(Locale.ROOT, "%.0f", row.barPercent()),
                    row.reached() ? "ok" : "below",
                    row.passes()));
        }
        table.print(out);
        if (verbose) {
            for (FormatReport.Row row : rows) {
                for (Tally.Failure failure : row.tally().failures()) {
                    out.println();
                    out.println(row.name() + ": " + failure.name());
                    failure.missing().stream().limit(SHOWN_PER_CASE).forEach(line -> out.println("  " + line));
                    if (failure.missing().size() > SHOWN_PER_CASE) {
                        out.println("  … and " + (failure.missing().size() - SHOWN_PER_CASE) + " more");
                    }
                }
            }
        }
        out.flush();
    }

    private String json(FormatReport.Row row) {
        ObjectNode node = Instance.JSON
                .createObjectNode()
                .put("name", row.name())
                .put("cases", row.tally().cases())
                .put("passed", row.tally().passed())
                .put("percent", row.tally().percent())
                .put("bar", row.barPercent())
                .put("reached", row.reached());
        if (verbose) {
            var failures = node.putArray("failures");
            for (Tally.Failure failure : row.tally().failures()) {
                var missing = failures.addObject().put("case", failure.name()).putArray("missing");
                failure.missing().forEach(missing::add);
            }
        }
        return node.toString();
    }
}
