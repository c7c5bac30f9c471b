package io.tocsin.app.command;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin rules check PATH…`: how many rules can be used, and why the others cannot.
@Command(
        name = "rules",
        mixinStandardHelpOptions = true,
        description = "Works with rules: 'rules check PATH…' tells which of them cannot be used and why.",
        subcommands = RulesCommand.Check.class)
final class RulesCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage("say what to do with the rules: tocsin rules check PATH…");
    }

    /// `check`.
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description =
                    "Counts the rules that can be used and prints file, line and reason for each that cannot. Exit code 1 when there is one.")
    static final class Check implements Callable<Integer> {
        @Parameters(arity = "1..*", paramLabel = "PATH", description = "Rules, own or Sigma: files or folders of them.")
        private List<Path> paths = List.of();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            PrintWriter out = output.writer();
            LoadedRules loaded;
            try {
                loaded = RuleLoader.load(paths, SigmaTaxonomy.schema());
            } catch (IOException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            switch (output.format()) {
                case table -> {
                    loaded.failures().forEach(failure -> out.println(failure.toString()));
                    out.println(loaded.rules().size() + " of " + loaded.total() + " rules can be used, "
                            + loaded.failedRules() + " cannot");
                }
                case ndjson -> loaded.failures().forEach(failure -> out.println(json(failure)));
                case json -> {
                    ObjectNode report = Instance.JSON.createObjectNode();
                    report.put("usable", loaded.rules().size());
                    report.put("total", loaded.total());
                    var failures = report.putArray("failures");
                    loaded.failures().forEach(failure -> failures.add(json(failure)));
                    out.println(report);
                }
            }
            return loaded.failedRules() == 0 ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static ObjectNode json(RuleFailure failure) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("file", failure.file());
            object.put("line", failure.line());
            object.put("rule", failure.rule());
            object.put("reason", failure.reason());
            return object;
        }
    }
}
