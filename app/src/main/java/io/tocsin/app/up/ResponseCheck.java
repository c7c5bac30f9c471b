package io.tocsin.app.up;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Substitution;
import io.tocsin.config.Suggestions;
import io.tocsin.config.YamlReader;
import io.tocsin.core.response.ResponseRule;
import io.tocsin.core.response.ResponseSpecs;
import io.tocsin.correlator.detect.LintFinding;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.rule.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads the responses that stand with rules, and looks for what is hardly meant in them.
///
/// @param responses those that can be used
/// @param failures what is wrong with the others
public record ResponseCheck(List<ResponseRule> responses, List<RuleFailure> failures, List<LintFinding> findings) {
    public ResponseCheck {
        responses = List.copyOf(responses);
        failures = List.copyOf(failures);
        findings = List.copyOf(findings);
    }

    /// @param paths files and folders
    /// @param rules those that can be used below the same paths; without any, none is missed
    /// @param variables values for `${NAME}`
    public static ResponseCheck of(List<Path> paths, List<Rule> rules, Function<String, @Nullable String> variables) {
        List<ResponseRule> responses = new ArrayList<>();
        List<RuleFailure> failures = new ArrayList<>();
        Map<String, ResponseRule> byName = new HashMap<>();
        for (Path path : paths) {
            List<Path> files = Files.isDirectory(path)
                    ? ResourceFiles.below(path, new Problems()).yaml()
                    : List.of(path);
            for (Path file : files) {
                for (ConfigNode node : YamlReader.readAll(file, new Problems())) {
                    if (node instanceof ConfigNode.Mapping document
                            && ResponseSpecs.KIND.equals(document.text("kind"))) {
                        read(document, variables, byName, responses, failures);
                    }
                }
            }
        }
        return new ResponseCheck(responses, failures, rules.isEmpty() ? List.of() : findings(responses, rules));
    }

    private static void read(
            ConfigNode.Mapping document,
            Function<String, @Nullable String> variables,
            Map<String, ResponseRule> byName,
            List<ResponseRule> responses,
            List<RuleFailure> failures) {
        Problems problems = new Problems();
        ResponseRule read = ResponseSpecs.read(Substitution.apply(document, variables, problems), problems);
        if (read != null) {
            ResponseRule first = byName.putIfAbsent(read.name(), read);
            if (first == null) {
                responses.add(read);
            } else {
                problems.add(document.position(), "name stands twice, also at " + first.position());
            }
        }
        problems.list()
                .forEach(problem -> failures.add(new RuleFailure(
                        problem.source(), problem.line(), String.valueOf(document.text("name")), problem.message())));
    }

    private static List<LintFinding> findings(List<ResponseRule> responses, List<Rule> rules) {
        Set<String> known = new HashSet<>();
        for (Rule rule : rules) {
            known.add(rule.id());
            known.add(rule.title());
        }
        List<LintFinding> findings = new ArrayList<>();
        for (ResponseRule response : responses) {
            for (String rule : response.match().rules()) {
                if (!known.contains(rule)) {
                    findings.add(new LintFinding(
                            LintFinding.Kind.RESPONSE,
                            response.position(),
                            response.name(),
                            "no rule here has this name or id [rule=" + rule + "]" + Suggestions.hint(rule, known)));
                }
            }
        }
        return findings;
    }
}
