package io.tocsin.app.up;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.core.alert.AssetCategory;
import io.tocsin.core.alert.Segmentation;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.correlator.detect.LintFinding;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.rule.ActionEnrichment;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the segmentations and asset categories that stand with rules, and looks for what is hardly meant in them.
///
/// @param failures those that cannot be used
public record GroupingCheck(List<RuleFailure> failures, List<LintFinding> findings) {
    /// What every correlation event has.
    private static final Set<FieldReference> ALWAYS = Set.of(
            FieldReference.of(Field.NAME),
            FieldReference.of(Field.CORRELATION_RULE_ID),
            FieldReference.of(Field.CORRELATION_RULE_NAME),
            FieldReference.of(Field.PRIORITY),
            FieldReference.of(Field.SEVERITY),
            FieldReference.of(Field.TACTIC),
            FieldReference.of(Field.TECHNIQUE),
            FieldReference.of(Field.GROUPED_BY),
            FieldReference.of(Field.AFFECTED_ASSETS),
            FieldReference.of(Field.DEVICE_VENDOR),
            FieldReference.of(Field.DEVICE_PRODUCT));

    public GroupingCheck {
        failures = List.copyOf(failures);
        findings = List.copyOf(findings);
    }

    /// @param paths files and folders
    /// @param rules those that can be used below the same paths
    public static GroupingCheck of(List<Path> paths, List<Rule> rules) {
        List<RuleFailure> failures = new ArrayList<>();
        List<Segmentation> segmentations = new ArrayList<>();
        for (Path path : paths) {
            List<Path> files = Files.isDirectory(path)
                    ? ResourceFiles.below(path, new Problems()).yaml()
                    : List.of(path);
            for (Path file : files) {
                for (ConfigNode node : YamlReader.readAll(file, new Problems())) {
                    read(node, segmentations, failures);
                }
            }
        }
        return new GroupingCheck(failures, findings(segmentations, rules));
    }

    private static void read(ConfigNode node, List<Segmentation> into, List<RuleFailure> failures) {
        if (!(node instanceof ConfigNode.Mapping document)) {
            return;
        }
        Problems problems = new Problems();
        switch (String.valueOf(document.text("kind"))) {
            case Segmentation.KIND -> {
                Segmentation read = Segmentation.read(document, problems);
                if (read != null) {
                    into.add(read);
                }
            }
            case AssetCategory.KIND -> AssetCategory.read(document, problems);
            default -> {}
        }
        problems.list()
                .forEach(problem -> failures.add(new RuleFailure(
                        problem.source(), problem.line(), String.valueOf(document.text("name")), problem.message())));
    }

    private static List<LintFinding> findings(List<Segmentation> segmentations, List<Rule> rules) {
        List<LintFinding> findings = new ArrayList<>();
        Map<String, Rule> byId = new HashMap<>();
        rules.forEach(rule -> byId.put(rule.id(), rule));
        Set<String> names = new HashSet<>(Set.of(Segmentation.DEFAULT));
        segmentations.forEach(each -> names.add(each.name()));
        for (Rule rule : rules) {
            String name = rule.own().segmentation();
            if (!name.isEmpty() && !names.contains(name)) {
                findings.add(new LintFinding(
                        LintFinding.Kind.SEGMENTATION,
                        rule.position(),
                        rule.id(),
                        "its segmentation is not here [segmentation=" + name + "]"));
            }
        }
        Segmentations all = new Segmentations(segmentations, AlertGrouping.named(rules));
        for (Segmentation each : segmentations) {
            for (String id : each.rules()) {
                if (!byId.containsKey(id)) {
                    findings.add(finding(each, "no rule here has this name or id [rule=" + id + "]"));
                }
            }
        }
        for (Rule rule : rules) {
            Segmentation whole = null;
            for (Segmentation each : all.of(rule.id())) {
                if (whole != null && !each.name().equals(Segmentation.DEFAULT)) {
                    findings.add(finding(
                            each,
                            "never asked for a rule, because another without a filter comes before it [rule="
                                    + rule.id() + ", before=" + whole.name() + "]"));
                }
                whole = whole == null && each.filter() == null ? each : whole;
                fields(each, rule, findings);
            }
        }
        return findings;
    }

    private static void fields(Segmentation segmentation, Rule rule, List<LintFinding> findings) {
        List<FieldReference> asked = segmentation.fields();
        if (asked == null) {
            return;
        }
        Set<FieldReference> carried = new HashSet<>(ALWAYS);
        rule.identical().forEach(field -> carried.add(Variable.target(field)));
        rule.propagated().forEach(field -> carried.add(Variable.target(field)));
        rule.kind()
                .actions()
                .forEach(action -> action.enrichment().stream()
                        .map(ActionEnrichment::field)
                        .forEach(carried::add));
        for (FieldReference field : asked) {
            if (!carried.contains(field)) {
                findings.add(finding(
                        segmentation,
                        "correlation events of a rule do not carry the field: add it to its identical or propagated"
                                + " fields [field=" + field.name() + ", rule=" + rule.id() + "]"));
            }
        }
    }

    private static LintFinding finding(Segmentation segmentation, String message) {
        return new LintFinding(LintFinding.Kind.SEGMENTATION, segmentation.position(), segmentation.name(), message);
    }
}
