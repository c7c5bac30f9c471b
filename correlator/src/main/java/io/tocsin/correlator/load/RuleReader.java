package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RulePriority;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.rule.Summary;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads own rules: resources of the kind `rule`, see `docs/guides/rules.md`.
public final class RuleReader {
    /// Longest window and lateness.
    private static final Duration MAXIMUM_WINDOW = Duration.ofDays(30);

    private static final Duration DEFAULT_LATENESS = Duration.ofSeconds(30);
    private static final int MAXIMUM_THRESHOLD = 1_000_000;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");
    private static final Pattern TECHNIQUE = Pattern.compile("T\\d{4}(\\.\\d{3})?");

    enum Type {
        SIMPLE,
        STANDARD
    }

    private static final ValueType<FieldReference> FIELD = ValueType.of(
            "field",
            ConfigNode.mapping().put("type", "string").build(),
            (name, node, problems) -> {
                if (!(node instanceof ConfigNode.Scalar scalar)) {
                    problems.add(node.position(), "a field is expected, found a " + node.shape());
                    return null;
                }
                FieldReference field = FieldReference.byName(scalar.text());
                if (field == null || field instanceof FieldReference.AnyField) {
                    problems.add(
                            node.position(),
                            "unknown field [field=" + scalar.text() + "]" + FieldReference.hint(scalar.text()));
                    return null;
                }
                return field;
            },
            FieldReference::name);

    private record SelectorConfig(
            String alias,
            Condition filter,
            int threshold,
            @Nullable List<FieldReference> unique) {}

    private record ActionsConfig(
            @Nullable RuleAction onEveryEvent,
            @Nullable RuleAction onFirst,
            @Nullable RuleAction onSubsequent,
            @Nullable RuleAction onEvery) {}

    private static final ConfigSpec<RuleAction> ACTION = ConfigSpec.of("action", "What happens.", keys -> {
        var output = keys.flag("output", "Writes a correlation event.").defaultTo(true);
        var alert = keys.flag("alert", "Makes an alert, or adds to one.").defaultTo(true);
        return values -> {
            if (values.get(alert) && !values.get(output)) {
                values.refuse("alert", "an alert needs a correlation event: say output: true, or alert: false");
            }
            return new RuleAction(values.get(output), values.get(alert));
        };
    });

    private static final ConfigSpec<ActionsConfig> ACTIONS =
            ConfigSpec.of("actions", "What happens when the rule triggers.", keys -> {
                var event = keys.nested("onEveryEvent", "Simple rules: for each event.", ACTION)
                        .optional();
                var first = keys.nested("onFirstThreshold", "Standard rules: the first full match in a window.", ACTION)
                        .optional();
                var subsequent = keys.nested(
                                "onSubsequentThresholds", "Standard rules: each later full match in a window.", ACTION)
                        .optional();
                var every = keys.nested("onEveryThreshold", "Standard rules: every full match.", ACTION)
                        .optional();
                return values -> new ActionsConfig(
                        values.get(event), values.get(first), values.get(subsequent), values.get(every));
            });

    private static final ConfigSpec<SelectorConfig> SELECTOR =
            ConfigSpec.of("selector", "Which events are counted, and how many are needed.", keys -> {
                var alias = keys.text("alias", "Name of the selector, for {count:ALIAS} in the summary.")
                        .defaultTo("events");
                var filter = keys.key("filter", "Condition on the event, as text or as a tree.", Condition.TYPE)
                        .required();
                var threshold = keys.integer("threshold", "Events needed.", 1, MAXIMUM_THRESHOLD)
                        .defaultTo(1);
                var unique = keys.list(
                                "unique",
                                "Counts only events with new values of these fields; instead of those of the rule.",
                                FIELD)
                        .optional();
                return values -> new SelectorConfig(
                        values.get(alias), values.get(filter), values.get(threshold), values.get(unique));
            });

    private RuleReader() {}

