package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.function.VariableNames;
import io.tocsin.correlator.rule.Filter;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads own rules: resources of the kind `rule`, see `docs/guides/rules.md`.
public final class RuleReader {
    /// Longest window and lateness.
    private static final Duration MAXIMUM_WINDOW = Duration.ofDays(30);

    private static final Duration DEFAULT_LATENESS = Duration.ofSeconds(30);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");
    private static final Pattern TECHNIQUE = Pattern.compile("T\\d{4}(\\.\\d{3})?");

    private static final ActionSpecs.Actions NO_ACTIONS = new ActionSpecs.Actions(null, null, null, null, null);

    enum Type {
        SIMPLE,
        STANDARD,
        OPERATIONAL,
        ABSENCE
    }

    /// Keys of variables, read before the others because those speak of them.
    private static final ConfigSpec<Map<String, String>> VARIABLES =
            ConfigSpec.of("variables", "Values computed from an event.", keys -> {
                var variables = keys.mapping("variables", "Name and expression.", ValueTypes.TEXT)
                        .defaultTo(Map.of());
                return values -> values.get(variables);
            });

    private final String name;
    private final long contentHash;
    private final RuleContext context;
    private final Map<String, Variable> variables;
    private final Problems problems;
    /// What the selectors ask, as it was written.
    private final List<Condition> conditions = new ArrayList<>();

    private RuleReader(
            String name, long contentHash, RuleContext context, Map<String, Variable> variables, Problems problems) {
        this.name = name;
        this.contentHash = contentHash;
        this.context = context;
        this.variables = variables;
        this.problems = problems;
    }

    /// The table of the `spec` of a rule, for the manual and for forms.
    public static String manual() {
        return new RuleReader("", 0, new RuleContext(), Map.of(), new Problems())
                        .spec()
                        .markdown()
                + "\n### Selectors\n\n" + SelectorSpecs.selector(Map.of()).markdown()
                + ActionSpecs.manual();
    }

    /// True when the document is an own rule.
    public static boolean isRule(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping && "rule".equals(mapping.text("kind"));
    }

    /// Reads a rule that uses no tables and no global variables; returns null after all that is wrong was added.
    public static @Nullable Rule read(ConfigNode document, Problems problems) {
        return read(document, new RuleContext(), problems);
    }

    /// Reads a rule; returns null after all that is wrong was added.
    ///
    /// @param context what the rule may use
    public static @Nullable Rule read(ConfigNode document, RuleContext context, Problems problems) {
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
                        "unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), known));
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
        Hash128 hash = new Hash128().add(name).add(YamlWriter.write(withoutSegmentation(mapping)));
        Map<String, Variable> variables = new LinkedHashMap<>(context.variables());
        // What is wrong with their form is told where the whole rule is read.
        Map<String, String> texts = VARIABLES.read(variablesOf(spec), new Problems());
        if (texts != null && spec instanceof ConfigNode.Mapping rule) {
            ConfigNode.Mapping at = rule.get("variables") instanceof ConfigNode.Mapping inner ? inner : rule;
            variables.putAll(RuleContext.variables(texts, at, context.variables(), problems));
        }
        // What a rule says depends on what its variables say.
        variables.values().forEach(variable -> hash.add(variable.reference().name()));
        RuleReader reader = new RuleReader(name, hash.low(), context, variables, problems);
        Rule rule = reader.spec().read(spec, problems);
        return problems.count() == before ? rule : null;
    }

    /// What divides findings into alerts has no part in making them: a rule with another one keeps its state.
    private static ConfigNode withoutSegmentation(ConfigNode.Mapping document) {
        if (!(document.get("spec") instanceof ConfigNode.Mapping spec) || spec.get("segmentation") == null) {
            return document;
        }
        List<ConfigNode.Entry> kept = spec.entries().stream()
                .filter(entry -> !entry.name().equals("segmentation"))
                .toList();
        return new ConfigNode.Mapping(
                document.position(),
                document.entries().stream()
                        .map(entry -> entry.name().equals("spec")
                                ? new ConfigNode.Entry(
                                        entry.position(), "spec", new ConfigNode.Mapping(spec.position(), kept))
                                : entry)
                        .toList());
    }

