package io.tocsin.correlator.rule;

import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How one rule set differs from another. Ids of rules, in the order of the sets.
///
/// @param changed rules that say something else: they begin afresh
/// @param unchanged number of rules that go on with what they know
/// @param tables how lists, tables and dictionaries differ, one text for each that does
public record RuleSetChange(
        List<String> added, List<String> removed, List<String> changed, int unchanged, List<String> tables) {
    private static final int SHOWN = 20;

    public RuleSetChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
        tables = List.copyOf(tables);
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
        return new RuleSetChange(added, removed, changed, unchanged, tables(before, after));
    }

    private static List<String> tables(RuleSet before, RuleSet after) {
        List<String> differences = new ArrayList<>();
        Map<String, TableDefinition> known = new HashMap<>();
        before.tables().forEach(table -> known.put(table.name(), table));
        for (TableDefinition table : after.tables()) {
            TableDefinition old = known.remove(table.name());
            if (!table.equals(old)) {
                differences.add(table.name() + (old == null ? ": new" : ": defined otherwise"));
            }
        }
        Map<String, FixedTable> knownFixed = new HashMap<>();
        before.fixedTables().forEach(table -> knownFixed.put(table.name(), table));
        for (FixedTable table : after.fixedTables()) {
            String difference = table.changesSince(knownFixed.remove(table.name()));
            if (difference != null) {
                differences.add(difference);
            }
        }
        before.tables().stream()
                .map(TableDefinition::name)
                .filter(known::containsKey)
                .forEach(name -> differences.add(name + ": gone"));
        before.fixedTables().stream()
                .map(FixedTable::name)
                .filter(knownFixed::containsKey)
                .forEach(name -> differences.add(name + ": gone"));
        return differences;
    }

    public boolean isEmpty() {
        return added.isEmpty() && removed.isEmpty() && changed.isEmpty() && tables.isEmpty();
    }

    /// One line; at most 20 ids of a kind.
    @Override
    public String toString() {
        return "added=" + shown(added) + ", changed=" + shown(changed) + ", removed=" + shown(removed) + ", unchanged="
                + unchanged + (tables.isEmpty() ? "" : ", tables=" + shown(tables));
    }

    private static String shown(List<String> ids) {
        return ids.size() <= SHOWN ? ids.toString() : ids.subList(0, SHOWN) + " and " + (ids.size() - SHOWN) + " more";
    }
}
