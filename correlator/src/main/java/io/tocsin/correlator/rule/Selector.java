package io.tocsin.correlator.rule;

import io.tocsin.expression.FieldReference;
import java.util.List;

/// Which events a rule counts, and how many of them it takes. Immutable.
///
/// @param alias name of the selector in the rule
/// @param threshold events needed, at least 1
/// @param unique when not empty, only events with a combination of values of these fields that the bucket has
/// not seen yet are counted
/// @param role what its events mean for a bucket
public record Selector(String alias, Filter filter, int threshold, List<FieldReference> unique, Role role) {
    /// What an event of a selector means.
    public enum Role {
        /// It counts.
        COUNTED,
        /// It clears what was counted.
        RECOVERY,
        /// It ends the wait that others began: that it does not come is the finding.
        EXPECTED
    }

    /// A selector whose events count.
    public Selector(String alias, Filter filter, int threshold, List<FieldReference> unique) {
        this(alias, filter, threshold, unique, Role.COUNTED);
    }

    public Selector {
        unique = List.copyOf(unique);
    }
}
