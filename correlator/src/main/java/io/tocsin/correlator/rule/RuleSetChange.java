package io.tocsin.correlator.rule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How one rule set differs from another. Ids of rules, in the order of the sets.
///
/// @param changed rules that say something else: they begin afresh
/// @param unchanged number of rules that go on with what they know
public record RuleSetChange(List<String> added, List<String> removed, List<String> changed, int unchanged) {
    private static final int SHOWN = 20;

    public RuleSetChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
    }

    /// The way from one set to another.
    public static RuleSetChange between(RuleSet before, RuleSet after) {
        Map<String, Long> known = new HashMap<>();
        before.rules().forEach(rule -> known.put(rule.id(), rule.contentHash()));
        List<String> added = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        int unchanged = 0;
        for (Rule rule : after.rules()) {
            Long hash = known.remove(rule.id());
            if (hash == null) {
                added.add(rule.id());
            } else if (hash != rule.contentHash()) {
                changed.add(rule.id());
            } else {
                unchanged++;
            }
        }
        List<String> removed =
                before.rules().stream().map(Rule::id).filter(known::containsKey).toList();
        return new RuleSetChange(added, removed, changed, unchanged);
    }

    public boolean isEmpty() {
        return added.isEmpty() && removed.isEmpty() && changed.isEmpty();
    }

    /// One line; at most 20 ids of a kind.
    @Override
    public String toString() {
        return "added=" + shown(added) + ", changed=" + shown(changed) + ", removed=" + shown(removed) + ", unchanged="
                + unchanged;
    }

    private static String shown(List<String> ids) {
        return ids.size() <= SHOWN ? ids.toString() : ids.subList(0, SHOWN) + " and " + (ids.size() - SHOWN) + " more";
    }
}
