package io.tocsin.correlator.engine;

import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.FilterCost;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The selectors of all rules as one index, and for the event it stands on the rules that want it, one after
/// another with those of their selectors that accept it. Add rules, [#build()], then
///
/// ```
/// selectors.moveTo(batch, i);
/// while (selectors.next()) … selectors.rule(), selectors.accepting()
/// ```
///
/// Thread-safety: one thread.
final class SelectorIndex {
    private final FieldTable fields;
    private final RoutedIndex index;
    private @Nullable RoutedEvaluation evaluation;
    private int ruleCount;
    private final List<Integer> ruleNumbers = new ArrayList<>();
    private final List<Integer> selectorNumbers = new ArrayList<>();
    /// Which rule and which of its selectors a filter of the index is.
    private int[] ruleOfFilter = {};

    private int[] selectorOfFilter = {};

    private int filter;
    private int rule;
    private long accepting;

    /// @param fields the fields of the rules; others may be numbered in it before [#build()]
    SelectorIndex(FieldTable fields) {
        this.fields = fields;
        index = new RoutedIndex(fields);
    }

    /// Adds a rule. Rules are numbered from 0 in the order in which they are added.
    void add(Rule added) {
        add(added, added.selectors().stream().map(Selector::filter).toList());
    }

    /// Adds a rule with other filters than its own.
    ///
    /// @param filters one for each selector
    void add(Rule added, List<Filter> filters) {
        for (Map.Entry<FieldReference, Expression> variable :
                added.own().variables().entrySet()) {
            fields.define(variable.getKey(), variable.getValue());
        }
        for (int i = 0; i < filters.size(); i++) {
            index.add(filters.get(i));
            ruleNumbers.add(ruleCount);
            selectorNumbers.add(i);
        }
        ruleCount++;
    }

    void build() {
        ruleOfFilter = ruleNumbers.stream().mapToInt(Integer::intValue).toArray();
        selectorOfFilter = selectorNumbers.stream().mapToInt(Integer::intValue).toArray();
        index.build();
        evaluation = index.newEvaluation();
    }

    void moveTo(EventBatch batch, int at) {
        RoutedEvaluation ready = built();
        ready.moveTo(batch, at);
        filter = ready.nextMatch(0);
    }

    /// Goes to the next rule that wants the event.
    ///
    /// @return false when there is none
    boolean next() {
        if (filter < 0) {
            return false;
        }
        RoutedEvaluation ready = built();
        rule = ruleOfFilter[filter];
        accepting = 0;
        while (filter >= 0 && ruleOfFilter[filter] == rule) {
            accepting |= 1L << selectorOfFilter[filter];
            filter = ready.nextMatch(filter + 1);
        }
        return true;
    }

    /// Evaluates the selectors that may accept the event once more, for measuring.
    ///
    /// @param told number of the rule, and how long a selector of it took
    void measure(LongSupplier nanoClock, FilterCost told) {
        built().measure(nanoClock, (each, nanos) -> told.took(ruleOfFilter[each], nanos));
    }

    /// Number of the rule on which it stands.
    int rule() {
        return rule;
    }

    /// Those selectors of the rule that accept the event, bit i for selector i.
    long accepting() {
        return accepting;
    }

    /// The event as texts.
    EventView view() {
        return built().view();
    }

    /// The index, for its figures.
    RoutedIndex index() {
        return index;
    }

    private RoutedEvaluation built() {
        RoutedEvaluation ready = evaluation;
        if (ready == null) {
            throw new IllegalStateException("build the index before events are evaluated");
        }
        return ready;
    }
}
