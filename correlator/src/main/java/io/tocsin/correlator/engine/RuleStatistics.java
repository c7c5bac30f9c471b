package io.tocsin.correlator.engine;

/// Counters of one rule since the engine was made; all of them are monotonic except `keys` and
/// `heldBytes`.
///
/// @param hits findings that were new
/// @param lastHitMillis event time of the last of them, or [Long#MIN_VALUE]
/// @param keys keys held now
/// @param heldBytes about how much memory they take
/// @param evictedKeys keys forgotten before their time because there were too many, or memory was short: findings may
/// have been missed
/// @param lateEvents events that came later than the lateness of the rule and were left out
/// @param suppressed hits that were not told because of the rate limit of the rule
/// @param unlooped findings that were not shown to other rules because one event had led to too many of them, or
/// through too many rules
/// @param costNanos about how long its own conditions and windows took, from samples; 0 when nothing is measured
/// @param settledEarly times that a key had more waiting events than memory allows
public record RuleStatistics(
        String ruleId,
        long hits,
        long lastHitMillis,
        int keys,
        long heldBytes,
        long evictedKeys,
        long lateEvents,
        long settledEarly,
        long suppressed,
        long unlooped,
        long costNanos) {

    /// How often something was left out or done before its time because it was too much: more when the rule may have
    /// missed something.
    public long shed() {
        return evictedKeys + settledEarly + unlooped;
    }
}
