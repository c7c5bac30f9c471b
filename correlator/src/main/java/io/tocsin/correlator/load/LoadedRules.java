package io.tocsin.correlator.load;

import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import java.util.List;

/// What was found in files.
///
/// @param rules those that can be used, in the order of the files, each id once
/// @param failures what is wrong with the others; one rule may have several
/// @param failedRules number of rules that cannot be used
/// @param notes what is worth knowing about rules that can be used
/// @param tables active lists and context tables
/// @param fixedTables dictionaries and tables whose rows are written out
public record LoadedRules(
        List<Rule> rules,
        List<RuleFailure> failures,
        int failedRules,
        List<RuleFailure> notes,
        List<TableDefinition> tables,
        List<FixedTable> fixedTables) {
    public LoadedRules {
        rules = List.copyOf(rules);
        failures = List.copyOf(failures);
        notes = List.copyOf(notes);
        tables = List.copyOf(tables);
        fixedTables = List.copyOf(fixedTables);
    }

    /// Number of rules, usable or not.
    public int total() {
        return rules.size() + failedRules;
    }

    public RuleSet ruleSet() {
        return new RuleSet(rules, tables, fixedTables);
    }
}
