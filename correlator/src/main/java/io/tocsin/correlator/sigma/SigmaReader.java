package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.Bound;
import io.tocsin.correlator.window.Measure;
import io.tocsin.correlator.window.Seen;
import io.tocsin.correlator.window.SlidingSettings;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads Sigma detection rules, and the selections and conditions of filters.
final class SigmaReader {
    private static final int MAXIMUM_DEPTH = 16;
    /// How far old rules with an aggregation look back when they do not say.
    static final long DEFAULT_TIMEFRAME_MILLIS = 3_600_000;
    /// How late events of Sigma's rules may come.
    static final long LATENESS_MILLIS = 30_000;

    private static final Pattern NEAR = Pattern.compile("near\\s+(.+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAMES_TOGETHER =
            Pattern.compile("[\\w-]+(\\s+and\\s+[\\w-]+)+", Pattern.CASE_INSENSITIVE);

    private SigmaReader() {}

    /// Reads a detection rule; returns null after all that is wrong, or not supported, was added.
    static SigmaDocument.@Nullable Detection detection(
            ConfigNode.Mapping mapping, SigmaTaxonomy taxonomy, Problems problems, Problems notes) {
        int before = problems.count();
        SigmaHeader header = SigmaHeader.read(mapping, taxonomy);
        if (header.id().isEmpty()) {
            problems.add(mapping.position(), "rule has neither id nor title");
        }
        SigmaContext context = new SigmaContext(taxonomy, logsource(mapping, problems), problems, notes);
        if (!(mapping.get("detection") instanceof ConfigNode.Mapping body)) {
            problems.add(mapping.position(), "rule has no detection [key=detection]");
            return null;
        }
        List<FieldReference> shown = SigmaYaml.texts(mapping, "fields").stream()
                .map(name -> taxonomy.field(name, context.logsource()))
                .distinct()
                .toList();
        Rule rule = rule(header, body, context, shown);
        return rule == null || problems.count() > before
                ? null
                : new SigmaDocument.Detection(header, rule, context.logsource());
    }

    private static @Nullable Rule rule(
            SigmaHeader header, ConfigNode.Mapping body, SigmaContext context, List<FieldReference> shown) {
        Map<String, Filter> selections = selections(body, List.of("condition", "timeframe"), context);
        List<ConfigNode.Scalar> conditions = conditions(body, context);
        String timeframe = body.text("timeframe");
        Filter source = context.taxonomy().logsource(context.logsource());
        if (conditions.size() == 1
                && (timeframe != null || conditions.getFirst().text().contains("|"))) {
            return aggregated(header, conditions.getFirst(), timeframe, selections, source, context, shown);
        }
        List<Filter> alternatives = new ArrayList<>();
        for (ConfigNode.Scalar condition : conditions) {
            Filter filter = SigmaCondition.parse(
                    condition.text(), selections, SigmaCondition.FILTERS, condition.position(), context.problems());
            if (filter != null) {
                alternatives.add(filter);
            }
        }
        Filter filter = Filter.all(List.of(source, Filter.any(alternatives)));
        return header.rule(
                new RuleKind.Simple(header.action()),
                List.of(new Selector("detection", filter, 1, List.of())),
                List.of(),
                shown);
    }

    /// A rule as they were written before version 2: an aggregation behind `|`, or a time frame.
    private static @Nullable Rule aggregated(
            SigmaHeader header,
            ConfigNode.Scalar condition,
            @Nullable String timeframe,
            Map<String, Filter> selections,
            Filter source,
            SigmaContext context,
            List<FieldReference> shown) {
        String text = condition.text();
        int bar = text.indexOf('|');
        String detecting = bar < 0 ? text.strip() : text.substring(0, bar).strip();
        String aggregating = bar < 0 ? "" : text.substring(bar + 1).strip();
        long timespan = timeframe == null ? DEFAULT_TIMEFRAME_MILLIS : SigmaDuration.millis(timeframe);
        if (timespan < 0) {
            context.problems()
                    .add(condition.position(), "not a length of time such as 15m [timeframe=" + timeframe + "]");
            return null;
        }
        Matcher near = NEAR.matcher(aggregating);
        if (near.matches()) {
            return together(header, detecting, near.group(1), timespan, condition, selections, source, context, shown);
        }
        if (bar < 0) {
            if (!NAMES_TOGETHER.matcher(detecting).matches()) {
                context.problems()
                        .add(
                                condition.position(),
                                "a time frame without an aggregation means nothing unless all selections are joined by"
                                        + " 'and' [condition=" + text + "]: write a correlation rule");
                return null;
            }
            String first = detecting.substring(0, detecting.indexOf(' '));
            String others =
                    detecting.substring(first.length()).strip().substring(3).strip();
            return together(header, first, others, timespan, condition, selections, source, context, shown);
        }
        SigmaAggregation aggregation = SigmaAggregation.parse(aggregating);
        if (aggregation == null) {
            context.problems()
                    .add(
                            condition.position(),
                            "not an aggregation such as 'count(user) by host > 10' [aggregation=" + aggregating
                                    + "]: write a correlation rule");
            return null;
        }
        Filter filter = SigmaCondition.parse(
                detecting, selections, SigmaCondition.FILTERS, condition.position(), context.problems());
        if (filter == null) {
            return null;
        }
        List<FieldReference> key = fields(aggregation.groupBy(), context);
        List<FieldReference> values =
                aggregation.field().isEmpty() ? List.of() : fields(List.of(aggregation.field()), context);
        SlidingSettings settings = new SlidingSettings(
                aggregation.measure(), List.of(aggregation.bound()), null, 0, SlidingSettings.Form.SLIDING, 0);
        return header.rule(
                sliding(header, timespan, settings, List.of(new RuleKind.Input(null, key, values))),
                List.of(new Selector("detection", Filter.all(List.of(source, filter)), 1, List.of())),
                key,
                shown);
    }

    /// `left | near right`: an event of each side within the time frame, in any order.
    private static @Nullable Rule together(
            SigmaHeader header,
            String left,
            String right,
            long timespan,
            ConfigNode.Scalar condition,
            Map<String, Filter> selections,
            Filter source,
            SigmaContext context,
            List<FieldReference> shown) {
        Filter first = SigmaCondition.parse(
                left, selections, SigmaCondition.FILTERS, condition.position(), context.problems());
        List<Selector> selectors = new ArrayList<>();
        Map<String, Seen> seen = new LinkedHashMap<>();
        selectors.add(new Selector(
                "detection", Filter.all(List.of(source, first == null ? Filter.FALSE : first)), 1, List.of()));
        for (Map.Entry<String, Filter> selection : selections.entrySet()) {
            seen.put(selection.getKey(), new Seen.Selector(selectors.size()));
            selectors.add(
                    new Selector(selection.getKey(), Filter.all(List.of(source, selection.getValue())), 1, List.of()));
        }
        Seen near = SigmaCondition.parse(right, seen, SigmaCondition.SEEN, condition.position(), context.problems());
        if (first == null || near == null) {
            return null;
        }
        if (selectors.size() > Rule.MAXIMUM_SELECTORS) {
            context.problems()
                    .add(condition.position(), "too many selections [maximum=" + Rule.MAXIMUM_SELECTORS + "]");
            return null;
        }
        SlidingSettings settings = new SlidingSettings(
                Measure.SELECTORS,
                List.of(),
                new Seen.All(List.of(new Seen.Selector(0), near)),
                0,
                SlidingSettings.Form.SLIDING,
                0);
        List<RuleKind.Input> inputs = selectors.stream()
                .map(_ -> new RuleKind.Input(null, List.of(), List.of()))
                .toList();
        return header.rule(sliding(header, timespan, settings, inputs), selectors, List.of(), shown);
    }

    static RuleKind.Sliding sliding(
            SigmaHeader header, long timespanMillis, SlidingSettings settings, List<RuleKind.Input> inputs) {
        return new RuleKind.Sliding(
                timespanMillis,
                LATENESS_MILLIS,
                settings,
                inputs,
                RuleKind.Keep.LAST,
                header.action(),
                new io.tocsin.correlator.rule.RuleAction(true, false));
    }

    private static List<FieldReference> fields(List<String> names, SigmaContext context) {
        return names.stream()
                .map(name -> context.taxonomy().field(name, context.logsource()))
                .toList();
    }

    /// What a filter says of one event, or null after the problem was added.
    static @Nullable Filter narrowing(ConfigNode.Mapping body, SigmaContext context) {
        Map<String, Filter> selections = selections(body, List.of("condition", "rules"), context);
        List<ConfigNode.Scalar> conditions = conditions(body, context);
        if (conditions.size() != 1) {
            return null;
        }
        ConfigNode.Scalar condition = conditions.getFirst();
        return SigmaCondition.parse(
                condition.text(), selections, SigmaCondition.FILTERS, condition.position(), context.problems());
    }

    static SigmaLogsource logsource(ConfigNode.Mapping rule, Problems problems) {
        ConfigNode node = rule.get("logsource");
        if (node instanceof ConfigNode.Mapping mapping) {
            return new SigmaLogsource(
                    SigmaYaml.text(mapping, "category", "").toLowerCase(Locale.ROOT),
                    SigmaYaml.text(mapping, "product", "").toLowerCase(Locale.ROOT),
                    SigmaYaml.text(mapping, "service", "").toLowerCase(Locale.ROOT));
        }
        Position position = node == null ? rule.position() : node.position();
        problems.add(position, "rule says not where its events come from [key=logsource]");
        return SigmaLogsource.ANY;
    }

    private static Map<String, Filter> selections(
            ConfigNode.Mapping body, List<String> reserved, SigmaContext context) {
        Map<String, Filter> selections = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : body.entries()) {
            if (!reserved.contains(entry.name())) {
                selections.put(entry.name(), selection(entry.value(), context, 0));
            }
        }
        return selections;
    }

