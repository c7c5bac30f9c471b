package io.tocsin.correlator.rule;

import io.tocsin.expression.FieldReference;
import java.util.List;

/// Which events a rule counts, and how many of them it takes. Immutable.
///
/// @param alias name of the selector in the rule
/// @param threshold events needed, at least 1
/// @param unique when not empty, only events with a combination of values of these fields that the bucket has
/// not seen yet are counted
public record Selector(String alias, Filter filter, int threshold, List<FieldReference> unique) {
    public Selector {
        unique = List.copyOf(unique);
    }
}
