package io.tocsin.correlator.engine;

import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.expression.FieldReference;
import java.util.List;

/// What filters of strict rules say before it is known what the tables hold.
final class StrictFilters {
    private StrictFilters() {}

    /// A filter that holds for all events for which the filter may hold, whatever the tables say.
    static Filter withoutTables(Filter filter, Rule rule) {
        return weaker(filter, rule, true);
    }

    private static Filter weaker(Filter filter, Rule rule, boolean positive) {
        return switch (filter) {
            case Filter.All all -> Filter.all(weaker(all.parts(), rule, positive));
            case Filter.Any any -> Filter.any(weaker(any.parts(), rule, positive));
            case Filter.Not not -> Filter.not(weaker(not.part(), rule, !positive));
            case Filter.Leaf _ -> filter;
            case Filter.Test test -> {
                Expression expression = rule.own().variables().get(test.field());
                yield expression != null && expression.readsTables() ? positive ? Filter.TRUE : Filter.FALSE : filter;
            }
        };
    }

    private static List<Filter> weaker(List<Filter> parts, Rule rule, boolean positive) {
        return parts.stream().map(part -> weaker(part, rule, positive)).toList();
    }

    /// Numbers the fields of conditions that are evaluated as they are.
    ///
    /// @return true when the filter looks at every text of an event
    static boolean numberLeaves(Filter filter, FieldTable fields) {
        return switch (filter) {
            case Filter.All all -> numberLeaves(all.parts(), fields);
            case Filter.Any any -> numberLeaves(any.parts(), fields);
            case Filter.Not not -> numberLeaves(not.part(), fields);
            case Filter.Leaf leaf -> {
                boolean anywhere = false;
                for (FieldReference field : leaf.condition().fields()) {
                    if (field instanceof FieldReference.AnyField) {
                        anywhere = true;
                    } else {
                        fields.numberOf(field);
                    }
                }
                yield anywhere;
            }
            case Filter.Test test -> test.field() instanceof FieldReference.AnyField;
        };
    }

    private static boolean numberLeaves(List<Filter> parts, FieldTable fields) {
        boolean anywhere = false;
        for (Filter part : parts) {
            anywhere |= numberLeaves(part, fields);
        }
        return anywhere;
    }
}
