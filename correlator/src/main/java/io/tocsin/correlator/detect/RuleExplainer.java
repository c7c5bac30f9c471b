package io.tocsin.correlator.detect;

import io.tocsin.config.Suggestions;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.Hit;
import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// Tells what a rule makes of events that come one after another, node by node, with the values that the event has.
/// The rule runs in the engine that also runs it in earnest, and each node is asked of the same index.
///
/// Thread-safety: one thread.
public final class RuleExplainer {
    private final Rule rule;
    private final Engine engine;
    private final Correlations found = new Correlations();
    private final FieldTable fields = new FieldTable();
    private final RoutedEvaluation evaluation;
    /// Number of each node in the index.
    private final Map<Filter, Integer> numbers = new HashMap<>();

    /// @param rules all that are loaded; those that feed the rule run with it
    /// @throws IllegalArgumentException when the rule is not among them
    public RuleExplainer(List<Rule> rules, String ruleId) {
        this(new RuleSet(rules), ruleId);
    }

    /// @param all what is loaded: the rules that feed the rule run with it, and it sees the tables
    /// @throws IllegalArgumentException when the rule is not among them
    public RuleExplainer(RuleSet all, String ruleId) {
        List<Rule> rules = all.rules();
        Map<String, Rule> byId = new HashMap<>();
        rules.forEach(each -> byId.put(each.id(), each));
        Rule wanted = byId.get(ruleId);
        if (wanted == null) {
            throw new IllegalArgumentException(
                    "rule is not loaded [rule=" + ruleId + "]" + Suggestions.hint(ruleId, byId.keySet()));
        }
        rule = wanted;
        SequencedSet<Rule> needed = new LinkedHashSet<>();
        addWithSources(wanted, byId, needed);
        engine = new Engine(new RuleSet(List.copyOf(needed), all.tables(), all.fixedTables()), Engine.Mode.STREAM);
        RoutedIndex index = new RoutedIndex(fields);
        for (Selector selector : rule.selectors()) {
            number(selector.filter(), index);
        }
        rule.identical().forEach(fields::numberOf);
        index.build();
        evaluation = index.newEvaluation();
    }

    private static void addWithSources(Rule rule, Map<String, Rule> byId, SequencedSet<Rule> into) {
        if (into.contains(rule)) {
            return;
        }
        if (rule.kind() instanceof RuleKind.Sliding sliding) {
            for (RuleKind.Input input : sliding.inputs()) {
                Rule source = input.rule() == null ? null : byId.get(input.rule());
                if (source != null) {
                    addWithSources(source, byId, into);
                }
            }
        }
        into.add(rule);
    }

    public Rule rule() {
        return rule;
    }

