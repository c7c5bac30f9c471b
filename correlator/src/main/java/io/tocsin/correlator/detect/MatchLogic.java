package io.tocsin.correlator.detect;

import io.tocsin.correlator.rule.Folding;
import io.tocsin.correlator.rule.Match;
import java.nio.charset.StandardCharsets;

/// What can be told of two tests of one value without seeing it. Where nothing is known the answer is that the value
/// may be so.
final class MatchLogic {
    private MatchLogic() {}

    /// True when no value fits both.
    static boolean exclude(Match left, Match right) {
        if (left instanceof Match.Same same) {
            return !fits(same, right);
        }
        if (right instanceof Match.Same same) {
            return !fits(same, left);
        }
        if (left instanceof Match.StartsWith one && right instanceof Match.StartsWith other) {
            String first = Folding.lower(one.text());
            String second = Folding.lower(other.text());
            return !first.startsWith(second) && !second.startsWith(first);
        }
        if (left instanceof Match.EndsWith one && right instanceof Match.EndsWith other) {
            String first = Folding.lower(one.text());
            String second = Folding.lower(other.text());
            return !first.endsWith(second) && !second.endsWith(first);
        }
        if (left instanceof Match.Compares one && right instanceof Match.Compares other) {
            return exclude(one, other);
        }
        if (left instanceof Match.InNetwork one && right instanceof Match.InNetwork other) {
            return !one.network().contains(other.network()) && !other.network().contains(one.network());
        }
        return false;
    }

    /// True when no value at all fits.
    static boolean isImpossible(Match match) {
        return match instanceof Match.InTime in && !in.part().canBe(in.comparison(), in.number());
    }

    /// True when every value that fits the first fits the second.
    static boolean implies(Match left, Match right) {
        if (left.equals(right)) {
            return true;
        }
        return switch (right) {
            case Match.Present _ ->
                !(left instanceof Match.Same same && same.text().isEmpty());
            case Match.Contains in ->
                switch (left) {
                    case Match.Same same -> holds(same.text(), same.ignoreCase(), in.text(), in.ignoreCase(), 0);
                    case Match.Contains part -> holds(part.text(), part.ignoreCase(), in.text(), in.ignoreCase(), 0);
                    case Match.StartsWith start ->
                        holds(start.text(), start.ignoreCase(), in.text(), in.ignoreCase(), 0);
                    case Match.EndsWith end -> holds(end.text(), end.ignoreCase(), in.text(), in.ignoreCase(), 0);
                    default -> false;
                };
            case Match.StartsWith start ->
                switch (left) {
                    case Match.Same same -> holds(same.text(), same.ignoreCase(), start.text(), start.ignoreCase(), 1);
                    case Match.StartsWith longer ->
                        holds(longer.text(), longer.ignoreCase(), start.text(), start.ignoreCase(), 1);
                    default -> false;
                };
            case Match.EndsWith end ->
                switch (left) {
                    case Match.Same same -> holds(same.text(), same.ignoreCase(), end.text(), end.ignoreCase(), 2);
                    case Match.EndsWith longer ->
                        holds(longer.text(), longer.ignoreCase(), end.text(), end.ignoreCase(), 2);
                    default -> false;
                };
            case Match.Same wider ->
                left instanceof Match.Same same
                        && wider.ignoreCase()
                        && Folding.lower(same.text()).equals(Folding.lower(wider.text()));
            case Match.Compares wider -> left instanceof Match.Compares narrower && implies(narrower, wider);
            case Match.InNetwork wider ->
                left instanceof Match.InNetwork in && wider.network().contains(in.network());
            default -> false;
        };
    }

    /// @param place 0 anywhere, 1 at the start, 2 at the end
    private static boolean holds(String text, boolean anyCase, String part, boolean partAnyCase, int place) {
        if (anyCase && !partAnyCase) {
            // The value may be written in another case than the rule writes it.
            return false;
        }
        String in = partAnyCase ? Folding.lower(text) : text;
        String wanted = partAnyCase ? Folding.lower(part) : part;
        return place == 0 ? in.contains(wanted) : place == 1 ? in.startsWith(wanted) : in.endsWith(wanted);
    }

    private static boolean fits(Match.Same same, Match other) {
        String text = Folding.lower(same.text());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return switch (other) {
            case Match.Same second ->
                (same.ignoreCase() || second.ignoreCase())
                        ? text.equals(Folding.lower(second.text()))
                        : same.text().equals(second.text());
            case Match.Contains in -> text.contains(Folding.lower(in.text()));
            case Match.StartsWith start -> text.startsWith(Folding.lower(start.text()));
            case Match.EndsWith end -> text.endsWith(Folding.lower(end.text()));
            case Match.InNetwork in -> in.network().contains(bytes, 0, bytes.length, new byte[16]);
            case Match.Compares compares -> {
                Double number = number(text);
                yield number != null && compares.comparison().holds(number, compares.number());
            }
            case Match.Present _ -> !text.isEmpty();
            case Match.Like _, Match.Finds _, Match.InTime _, Match.Relates _ -> true;
        };
    }

    private static @org.jspecify.annotations.Nullable Double number(String text) {
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    private static boolean exclude(Match.Compares one, Match.Compares other) {
        boolean oneIsUpper = isUpper(one);
        if (oneIsUpper == isUpper(other)) {
            return false;
        }
        Match.Compares upper = oneIsUpper ? one : other;
        Match.Compares lower = oneIsUpper ? other : one;
        boolean bothTake =
                upper.comparison() == Match.Comparison.AT_MOST && lower.comparison() == Match.Comparison.AT_LEAST;
        return bothTake ? upper.number() < lower.number() : upper.number() <= lower.number();
    }

    private static boolean implies(Match.Compares narrower, Match.Compares wider) {
        if (isUpper(narrower) != isUpper(wider)) {
            return false;
        }
        double inner = narrower.number();
        double outer = wider.number();
        boolean takesEdge =
                wider.comparison() == Match.Comparison.AT_MOST || wider.comparison() == Match.Comparison.AT_LEAST;
        boolean givesEdge =
                narrower.comparison() == Match.Comparison.AT_MOST || narrower.comparison() == Match.Comparison.AT_LEAST;
        boolean isInside = isUpper(wider) ? inner < outer : inner > outer;
        return isInside || (inner == outer && (takesEdge || !givesEdge));
    }

    private static boolean isUpper(Match.Compares compares) {
        return compares.comparison() == Match.Comparison.LESS || compares.comparison() == Match.Comparison.AT_MOST;
    }
}
