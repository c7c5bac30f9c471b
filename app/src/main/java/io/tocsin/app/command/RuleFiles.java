package io.tocsin.app.command;

import io.tocsin.app.detect.InputFormat;
import io.tocsin.app.table.FileTables;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say which rules are run over which kind of events.
///
/// Thread-safety: one thread.
final class RuleFiles {
    @Option(
            names = "--rules",
            required = true,
            arity = "1..*",
            paramLabel = "PATH",
            description = "Rules, own or Sigma: files, folders and zip archives; another option, or --, ends them.")
    private List<Path> rules = List.of();

    @Mixin
    private final PipelineFiles pipelines = new PipelineFiles();

    @Option(
            names = "--format",
            description =
                    "auto, events (as 'normalize' prints them), raw-json (keys are Sigma's field names) or winevent"
                            + " (XML or nested JSON) (default: ${DEFAULT-VALUE}).",
            defaultValue = "auto")
    private String format = "auto";

    /// How the events are written.
    InputFormat format() {
        try {
            return InputFormat.of(format);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(
                    "unknown format [--format=" + format + "]: use one of " + Arrays.toString(InputFormat.values()));
        }
    }

    /// The rules, at least one.
    ///
    /// @param error takes what is wrong with those that are left out
    LoadedRules load(PrintWriter error) {
        try {
            SigmaTaxonomy taxonomy = format() == InputFormat.events ? SigmaTaxonomy.schema() : SigmaTaxonomy.raw();
            LoadedRules loaded = RuleLoader.load(rules, pipelines.over(taxonomy, error), new FileTables());
            for (RuleFailure failure : loaded.failures()) {
                error.println("tocsin: rule left out: " + failure);
            }
            for (RuleFailure note : loaded.notes()) {
                error.println("tocsin: note: " + note);
            }
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
}
