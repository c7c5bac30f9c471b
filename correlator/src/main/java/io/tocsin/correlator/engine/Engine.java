package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.HeldMemory;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Runs a rule set over events in the order in which they are handed in. The answer depends on nothing but the
/// events and their order: time is the events' time.
///
/// The time of an event is the rule's time field, else `DeviceReceiptTime`, else `Timestamp`.
///
/// Thread-safety: one thread.
public final class Engine {
    /// How events arrive.
    public enum Mode {
        /// As they happen: findings are announced at once, corrected when late events change them, forgotten when
        /// over.
        STREAM,
        /// From files, in any order: standard rules answer in [#finish], once and for good.
        HISTORY
    }

    private final SelectorIndex selectors;
    private final List<RuleRuntime> runtimes = new ArrayList<>();
    private final EventTimes times;
    private final StandardRules standardRules;
    private final SlidingRules slidingRules;
    private final HeldMemory held = new HeldMemory();
    private long memoryBytes = Long.MAX_VALUE;
    private final CorrelationWriter writer;
    private final StrictRules strictRules;
    private final Tables tables;
    /// Rules, other than strict ones, of which something may be due without an event.
    private final List<RuleRuntime> expiring = new ArrayList<>();

    private long expiredAtMillis = Long.MIN_VALUE;

