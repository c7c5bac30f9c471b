package io.tocsin.correlator.rule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Rules that run together, in a fixed order, each id once. Immutable.
public record RuleSet(List<Rule> rules) {
    public static final RuleSet EMPTY = new RuleSet(List.of());

    public RuleSet {
        rules = List.copyOf(rules);
        Set<String> ids = new HashSet<>();
        for (Rule rule : rules) {
            if (!ids.add(rule.id())) {
                throw new IllegalArgumentException("rule is in the set twice [rule=" + rule.id() + "]");
            }
        }
    }

    /// The rules in this order; of several with one id the first is kept.
    public static RuleSet withoutRepeats(List<Rule> rules) {
        Set<String> ids = new HashSet<>();
        List<Rule> kept = new ArrayList<>();
        for (Rule rule : rules) {
            if (ids.add(rule.id())) {
                kept.add(rule);
            }
        }
        return new RuleSet(kept);
    }
}
