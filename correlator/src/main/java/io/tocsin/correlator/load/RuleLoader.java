package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaReader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads rules from files and folders of them. Own rules and Sigma rules may stand together, several in a
/// file. Other resources are left alone. A rule with anything wrong in it is left out as a whole; the others
/// are used.
///
/// Thread-safety: one thread.
public final class RuleLoader {
    private final SigmaTaxonomy taxonomy;
    private final List<Rule> rules = new ArrayList<>();
    private final List<RuleFailure> failures = new ArrayList<>();
    private final Map<String, Rule> byId = new HashMap<>();
    private int failedRules;

    private RuleLoader(SigmaTaxonomy taxonomy) {
        this.taxonomy = taxonomy;
    }

    /// Reads all rules below the paths, in the order of the paths and, in a folder, of the names.
    ///
    /// @param taxonomy how Sigma rules name fields
    /// @throws IOException when a path does not exist or a folder cannot be listed
    public static LoadedRules load(List<Path> paths, SigmaTaxonomy taxonomy) throws IOException {
        RuleLoader loader = new RuleLoader(taxonomy);
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                List<Path> files;
                try (Stream<Path> walk = Files.walk(path)) {
                    files = walk.filter(RuleLoader::isRuleFile).sorted().toList();
                }
                for (Path file : files) {
                    loader.file(file);
                }
            } else if (Files.exists(path)) {
                loader.file(path);
            } else {
                throw new IOException("no such file or folder [path=" + path + "]");
            }
        }
        return new LoadedRules(loader.rules, loader.failures, loader.failedRules);
    }

    /// Reads the rules of a text.
    ///
    /// @param source what to call the text in messages
    public static LoadedRules read(String source, String text, SigmaTaxonomy taxonomy) {
        RuleLoader loader = new RuleLoader(taxonomy);
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll(source, text, problems);
        loader.documents(documents, problems, new Position(source, 1, 1));
        return new LoadedRules(loader.rules, loader.failures, loader.failedRules);
    }

    private static boolean isRuleFile(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".yml") || name.endsWith(".yaml"))
                && !name.endsWith(".tests.yaml")
                && !name.endsWith(".tests.yml")
                && Files.isRegularFile(file);
    }

    private void file(Path file) {
        Problems problems = new Problems();
        documents(YamlReader.readAll(file, problems), problems, new Position(file.toString(), 1, 1));
    }

    private void documents(List<ConfigNode> documents, Problems syntax, Position start) {
        if (!syntax.isEmpty()) {
            // What the reader could not make sense of may change the meaning of what it could.
            fail("", syntax.list(), start);
            return;
        }
        for (ConfigNode document : documents) {
            Problems problems = new Problems();
            if (RuleReader.isRule(document)) {
                take(RuleReader.read(document, problems), document, problems, "name");
            } else if (SigmaReader.isSigma(document)) {
                take(SigmaReader.read(document, taxonomy, problems), document, problems, "id");
            }
        }
    }

    private void take(@Nullable Rule rule, ConfigNode document, Problems problems, String key) {
        String name = document instanceof ConfigNode.Mapping mapping ? mapping.text(key) : null;
        if (rule == null) {
            fail(name == null ? "" : name, problems.list(), document.position());
            return;
        }
        Rule first = byId.putIfAbsent(rule.id(), rule);
        if (first != null) {
            problems.add(
                    rule.position(),
                    "another rule has the same name or id [rule=" + rule.id() + ", first=" + first.position() + "]");
            fail(rule.id(), problems.list(), rule.position());
            return;
        }
        rules.add(rule);
    }

    private void fail(String rule, List<Problem> problems, Position otherwise) {
        failedRules++;
        for (Problem problem : problems) {
            Position place = problem.line() == 0 ? otherwise : problem.position();
            failures.add(new RuleFailure(place.source(), place.line(), rule, problem.message()));
        }
    }
}
