package io.tocsin.app.up;

import io.tocsin.core.rule.RuleState;
import java.lang.System.Logger;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;

/// Stops rules that cost too much, each only after an alarm about it is durable: a rule that nobody hears of any more
/// would be worse than one that is dear.
///
/// Thread-safety: one call at a time.
final class CostlyRules implements BiConsumer<String, RuleState.Cost> {
    private static final Logger LOG = System.getLogger(CostlyRules.class.getName());

    private final RuleSwitch rules;
    private final BiPredicate<String, String> alarm;
    private final BiConsumer<String, String> told;

    /// @param alarm makes known that a rule is stopped, and why; false when that is not durable
    /// @param told hears of each rule that was stopped, and why
    CostlyRules(RuleSwitch rules, BiPredicate<String, String> alarm, BiConsumer<String, String> told) {
        this.rules = rules;
        this.alarm = alarm;
        this.told = told;
    }

    @Override
    public void accept(String rule, RuleState.Cost cost) {
        if (!rules.isRunning(rule)) {
            return;
        }
        String reason = String.format(
                Locale.ROOT,
                "took %.1f %% of a core for %d s, allowed are %d %%",
                cost.corePercent(),
                rules.limits().over().toSeconds(),
                rules.limits().corePercent());
        if (!alarm.test(rule, reason)) {
            LOG.log(
                    Logger.Level.WARNING,
                    "a rule that costs too much runs on because the alarm about it cannot be written; see the log of"
                            + " the node log [rule={0}]",
                    rule);
        } else if (rules.stop(rule, reason)) {
            told.accept(rule, reason);
        }
    }
}
