package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RulePriority;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a Sigma detection rule.
public final class SigmaReader {
    private static final Pattern TECHNIQUE = Pattern.compile("attack\\.(t\\d{4}(\\.\\d{3})?)");
    private static final Pattern TACTIC = Pattern.compile("attack\\.([a-z][a-z_-]+)");
    private static final int MAXIMUM_DEPTH = 16;

    private SigmaReader() {}

    /// True when the document looks like a Sigma rule of any kind.
    public static boolean isSigma(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping
                && !mapping.names().contains("kind")
                && (mapping.names().contains("detection")
                        || mapping.names().contains("correlation")
                        || mapping.names().contains("filter")
                        || mapping.names().contains("logsource"));
    }

    /// Reads a rule; returns null after all that is wrong, or not supported, was added.
    public static @Nullable Rule read(ConfigNode document, SigmaTaxonomy taxonomy, Problems problems) {
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a Sigma rule is expected, found a " + document.shape());
            return null;
        }
        int before = problems.count();
        for (String kind : List.of("correlation", "filter")) {
            ConfigNode node = mapping.get(kind);
            if (node != null) {
                problems.add(
                        node.position(),
                        "Sigma " + kind + " rules are not supported yet"
                                + (kind.equals("correlation") ? ": write a rule of type standard" : ""));
                return null;
            }
        }
        if (mapping.get("action") != null) {
            problems.add(mapping.position(), "'action' was taken out of Sigma: write whole rules");
            return null;
        }
        SigmaLogsource logsource = logsource(mapping, problems);
        Filter detection = detection(mapping, taxonomy, logsource, problems);
        if (problems.count() > before || detection == null) {
            return null;
        }
        String title = text(mapping, "title", "");
        String id = text(mapping, "id", title);
        if (id.isEmpty()) {
            problems.add(mapping.position(), "rule has neither id nor title");
            return null;
        }
        Filter filter = Filter.all(List.of(taxonomy.logsource(logsource), detection));
        String level = text(mapping, "level", "medium").toLowerCase(Locale.ROOT);
        boolean alert = !level.equals("informational");
        List<String> tactics = new ArrayList<>();
        List<String> techniques = new ArrayList<>();
        for (String tag : texts(mapping, "tags")) {
            var technique = TECHNIQUE.matcher(tag);
            var tactic = TACTIC.matcher(tag);
            if (technique.matches()) {
                techniques.add(technique.group(1).toUpperCase(Locale.ROOT));
            } else if (tactic.matches()) {
                tactics.add(tactic.group(1).replace('_', '-'));
            }
        }
        List<FieldReference> shown = texts(mapping, "fields").stream()
                .map(name -> taxonomy.field(name, logsource))
                .distinct()
                .toList();
        Hash128 hash = new Hash128().add(taxonomy.name()).add(YamlWriter.write(document));
        return new Rule(
                id,
                title.isEmpty() ? id : title,
                text(mapping, "description", ""),
                Rule.Origin.SIGMA,
                priority(level),
                level,
                new RuleKind.Simple(new RuleAction(true, alert)),
                List.of(new Selector("detection", filter, 1, List.of())),
                null,
                List.of(),
                shown,
                "",
                tactics,
                techniques,
                texts(mapping, "references"),
                texts(mapping, "falsepositives"),
                hash.low(),
                mapping.position());
    }

    private static RulePriority priority(String level) {
        return switch (level) {
            case "critical" -> RulePriority.CRITICAL;
            case "high" -> RulePriority.HIGH;
            case "medium" -> RulePriority.MEDIUM;
            default -> RulePriority.LOW;
        };
    }

    private static SigmaLogsource logsource(ConfigNode.Mapping rule, Problems problems) {
        ConfigNode node = rule.get("logsource");
        if (node instanceof ConfigNode.Mapping mapping) {
            return new SigmaLogsource(
                    text(mapping, "category", "").toLowerCase(Locale.ROOT),
                    text(mapping, "product", "").toLowerCase(Locale.ROOT),
                    text(mapping, "service", "").toLowerCase(Locale.ROOT));
        }
        Position position = node == null ? rule.position() : node.position();
        problems.add(position, "rule says not where its events come from [key=logsource]");
        return new SigmaLogsource("", "", "");
    }

    private static @Nullable Filter detection(
            ConfigNode.Mapping rule, SigmaTaxonomy taxonomy, SigmaLogsource logsource, Problems problems) {
        if (!(rule.get("detection") instanceof ConfigNode.Mapping detection)) {
            problems.add(rule.position(), "rule has no detection [key=detection]");
            return null;
        }
        Map<String, Filter> selections = new LinkedHashMap<>();
        ConfigNode condition = null;
        for (ConfigNode.Entry entry : detection.entries()) {
            switch (entry.name()) {
                case "condition" -> condition = entry.value();
                case "timeframe" ->
                    problems.add(
                            entry.position(),
                            "'timeframe' was taken out of Sigma: write a correlation rule [timeframe="
                                    + (entry.value() instanceof ConfigNode.Scalar scalar ? scalar.text() : "?") + "]");
                default -> selections.put(entry.name(), selection(entry.value(), taxonomy, logsource, problems, 0));
            }
        }
        if (condition == null) {
            problems.add(detection.position(), "detection has no condition [key=condition]");
            return null;
        }
        List<Filter> alternatives = new ArrayList<>();
        List<ConfigNode> texts = condition instanceof ConfigNode.Sequence list ? list.items() : List.of(condition);
        for (ConfigNode each : texts) {
            if (!(each instanceof ConfigNode.Scalar scalar)) {
                problems.add(each.position(), "a condition is a text, found a " + each.shape());
                continue;
            }
            Filter filter = SigmaCondition.parse(scalar.text(), selections, scalar.position(), problems);
            if (filter != null) {
                alternatives.add(filter);
            }
        }
        return Filter.any(alternatives);
    }

    private static Filter selection(
            ConfigNode node, SigmaTaxonomy taxonomy, SigmaLogsource logsource, Problems problems, int depth) {
        if (depth > MAXIMUM_DEPTH) {
            problems.add(node.position(), "selection is nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            return Filter.FALSE;
        }
        return switch (node) {
            case ConfigNode.Scalar _ -> SigmaItem.keyword(node, taxonomy, logsource, problems);
            case ConfigNode.Sequence list -> {
                if (list.items().isEmpty()) {
                    problems.add(list.position(), "selection is empty: it can match nothing");
                }
                yield Filter.any(list.items().stream()
                        .map(each -> selection(each, taxonomy, logsource, problems, depth + 1))
                        .toList());
            }
            case ConfigNode.Mapping mapping -> {
                if (mapping.entries().isEmpty()) {
                    problems.add(mapping.position(), "selection is empty: it would match everything");
                }
                yield Filter.all(mapping.entries().stream()
                        .map(entry -> SigmaItem.read(entry, taxonomy, logsource, problems))
                        .toList());
            }
        };
    }

    private static String text(ConfigNode.Mapping mapping, String name, String otherwise) {
        String text = mapping.text(name);
        return text == null ? otherwise : text;
    }

    private static List<String> texts(ConfigNode.Mapping mapping, String name) {
        List<String> texts = new ArrayList<>();
        if (mapping.get(name) instanceof ConfigNode.Sequence list) {
            for (ConfigNode item : list.items()) {
                if (item instanceof ConfigNode.Scalar scalar) {
                    texts.add(scalar.text());
                }
            }
        }
        return texts;
    }
}