    private static ConfigNode variablesOf(ConfigNode spec) {
        List<ConfigNode.Entry> entries = spec instanceof ConfigNode.Mapping mapping
                ? mapping.entries().stream()
                        .filter(entry -> entry.name().equals("variables"))
                        .toList()
                : List.of();
        return new ConfigNode.Mapping(spec.position(), entries);
    }

    private ConfigSpec<Rule> spec() {
        ValueType<FieldReference> field = SelectorSpecs.field(variables);
        return ConfigSpec.of("rule", "Finds something in the stream of events.", keys -> {
            var type = keys.choice(
                            "type",
                            "`simple`: each event is a hit. `standard`: events are counted by key and window."
                                    + " `operational`: each event changes lists, without a correlation event."
                                    + " `absence`: what was awaited did not come.",
                            Type.class)
                    .required();
            var unused = keys.mapping(
                            "variables", "Values computed from an event, `name: expression`.", ValueTypes.TEXT)
                    .defaultTo(Map.of());
            var title = keys.text("title", "Name for people; the name of the rule when left out.")
                    .optional();
            var description = keys.text("description", "What is found and why it matters.")
                    .required();
            var priority = keys.choice("priority", "How much a hit matters.", RulePriority.class)
                    .defaultTo(RulePriority.MEDIUM);
            var selectors = keys.list(
                            "selectors", "Which events count.", ValueTypes.nested(SelectorSpecs.selector(variables)))
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
            var identical = keys.list("identical", "Fields whose values make the key of a bucket.", field)
                    .defaultTo(List.of());
            var unique = keys.list("unique", "Counts only events with new values of these fields.", field)
                    .defaultTo(List.of());
            var propagated = keys.list("propagated", "Fields copied to the correlation event.", field)
                    .defaultTo(List.of());
            var keep = keys.choice("keepEvents", "Which base events the correlation event names.", RuleKind.Keep.class)
                    .defaultTo(RuleKind.Keep.FIRST);
            var time = keys.text("timeField", "Time field to go by, instead of DeviceReceiptTime or Timestamp.")
                    .optional();
            var orderBy = keys.key(
                            "orderBy", "Number that orders events of the same time, such as a serial number.", field)
                    .optional();
            var rateLimit = keys.integer(
                            "rateLimit", "Most hits told for one second of event time; 0 for no limit.", 0, 1_000_000)
                    .defaultTo(0);
            var actions =
                    keys.tree("actions", "What happens when the rule triggers.").optional();
            var summary = keys.text("summary", "One line about a hit, with placeholders.")
                    .defaultTo("");
            var segmentation = keys.text(
                            "segmentation", "Name of what divides its findings into alerts; `default` when left out.")
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
                values.get(unused);
                Type kindOfRule = values.get(type);
                ConfigNode written = values.get(actions);
                ActionSpecs.Actions what = written == null
                        ? NO_ACTIONS
                        : new ActionSpecs(context, variables)
                                .actions(kindOfRule != Type.OPERATIONAL)
                                .read(written, problems);
                List<Selector> made = selectors(values, values.get(selectors), values.get(unique));
                ActionSpecs.Actions done = what == null ? NO_ACTIONS : what;
                Duration length = values.get(window);
                Duration late = values.get(lateness);
                RuleKind kind = switch (kindOfRule) {
                    case SIMPLE, OPERATIONAL -> RuleKinds.single(values, kindOfRule, done, length, made);
                    case STANDARD ->
                        RuleKinds.standard(values, done, length, late, values.get(sequence), values.get(keep), made);
                    case ABSENCE -> RuleKinds.absence(values, done, length, late, made);
                };
                if (values.get(sequence) && kindOfRule != Type.STANDARD) {
                    values.refuse("sequence", "only standard rules count in sequence");
                }
                values.get(mitre).stream()
                        .filter(each -> !TECHNIQUE.matcher(each).matches())
                        .forEach(each ->
                                values.refuse("mitre", "not a technique such as T1110.001 [technique=" + each + "]"));
                String template = resolved(values.get(summary));
                List<String> complaints = new ArrayList<>();
                Summary.parse(template, made.stream().map(Selector::alias).toList(), complaints);
                complaints.forEach(complaint -> values.refuse("summary", complaint));
                Rule.Own own = own(
                        values, values.get(rateLimit), values.get(orderBy), late, kind, made, values.get(segmentation));
                if (own.isStrict() && values.get(time) != null) {
                    values.refuse(
                            "timeField",
                            "a rule with tables, a rate limit, a loop, or correlation events as its input goes by the"
                                    + " ordinary time: leave timeField out");
                }
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
                        template,
                        values.get(tactics),
                        values.get(mitre),
                        values.get(references),
                        values.get(falsePositives),
                        contentHash,
                        values.position(),
                        own);
            };
        });
    }

    /// The summary with its variables as the fields that they are.
    private String resolved(String template) {
        String text = template;
        for (Variable variable : variables.values()) {
            if (variable.reference() instanceof FieldReference.Dynamic dynamic) {
                String plain = dynamic.kind().prefix() + "." + dynamic.key();
                text = text.replace("{$" + variable.name() + "}", "{" + plain + "}")
                        .replace("{distinct:$" + variable.name() + "}", "{distinct:" + plain + "}");
            }
        }
        return text;
    }

    private List<Selector> selectors(Values values, List<SelectorSpecs.Config> configs, List<FieldReference> unique) {
        List<Selector> selectors = new ArrayList<>();
        Set<String> aliases = new HashSet<>();
        for (SelectorSpecs.Config config : configs) {
            if (!aliases.add(config.alias())) {
                values.refuse("selectors", "two selectors have one alias [alias=" + config.alias() + "]");
            }
            Condition condition = VariableNames.read(config.filter(), variables, problems);
            if (condition == null) {
                continue;
            }
            List<FieldReference> own = config.unique();
            try {
                conditions.add(condition);
                selectors.add(new Selector(
                        config.alias(),
                        ConditionFilters.filter(condition),
                        config.threshold(),
                        config.role() != Selector.Role.COUNTED ? List.of() : own == null ? unique : own,
                        config.role()));
            } catch (IllegalArgumentException wrong) {
                problems.add(config.filter().position(), String.valueOf(wrong.getMessage()));
            }
        }
        if (selectors.isEmpty()) {
            // The rule is refused anyhow.
            selectors.add(new Selector("", Filter.FALSE, 1, List.of()));
        }
        return selectors;
    }

    private Rule.Own own(
            Values values,
            int rateLimit,
            @Nullable FieldReference orderBy,
            Duration lateness,
            RuleKind kind,
            List<Selector> made,
            String segmentation) {
        Map<FieldReference, Expression> computed = new LinkedHashMap<>();
        variables.values().forEach(each -> computed.put(each.reference(), each.expression()));
        for (Variable variable : variables.values()) {
            for (String table : variable.expression().tables()) {
                if (!context.tableNames().contains(table)) {
                    // A call in a condition is a variable that is called as it is written.
                    boolean isCall = variable.name().indexOf('(') >= 0;
                    values.refuse(
                            isCall ? "selectors" : "variables",
                            "no list, table or dictionary of this name [name=" + table
                                    + (isCall ? ", call=" : ", variable=") + variable.name() + "]"
                                    + Suggestions.hint(table, context.tableNames()));
                }
            }
        }
        boolean listens = conditions.stream().anyMatch(Listening::isIn);
        boolean reads =
                variables.values().stream().anyMatch(each -> each.expression().readsTables());
        boolean strict = rateLimit > 0
                || listens
                || reads
                || kind instanceof RuleKind.Operational
                || kind.actions().stream().anyMatch(RuleAction::needsOrder);
        boolean overlapping = made.stream().anyMatch(each -> each.role() == Selector.Role.RECOVERY)
                && made.stream().allMatch(each -> each.role() == Selector.Role.RECOVERY);
        if (overlapping) {
            values.refuse("selectors", "a rule needs a selector that counts besides those that recover");
        }
        return new Rule.Own(rateLimit, orderBy, strict, listens, lateness.toMillis(), computed, segmentation);
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
