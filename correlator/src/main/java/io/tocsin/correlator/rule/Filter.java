package io.tocsin.correlator.rule;

import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;

/// What an event must be like: a tree of tests. Immutable.
public sealed interface Filter {
    /// True when all parts are true; true when there is none.
    record All(List<Filter> parts) implements Filter {
        public All {
            parts = List.copyOf(parts);
        }
    }

    /// True when one part is true; false when there is none.
    record Any(List<Filter> parts) implements Filter {
        public Any {
            parts = List.copyOf(parts);
        }
    }

    record Not(Filter part) implements Filter {}

    /// True when a value of the field matches. A field with several values matches when one of them does.
    record Test(FieldReference field, Match match) implements Filter {}

    /// A condition that has no counterpart among the matches and is evaluated as it is.
    record Leaf(Condition condition) implements Filter {}

    Filter TRUE = new All(List.of());
    Filter FALSE = new Any(List.of());

    static Filter all(List<Filter> parts) {
        List<Filter> flat = new ArrayList<>();
        for (Filter part : parts) {
            if (part instanceof All inner) {
                flat.addAll(inner.parts());
            } else {
                flat.add(part);
            }
        }
        return flat.size() == 1 ? flat.getFirst() : new All(flat);
    }

    static Filter any(List<Filter> parts) {
        List<Filter> flat = new ArrayList<>();
        for (Filter part : parts) {
            if (part instanceof Any inner) {
                flat.addAll(inner.parts());
            } else {
                flat.add(part);
            }
        }
        return flat.size() == 1 ? flat.getFirst() : new Any(flat);
    }

    static Filter not(Filter part) {
        return part instanceof Not inner ? inner.part() : new Not(part);
    }
}
