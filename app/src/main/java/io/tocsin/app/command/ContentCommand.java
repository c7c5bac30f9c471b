package io.tocsin.app.command;

import io.tocsin.app.detect.RegressionTests;
import io.tocsin.app.table.FileTables;
import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.detect.RuleTests;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.pipeline.normalizer.NormalizerTests;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tocsin content test [PATH…]`: the tests that stand beside normalizers and rules.
@Command(
        name = "content",
        mixinStandardHelpOptions = true,
        description = "Works with content: 'content test' runs the tests that stand beside normalizers and rules.",
        subcommands = ContentCommand.Test.class)
final class ContentCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage("say what to do with the content: tocsin content test [PATH…]");
    }

    /// `test`.
    @Command(
            name = "test",
            mixinStandardHelpOptions = true,
            description =
                    "Runs the tests in NAME.tests.yaml beside NAME.yaml, and regression tests of Sigma rules (info.yml"
                            + " with recorded events beside it). Exit code 1 when one fails.")
    static final class Test implements Callable<Integer> {
        private static final String SUFFIX = ".tests.yaml";

        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(paramLabel = "PATH", description = "Folders or files; the shipped content without one.")
        private List<Path> paths = List.of();

        @Option(names = "--junit", paramLabel = "FILE", description = "Also writes the results as JUnit XML.")
        private @Nullable Path junit;

        private record Result(String file, int line, String name, String problem) {}

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            List<Path> roots = paths.isEmpty() ? List.of(Content.folder()) : paths;
            List<Result> results = new ArrayList<>();
            try {
                for (Path root : roots) {
                    if (!Files.exists(root)) {
                        throw CommandException.cannotStart("no such file or folder [path=" + root + "]");
                    }
                }
                RuleTests.run(roots, new FileTables())
                        .forEach(test -> results.add(new Result(test.file(), test.line(), name(test), test.problem())));
                RegressionTests.run(roots)
                        .forEach(test -> results.add(new Result(
                                test.file(), test.line(), test.rule() + ": " + test.test(), test.problem())));
                normalizers(roots, results);
                if (junit != null) {
                    Files.writeString(junit, xml(results));
                }
            } catch (IOException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            long failed = 0;
            for (Result result : results) {
                if (!result.problem().isEmpty()) {
                    failed++;
                    out.println("failed: " + result.file() + ":" + result.line() + ": "
                            + (result.name().isEmpty() ? "" : result.name() + ": ") + result.problem());
                }
            }
            out.println((results.size() - failed) + " passed, " + failed + " failed");
            return failed == 0 ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static String name(RuleTests.Result test) {
            return test.rule() + (test.rule().isEmpty() || test.test().isEmpty() ? "" : ": ") + test.test();
        }

        private static void normalizers(List<Path> roots, List<Result> results) throws IOException {
            Resources shipped = null;
            for (Path root : roots) {
                List<Path> files;
                try (Stream<Path> walk = Files.walk(root)) {
                    files = walk.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                            .sorted()
                            .toList();
                }
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    Path resource = file.resolveSibling(name.substring(0, name.length() - SUFFIX.length()) + ".yaml");
                    if (!Files.exists(resource)) {
                        results.add(new Result(
                                file.toString(),
                                1,
                                "",
                                "nothing stands beside these tests [expected=" + resource + "]"));
                    } else if (!RuleTests.isTestFile(file)) {
                        if (shipped == null) {
                            shipped = Resources.load(Content.folder(), null, System::getenv, new Problems());
                        }
                        normalizer(file, resource, shipped, results);
                    }
                }
            }
        }

        private static void normalizer(Path tests, Path resource, Resources shipped, List<Result> results) {
            Problems problems = new Problems();
            NormalizerLoader loader =
                    new NormalizerLoader(ZoneOffset.UTC, wanted -> sibling(resource, wanted, shipped));
            for (ConfigNode document : YamlReader.readAll(resource, problems)) {
                if (!(document instanceof ConfigNode.Mapping mapping) || !"normalizer".equals(mapping.text("kind"))) {
                    return;
                }
                NormalizerPlan plan = loader.load(document, problems);
                if (plan != null) {
                    for (ConfigNode test : YamlReader.readAll(tests, problems)) {
                        NormalizerTests.run(test, plan)
                                .forEach(done -> results.add(new Result(
                                        done.file(),
                                        done.line(),
                                        done.name(),
                                        done.passed() ? "" : done.message().isEmpty() ? "failed" : done.message())));
                    }
                }
                break;
            }
            problems.list()
                    .forEach(problem ->
                            results.add(new Result(problem.source(), problem.line(), "readable", problem.message())));
        }

        /// The normalizers beside the tested one win over the shipped ones.
        private static @Nullable ConfigNode sibling(Path resource, String wanted, Resources shipped) {
            Path beside = resource.resolveSibling(wanted + ".yaml");
            if (wanted.matches("[A-Za-z0-9._-]+") && Files.exists(beside)) {
                List<ConfigNode> documents = YamlReader.readAll(beside, new Problems());
                if (!documents.isEmpty()) {
                    return documents.getFirst();
                }
            }
            Resource found = shipped.find("normalizer", wanted);
            return found == null ? null : found.document();
        }

        private static String xml(List<Result> results) {
            StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            long failures = results.stream()
                    .filter(result -> !result.problem().isEmpty())
                    .count();
            out.append("<testsuite name=\"content\" tests=\"")
                    .append(results.size())
                    .append("\" failures=\"")
                    .append(failures)
                    .append("\">\n");
            for (Result result : results) {
                out.append("  <testcase classname=\"")
                        .append(escaped(result.file()))
                        .append("\" name=\"")
                        .append(escaped(result.name()))
                        .append('"');
                if (result.problem().isEmpty()) {
                    out.append("/>\n");
                } else {
                    out.append("><failure message=\"")
                            .append(escaped(result.file() + ":" + result.line() + ": " + result.problem()))
                            .append("\"/></testcase>\n");
                }
            }
            return out.append("</testsuite>\n").toString();
        }

        private static String escaped(String text) {
            StringBuilder out = new StringBuilder();
            text.codePoints().forEach(c -> {
                switch (c) {
                    case '<' -> out.append("&lt;");
                    case '&' -> out.append("&amp;");
                    case '"' -> out.append("&quot;");
                    case '\n' -> out.append("&#10;");
                    default -> out.appendCodePoint(c < 0x20 && c != '\t' ? '?' : c);
                }
            });
            return out.toString();
        }
    }
}