    public Engine(RuleSet rules, Mode mode) {
        boolean history = mode == Mode.HISTORY;
        FieldTable fields = new FieldTable();
        selectors = new SelectorIndex(fields);
        times = new EventTimes(!history);
        standardRules = new StandardRules(times, history);
        slidingRules = new SlidingRules(times, history);
        tables = new Tables(rules.tables(), rules.fixedTables());
        writer = new CorrelationWriter(tables);
        FieldTable strictFields = new FieldTable();
        strictRules = new StrictRules(strictFields, times, tables, writer, slidingRules, history);
        for (Rule rule : rules.rules()) {
            int timeline = times.add(rule.timeField());
            if (rule.own().isStrict()) {
                RuleRuntime runtime = new RuleRuntime(rule, strictFields, timeline, false);
                selectors.add(
                        rule,
                        rule.selectors().stream()
                                .map(selector -> StrictFilters.withoutTables(selector.filter(), rule))
                                .toList());
                strictRules.add(runtime);
                runtimes.add(runtime);
                continue;
            }
            selectors.add(rule);
            RuleRuntime runtime = new RuleRuntime(rule, fields, timeline, history);
            RuleWindows windows = runtime.windows;
            if (windows != null && windows.settings().expires()) {
                expiring.add(runtime);
            }
            runtimes.add(runtime);
        }
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                windows.accountTo(held);
            }
        }
        SlidingRules.connect(runtimes);
        selectors.build();
        selectors.view().readTables(tables);
        strictRules.build();
    }

    /// The rules that run.
    public List<Rule> rules() {
        return runtimes.stream().map(runtime -> runtime.rule).toList();
    }

    /// Bounds the memory that keys may take. When they take more, the rule that takes most forgets those of its keys
    /// that were touched longest ago, and counts them ([RuleStatistics#evictedKeys]).
    ///
    /// @param bytes by the engine's own account, which is about what it takes
    public void limitMemory(long bytes) {
        memoryBytes = bytes;
    }

    /// About how much memory the keys of all rules take, bytes.
    public long heldBytes() {
        return held.bytes();
    }

    private void shed() {
        while (held.bytes() > memoryBytes) {
            RuleWindows largest = null;
            for (RuleRuntime runtime : runtimes) {
                RuleWindows windows = runtime.windows;
                if (windows != null && (largest == null || windows.bytes() > largest.bytes())) {
                    largest = windows;
                }
            }
            if (largest == null || largest.shed() == 0) {
                return;
            }
        }
    }

    /// Evaluates all events of a batch in order and adds what was found to `out`.
    public void process(EventBatch batch, Correlations out) {
        for (int i = 0; i < batch.count(); i++) {
            processEvent(batch, i, out);
        }
    }

    private void processEvent(EventBatch batch, int at, Correlations out) {
        selectors.moveTo(batch, at);
        Event event = selectors.view().event();
        times.advance(event);
        expire(event.receivedNanos(), out);
        strictRules.advance(event.receivedNanos(), out);
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            if (runtime.rule.own().isStrict()) {
                strictRules.mark();
            } else {
                matched(runtime, selectors.view(), selectors.accepting(), out);
            }
        }
        strictRules.take(batch, at, event, out);
        if (held.bytes() > memoryBytes) {
            shed();
        }
    }

    /// Tells what is due because time has passed.
    private void expire(long receivedNanos, Correlations out) {
        if (expiring.isEmpty()) {
            return;
        }
        long now = times.latestMillis();
        if (now == expiredAtMillis) {
            return;
        }
        expiredAtMillis = now;
        for (RuleRuntime runtime : expiring) {
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                long watermark = times.timelines(runtime.timeline)
                        .watermark(0, windows.settings().latenessMillis());
                if (windows.dueMillis() <= watermark) {
                    windows.expire(watermark, new Announcer(runtime, writer, slidingRules, null, receivedNanos, out));
                }
            }
        }
    }

    /// @param accepting the selectors of the rule that accepted the event, one bit each
    private void matched(RuleRuntime runtime, EventView view, long accepting, Correlations out) {
        if (runtime.rule.kind() instanceof RuleKind.Simple simple
                && !simple.onEveryEvent().output()) {
            return;
        }
        long time = times.millis(view.event(), runtime.timeline);
        Announcer announcer =
                new Announcer(runtime, writer, slidingRules, null, view.event().receivedNanos(), out);
        switch (runtime.rule.kind()) {
            case RuleKind.Simple simple -> {
                int[] counts = {1};
                Occurrence occurrence = runtime.occurrence(view, time, accepting);
                Trigger trigger = new Trigger(time, 1, time, time, 1, counts, List.of(occurrence));
                announcer.simple(simple.onEveryEvent(), trigger, view.scope());
            }
            case RuleKind.Operational _ -> throw new IllegalStateException("BUG: operational rules are strict");
            case RuleKind.Standard standard ->
                standardRules.take(runtime, standard.latenessMillis(), view, time, accepting, announcer);
            case RuleKind.Absence absence ->
                standardRules.take(runtime, absence.latenessMillis(), view, time, accepting, announcer);
            case RuleKind.Sliding sliding -> slidingRules.take(runtime, sliding, view, time, accepting, announcer);
        }
    }

    /// Says that no more events come: everything open is settled. The engine can be used no further.
    public void finish(Correlations out) {
        Set<RuleRuntime> finished = new HashSet<>();
        runtimes.stream()
                .filter(runtime -> !runtime.rule.own().isStrict())
                .forEach(runtime -> finish(runtime, finished, out));
        strictRules.finish(Math.max(0, times.timelines(0).receivedMillis()) * 1_000_000, out);
    }

    /// Those that feed a rule come before it.
    private void finish(RuleRuntime runtime, Set<RuleRuntime> finished, Correlations out) {
        if (!finished.add(runtime)) {
            return;
        }
        runtime.sources.forEach(source -> finish(source, finished, out));
        RuleWindows windows = runtime.windows;
        if (windows != null) {
            long received = Math.max(0, times.timelines(runtime.timeline).receivedMillis());
            // What it finds goes to the rules that it feeds, and they must not make it settle in the midst of that.
            runtime.busy = true;
            windows.finish(
                    times.timelines(runtime.timeline).watermark(0, 0),
                    new Announcer(runtime, writer, slidingRules, null, received * 1_000_000, out));
            runtime.busy = false;
        }
    }

    /// Counters of every rule, in the order of the rules.
    public List<RuleStatistics> statistics() {
        List<RuleStatistics> statistics = new ArrayList<>();
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            statistics.add(new RuleStatistics(
                    runtime.rule.id(),
                    runtime.hits,
                    runtime.lastHitMillis,
                    windows == null ? 0 : windows.size(),
                    windows == null ? 0 : windows.bytes(),
                    windows == null ? 0 : windows.evicted(),
                    runtime.late,
                    runtime.settledEarly,
                    runtime.rateLimit.suppressed()));
        }
        return statistics;
    }

    /// How far every key of a rule has come; empty for rules without windows and rules that are not there.
    public Map<WindowKey, WindowProgress> progress(String ruleId) {
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            if (windows != null && runtime.rule.id().equals(ruleId)) {
                return windows.progress();
            }
        }
        return Map.of();
    }

    /// Active lists, context tables and what else rules read. They belong to the thread of the engine.
    public Tables tables() {
        return tables;
    }

    /// Times that variables met input that they could make nothing of.
    public long expressionFailures() {
        return selectors.view().failures() + strictRules.failures();
    }

    /// Number of events that wait for their time because rules must see them in order.
    public int waitingEvents() {
        return strictRules.waiting();
    }

    /// The index, for its figures.
    public RoutedIndex index() {
        return selectors.index();
    }

    /// Writes everything that the next event could depend on.
    public void write(StateWriter out) {
        times.write(out);
        RuleStates.write(runtimes, out);
        strictRules.write(out);
    }

    /// Takes over saved state: that of rules which say the same as when it was saved. Other rules begin
    /// empty.
    ///
    /// @return ids of standard rules whose saved state was left out, because they are gone or have
    /// changed
    /// @throws io.tocsin.correlator.checkpoint.DamagedStateException when the state cannot be read; the
    /// engine must then be thrown away
    public List<String> read(StateReader in) {
        times.read(in);
        List<String> leftOut = RuleStates.read(runtimes, in);
        strictRules.read(in);
        return leftOut;
    }

    /// Names of fields as rules write them.
    static List<String> names(List<FieldReference> fields) {
        return fields.stream().map(Variable::shown).toList();
    }
}
