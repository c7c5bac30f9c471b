package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.window.HeldMemory;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowProgress;
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
    private final CorrelationWriter writer = new CorrelationWriter();
    private final HeldMemory held = new HeldMemory();
    private long memoryBytes = Long.MAX_VALUE;

    public Engine(RuleSet rules, Mode mode) {
        boolean history = mode == Mode.HISTORY;
        FieldTable fields = new FieldTable();
        selectors = new SelectorIndex(fields);
        times = new EventTimes(!history);
        standardRules = new StandardRules(times, history);
        slidingRules = new SlidingRules(times, history);
        for (Rule rule : rules.rules()) {
            selectors.add(rule);
            runtimes.add(new RuleRuntime(rule, fields, times.add(rule.timeField()), history));
        }
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                windows.accountTo(held);
            }
        }
        SlidingRules.connect(runtimes);
        selectors.build();
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
        times.advance(selectors.view().event());
        while (selectors.next()) {
            matched(runtimes.get(selectors.rule()), selectors.view(), selectors.accepting(), out);
            if (held.bytes() > memoryBytes) {
                shed();
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
                new Announcer(runtime, writer, slidingRules, view.event().receivedNanos(), out);
        switch (runtime.rule.kind()) {
            case RuleKind.Simple simple -> {
                int[] counts = {1};
                Occurrence occurrence = runtime.occurrence(view, time, accepting);
                Trigger trigger = new Trigger(time, 1, time, time, 1, counts, List.of(occurrence));
                announcer.simple(simple.onEveryEvent(), trigger);
            }
            case RuleKind.Standard standard -> standardRules.take(runtime, standard, view, time, accepting, announcer);
            case RuleKind.Sliding sliding -> slidingRules.take(runtime, sliding, view, time, accepting, announcer);
        }
    }

    /// Says that no more events come: everything open is settled. The engine can be used no further.
    public void finish(Correlations out) {
        Set<RuleRuntime> finished = new HashSet<>();
        runtimes.forEach(runtime -> finish(runtime, finished, out));
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
            windows.finish(new Announcer(runtime, writer, slidingRules, received * 1_000_000, out));
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
                    runtime.settledEarly));
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

    /// The index, for its figures.
    public RoutedIndex index() {
        return selectors.index();
    }

    /// Writes everything that the next event could depend on.
    public void write(StateWriter out) {
        times.write(out);
        RuleStates.write(runtimes, out);
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
        return RuleStates.read(runtimes, in);
    }

    /// Names of fields as rules write them.
    static List<String> names(List<FieldReference> fields) {
        return fields.stream().map(FieldReference::name).toList();
    }
}
