package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.expression.FieldReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The keys of a selector of an own rule.
final class SelectorSpecs {
    private static final int MAXIMUM_THRESHOLD = 1_000_000;

    private SelectorSpecs() {}

    record Config(
            String alias,
            ConfigNode filter,
            int threshold,
            @Nullable List<FieldReference> unique,
            Selector.Role role) {}

    /// A field, or a variable of the scope.
    static ValueType<FieldReference> field(Map<String, Variable> variables) {
        return ValueType.of(
                "field",
                ConfigNode.mapping().put("type", "string").build(),
                (name, node, problems) -> {
                    if (!(node instanceof ConfigNode.Scalar scalar)) {
                        problems.add(node.position(), "a field is expected, found a " + node.shape());
                        return null;
                    }
                    String text = scalar.text();
                    if (text.startsWith("$")) {
                        Variable variable = variables.get(text.substring(1));
                        if (variable == null) {
                            problems.add(
                                    node.position(),
                                    "unknown variable [variable=" + text + "]"
                                            + Suggestions.hint(text.substring(1), variables.keySet()));
                            return null;
                        }
                        return variable.reference();
                    }
                    FieldReference field = FieldReference.byName(text);
                    if (field == null || field instanceof FieldReference.AnyField || Variable.is(field)) {
                        problems.add(node.position(), "unknown field [field=" + text + "]" + FieldReference.hint(text));
                        return null;
                    }
                    return field;
                },
                Variable::shown);
    }

    static ConfigSpec<Config> selector(Map<String, Variable> variables) {
        return ConfigSpec.of("selector", "Which events are counted, and how many are needed.", keys -> {
            var alias = keys.text("alias", "Name of the selector, for {count:ALIAS} in the summary.")
                    .defaultTo("events");
            var filter = keys.tree("filter", "Condition on the event, as text or as a tree.")
                    .required();
            var threshold = keys.integer("threshold", "Events needed.", 1, MAXIMUM_THRESHOLD)
                    .defaultTo(1);
            var unique = keys.list(
                            "unique",
                            "Counts only events with new values of these fields; instead of those of the rule.",
                            field(variables))
                    .optional();
            var recovery = keys.flag("recovery", "Its events clear the bucket. Standard rules.")
                    .defaultTo(false);
            var expected = keys.flag("expected", "Its events are awaited. Absence rules.")
                    .defaultTo(false);
            return values -> {
                if (values.get(recovery) && values.get(expected)) {
                    values.refuse("expected", "recovery belongs to standard rules, expected to absence rules");
                }
                Selector.Role role = values.get(recovery)
                        ? Selector.Role.RECOVERY
                        : values.get(expected) ? Selector.Role.EXPECTED : Selector.Role.COUNTED;
                return new Config(
                        values.get(alias), values.get(filter), values.get(threshold), values.get(unique), role);
            };
        });
    }
}
