package io.tocsin.correlator.load;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Network;
import io.tocsin.event.FieldType;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.expression.Operator;
import java.util.ArrayList;
import java.util.List;

/// Turns conditions of own rules into filters. What the index knows becomes tests that are shared between
/// rules; the rest stays a condition, evaluated as it is.
final class ConditionFilters {
    private ConditionFilters() {}

    static Filter filter(Condition condition) {
        return switch (condition) {
            case Condition.And and ->
                Filter.all(and.parts().stream().map(ConditionFilters::filter).toList());
            case Condition.Or or ->
                Filter.any(or.parts().stream().map(ConditionFilters::filter).toList());
            case Condition.Not not -> Filter.not(filter(not.part()));
            case Condition.Relation _ -> new Filter.Leaf(condition);
            case Condition.Test test -> test(test);
        };
    }

    private static Filter test(Condition.Test test) {
        FieldType type = test.field().valueType();
        boolean isText = type == FieldType.STRING;
        boolean isInteger = type == FieldType.INTEGER;
        if (test.field() instanceof FieldReference.AnyField || (!isText && !isInteger)) {
            return new Filter.Leaf(test);
        }
        // Numbers are written in one way only, so equal numbers are equal texts.
        boolean indexed = isText || test.operator() == Operator.EQUAL;
        List<Filter> parts = new ArrayList<>();
        for (String value : test.values()) {
            Match match = indexed ? match(test.operator(), value, test.ignoreCase()) : null;
            if (match == null || (value.isEmpty() && test.operator() != Operator.EQUAL)) {
                return new Filter.Leaf(test);
            }
            parts.add(new Filter.Test(test.field(), match));
        }
        return parts.isEmpty() ? new Filter.Leaf(test) : Filter.any(parts);
    }

    private static @org.jspecify.annotations.Nullable Match match(Operator operator, String value, boolean ignoreCase) {
        return switch (operator) {
            case EQUAL -> new Match.Same(value, ignoreCase);
            case CONTAINS -> new Match.Contains(value, ignoreCase);
            case STARTS_WITH -> new Match.StartsWith(value, ignoreCase);
            case ENDS_WITH -> new Match.EndsWith(value, ignoreCase);
            case IN_SUBNET -> {
                Network network = Network.parse(value);
                yield network == null ? null : new Match.InNetwork(network);
            }
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, MATCH, SEARCH, HAS_BIT, EXISTS -> null;
        };
    }
}
