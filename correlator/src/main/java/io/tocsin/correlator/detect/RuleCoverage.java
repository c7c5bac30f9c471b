package io.tocsin.correlator.detect;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
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
import org.jspecify.annotations.Nullable;

/// Tells of each rule whether events can make it fire at all: whether its source says anything, and
/// whether the fields that it needs ever have a value there. A rule that is enabled is not yet a rule
/// that works.
///
/// The source of a rule is what its condition asks of the fields in which events say what they are, such as
/// `DeviceProduct`. Two answers are exact for the events that were seen: a rule whose source was silent, or one of
/// whose needed fields never had a value, cannot have fired. That a rule *can* fire says only that nothing is
/// missing.
///
/// What was seen is part of the checkpoint, so a restart does not make sources silent.
///
/// Thread-safety: one thread.
public final class RuleCoverage implements StatePart {
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
    private final List<CoverageSource> sources = new ArrayList<>();
    private final Map<Filter, CoverageSource> byFilter = new LinkedHashMap<>();
    /// The selectors of each rule.
    private final Map<String, List<Watched>> watched = new HashMap<>();
    private long observedEvents;
    private long readEvents;

    /// Sources as what was read numbers them; null for one that no rule asks for any more.
    private List<@Nullable CoverageSource> saved = List.of();
    /// Whether what is saved numbers them as they are numbered here, so that changes can be told.
    private boolean numbered;

    private boolean writtenWhole;
    private boolean changed = true;

    /// A selector that events are shown to, and what is known of it: what is possible once stays so.
    ///
    /// Thread-safety: that of the whole.
    private static final class Watched {
        final Filter filter;
        final CoverageSource source;
        boolean possible;
        int checkedVersion = -1;
        Set<String> missing = Set.of();

        Watched(Filter filter, CoverageSource source) {
            this.filter = filter;
            this.source = source;
        }
    }

    public RuleCoverage(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        RoutedIndex index = new RoutedIndex(fields);
        for (Rule rule : rules) {
            for (int i = 0; i < rule.selectors().size(); i++) {
                Filter filter = rule.selectors().get(i).filter();
                if (isUnseen(rule, i)) {
                    continue;
                }
                CoverageSource source = byFilter.computeIfAbsent(source(filter), each -> {
                    CoverageSource made = new CoverageSource();
                    sources.add(made);
                    index.add(each);
                    return made;
                });
                watched.computeIfAbsent(rule.id(), _ -> new ArrayList<>()).add(new Watched(filter, source));
                for (FieldReference field : FilterText.fields(filter)) {
                    if (!(field instanceof FieldReference.AnyField) && !Variable.is(field)) {
                        source.want(field, fields.numberOf(field));
                    }
                }
            }
        }
        index.build();
        evaluation = index.newEvaluation();
    }

    /// True when the selector takes no events that can be shown here: findings of another rule feed it, or it asks for
    /// correlation events and notices of tables.
    private static boolean isUnseen(Rule rule, int selector) {
        return rule.own().listens() || RuleLint.isFed(rule, selector);
    }

    /// Goes on with what was seen for other rules, as far as these look for the same.
    public void takeOver(RuleCoverage before) {
        observedEvents = before.observedEvents;
        readEvents = before.readEvents;
        byFilter.forEach((filter, source) -> {
            CoverageSource old = before.byFilter.get(filter);
            if (old != null) {
                source.takeOver(old);
            }
        });
    }

    /// The part of a filter that asks where an event comes from.
    private static Filter source(Filter filter) {
        List<Filter> parts = filter instanceof Filter.All all ? all.parts() : List.of(filter);
        return Filter.all(parts.stream().filter(RuleCoverage::isAboutSource).toList());
    }

    private static boolean isAboutSource(Filter part) {
        Set<FieldReference> named = FilterText.fields(part);
        return !named.isEmpty() && SOURCE_FIELDS.containsAll(named);
    }

    /// Takes note of events.
    public void observe(EventBatch batch) {
        observedEvents += batch.count();
        skip(batch.count());
        for (int i = 0; i < batch.count(); i++) {
            evaluation.moveTo(batch, i);
            for (int match = evaluation.nextMatch(0); match >= 0; match = evaluation.nextMatch(match + 1)) {
                sources.get(match).observe(evaluation.view());
            }
        }
    }

    /// Takes note that events went by which were not looked at.
    public void skip(int events) {
        readEvents += events;
        changed |= events > 0;
    }

    /// Number of events that were looked at.
    public long observedEvents() {
        return observedEvents;
    }

    /// Number of events that went by, looked at or not.
    public long readEvents() {
        return readEvents;
    }

    /// Every rule, in their order.
    public List<Row> rows() {
        Map<String, Row> byId = new HashMap<>();
        List<Row> rows = new ArrayList<>();
        for (Rule rule : rules) {
            byId.put(rule.id(), row(rule));
        }
        for (Rule rule : rules) {
            rows.add(withSources(byId.computeIfAbsent(rule.id(), _ -> row(rule)), byId));
        }
        return rows;
    }

