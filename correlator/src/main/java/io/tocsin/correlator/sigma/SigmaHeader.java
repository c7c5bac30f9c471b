package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RulePriority;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What Sigma rules of every kind say about themselves.
///
/// @param id the `id`, else the `name`, else the `title`
/// @param name by which other rules may call it; empty without one
/// @param hash of all that the rule says
record SigmaHeader(
        String id,
        String name,
        String title,
        String description,
        String level,
        List<String> tactics,
        List<String> techniques,
        List<String> references,
        List<String> falsePositives,
        long hash,
        Position position) {
    private static final List<String> LEVELS = List.of("informational", "low", "medium", "high", "critical");
    /// Whether there is such a technique is told by the check of rules.
    private static final Pattern TECHNIQUE = Pattern.compile("attack\\.(t\\d+(\\.\\d+)?)", Pattern.CASE_INSENSITIVE);

    private static final Pattern TACTIC = Pattern.compile("attack\\.([a-z][a-z_-]+)");

    static SigmaHeader read(ConfigNode.Mapping mapping, SigmaTaxonomy taxonomy) {
        String title = SigmaYaml.text(mapping, "title", "");
        String name = SigmaYaml.text(mapping, "name", "");
        String id = SigmaYaml.text(mapping, "id", name.isEmpty() ? title : name);
        List<String> tactics = new ArrayList<>();
        List<String> techniques = new ArrayList<>();
        for (String tag : SigmaYaml.texts(mapping, "tags")) {
            Matcher technique = TECHNIQUE.matcher(tag);
            Matcher tactic = TACTIC.matcher(tag);
            if (technique.matches()) {
                techniques.add(technique.group(1).toUpperCase(Locale.ROOT));
            } else if (tactic.matches()) {
                tactics.add(tactic.group(1).replace('_', '-'));
            }
        }
        return new SigmaHeader(
                id,
                name,
                title.isEmpty() ? id : title,
                SigmaYaml.text(mapping, "description", ""),
                SigmaYaml.text(mapping, "level", "medium").toLowerCase(Locale.ROOT),
                tactics,
                techniques,
                SigmaYaml.texts(mapping, "references"),
                SigmaYaml.texts(mapping, "falsepositives"),
                new Hash128()
                        .add(taxonomy.identity())
                        .add(YamlWriter.write(mapping))
                        .low(),
                mapping.position());
    }

    /// Adds what is wrong with what the rule says about itself.
    static void check(ConfigNode.Mapping mapping, Problems problems) {
        String level = mapping.text("level");
        if (level == null || LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
            return;
        }
        ConfigNode at = mapping.get("level");
        problems.add(
                at == null ? mapping.position() : at.position(),
                "level is not known [level=" + level + ", levels=" + String.join("|", LEVELS) + "]"
                        + Suggestions.hint(level, LEVELS));
    }

    /// True when the rule may be called so.
    boolean isCalled(String reference) {
        return id.equals(reference) || name.equals(reference) || title.equals(reference);
    }

    /// What a hit does: rules for information only make no alerts.
    RuleAction action() {
        return new RuleAction(true, !level.equals("informational"));
    }

    Rule rule(
            RuleKind kind, List<Selector> selectors, List<FieldReference> identical, List<FieldReference> propagated) {
        return new Rule(
                id,
                title,
                description,
                Rule.Origin.SIGMA,
                priority(),
                level,
                kind,
                selectors,
                null,
                identical,
                propagated,
                "",
                tactics,
                techniques,
                references,
                falsePositives,
                hash,
                position,
                Rule.Own.NONE);
    }

    private RulePriority priority() {
        return switch (level) {
            case "critical" -> RulePriority.CRITICAL;
            case "high" -> RulePriority.HIGH;
            case "medium" -> RulePriority.MEDIUM;
            default -> RulePriority.LOW;
        };
    }
}
