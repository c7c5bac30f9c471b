package io.tocsin.core.alert;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How the findings of rules are divided into alerts: a resource of kind `segmentation`. Immutable.
///
/// @param rules identifiers of rules that it is for, besides those that name it themselves
/// @param filter which correlation events it takes; null for all
/// @param fields fields of the correlation event of which each combination of values has an alert of its own; none: one
///     alert for the rule; null: the fields by which the rule itself groups
/// @param limit findings that one alert takes, then the next is opened; 0 for no limit
/// @param open how long an alert takes findings after it was made
/// @param title name of the alert with `{rule}` and `{FIELD}`; empty for that of the rule
/// @param position where it was written
public record Segmentation(
        String name,
        String description,
        List<String> rules,
        @Nullable Condition filter,
        @Nullable List<FieldReference> fields,
        int limit,
        Duration open,
        String title,
        Position position) {
    /// `kind` of the resource.
    public static final String KIND = "segmentation";

    /// Name of the segmentation of all that no other takes; a resource of this name replaces the built-in one.
    public static final String DEFAULT = "default";

    /// What is in force when nothing is said: the fields by which the rule itself groups.
    public static final Segmentation STANDARD = new Segmentation(
            DEFAULT,
            "One alert for each combination of values by which the rule groups.",
            List.of(),
            null,
            null,
            0,
            Segment.OPEN,
            "",
            Position.NONE);

    private static final int MAXIMUM_LIMIT = 1_000_000;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

    private static final ValueType<FieldReference> FIELD = ValueType.of(
            "field",
            ConfigNode.mapping().put("type", "string").build(),
            (name, node, problems) -> {
                FieldReference field =
                        node instanceof ConfigNode.Scalar scalar ? FieldReference.byName(scalar.text()) : null;
                if (field == null || field instanceof FieldReference.AnyField) {
                    String text = node instanceof ConfigNode.Scalar scalar ? scalar.text() : node.shape();
                    problems.add(node.position(), "unknown field [field=" + text + "]" + FieldReference.hint(text));
                    return null;
                }
                return field;
            },
            FieldReference::name);

    public Segmentation {
        rules = List.copyOf(rules);
        fields = fields == null ? null : List.copyOf(fields);
    }

    /// Reads a resource; null after all that is wrong was added.
    public static @Nullable Segmentation read(ConfigNode.Mapping document, Problems problems) {
        int before = problems.count();
        String name = AlertResource.name(document, problems);
        ConfigNode spec = document.get("spec");
        if (name == null || spec == null) {
            return null;
        }
        Segmentation read = spec(name, document.position()).read(spec, problems);
        return problems.count() == before ? read : null;
    }

    /// The table of the keys, for the manual.
    public static String manual() {
        return spec("", Position.NONE).markdown();
    }

    private static ConfigSpec<Segmentation> spec(String name, Position position) {
        return ConfigSpec.of(KIND, "Divides the findings of rules into alerts.", keys -> {
            var description = keys.text("description", "What for.").required();
            var rules = keys.list(
                            "rules",
                            "Rules that it is for, own or Sigma, by name or id; besides own rules that name it.",
                            ValueTypes.TEXT)
                    .defaultTo(List.of());
            var filter = keys.key(
                            "filter",
                            "Condition on the correlation event; what does not fit goes to the next segmentation.",
                            Condition.TYPE)
                    .optional();
            var fields = keys.list(
                            "fields",
                            "Each combination of their values has an alert of its own; `[]` for one alert for the"
                                    + " rule. Those by which the rule groups when left out.",
                            FIELD)
                    .optional();
            var limit = keys.integer(
                            "limit",
                            "Findings that one alert takes, then the next is opened; 0 for no limit.",
                            0,
                            MAXIMUM_LIMIT)
                    .defaultTo(0);
            var open = keys.duration(
                            "open",
                            "How long an alert takes findings after it was made.",
                            Duration.ofHours(1),
                            Duration.ofDays(366))
                    .defaultTo(Segment.OPEN);
            var title = keys.text("title", "Name of the alert with `{rule}` and `{FIELD}`; that of the rule without.")
                    .defaultTo("");
            return values -> {
                if (name.equals(DEFAULT)) {
                    if (!values.get(rules).isEmpty()) {
                        values.refuse("rules", "the segmentation 'default' is for whatever no other takes");
                    }
                    if (values.get(filter) != null) {
                        values.refuse("filter", "the segmentation 'default' is for whatever no other takes");
                    }
                }
                Matcher placeholders = PLACEHOLDER.matcher(values.get(title));
                while (placeholders.find()) {
                    String field = placeholders.group(1);
                    if (!field.equals("rule") && FieldReference.byName(field) == null) {
                        values.refuse("title", "unknown field [field=" + field + "]" + FieldReference.hint(field));
                    }
                }
                return new Segmentation(
                        name,
                        values.get(description),
                        values.get(rules),
                        values.get(filter),
                        values.get(fields),
                        values.get(limit),
                        values.get(open),
                        values.get(title),
                        position);
            };
        });
    }

    /// The name of an alert.
    ///
    /// @param value shows the value of a field, empty for none
    String titleOf(String rule, Function<FieldReference, String> value) {
        return PLACEHOLDER.matcher(title).replaceAll(found -> {
            FieldReference field = FieldReference.byName(found.group(1));
            return Matcher.quoteReplacement(
                    found.group(1).equals("rule") ? rule : field == null ? found.group() : value.apply(field));
        });
    }
}
