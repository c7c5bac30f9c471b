package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.window.Bound;
import io.tocsin.correlator.window.Measure;
import io.tocsin.correlator.window.Seen;
import io.tocsin.correlator.window.SlidingSettings;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads Sigma correlation rules (specification 2.1), with the two forms of windows and the extended conditions
/// that are proposed for it.
final class SigmaCorrelationReader {
    private static final List<String> TYPES = List.of(
            "event_count",
            "value_count",
            "value_sum",
            "value_avg",
            "value_percentile",
            "value_median",
            "temporal",
            "temporal_ordered");

    private static final List<String> KEYS = List.of(
            "type", "rules", "aliases", "group-by", "timespan", "timeframe", "condition", "generate", "window", "gap");

    private static final Pattern JOINED =
            Pattern.compile("[^\\s()|]+(\\s+and\\s+[^\\s()|]+)*", Pattern.CASE_INSENSITIVE);

    private SigmaCorrelationReader() {}

    /// The rule, or null after what is wrong was added.
    static SigmaDocument.@Nullable Correlation read(
            ConfigNode.Mapping mapping, SigmaTaxonomy taxonomy, Problems problems) {
        int before = problems.count();
        SigmaHeader header = SigmaHeader.read(mapping, taxonomy);
        if (header.id().isEmpty()) {
            problems.add(mapping.position(), "rule has neither id nor title");
        }
        SigmaHeader.check(mapping, problems);
        if (!(mapping.get("correlation") instanceof ConfigNode.Mapping body)) {
            problems.add(mapping.position(), "a correlation is a mapping [key=correlation]");
            return null;
        }
        for (ConfigNode.Entry entry : body.entries()) {
            if (!KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "key is not known [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), KEYS));
            }
        }
        String type = SigmaYaml.text(body, "type", "").toLowerCase(Locale.ROOT);
        if (!TYPES.contains(type)) {
            problems.add(
                    body.position(),
                    "type of correlation is not supported [type=" + type + "]" + Suggestions.hint(type, TYPES));
            return null;
        }
        List<String> rules = SigmaYaml.texts(body, "rules");
        if (rules.isEmpty() || rules.size() > Rule.MAXIMUM_SELECTORS) {
            problems.add(
                    body.position(), "a correlation speaks of 1 to " + Rule.MAXIMUM_SELECTORS + " rules [key=rules]");
        }
        if (new HashSet<>(rules).size() < rules.size()) {
            problems.add(body.position(), "a rule is named more than once [key=rules]");
        }
        String timespan = SigmaYaml.text(body, "timespan", SigmaYaml.text(body, "timeframe", ""));
        long millis = SigmaDuration.millis(timespan);
        if (millis < 0) {
            problems.add(
                    body.position(),
                    "not a length of time such as 5m, at most " + SigmaDuration.MAXIMUM_MILLIS / 86_400_000
                            + " days [timespan=" + timespan + "]");
        }
        ConfigNode condition = body.get("condition");
        if (condition instanceof ConfigNode.Scalar text && !SigmaCondition.isShort(text, problems)) {
            return null;
        }
        List<String> values = condition instanceof ConfigNode.Mapping said ? SigmaYaml.texts(said, "field") : List.of();
        SlidingSettings settings = settings(type, rules.size(), body, condition, values, problems);
        Map<String, Map<String, String>> aliases = aliases(body, problems);
        if (settings == null || problems.count() > before) {
            return null;
        }
        return new SigmaDocument.Correlation(
                header,
                rules,
                SigmaYaml.texts(body, "group-by"),
                aliases,
                settings,
                values,
                condition instanceof ConfigNode.Scalar text ? text : null,
                millis,
                "true".equals(SigmaYaml.text(body, "generate", SigmaYaml.text(mapping, "generate", "false"))),
                body.position(),
                mapping);
    }

