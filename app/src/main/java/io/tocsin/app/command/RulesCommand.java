package io.tocsin.app.command;

import io.tocsin.app.table.FileTables;
import io.tocsin.app.up.GroupingCheck;
import io.tocsin.app.up.ResponseCheck;
import io.tocsin.config.Position;
import io.tocsin.correlator.detect.LintFinding;
import io.tocsin.correlator.detect.RuleLint;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin rules check PATH…`: how many rules can be used, and why the others cannot.
@Command(
        name = "rules",
        mixinStandardHelpOptions = true,
        description =
                "Works with rules: 'check' tells which of them cannot be used and why, 'coverage' which can fire at"
                        + " all, 'bench' what they cost.",
        subcommands = {RuleBenchCommand.class, RulesCommand.Check.class, RuleCoverageCommand.class})
final class RulesCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage("say what to do with the rules: tocsin rules check|coverage|bench");
    }

    /// `check`.
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description =
                    "Counts the rules that can be used and prints file, line and reason for each that cannot, and what"
                            + " is hardly meant in those that can: unreachable, always true, misspelt, expensive,"
                            + " shadowed. Exit code 1 when a rule cannot be used.")
    static final class Check implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(arity = "1..*", paramLabel = "PATH", description = "Rules, own or Sigma: files or folders of them.")
        private List<Path> paths = List.of();

        @Option(names = "--strict", description = "Exit code 1 for findings about rules that can be used, too.")
        private boolean strict;

        @Mixin
        private final PipelineFiles pipelines = new PipelineFiles();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            PrintWriter out = output.writer();
            LoadedRules loaded;
            SigmaTaxonomy taxonomy;
            try {
                PrintWriter error = Objects.requireNonNull(spec).commandLine().getErr();
                taxonomy = pipelines.over(SigmaTaxonomy.schema(), error);
                loaded = RuleLoader.load(paths, taxonomy, new FileTables());
            } catch (IOException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            GroupingCheck grouping = GroupingCheck.of(paths, loaded.rules());
            List<RuleFailure> failures = new ArrayList<>(loaded.failures());
            failures.addAll(grouping.failures());
            ResponseCheck responses = ResponseCheck.of(paths, loaded.rules(), System::getenv);
            failures.addAll(responses.failures());
            List<LintFinding> lint = new ArrayList<>();
            for (RuleFailure note : loaded.notes()) {
                Position place = new Position(note.file(), note.line(), 1);
                lint.add(new LintFinding(LintFinding.Kind.NOTE, place, note.rule(), note.reason()));
            }
            lint.addAll(RuleLint.check(loaded.rules(), taxonomy.names()));
            lint.addAll(grouping.findings());
            lint.addAll(responses.findings());
            switch (output.format()) {
                case table -> {
                    failures.forEach(failure -> out.println(failure.toString()));
                    lint.forEach(finding -> out.println(finding.toString()));
                    out.println(loaded.rules().size() + " of " + loaded.total() + " rules can be used, "
                            + loaded.failedRules() + " cannot" + (lint.isEmpty() ? "" : ", " + counts(lint)));
                }
                case ndjson -> {
                    failures.forEach(failure -> out.println(json(failure)));
                    lint.forEach(finding -> out.println(json(finding)));
                }
                case json -> {
                    ObjectNode report = Instance.JSON.createObjectNode();
                    report.put("usable", loaded.rules().size());
                    report.put("total", loaded.total());
                    var wrong = report.putArray("failures");
                    failures.forEach(failure -> wrong.add(json(failure)));
                    var findings = report.putArray("findings");
                    lint.forEach(finding -> findings.add(json(finding)));
                    out.println(report);
                }
            }
            return loaded.failedRules() == 0
                            && grouping.failures().isEmpty()
                            && responses.failures().isEmpty()
                            && (!strict || lint.isEmpty())
                    ? ExitCode.OK
                    : ExitCode.FINDINGS;
        }

        private static String counts(List<LintFinding> lint) {
            Map<LintFinding.Kind, Integer> counts = new EnumMap<>(LintFinding.Kind.class);
            lint.forEach(finding -> counts.merge(finding.kind(), 1, Integer::sum));
            StringBuilder text = new StringBuilder(lint.size() + " findings:");
            counts.forEach(
                    (kind, count) -> text.append(' ').append(count).append(' ').append(kind.text()));
            return text.toString();
        }

        private static ObjectNode json(LintFinding finding) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("file", finding.place().source());
            object.put("line", finding.place().line());
            object.put("rule", finding.rule());
            object.put("kind", finding.kind().text());
            object.put("reason", finding.message());
            return object;
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
