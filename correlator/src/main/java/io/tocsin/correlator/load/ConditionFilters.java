package io.tocsin.correlator.load;

import io.tocsin.correlator.function.Variable;
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
            case Condition.Relation relation
            when Variable.is(relation.left()) || Variable.is(relation.right()) -> variable(relation);
            case Condition.Test test when Variable.is(test.field()) -> variable(test);
            case Condition.Relation _ -> new Filter.Leaf(condition);
            case Condition.Test test -> test(test);
        };
    }

    /// A variable is a text to filters; numbers in it are compared as numbers.
    private static Filter variable(Condition.Test test) {
        FieldReference field = test.field();
        if (test.operator() == Operator.EXISTS) {
            return new Filter.Test(field, new Match.Present());
        }
        List<Filter> parts = new ArrayList<>();
        for (String value : test.values()) {
            parts.add(new Filter.Test(field, variable(test.operator(), value, test.ignoreCase())));
        }
        return Filter.any(parts);
    }

    private static Match variable(Operator operator, String value, boolean ignoreCase) {
        return switch (operator) {
            case LESS -> new Match.Compares(Match.Comparison.LESS, number(value));
            case LESS_OR_EQUAL -> new Match.Compares(Match.Comparison.AT_MOST, number(value));
            case GREATER -> new Match.Compares(Match.Comparison.GREATER, number(value));
            case GREATER_OR_EQUAL -> new Match.Compares(Match.Comparison.AT_LEAST, number(value));
            case MATCH -> new Match.Finds("\\A(?:" + value + ")\\z", ignoreCase);
            case SEARCH -> new Match.Finds(value, ignoreCase);
            case HAS_BIT ->
                throw new IllegalArgumentException("hasBit needs a field, not a variable: compute it with mod()");
            case EQUAL, CONTAINS, STARTS_WITH, ENDS_WITH, IN_SUBNET, EXISTS -> {
                Match match = match(operator, value, ignoreCase);
                if (match == null) {
                    throw new IllegalArgumentException(
                            "a variable cannot be compared so [operator=" + operator.symbol() + "]");
                }
                yield match;
            }
        };
    }

    private static double number(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException(
                    "a variable is compared in order with a number only [value=" + value + "]: use compare()", none);
        }
    }

    private static Filter variable(Condition.Relation relation) {
        Match.Relation how = switch (relation.operator()) {
            case EQUAL -> Match.Relation.SAME;
            case CONTAINS -> Match.Relation.CONTAINS;
            case STARTS_WITH -> Match.Relation.STARTS_WITH;
            case ENDS_WITH -> Match.Relation.ENDS_WITH;
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, MATCH, SEARCH, IN_SUBNET, HAS_BIT, EXISTS ->
                throw new IllegalArgumentException("a variable and a field cannot be compared so [operator="
                        + relation.operator().symbol() + "]: let a variable say compare(a, b) and test that");
        };
        return new Filter.Test(relation.left(), new Match.Relates(how, relation.right(), relation.ignoreCase()));
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
