package io.tocsin.app.command;

import io.tocsin.app.report.FormatReport;
import io.tocsin.app.report.Normalization;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tocsin bench rules`: what the correlator makes of public Sigma rules, as a table.
@Command(
        name = "rules",
        mixinStandardHelpOptions = true,
        description =
                "Runs public Sigma rules, correlations and recorded events against the correlator and prints a table.")
final class RuleReportCommand implements Callable<Integer> {
    @Mixin
    private final ReportOutput report = new ReportOutput();

    @Override
    public Integer call() {
        Path folder = report.folder();
        Set<String> only = Set.copyOf(report.only(FormatReport.ruleNames()));
        return report.print(FormatReport.runRules(folder, only, Normalization.of(Content.folder())));
    }
}