    /// The table of the `spec` of a rule, for the manual and for forms.
    public static String manual() {
        return spec("", 0).markdown()
                + "\n### Selectors\n\n" + SELECTOR.markdown()
                + "\n### Actions\n\n" + ACTIONS.markdown()
                + "\n### Action\n\n" + ACTION.markdown();
    }

    /// True when the document is an own rule.
    public static boolean isRule(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping && "rule".equals(mapping.text("kind"));
    }

    /// Reads a rule; returns null after all that is wrong was added.
    public static @Nullable Rule read(ConfigNode document, Problems problems) {
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a rule is expected, found a " + document.shape());
            return null;
        }
        int before = problems.count();
        Set<String> known = Set.of("kind", "name", "spec");
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!known.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "unknown key [key=" + entry.name() + "]"
                                + io.tocsin.config.Suggestions.hint(entry.name(), known));
            }
        }
        String name = mapping.text("name");
        if (name == null || !NAME.matcher(name).matches()) {
            problems.add(
                    mapping.position(),
                    "name of a rule: small letters, digits, '.', '_' and '-', at most 128 [name=" + name + "]");
        }
        ConfigNode spec = mapping.get("spec");
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
        }
        if (spec == null || name == null) {
            return null;
        }
        Hash128 hash = new Hash128().add(name).add(YamlWriter.write(document));
        Rule rule = spec(name, hash.low()).read(spec, problems);
        return problems.count() == before ? rule : null;
    }

    private static ConfigSpec<Rule> spec(String name, long contentHash) {
        return ConfigSpec.of("rule", "Finds something in the stream of events.", keys -> {
            var type = keys.choice(
                            "type",
                            "`simple`: each event is a hit. `standard`: events are counted by key and window.",
                            Type.class)
                    .required();
            var title = keys.text("title", "Name for people; the name of the rule when left out.")
                    .optional();
            var description = keys.text("description", "What is found and why it matters.")
                    .required();
            var priority = keys.choice("priority", "How much a hit matters.", RulePriority.class)
                    .defaultTo(RulePriority.MEDIUM);
            var selectors = keys.list("selectors", "Which events count.", ValueTypes.nested(SELECTOR))
                    .required();
            var window = keys.duration(
                            "window", "Life of a bucket, from its first event.", Duration.ofMillis(1), MAXIMUM_WINDOW)
                    .optional();
            var lateness = keys.duration(
                            "lateness",
                            "How late an event may come and still be put in its place.",
                            Duration.ZERO,
                            Duration.ofDays(1))
                    .defaultTo(DEFAULT_LATENESS);
            var sequence = keys.flag("sequence", "A selector counts only after those before it have their numbers.")
                    .defaultTo(false);
            var identical = keys.list("identical", "Fields whose values make the key of a bucket.", FIELD)
                    .defaultTo(List.of());
            var unique = keys.list("unique", "Counts only events with new values of these fields.", FIELD)
                    .defaultTo(List.of());
            var propagated = keys.list("propagated", "Fields copied to the correlation event.", FIELD)
                    .defaultTo(List.of());
            var keep = keys.choice("keepEvents", "Which base events the correlation event names.", RuleKind.Keep.class)
                    .defaultTo(RuleKind.Keep.FIRST);
            var time = keys.text("timeField", "Time field to go by, instead of DeviceReceiptTime or Timestamp.")
                    .optional();
            var actions = keys.nested("actions", "What happens when the rule triggers.", ACTIONS)
                    .defaultTo(new ActionsConfig(null, null, null, null));
            var summary = keys.text("summary", "One line about a hit, with placeholders.")
                    .defaultTo("");
            var tactics = keys.list("tactics", "MITRE ATT&CK tactics.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            var mitre = keys.list("mitre", "MITRE ATT&CK techniques.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            var references = keys.list("references", "Where to read more.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            var falsePositives = keys.list("falsePositives", "What else may look like this.", ValueTypes.TEXT)
                    .defaultTo(List.of());
            return values -> {
                List<Selector> made = selectors(values, values.get(selectors), values.get(unique));
                RuleKind kind = switch (values.get(type)) {
                    case SIMPLE -> simple(values, values.get(actions), values.get(window), made);
                    case STANDARD ->
                        standard(
                                values,
                                values.get(actions),
                                values.get(window),
                                values.get(lateness),
                                values.get(sequence),
                                values.get(keep));
                };
                values.get(mitre).stream()
                        .filter(each -> !TECHNIQUE.matcher(each).matches())
                        .forEach(each ->
                                values.refuse("mitre", "not a technique such as T1110.001 [technique=" + each + "]"));
                List<String> complaints = new ArrayList<>();
                Summary.parse(
                        values.get(summary), made.stream().map(Selector::alias).toList(), complaints);
                complaints.forEach(complaint -> values.refuse("summary", complaint));
                String shownTitle = values.get(title);
                RulePriority level = values.get(priority);
                return new Rule(
                        name,
                        shownTitle == null ? name : shownTitle,
                        values.get(description),
                        Rule.Origin.OWN,
                        level,
                        level.text(),
                        kind,
                        made,
                        timeField(values, values.get(time)),
                        values.get(identical),
                        values.get(propagated),
                        values.get(summary),
                        values.get(tactics),
                        values.get(mitre),
                        values.get(references),
                        values.get(falsePositives),
                        contentHash,
                        values.position());
            };
        });
    }

    private static List<Selector> selectors(Values values, List<SelectorConfig> configs, List<FieldReference> unique) {
        List<Selector> selectors = new ArrayList<>();
        Set<String> aliases = new HashSet<>();
        for (SelectorConfig config : configs) {
            if (!aliases.add(config.alias())) {
                values.refuse("selectors", "two selectors have one alias [alias=" + config.alias() + "]");
            }
            List<FieldReference> own = config.unique();
            selectors.add(new Selector(
                    config.alias(),
                    ConditionFilters.filter(config.filter()),
                    config.threshold(),
                    own == null ? unique : own));
        }
        return selectors;
    }

    private static RuleKind simple(
            Values values, ActionsConfig actions, @Nullable Duration window, List<Selector> selectors) {
        if (selectors.size() != 1 || selectors.getFirst().threshold() != 1) {
            values.refuse("selectors", "a simple rule has one selector with the threshold 1; or say type: standard");
        }
        if (window != null) {
            values.refuse("window", "a simple rule has no window: say type: standard");
        }
        if (actions.onFirst() != null || actions.onSubsequent() != null || actions.onEvery() != null) {
            values.refuse("actions", "a simple rule has only the action onEveryEvent");
        }
        RuleAction action = actions.onEveryEvent();
        return new RuleKind.Simple(action == null ? RuleAction.ALERT : action);
    }

    private static RuleKind standard(
            Values values,
            ActionsConfig actions,
            @Nullable Duration window,
            Duration lateness,
            boolean sequence,
            RuleKind.Keep keep) {
        if (window == null) {
            values.refuse("window", "a standard rule needs a window such as 60s");
        }
        if (actions.onEveryEvent() != null) {
            values.refuse("actions", "the action onEveryEvent belongs to simple rules; use onEveryThreshold");
        }
        RuleAction every = actions.onEvery();
        RuleAction first = actions.onFirst();
        RuleAction subsequent = actions.onSubsequent();
        if (every != null && (first != null || subsequent != null)) {
            values.refuse("actions", "onEveryThreshold stands for both others: leave them out, or it");
        }
        boolean nothingSaid = every == null && first == null && subsequent == null;
        RuleAction otherwise = every == null ? RuleAction.NONE : every;
        return new RuleKind.Standard(
                window == null ? 1 : window.toMillis(),
                lateness.toMillis(),
                sequence,
                keep,
                first != null ? first : nothingSaid ? RuleAction.ALERT : otherwise,
                subsequent != null ? subsequent : otherwise);
    }

    private static @Nullable Field timeField(Values values, @Nullable String name) {
        if (name == null) {
            return null;
        }
        Field field = Fields.byName(name);
        if (field == null || field.type() != FieldType.TIMESTAMP) {
            values.refuse("timeField", "not a time field of the schema [timeField=" + name + "]");
        }
        return field;
    }
}
