package io.tocsin.correlator.rule;

import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Rules that run together, in a fixed order, each id once. Immutable.
///
/// @param tables active lists and context tables of the rules
/// @param fixedTables dictionaries and tables that rules read
public record RuleSet(List<Rule> rules, List<TableDefinition> tables, List<FixedTable> fixedTables) {
    public static final RuleSet EMPTY = new RuleSet(List.of());

    /// Rules without tables.
    public RuleSet(List<Rule> rules) {
        this(rules, List.of(), List.of());
    }

    public RuleSet {
        rules = List.copyOf(rules);
        tables = List.copyOf(tables);
        fixedTables = List.copyOf(fixedTables);
        Set<String> ids = new HashSet<>();
        for (Rule rule : rules) {
            if (!ids.add(rule.id())) {
                throw new IllegalArgumentException("rule is in the set twice [rule=" + rule.id() + "]");
            }
        }
    }

    /// The same rules with these tables.
    public RuleSet withTables(List<TableDefinition> others, List<FixedTable> othersFixed) {
        return new RuleSet(rules, others, othersFixed);
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