    private Row row(Rule rule) {
        State state = State.CAN_FIRE;
        long events = 0;
        long last = Long.MIN_VALUE;
        Set<String> missing = new TreeSet<>();
        for (Watched each : watched.getOrDefault(rule.id(), List.of())) {
            CoverageSource source = each.source;
            events += source.events();
            last = Math.max(last, source.lastMillis());
            if (source.events() == 0) {
                state = State.SOURCE_SILENT;
            } else if (!isPossible(each)) {
                missing.addAll(each.missing);
                state = state == State.SOURCE_SILENT ? state : State.STARVED;
            }
        }
        return new Row(rule, state, events, last, List.copyOf(missing));
    }

    private boolean isPossible(Watched each) {
        if (!each.possible && each.checkedVersion != each.source.version()) {
            each.checkedVersion = each.source.version();
            each.possible = isPossible(each.filter, each.source.seen());
            Set<String> missing = new TreeSet<>();
            missing(each.filter, each.source.seen(), missing);
            each.missing = missing;
        }
        return each.possible;
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
                        // What is computed may have a value whatever the event says.
                        || Variable.is(test.field())
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

    @Override
    public String name() {
        return "coverage";
    }

    /// Rules that say the same are found by themselves.
    @Override
    public long contentHash() {
        return 0;
    }

    @Override
    public boolean isUnchanged() {
        return numbered && !changed;
    }

    @Override
    public boolean knowsChanges() {
        return numbered;
    }

    @Override
    public void saved() {
        numbered |= writtenWhole;
        writtenWhole = false;
        changed = false;
        sources.forEach(CoverageSource::saved);
    }

    /// Forgets everything.
    public void clear() {
        observedEvents = 0;
        readEvents = 0;
        sources.forEach(CoverageSource::clear);
        watched.values().forEach(each -> each.forEach(one -> one.possible = false));
        saved = List.of();
        numbered = false;
        changed = true;
    }

    @Override
    public void write(StateWriter out) {
        out.count(observedEvents);
        out.count(readEvents);
        out.count(sources.size());
        Map<CoverageSource, Integer> numbers = new HashMap<>();
        for (CoverageSource source : sources) {
            numbers.put(source, numbers.size());
            StateWriter one = new StateWriter();
            source.write(one);
            out.blob(one.array(), 0, one.length());
        }
        out.count(watched.size());
        for (Rule rule : rules) {
            List<Watched> selectors = watched.get(rule.id());
            if (selectors != null) {
                out.text(rule.id());
                out.bits(rule.contentHash());
                out.count(selectors.size());
                selectors.forEach(each -> out.count(numbers.getOrDefault(each.source, 0)));
            }
        }
        writtenWhole = true;
    }

    /// Takes over what [#write] wrote of these rules and others: of rules that say the same, what was seen.
    @Override
    public void read(SavedPieces pieces) {
        read(pieces.piece(0));
        for (int i = 1; i < pieces.count(); i++) {
            readChanges(pieces.piece(i));
        }
    }

    void read(StateReader in) {
        clear();
        observedEvents = in.count();
        readEvents = in.count();
        int count = in.size();
        List<StateReader> written = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            written.add(in.nested());
        }
        Map<String, Long> hashes = new HashMap<>();
        rules.forEach(rule -> hashes.put(rule.id(), rule.contentHash()));
        Map<Integer, CoverageSource> found = new HashMap<>();
        int ruleCount = in.size();
        for (int i = 0; i < ruleCount; i++) {
            String id = in.text();
            Long hash = hashes.get(id);
            long writtenHash = in.bits();
            boolean isSame = hash != null && writtenHash == hash;
            List<Watched> selectors = isSame ? watched.getOrDefault(id, List.of()) : List.of();
            int selectorCount = in.size();
            for (int j = 0; j < selectorCount; j++) {
                long source = in.count();
                if (source >= count) {
                    throw new DamagedStateException("a rule of a source that is not there", i);
                }
                if (j < selectors.size()) {
                    found.put((int) source, selectors.get(j).source);
                }
            }
        }
        List<@Nullable CoverageSource> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            CoverageSource source = found.get(i);
            read.add(source);
            if (source != null) {
                source.read(written.get(i));
            }
        }
        saved = read;
        numbered = saved.equals(sources);
    }

    @Override
    public void writeChanges(StateWriter out) {
        out.count(observedEvents);
        out.count(readEvents);
        out.count(sources.stream().filter(CoverageSource::isChanged).count());
        for (int i = 0; i < sources.size(); i++) {
            if (sources.get(i).isChanged()) {
                out.count(i);
                StateWriter one = new StateWriter();
                sources.get(i).writeChanges(one);
                out.blob(one.array(), 0, one.length());
            }
        }
    }

    void readChanges(StateReader in) {
        observedEvents = in.count();
        readEvents = in.count();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            long number = in.count();
            StateReader change = in.nested();
            if (number >= saved.size()) {
                throw new DamagedStateException("a change of a source that is not there", i);
            }
            CoverageSource source = saved.get((int) number);
            if (source != null) {
                source.read(change);
            }
        }
    }
}