    private static List<ConfigNode.Scalar> conditions(ConfigNode.Mapping body, SigmaContext context) {
        ConfigNode condition = body.get("condition");
        if (condition == null) {
            context.problems().add(body.position(), "detection has no condition [key=condition]");
            return List.of();
        }
        List<ConfigNode.Scalar> texts = new ArrayList<>();
        for (ConfigNode each : condition instanceof ConfigNode.Sequence list ? list.items() : List.of(condition)) {
            if (each instanceof ConfigNode.Scalar scalar) {
                texts.add(scalar);
            } else {
                context.problems().add(each.position(), "a condition is a text, found a " + each.shape());
            }
        }
        return texts;
    }

    private static Filter selection(ConfigNode node, SigmaContext context, int depth) {
        if (depth > MAXIMUM_DEPTH) {
            context.problems()
                    .add(node.position(), "selection is nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            return Filter.FALSE;
        }
        return switch (node) {
            case ConfigNode.Scalar _ -> SigmaItem.keyword(node, context);
            case ConfigNode.Sequence list -> {
                if (list.items().isEmpty()) {
                    context.problems().add(list.position(), "selection is empty: it can match nothing");
                }
                yield Filter.any(list.items().stream()
                        .map(each -> selection(each, context, depth + 1))
                        .toList());
            }
            case ConfigNode.Mapping mapping -> {
                if (mapping.entries().isEmpty()) {
                    context.problems().add(mapping.position(), "selection is empty: it would match everything");
                }
                yield Filter.all(mapping.entries().stream()
                        .map(entry -> SigmaItem.read(entry, context))
                        .toList());
            }
        };
    }

    /// The bounds of a correlation's condition, such as `gte: 10`.
    static List<Bound> bounds(ConfigNode.Mapping condition, Problems problems) {
        List<Bound> bounds = new ArrayList<>();
        for (ConfigNode.Entry entry : condition.entries()) {
            Bound.Relation relation = switch (entry.name().toLowerCase(Locale.ROOT)) {
                case "lt" -> Bound.Relation.LESS;
                case "lte" -> Bound.Relation.AT_MOST;
                case "gt" -> Bound.Relation.GREATER;
                case "gte" -> Bound.Relation.AT_LEAST;
                case "eq" -> Bound.Relation.EQUAL;
                case "neq" -> Bound.Relation.DIFFERENT;
                default -> null;
            };
            if (relation == null) {
                if (!entry.name().equals("field") && !entry.name().equals("percentile")) {
                    problems.add(
                            entry.position(),
                            "not a comparison: use lt, lte, gt, gte, eq or neq [key=" + entry.name() + "]");
                }
                continue;
            }
            String text = entry.value() instanceof ConfigNode.Scalar scalar ? scalar.text() : "";
            try {
                bounds.add(new Bound(relation, Double.parseDouble(text)));
            } catch (NumberFormatException notANumber) {
                problems.add(entry.position(), "not a number [value=" + text + "]");
            }
        }
        return bounds;
    }
}
