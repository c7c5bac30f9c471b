package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.sigma.pipeline.DetectionItem;
import io.tocsin.correlator.sigma.pipeline.RuleDraft;
import io.tocsin.correlator.sigma.pipeline.Selection;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.correlator.window.Bound;
import io.tocsin.correlator.window.Measure;
import io.tocsin.correlator.window.Seen;
import io.tocsin.correlator.window.SlidingSettings;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads Sigma detection rules, and the selections and conditions of filters.
final class SigmaReader {
    /// How far old rules with an aggregation look back when they do not say.
    static final long DEFAULT_TIMEFRAME_MILLIS = 3_600_000;
    /// How late events of Sigma's rules may come.
    static final long LATENESS_MILLIS = 30_000;

    private static final List<String> LOGSOURCE = List.of("category", "product", "service", "definition");

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
        SigmaHeader.check(mapping, problems);
        SigmaLogsource logsource = logsource(mapping, problems);
        if (logsource.equals(SigmaLogsource.ANY) && mapping.get("logsource") instanceof ConfigNode.Mapping said) {
            problems.add(
                    said.position(),
                    "rule says not where its events come from: give category, product or service [key=logsource]");
        }
        if (!(mapping.get("detection") instanceof ConfigNode.Mapping body)) {
            problems.add(
                    mapping.position(),
                    "rule has no detection [key=detection]" + SigmaYaml.meant(mapping, "detection"));
            return null;
        }
        Map<String, Selection> written = selections(body, List.of("condition", "timeframe"), problems);
        RuleDraft draft =
                RuleDraft.detection(mapping, logsource, written, SigmaYaml.texts(mapping, "fields"), problems);
        taxonomy.pipelines().apply(draft);
        SigmaContext context = new SigmaContext(taxonomy, draft.logsource(), draft.given(), problems, notes);
        List<FieldReference> shown = draft.fields().stream()
                .map(name -> context.field(name, mapping.position()))
                .distinct()
                .toList();
        Rule rule = rule(header, body, draft, context, shown);
        return rule == null || problems.count() > before
                ? null
                : new SigmaDocument.Detection(
                        header, rule, logsource, context.logsource(), mapping, List.copyOf(written.values()));
    }

    private static @Nullable Rule rule(
            SigmaHeader header,
            ConfigNode.Mapping body,
            RuleDraft draft,
            SigmaContext context,
            List<FieldReference> shown) {
        Map<String, Filter> selections = filters(draft, context);
        List<ConfigNode.Scalar> conditions = conditions(body, context);
        String timeframe = body.text("timeframe");
        Filter source = Filter.all(List.of(context.taxonomy().logsource(context.logsource()), added(draft, context)));
        if (conditions.size() == 1
                && (timeframe != null || conditions.getFirst().text().contains("|"))) {
            if (draft.selections().values().stream().anyMatch(Selection::isEmpty)) {
                context.problems()
                        .add(body.position(), "pipelines take away all of a selection of a rule with a time frame");
                return null;
            }
            return aggregated(header, conditions.getFirst(), timeframe, selections, source, context, shown);
        }
        List<Filter> alternatives = new ArrayList<>();
        for (ConfigNode.Scalar condition : conditions) {
            Filter filter = detecting(condition, selections, draft, context);
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

    /// What a condition means, or null after the problem was added. Selections that pipelines have taken away count as
    /// if the condition did not name them.
    private static @Nullable Filter detecting(
            ConfigNode.Scalar condition, Map<String, Filter> selections, RuleDraft draft, SigmaContext context) {
        if (draft.selections().values().stream().noneMatch(Selection::isEmpty)) {
            return SigmaCondition.parse(
                    condition.text(), selections, SigmaCondition.FILTERS, condition.position(), context.problems());
        }
        Map<String, Optional<Filter>> left = new LinkedHashMap<>();
        draft.selections()
                .forEach((name, selection) -> left.put(
                        name, selection.isEmpty() ? Optional.empty() : Optional.ofNullable(selections.get(name))));
        Optional<Filter> filter = SigmaCondition.parse(
                condition.text(), left, SigmaCondition.WHAT_IS_LEFT, condition.position(), context.problems());
        if (filter != null && filter.isEmpty() && context.problems().isEmpty()) {
            context.problems().add(condition.position(), "pipelines leave nothing of the condition");
        }
        return filter == null ? null : filter.orElse(null);
    }

    /// What pipelines have added to the conditions.
    private static Filter added(RuleDraft draft, SigmaContext context) {
        return Filter.all(draft.added().stream()
                .map(each -> {
                    Filter filter = filter(each.selection(), context);
                    return each.negated() ? Filter.not(filter) : filter;
                })
                .toList());
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
        List<FieldReference> key = fields(aggregation.groupBy(), condition.position(), context);
        List<FieldReference> values = aggregation.field().isEmpty()
                ? List.of()
                : fields(List.of(aggregation.field()), condition.position(), context);
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
        Map<String, Seen> numbered = new LinkedHashMap<>();
        selections.keySet().forEach(name -> numbered.put(name, new Seen.Selector(numbered.size())));
        Seen named =
                SigmaCondition.parse(right, numbered, SigmaCondition.SEEN, condition.position(), context.problems());
        if (first == null || named == null) {
            return null;
        }
        // Only selections that stand behind `near` are counted: events of others would fill the window for nothing.
        List<Selector> selectors = new ArrayList<>();
        selectors.add(new Selector("detection", Filter.all(List.of(source, first)), 1, List.of()));
        Map<Integer, Integer> places = new HashMap<>();
        int number = 0;
        for (Map.Entry<String, Filter> selection : selections.entrySet()) {
            if (named.asks(number)) {
                places.put(number, selectors.size());
                selectors.add(new Selector(
                        selection.getKey(), Filter.all(List.of(source, selection.getValue())), 1, List.of()));
            }
            number++;
        }
        Seen near = named.renumbered(places);
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

    private static List<FieldReference> fields(List<String> names, Position position, SigmaContext context) {
        return names.stream().map(name -> context.field(name, position)).toList();
    }

    /// What a filter says of one event, as it stands there, or null after the problem was added.
    static @Nullable Filter narrowing(
            ConfigNode.Mapping filter,
            ConfigNode.Mapping body,
            SigmaTaxonomy taxonomy,
            SigmaLogsource logsource,
            Problems problems,
            Problems notes) {
        Map<String, Selection> written = selections(body, List.of("condition", "rules"), problems);
        return narrowing(
                body, RuleDraft.detection(filter, logsource, written, List.of(), problems), taxonomy, problems, notes);
    }

    /// What a filter says of one event of a rule: pipelines work on it as on the rule.
    static @Nullable Filter narrowing(
            ConfigNode.Mapping body, SigmaDocument.Detection rule, SigmaTaxonomy taxonomy, Problems problems) {
        Map<String, Selection> written = selections(body, List.of("condition", "rules"), problems);
        RuleDraft draft = RuleDraft.detection(rule.written(), rule.logsource(), written, List.of(), problems)
                .beside(rule.selections());
        taxonomy.pipelines().apply(draft);
        return narrowing(body, draft, taxonomy, problems, new Problems());
    }

    private static @Nullable Filter narrowing(
            ConfigNode.Mapping body, RuleDraft draft, SigmaTaxonomy taxonomy, Problems problems, Problems notes) {
        SigmaContext context = new SigmaContext(taxonomy, draft.logsource(), draft.given(), problems, notes);
        List<ConfigNode.Scalar> conditions = conditions(body, context);
        return conditions.size() == 1
                ? detecting(conditions.getFirst(), filters(draft, context), draft, context)
                : null;
    }

    static SigmaLogsource logsource(ConfigNode.Mapping rule, Problems problems) {
        ConfigNode node = rule.get("logsource");
        if (node instanceof ConfigNode.Mapping mapping) {
            for (ConfigNode.Entry entry : mapping.entries()) {
                // Sources may say more of themselves; what is nearly one of the three is a slip of the pen.
                String near = LOGSOURCE.contains(entry.name()) ? "" : Suggestions.hint(entry.name(), LOGSOURCE);
                if (!near.isEmpty()) {
                    problems.add(entry.position(), "key is not known [key=logsource." + entry.name() + "]" + near);
                }
            }
            return new SigmaLogsource(
                    SigmaYaml.text(mapping, "category", "").toLowerCase(Locale.ROOT),
                    SigmaYaml.text(mapping, "product", "").toLowerCase(Locale.ROOT),
                    SigmaYaml.text(mapping, "service", "").toLowerCase(Locale.ROOT));
        }
        Position position = node == null ? rule.position() : node.position();
        problems.add(position, "rule says not where its events come from [key=logsource]");
        return SigmaLogsource.ANY;
    }

    private static Map<String, Selection> selections(
            ConfigNode.Mapping body, List<String> reserved, Problems problems) {
        Map<String, Selection> selections = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : body.entries()) {
            if (!reserved.contains(entry.name())) {
                selections.put(entry.name(), Selection.read(entry.value(), problems));
            }
        }
        return selections;
    }

    private static Map<String, Filter> filters(RuleDraft draft, SigmaContext context) {
        Map<String, Filter> filters = new LinkedHashMap<>();
        draft.selections().forEach((name, selection) -> filters.put(name, filter(selection, context)));
        return filters;
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
                if (SigmaCondition.isShort(scalar, context.problems())) {
                    texts.add(scalar);
                }
            } else {
                context.problems().add(each.position(), "a condition is a text, found a " + each.shape());
            }
        }
        return texts;
    }

    private static Filter filter(Selection selection, SigmaContext context) {
        return switch (selection) {
            case DetectionItem item -> SigmaItem.read(item.entry(), context);
            case Selection.All all ->
                Filter.all(
                        all.parts().stream().map(part -> filter(part, context)).toList());
            case Selection.Any any ->
                Filter.any(
                        any.parts().stream().map(part -> filter(part, context)).toList());
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
            OptionalDouble number = SigmaItem.number(text);
            if (number.isPresent()) {
                bounds.add(new Bound(relation, number.getAsDouble()));
            } else {
                problems.add(entry.position(), "not a number [value=" + text + "]");
            }
        }
        return bounds;
    }
}
