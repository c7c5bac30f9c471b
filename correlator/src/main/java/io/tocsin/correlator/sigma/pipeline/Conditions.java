package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The conditions of one sort that an item of a pipeline has. Without any they hold. Immutable.
///
/// @param named in the order in which they stand there
/// @param expression over the names; null when `any` says how they are joined
record Conditions<C>(Map<String, C> named, @Nullable ConditionExpression expression, boolean any, boolean negated) {
    /// @param sort `rule`, `detection_item` or `field_name`, with which the keys begin
    static <C> Conditions<C> read(Settings item, String sort, Function<Settings, @Nullable C> reader) {
        Map<String, C> named = new LinkedHashMap<>();
        ConfigNode written = item.node(sort + "_conditions");
        switch (written) {
            case null -> {}
            case ConfigNode.Sequence list -> {
                for (ConfigNode each : list.items()) {
                    add(named, String.valueOf(named.size() + 1), each, item, reader);
                }
            }
            case ConfigNode.Mapping mapping ->
                mapping.entries().forEach(entry -> add(named, entry.name(), entry.value(), item, reader));
            case ConfigNode.Scalar wrong ->
                item.problems().add(wrong.position(), "conditions are a list, or a mapping of names to conditions");
        }
        boolean joined = item.node(sort + "_cond_op") != null;
        boolean any = item.word(sort + "_cond_op", "and", List.of("and", "or")).equals("or");
        boolean negated = item.flag(sort + "_cond_not");
        ConfigNode.Scalar text = item.node(sort + "_cond_expr") == null ? null : item.scalar(sort + "_cond_expr");
        ConditionExpression expression = null;
        if (text != null) {
            if (joined) {
                item.refuse("conditions have either an operator or an expression [keys=" + sort + "_cond_op, " + sort
                        + "_cond_expr]");
            }
            if (!(written instanceof ConfigNode.Mapping)) {
                item.refuse("an expression speaks of conditions by their names: write them as a mapping [key=" + sort
                        + "_conditions]");
            }
            expression = ConditionExpression.parse(text, named.keySet(), item.problems());
            Set<String> unused = new TreeSet<>(named.keySet());
            if (expression != null) {
                expression.names(unused::remove);
                if (!unused.isEmpty()) {
                    item.problems()
                            .add(text.position(), "expression leaves conditions out [conditions=" + unused + "]");
                }
            }
        }
        if (negated && named.isEmpty()) {
            item.refuse("there is no condition to negate [key=" + sort + "_cond_not]");
        }
        return new Conditions<>(named, expression, any, negated);
    }

    private static <C> void add(
            Map<String, C> named, String name, ConfigNode node, Settings item, Function<Settings, @Nullable C> reader) {
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            item.problems().add(node.position(), "a condition is a mapping with its type, found a " + node.shape());
            return;
        }
        Settings settings = new Settings(mapping, item.problems());
        C condition = reader.apply(settings);
        if (condition != null) {
            named.put(name, condition);
            settings.refuseOthers();
        }
    }

    boolean hold(Predicate<C> holds) {
        if (named.isEmpty()) {
            return true;
        }
        boolean result;
        if (expression != null) {
            result = expression.holds(name -> {
                C condition = named.get(name);
                return condition != null && holds.test(condition);
            });
        } else {
            result = any
                    ? named.values().stream().anyMatch(holds)
                    : named.values().stream().allMatch(holds);
        }
        return result != negated;
    }
}
