package io.tocsin.app.command;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The option that names processing pipelines for Sigma rules.
///
/// Thread-safety: one thread.
final class PipelineFiles {
    @Option(
            names = "--pipeline",
            paramLabel = "FILE",
            description = "Processing pipelines for the Sigma rules, in pySigma's form; those of lower priority first.")
    private List<Path> files = List.of();

    /// These pipelines beside what a taxonomy has. What is wrong with them ends the command.
    ///
    /// @param error takes what is passed over
    SigmaTaxonomy over(SigmaTaxonomy taxonomy, PrintWriter error) {
        List<Path> given = files;
        // Commands are made once a process, and picocli takes what they hold for their defaults.
        files = List.of();
        Problems problems = new Problems();
        Problems notes = new Problems();
        List<ConfigNode> documents = new ArrayList<>();
        for (Path file : given) {
            for (ConfigNode document : YamlReader.readAll(file, problems)) {
                if (SigmaTaxonomy.isPipeline(document)) {
                    documents.add(document);
                } else {
                    problems.add(document.position(), "not a processing pipeline: it has no transformations");
                }
            }
        }
        SigmaTaxonomy with = taxonomy.with(documents, problems, notes);
        if (!problems.isEmpty()) {
            throw CommandException.cannotStart("pipeline cannot be used: " + problems);
        }
        notes.list().forEach(note -> error.println("tocsin: pipeline: " + note));
        return with;
    }
}
