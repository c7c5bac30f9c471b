package io.tocsin.app.command;

import io.tocsin.app.report.FormatReport;
import io.tocsin.app.report.Normalization;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tocsin bench formats`: what the shipped normalizers make of foreign data, as a table.
@Command(
        name = "formats",
        mixinStandardHelpOptions = true,
        description = "Runs the shipped normalizers over foreign data with known results and prints a table.")
final class FormatsCommand implements Callable<Integer> {
    @Mixin
    private final ReportOutput report = new ReportOutput();

    @Override
    public Integer call() {
        Path folder = report.folder();
        Set<String> only = Set.copyOf(report.only(FormatReport.names()));
        return report.print(FormatReport.run(folder, only, Normalization.of(Content.folder())));
    }
}
