package io.tocsin.correlator.detect;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/// Filters as people read them.
final class FilterText {
    private static final int LONGEST = 120;

    private FilterText() {}

    /// One line for a node, without what is below it.
    static String node(Filter filter) {
        return switch (filter) {
            case Filter.All all ->
                all.parts().isEmpty() ? "always" : "all of " + all.parts().size();
            case Filter.Any any ->
                any.parts().isEmpty() ? "never" : "one of " + any.parts().size();
            case Filter.Not _ -> "not";
            case Filter.Test test -> test(test);
            case Filter.Leaf leaf -> cut(leaf.condition().text());
        };
    }

    static String test(Filter.Test test) {
        return Variable.shown(test.field()) + " " + match(test.match());
    }

    private static String match(Match match) {
        return switch (match) {
            case Match.Same same -> same.text().isEmpty() ? "is empty" : "= " + quoted(same.text(), same.ignoreCase());
            case Match.Contains in -> "contains " + quoted(in.text(), in.ignoreCase());
            case Match.StartsWith start -> "starts with " + quoted(start.text(), start.ignoreCase());
            case Match.EndsWith end -> "ends with " + quoted(end.text(), end.ignoreCase());
            case Match.Like like -> "is like " + quoted(like.pattern().toString(), like.ignoreCase());
            case Match.Finds finds -> "matches /" + cut(finds.expression()) + "/" + (finds.ignoreCase() ? "i" : "");
            case Match.InNetwork in -> "is in " + in.network();
            case Match.Compares compares -> comparison(compares.comparison()) + " " + number(compares.number());
            case Match.InTime in ->
                in.part().name().toLowerCase(Locale.ROOT) + " "
                        + (in.comparison() == null ? "=" : comparison(in.comparison())) + " " + number(in.number());
            case Match.Present _ -> "has a value";
            case Match.Relates relates ->
                relates.relation().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " "
                        + Variable.shown(relates.other());
        };
    }

    private static String comparison(Match.Comparison comparison) {
        return switch (comparison) {
            case LESS -> "<";
            case AT_MOST -> "<=";
            case GREATER -> ">";
            case AT_LEAST -> ">=";
        };
    }

    private static String number(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString((long) number)
                : Double.toString(number);
    }

    private static String quoted(String text, boolean ignoreCase) {
        return "'" + cut(text) + "'" + (ignoreCase ? "" : " (case matters)");
    }

    static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /// The fields that a filter looks at, in order of their first place.
    static Set<FieldReference> fields(Filter filter) {
        Set<FieldReference> fields = new LinkedHashSet<>();
        fields(filter, fields);
        return fields;
    }

    private static void fields(Filter filter, Set<FieldReference> into) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> fields(part, into));
            case Filter.Any any -> any.parts().forEach(part -> fields(part, into));
            case Filter.Not not -> fields(not.part(), into);
            case Filter.Test test -> {
                into.add(test.field());
                if (test.match() instanceof Match.Relates relates) {
                    into.add(relates.other());
                }
            }
            case Filter.Leaf leaf -> Conditions.fields(leaf.condition(), into::add);
        }
    }
}
