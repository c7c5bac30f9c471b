package io.tocsin.correlator.detect;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Tells of each rule whether events can make it fire at all: whether its source says anything, and
/// whether the fields that it needs ever have a value there. A rule that is enabled is not yet a rule
/// that works.
///
/// The source of a rule is what its condition asks of the fields in which events say what they are,
/// such as `DeviceProduct`. Two answers are exact for the events that were seen: a rule whose source
/// was silent, or one of
/// whose
/// needed fields never had a value, cannot have fired. That a rule *can* fire says only that nothing is
/// missing.
///
/// Thread-safety: one thread.
public final class RuleCoverage {
    private static final Set<FieldReference> SOURCE_FIELDS = Set.of(
            FieldReference.of(Field.TYPE),
            FieldReference.of(Field.DEVICE_VENDOR),
            FieldReference.of(Field.DEVICE_PRODUCT),
            FieldReference.of(io.tocsin.event.DynamicKind.EXTRA, "Channel"),
            FieldReference.of(io.tocsin.event.DynamicKind.EXTRA, "EventID"),
            FieldReference.of(io.tocsin.event.DynamicKind.EXTRA, "Provider_Name"));

    /// How a rule is.
    public enum State {
        CAN_FIRE("can fire"),
        STARVED("starved"),
        SOURCE_SILENT("source silent");

        private final String text;

        State(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /// What is known of a rule.
    ///
    /// @param sourceEvents events of its source
    /// @param lastSourceMillis time of the last of them, [Long#MIN_VALUE] for none
    /// @param missing names of fields that it needs and that no event of its source had
    public record Row(Rule rule, State state, long sourceEvents, long lastSourceMillis, List<String> missing) {
        public Row {
            missing = List.copyOf(missing);
        }
    }

    private final List<Rule> rules;
    private final FieldTable fields = new FieldTable();
    private final RoutedEvaluation evaluation;
    private final List<Source> sources = new ArrayList<>();
    private final Map<Filter, Source> byFilter = new LinkedHashMap<>();

    /// Thread-safety: that of the whole.
    private static final class Source {
        final BitSet wanted = new BitSet();
        final BitSet seen = new BitSet();
        long events;
        long lastMillis = Long.MIN_VALUE;
    }

    public RuleCoverage(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        RoutedIndex index = new RoutedIndex(fields);
        for (Rule rule : rules) {
            for (int i = 0; i < rule.selectors().size(); i++) {
                Filter filter = rule.selectors().get(i).filter();
                if (RuleLint.isFed(rule, i)) {
                    continue;
                }
                Source source = byFilter.computeIfAbsent(source(filter), each -> {
                    Source made = new Source();
                    sources.add(made);
                    index.add(each);
                    return made;
                });
                List<FieldReference> named = new ArrayList<>();
                FilterText.fields(filter, named);
                for (FieldReference field : named) {
                    if (!(field instanceof FieldReference.AnyField)) {
                        source.wanted.set(fields.numberOf(field));
                    }
                }
            }
        }
        index.build();
        evaluation = index.newEvaluation();
    }

    /// The part of a filter that asks where an event comes from.
    private static Filter source(Filter filter) {
        List<Filter> parts = filter instanceof Filter.All all ? all.parts() : List.of(filter);
        return Filter.all(parts.stream().filter(RuleCoverage::isAboutSource).toList());
    }

    private static boolean isAboutSource(Filter part) {
        List<FieldReference> named = new ArrayList<>();
        FilterText.fields(part, named);
        return !named.isEmpty() && SOURCE_FIELDS.containsAll(named);
    }

    /// Takes note of events.
    public void observe(EventBatch batch) {
        for (int i = 0; i < batch.count(); i++) {
            evaluation.moveTo(batch, i);
            for (int match = evaluation.nextMatch(0); match >= 0; match = evaluation.nextMatch(match + 1)) {
                observe(sources.get(match), evaluation.view());
            }
        }
    }

    private static void observe(Source source, EventView view) {
        Event event = view.event();
        source.events++;
        source.lastMillis = Math.max(source.lastMillis, event.timestampMillis());
        for (int field = source.wanted.nextSetBit(0); field >= 0; field = source.wanted.nextSetBit(field + 1)) {
            if (view.first(field) != EventView.NONE) {
                source.seen.set(field);
                // It is known now, and need not be looked for again.
                source.wanted.clear(field);
            }
        }
    }

    /// Every rule, in their order.
    public List<Row> rows() {
        Map<String, Row> byId = new HashMap<>();
        List<Row> rows = new ArrayList<>();
        for (Rule rule : rules) {
            byId.put(rule.id(), row(rule));
        }
        for (Rule rule : rules) {
            rows.add(withSources(byId.getOrDefault(rule.id(), row(rule)), byId));
        }
        return rows;
    }

    private Row row(Rule rule) {
        State state = State.CAN_FIRE;
        long events = 0;
        long last = Long.MIN_VALUE;
        Set<String> missing = new TreeSet<>();
        for (int i = 0; i < rule.selectors().size(); i++) {
            Filter filter = rule.selectors().get(i).filter();
            Source source = RuleLint.isFed(rule, i) ? null : byFilter.get(source(filter));
            if (source == null) {
                continue;
            }
            events += source.events;
            last = Math.max(last, source.lastMillis);
            if (source.events == 0) {
                state = State.SOURCE_SILENT;
            } else if (!isPossible(filter, source.seen)) {
                missing(filter, source.seen, missing);
                state = state == State.SOURCE_SILENT ? state : State.STARVED;
            }
        }
        return new Row(rule, state, events, last, List.copyOf(missing));
    }

    /// A rule that needs the findings of others is as the worst of them.
    private static Row withSources(Row row, Map<String, Row> byId) {
        if (!(row.rule().kind() instanceof RuleKind.Sliding sliding)) {
            return row;
        }
        State state = row.state();
        long events = row.sourceEvents();
        long last = row.lastSourceMillis();
        Set<String> missing = new TreeSet<>(row.missing());
        for (RuleKind.Input input : sliding.inputs()) {
            Row feeding = input.rule() == null ? null : byId.get(input.rule());
            if (feeding != null) {
                state = feeding.state().compareTo(state) > 0 ? feeding.state() : state;
                events += feeding.sourceEvents();
                last = Math.max(last, feeding.lastSourceMillis());
                missing.addAll(feeding.missing());
            }
        }
        return new Row(row.rule(), state, events, last, List.copyOf(missing));
    }

    /// False when the filter cannot hold for events that have values in these fields only.
    private boolean isPossible(Filter filter, BitSet seen) {
        return switch (filter) {
            case Filter.All all -> all.parts().stream().allMatch(part -> isPossible(part, seen));
            case Filter.Any any -> any.parts().stream().anyMatch(part -> isPossible(part, seen));
            case Filter.Not _ -> true;
            case Filter.Test test ->
                test.field() instanceof FieldReference.AnyField
                        || (test.match() instanceof Match.Same same
                                && same.text().isEmpty())
                        || seen.get(fields.numberOf(test.field()));
            case Filter.Leaf _ -> true;
        };
    }

    private void missing(Filter filter, BitSet seen, Set<String> into) {
        if (isPossible(filter, seen)) {
            return;
        }
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> missing(part, seen, into));
            case Filter.Any any -> any.parts().forEach(part -> missing(part, seen, into));
            case Filter.Test test -> into.add(test.field().name());
            case Filter.Not _, Filter.Leaf _ -> {}
        }
    }
}
