package io.tocsin.correlator.rule;

import io.tocsin.expression.FieldReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A test of one value. Texts are compared byte by byte in UTF-8, or with upper and lower case made equal.
/// Immutable.
public sealed interface Match {
    /// Equal. The empty text also matches a field that is absent.
    record Same(String text, boolean ignoreCase) implements Match {}

    record Contains(String text, boolean ignoreCase) implements Match {}

    record StartsWith(String text, boolean ignoreCase) implements Match {}

    record EndsWith(String text, boolean ignoreCase) implements Match {}

    /// Matches a pattern from end to end.
    record Like(Wildcards pattern, boolean ignoreCase) implements Match {}

    /// A regular expression finds something in the value.
    ///
    /// @param expression in RE2 syntax
    record Finds(String expression, boolean ignoreCase) implements Match {}

    /// The value is an address inside of a network.
    record InNetwork(Network network) implements Match {}

    /// The value is a number and compares so.
    record Compares(Comparison comparison, double number) implements Match {}

    /// A part of the time that the value says compares so.
    ///
    /// @param comparison null for equal
    record InTime(TimePart part, @Nullable Comparison comparison, double number) implements Match {}

    /// The field has a value.
    record Present() implements Match {}

    /// The value stands in this relation to a value of another field of the event.
    record Relates(Relation relation, FieldReference other, boolean ignoreCase) implements Match {}

    enum Comparison {
        LESS,
        AT_MOST,
        GREATER,
        AT_LEAST;

        public boolean holds(double left, double right) {
            return switch (this) {
                case LESS -> left < right;
                case AT_MOST -> left <= right;
                case GREATER -> left > right;
                case AT_LEAST -> left >= right;
            };
        }
    }

    enum Relation {
        SAME,
        CONTAINS,
        STARTS_WITH,
        ENDS_WITH
    }

    /// The simplest match for a pattern with wildcards.
    static Match of(Wildcards pattern, boolean ignoreCase) {
        List<String> pieces = pattern.pieces();
        if (pattern.hasSingle()) {
            return new Like(pattern, ignoreCase);
        }
        if (pieces.size() == 1) {
            return new Same(pieces.getFirst(), ignoreCase);
        }
        boolean open = pieces.getFirst().isEmpty();
        boolean openEnd = pieces.getLast().isEmpty();
        if (pieces.size() == 2) {
            if (open && openEnd) {
                return new Present();
            }
            if (open) {
                return new EndsWith(pieces.get(1), ignoreCase);
            }
            if (openEnd) {
                return new StartsWith(pieces.getFirst(), ignoreCase);
            }
        }
        if (pieces.size() == 3 && open && openEnd) {
            return new Contains(pieces.get(1), ignoreCase);
        }
        return new Like(pattern, ignoreCase);
    }
}
