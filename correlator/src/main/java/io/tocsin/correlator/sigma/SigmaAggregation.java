package io.tocsin.correlator.sigma;

import io.tocsin.correlator.window.Bound;
import io.tocsin.correlator.window.Measure;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What stood behind the `|` of a condition in Sigma before version 2, such as `count(user) by host > 10`. Old
/// rules are full of it; it means what a correlation rule of today says.
///
/// @param field whose values are counted or added; empty for the events themselves
/// @param groupBy fields that make the key
record SigmaAggregation(Measure measure, String field, List<String> groupBy, Bound bound) {
    private static final Pattern FORM = Pattern.compile(
            "(?<what>count|sum|avg)\\s*\\(\\s*(?<field>[^)\\s]*)\\s*\\)\\s*(?:by\\s+(?<by>[^<>=!]+?)\\s*)?"
                    + "(?<relation><=|>=|==|!=|<|>|=)\\s*(?<number>\\d+(?:\\.\\d+)?)",
            Pattern.CASE_INSENSITIVE);

    /// The aggregation of a text without the `|`, or null when it is none that can be computed.
    static @Nullable SigmaAggregation parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            return null;
        }
        String field = matcher.group("field").equals("*") ? "" : matcher.group("field");
        String by = matcher.group("by");
        Measure measure = switch (matcher.group("what").toLowerCase(Locale.ROOT)) {
            case "count" -> field.isEmpty() ? Measure.EVENTS : Measure.DISTINCT;
            case "sum" -> Measure.SUM;
            default -> Measure.AVERAGE;
        };
        if (measure.isNumeric() && field.isEmpty()) {
            return null;
        }
        Bound.Relation relation = switch (matcher.group("relation")) {
            case "<" -> Bound.Relation.LESS;
            case "<=" -> Bound.Relation.AT_MOST;
            case ">" -> Bound.Relation.GREATER;
            case ">=" -> Bound.Relation.AT_LEAST;
            case "!=" -> Bound.Relation.DIFFERENT;
            default -> Bound.Relation.EQUAL;
        };
        return new SigmaAggregation(
                measure,
                field,
                by == null
                        ? List.of()
                        : Stream.of(by.split(",")).map(String::strip).toList(),
                new Bound(relation, Double.parseDouble(matcher.group("number"))));
    }
}
