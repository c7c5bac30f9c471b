package io.tocsin.core.rule;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A rule as a correlator has loaded it.
///
/// @param kind `simple`, `standard` or `correlation`
/// @param priority 1 low to 4 critical
/// @param hits since the correlator started
/// @param lastHit epoch ms, null when it never fired
/// @param mitre technique and tactic identifiers, e.g. `T1110`
public record RuleState(
        String id,
        String name,
        String kind,
        Source source,
        int priority,
        boolean enabled,
        long hits,
        @Nullable Long lastHit,
        List<String> mitre) {
    /// The language that a rule is written in.
    public enum Source {
        OWN,
        SIGMA;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