    private static @Nullable SlidingSettings settings(
            String type,
            int rules,
            ConfigNode.Mapping body,
            @Nullable ConfigNode condition,
            List<String> values,
            Problems problems) {
        ConfigNode.Mapping said = condition instanceof ConfigNode.Mapping mapping ? mapping : null;
        boolean temporal = type.startsWith("temporal");
        double percentile = 50;
        String asked = said == null ? null : said.text("percentile");
        if (asked != null) {
            percentile = number(asked);
            if (!(percentile >= 0 && percentile <= 100)) {
                problems.add(body.position(), "a percentile is a number from 0 to 100 [percentile=" + asked + "]");
                return null;
            }
        }
        Measure measure = switch (type) {
            case "event_count" -> Measure.EVENTS;
            case "value_count" -> Measure.DISTINCT;
            case "value_sum" -> Measure.SUM;
            case "value_avg" -> Measure.AVERAGE;
            case "value_median" -> Measure.PERCENTILE;
            // Without a percentile the specification's example asks how rare the value of the event is.
            case "value_percentile" -> asked == null ? Measure.SHARE : Measure.PERCENTILE;
            case "temporal" -> Measure.SELECTORS;
            default -> Measure.SELECTORS_IN_ORDER;
        };
        if (condition instanceof ConfigNode.Scalar && !temporal) {
            problems.add(
                    condition.position(),
                    "a condition over rules belongs to temporal correlations [type=" + type + "]");
        }
        List<Bound> bounds = said == null ? List.of() : SigmaReader.bounds(said, problems);
        if (!temporal && bounds.isEmpty()) {
            problems.add(body.position(), "correlation has no condition such as 'gte: 10' [key=condition]");
        }
        if (type.startsWith("value_") && values.isEmpty()) {
            problems.add(body.position(), "correlation says not which field it is about [key=condition.field]");
        }
        if (measure.isNumeric() && values.size() > 1) {
            problems.add(body.position(), "only values of one field can be computed with [type=" + type + "]");
        }
        if (temporal && said == null && !(condition instanceof ConfigNode.Scalar)) {
            bounds = List.of(new Bound(Bound.Relation.AT_LEAST, rules));
        }
        String window = SigmaYaml.text(body, "window", "sliding");
        SlidingSettings.Form form = switch (window) {
            case "sliding" -> SlidingSettings.Form.SLIDING;
            case "tumbling" -> SlidingSettings.Form.TUMBLING;
            case "session" -> SlidingSettings.Form.SESSION;
            default -> null;
        };
        if (form == null) {
            problems.add(body.position(), "a window is sliding, tumbling or session [window=" + window + "]");
            return null;
        }
        long gap = form == SlidingSettings.Form.SESSION ? SigmaDuration.millis(SigmaYaml.text(body, "gap", "")) : 0;
        if (gap < 0) {
            problems.add(
                    body.position(), "a session needs the length of the silence that ends it, such as 5m [key=gap]");
            return null;
        }
        return new SlidingSettings(measure, bounds, null, measure == Measure.PERCENTILE ? percentile : 0, form, gap);
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException notANumber) {
            return Double.NaN;
        }
    }

    private static Map<String, Map<String, String>> aliases(ConfigNode.Mapping body, Problems problems) {
        Map<String, Map<String, String>> aliases = new LinkedHashMap<>();
        ConfigNode node = body.get("aliases");
        if (node == null) {
            return aliases;
        }
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            problems.add(node.position(), "aliases are a mapping of names to fields of rules [key=aliases]");
            return aliases;
        }
        for (ConfigNode.Entry entry : mapping.entries()) {
            Map<String, String> fields = new LinkedHashMap<>();
            if (entry.value() instanceof ConfigNode.Mapping perRule) {
                perRule.names().forEach(rule -> fields.put(rule, SigmaYaml.text(perRule, rule, "")));
            } else {
                problems.add(entry.position(), "an alias names a field for each rule [alias=" + entry.name() + "]");
            }
            aliases.put(entry.name(), fields);
        }
        return aliases;
    }

    /// What is asked of the window, now that the rules have places in it; null after the problem was added.
    ///
    /// @param seen the names of the rules
    static @Nullable SlidingSettings settings(
            SigmaDocument.Correlation correlation, Map<String, Seen> seen, Problems problems) {
        SlidingSettings settings = correlation.settings();
        ConfigNode.Scalar expression = correlation.expression();
        if (expression == null || !problems.isEmpty()) {
            return settings;
        }
        Seen asked =
                SigmaCondition.parse(expression.text(), seen, SigmaCondition.SEEN, expression.position(), problems);
        if (settings.measure() == Measure.SELECTORS_IN_ORDER) {
            if (asked != null && !JOINED.matcher(expression.text().strip()).matches()) {
                problems.add(
                        expression.position(),
                        "the condition of temporal_ordered can only join rules by 'and' [condition=" + expression.text()
                                + "]");
                return null;
            }
            return new SlidingSettings(
                    settings.measure(),
                    List.of(new Bound(
                            Bound.Relation.AT_LEAST, correlation.rules().size())),
                    asked,
                    0,
                    settings.form(),
                    settings.gapMillis());
        }
        return asked == null
                ? null
                : new SlidingSettings(settings.measure(), List.of(), asked, 0, settings.form(), settings.gapMillis());
    }
}
