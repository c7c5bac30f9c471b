package io.tocsin.app.detect;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.detect.RuleTests;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Runs regression tests of Sigma rules as they stand in checkouts: a file `info.yml` names a rule and how many events
/// of the `.json` or `.xml` files beside it the rule must find at least.
///
/// Rules are those below the same paths, found by their ids.
public final class RegressionTests {
    private RegressionTests() {}

    /// Runs all tests below the paths.
    ///
    /// @throws IOException when a path cannot be read
    public static List<RuleTests.Result> run(List<Path> paths) throws IOException {
        List<Path> tests = new ArrayList<>();
        for (Path path : paths) {
            try (Stream<Path> walk = Files.walk(path)) {
                walk.filter(file -> file.endsWith("info.yml")).sorted().forEach(tests::add);
            }
        }
        List<RuleTests.Result> results = new ArrayList<>();
        if (tests.isEmpty()) {
            return results;
        }
        Map<String, Rule> rules = new HashMap<>();
        RuleLoader.load(paths, SigmaTaxonomy.raw()).rules().forEach(rule -> rules.put(rule.id(), rule));
        for (Path test : tests) {
            List<ConfigNode> documents = YamlReader.readAll(test, new Problems());
            if (!documents.isEmpty()
                    && documents.getFirst() instanceof ConfigNode.Mapping said
                    && said.get("regression_tests_info") instanceof ConfigNode.Sequence expected) {
                run(test, said, expected, rules, results);
            }
        }
        return results;
    }

    private static void run(
            Path test,
            ConfigNode.Mapping said,
            ConfigNode.Sequence expected,
            Map<String, Rule> rules,
            List<RuleTests.Result> results)
            throws IOException {
        List<String> ids = new ArrayList<>();
        if (said.get("rule_metadata") instanceof ConfigNode.Sequence list) {
            for (ConfigNode item : list.items()) {
                String id = item instanceof ConfigNode.Mapping mapping ? mapping.text("id") : null;
                if (id != null) {
                    ids.add(id);
                }
            }
        }
        List<Path> files;
        try (Stream<Path> beside = Files.list(test.resolveSibling(""))) {
            files = beside.filter(file ->
                            file.toString().endsWith(".json") || file.toString().endsWith(".xml"))
                    .sorted()
                    .toList();
        }
        for (String id : ids) {
            Rule rule = rules.get(id);
            if (rule == null) {
                results.add(new RuleTests.Result(
                        test.toString(), 1, id, "regression", "the rule is not below the paths, or cannot be used"));
            } else if (files.isEmpty()) {
                results.add(new RuleTests.Result(
                        test.toString(), 1, id, "regression", "no events in .json or .xml stand beside the test"));
            }
            if (rule == null) {
                continue;
            }
            for (Path file : files) {
                int wanted = wanted(expected);
                int found = found(rule, file);
                String problem = found >= Math.max(1, wanted)
                        ? ""
                        : "number of hits differs [expected=" + Math.max(1, wanted) + ", found=" + found + ", file="
                                + file + "]";
                results.add(new RuleTests.Result(
                        test.toString(), expected.position().line(), id, "regression " + file.getFileName(), problem));
            }
        }
    }

    private static int wanted(ConfigNode.Sequence expected) {
        int wanted = 0;
        for (ConfigNode item : expected.items()) {
            String count = item instanceof ConfigNode.Mapping mapping ? mapping.text("match_count") : null;
            if (count != null && count.matches("[0-9]{1,6}")) {
                wanted += Integer.parseInt(count);
            }
        }
        return wanted;
    }

    private static int found(Rule rule, Path file) throws IOException {
        List<Detection> detections = new ArrayList<>();
        Detector detector = new Detector(new RuleSet(List.of(rule)), detections::add);
        EventBatches.read(List.of(file), InputStream.nullInputStream(), InputFormat.winevent, false, detector::process);
        detector.finish();
        return detections.size();
    }
}
