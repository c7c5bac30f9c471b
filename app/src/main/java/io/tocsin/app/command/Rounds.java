package io.tocsin.app.command;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What benchmarks that compare have in common: rounds, and where they print.
///
/// Thread-safety: one thread.
final class Rounds {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--rounds",
            description = "Rounds; medians are printed (default: ${DEFAULT-VALUE}).",
            defaultValue = "3")
    private int count = 3;

    int count() {
        return count;
    }

    PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