    private void number(Filter filter, RoutedIndex index) {
        if (!numbers.containsKey(filter)) {
            numbers.put(filter, index.add(filter));
        }
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> number(part, index));
            case Filter.Any any -> any.parts().forEach(part -> number(part, index));
            case Filter.Not not -> number(not.part(), index);
            case Filter.Test test -> {
                fields.numberOf(test.field());
                if (test.match() instanceof Match.Relates relates) {
                    fields.numberOf(relates.other());
                }
            }
            case Filter.Leaf leaf -> Conditions.fields(leaf.condition(), fields::numberOf);
        }
    }

    /// Hands the next event to the rule. Events count in the order in which they come here.
    ///
    /// @param batch holds this event alone
    public Explanation explain(EventBatch batch) {
        evaluation.moveTo(batch, 0);
        BitSet holding = new BitSet();
        for (int match = evaluation.nextMatch(0); match >= 0; match = evaluation.nextMatch(match + 1)) {
            holding.set(match);
        }
        EventView view = evaluation.view();
        List<Explanation.SelectorTrace> selectors = new ArrayList<>();
        for (int i = 0; i < rule.selectors().size(); i++) {
            Selector selector = rule.selectors().get(i);
            List<Explanation.Node> nodes = new ArrayList<>();
            String fedBy = fedBy(i);
            if (fedBy.isEmpty()) {
                trace(selector.filter(), 0, true, holding, view, nodes);
            }
            selectors.add(new Explanation.SelectorTrace(
                    selector.alias(), selector.threshold(), fedBy, holds(selector.filter(), holding), nodes));
        }
        List<String> key = rule.identical().stream()
                .map(field -> field.name() + "=" + String.join(", ", values(field, view)))
                .toList();
        return run(batch, selectors, key);
    }

    private Explanation run(EventBatch batch, List<Explanation.SelectorTrace> selectors, List<String> key) {
        Map<WindowKey, WindowProgress> before = engine.progress(rule.id());
        long lateBefore = late();
        found.clear();
        engine.process(batch, found);
        Map<WindowKey, WindowProgress> after = engine.progress(rule.id());
        WindowKey changed = null;
        for (Map.Entry<WindowKey, WindowProgress> entry : after.entrySet()) {
            if (!entry.getValue().equals(before.get(entry.getKey()))) {
                changed = entry.getKey();
            }
        }
        List<String> findings = found.hits().stream()
                .filter(hit -> hit.ruleId().equals(rule.id()))
                .map(RuleExplainer::text)
                .toList();
        WindowProgress was = changed == null ? null : before.get(changed);
        WindowProgress is = changed == null ? null : after.get(changed);
        return new Explanation(
                Engine.millis(evaluation.view().event(), rule),
                selectors,
                key,
                was,
                is,
                findings,
                reason(selectors, findings, is, late() > lateBefore));
    }

    private static String text(Hit hit) {
        return switch (hit.change()) {
            case NEW -> hit.summary();
            case AMENDED -> "amended: " + hit.summary();
            case RETRACTED -> "withdrawn: " + hit.summary();
        };
    }

    private long late() {
        for (RuleStatistics statistics : engine.statistics()) {
            if (statistics.ruleId().equals(rule.id())) {
                return statistics.lateEvents();
            }
        }
        return 0;
    }

    private static String reason(
            List<Explanation.SelectorTrace> selectors,
            List<String> findings,
            @Nullable WindowProgress after,
            boolean late) {
        if (!findings.isEmpty()) {
            return "it fires";
        }
        if (late) {
            return "the event came later than the lateness of the rule and was left out";
        }
        boolean accepted = selectors.stream().anyMatch(Explanation.SelectorTrace::holds);
        boolean fed = selectors.stream().anyMatch(selector -> !selector.fedBy().isEmpty());
        if (!accepted && !fed) {
            return "no selector accepts the event";
        }
        if (after == null) {
            return accepted
                    ? "a selector accepts the event, but nothing counts that did not before: its values were seen"
                            + " already, an earlier step of the sequence is missing, or the rule has no output"
                    : "the rules that feed this one found nothing new";
        }
        if (after.counts().isEmpty()) {
            // A rule that waits counts nothing.
            return after.open()
                    ? "it waits for what is expected: " + after.total() + (after.total() == 1 ? " wait" : " waits")
                    : "what was expected has come";
        }
        StringBuilder missing = new StringBuilder();
        for (int i = 0; i < selectors.size(); i++) {
            int threshold = selectors.get(i).threshold();
            if (after.counts().get(i) < threshold) {
                missing.append(missing.isEmpty() ? "" : ", ")
                        .append(selectors.get(i).alias())
                        .append(' ')
                        .append(after.counts().get(i))
                        .append(" of ")
                        .append(threshold);
            }
        }
        return missing.isEmpty()
                ? "what is measured is not within the bounds, or this repetition is not told"
                : "the window is not full: " + missing;
    }

    private String fedBy(int selector) {
        if (!(rule.kind() instanceof RuleKind.Sliding sliding)) {
            return "";
        }
        String source = sliding.inputs().get(selector).rule();
        return source == null ? "" : source;
    }

    private boolean holds(Filter filter, BitSet holding) {
        Integer number = numbers.get(filter);
        return number != null && holding.get(number);
    }

    /// @param decides true when the answer of the whole depends on this one
    private void trace(
            Filter filter, int depth, boolean decides, BitSet holding, EventView view, List<Explanation.Node> into) {
        boolean holds = holds(filter, holding);
        List<String> values = List.of();
        boolean isTest = false;
        if (filter instanceof Filter.Test || filter instanceof Filter.Leaf) {
            isTest = true;
            List<FieldReference> named = List.copyOf(FilterText.fields(filter));
            values = named.size() == 1
                    ? values(named.getFirst(), view)
                    : named.stream()
                            .map(field -> field.name() + "=" + String.join(", ", values(field, view)))
                            .toList();
        }
        into.add(new Explanation.Node(depth, FilterText.node(filter), isTest, holds, values, decides));
        List<Filter> parts = switch (filter) {
            case Filter.All all -> all.parts();
            case Filter.Any any -> any.parts();
            case Filter.Not not -> List.of(not.part());
            case Filter.Test _, Filter.Leaf _ -> List.of();
        };
        for (Filter part : parts) {
            boolean partDecides = switch (filter) {
                case Filter.All _ -> decides && (holds || !holds(part, holding));
                case Filter.Any _ -> decides && (!holds || holds(part, holding));
                case Filter.Not _, Filter.Test _, Filter.Leaf _ -> decides;
            };
            trace(part, depth + 1, partDecides, holding, view, into);
        }
    }

    private List<String> values(FieldReference field, EventView view) {
        if (field instanceof FieldReference.AnyField) {
            return List.of();
        }
        List<String> values = new ArrayList<>();
        for (int cell = view.first(fields.numberOf(field)); cell != EventView.NONE; cell = view.next(cell)) {
            values.add(FilterText.cut(view.text(cell)));
        }
        return values;
    }
}
