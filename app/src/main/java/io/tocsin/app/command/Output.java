package io.tocsin.app.command;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Where a command prints, and `--output`: as what.
///
/// Thread-safety: one thread.
final class Output {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--output",
            description = "One of: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            defaultValue = "table")
    private OutputFormat format = OutputFormat.table;

    OutputFormat format() {
        return format;
    }

    PrintWriter writer() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    /// For what is no part of the answer.
    PrintWriter errorWriter() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
