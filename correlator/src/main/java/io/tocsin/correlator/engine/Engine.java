package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StatePart;
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
import io.tocsin.correlator.window.MemoryAccount;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.TenantShares;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowProgress;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/// Runs a rule set over events in the order in which they are handed in. The answer depends on nothing
/// but the events and their order: time is the events' time.
///
/// The time of an event is the rule's time field, else `DeviceReceiptTime`, else `Timestamp`.
///
/// Thread-safety: one thread.
public final class Engine {
    /// How events arrive.
    public enum Mode {
        /// As they happen: findings are announced at once, corrected when late events change them,
        /// forgotten when over.
        STREAM,
        /// From files, in any order: standard rules answer in [#finish], once and for good.
        HISTORY
    }

    /// Events between two of which it is measured what rules cost, on average.
    public static final int COST_INTERVAL = 256;

    private final boolean history;
    private final SelectorIndex selectors;
    private final List<RuleRuntime> runtimes = new ArrayList<>();
    private final EventTimes times;
    private final StandardRules standardRules;
    private final SlidingRules slidingRules;
    private MemoryAccount held = new MemoryAccount();
    private long memoryBytes = Long.MAX_VALUE;
    private TenantShares tenantShares = TenantShares.ALL;
    private final List<StatePart> parts;
    private final CorrelationWriter writer;
    private final StrictRules strictRules;
    private final Tables tables;
    /// Rules, other than strict ones, of which something may be due without an event.
    private final List<RuleRuntime> expiring = new ArrayList<>();

    private final CostSampler costs = new CostSampler();

    private long expiredAtMillis = Long.MIN_VALUE;

    public Engine(RuleSet rules, Mode mode) {
        history = mode == Mode.HISTORY;
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
        parts = EngineParts.of(runtimes, times, strictRules, tables);
        account();
        SlidingRules.connect(runtimes);
        selectors.build();
        selectors.view().readTables(tables);
        strictRules.build();
    }

    /// Tells from now on what rules write to tables that all correlators share, among what it finds.
    ///
    /// @param correlator identity of this correlator, the same after each restart
    public void share(long correlator) {
        tables.share(correlator);
    }

    /// The rules that run.
    public List<Rule> rules() {
        return runtimes.stream().map(runtime -> runtime.rule).toList();
    }

    /// Bounds the memory that keys and tables may take; no tenant has less than the others for it.
    ///
    /// @param bytes by the engine's own account, which is about what it takes
    public void limitMemory(long bytes) {
        limitMemory(bytes, TenantShares.ALL);
    }

    /// Bounds the memory that keys and tables may take, and what of it the keys of each tenant may
    /// take. When it is more, the tenant that takes most for its share forgets those of its keys that
    /// were touched longest ago, of the rule in which it has most, and they are counted
    /// ([RuleStatistics#evictedKeys], [#memory]).
    ///
    /// @param bytes by the engine's own account, which is about what it takes
    public void limitMemory(long bytes, TenantShares shares) {
        memoryBytes = bytes;
        tenantShares = shares;
        held.limit(bytes, shares);
    }

    /// Measures from now on what each rule costs, with few of the events ([RuleStatistics#costNanos]). Has no influence
    /// on what is found.
    ///
    /// @param nanoClock such as `System::nanoTime`
    public void measureCosts(LongSupplier nanoClock) {
        measureCosts(nanoClock, COST_INTERVAL);
    }

    /// The same with another share of the events.
    ///
    /// @param meanInterval one event of so many is measured, on average
    public void measureCosts(LongSupplier nanoClock, int meanInterval) {
        costs.start(nanoClock, meanInterval);
        strictRules.measureCosts(nanoClock, meanInterval);
    }

    /// About how much memory the keys of all rules and the records of tables take, bytes.
    public long heldBytes() {
        return held.bytes() + tables.bytes();
    }

    /// What keys and tables take, and whose it is.
    public MemoryAccount memory() {
        return held;
    }

    /// Adds up anew what the keys of all rules take.
    private void account() {
        held = new MemoryAccount();
        held.limit(memoryBytes, tenantShares);
        held.tables(tables.bytes());
        runtimes.stream()
                .filter(runtime -> runtime.windows != null)
                .forEach(runtime -> runtime.requiredWindows().accountTo(held));
    }

    private void shed() {
        held.settle(runtimes.stream()
                .filter(runtime -> runtime.windows != null)
                .map(RuleRuntime::requiredWindows)
                .toList());
    }

    /// The time by which a rule counts an event, milliseconds.
    public static long millis(Event event, Rule rule) {
        return EventTimes.millis(event, rule.timeField());
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
        if (batch.hasFlag(at, EventBatch.FLAG_TABLE_CHANGE)) {
            strictRules.change(event, out);
            boundTables();
            return;
        }
        times.advance(event);
        expire(event.receivedNanos(), out);
        strictRules.advance(event.receivedNanos(), out);
        LongSupplier clock = costs.next();
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            if (runtime.rule.own().isStrict()) {
                strictRules.mark();
            } else if (clock == null) {
                matched(runtime, selectors.view(), selectors.accepting(), out);
            } else {
                long begin = clock.getAsLong();
                matched(runtime, selectors.view(), selectors.accepting(), out);
                runtime.sampledNanos += clock.getAsLong() - begin;
            }
        }
        if (clock != null) {
            selectors.measure(clock, (rule, nanos) -> runtimes.get(rule).sampledNanos += nanos);
        }
        strictRules.take(batch, at, event, out);
        boundTables();
        if (held.isOver()) {
            shed();
        }
    }

    /// Tables take at most three quarters of the memory.
    private void boundTables() {
        if (tables.bytes() > memoryBytes / 4 * 3) {
            tables.shrink(memoryBytes / 4 * 3);
        }
        held.tables(tables.bytes());
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
                    runtime.rateLimit.suppressed(),
                    runtime.unlooped,
                    runtime.sampledNanos * costs.meanInterval()));
        }
        return statistics;
    }

    /// How far every key of a rule has come; empty for rules without windows and rules that are not
    /// there.
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

    /// Takes over what another engine of the same rules has seen of a history, of which nothing that takes time is told
    /// before the end. The other one is not used any more.
    public void absorb(Engine other) {
        if (!history || !other.history || !rules().equals(other.rules())) {
            throw new IllegalArgumentException("engines of one history and the same rules can be made one");
        }
        times.absorb(other.times);
        for (int i = 0; i < runtimes.size(); i++) {
            runtimes.get(i).absorb(other.runtimes.get(i));
        }
        strictRules.absorb(other.strictRules);
    }

    /// Everything that the next event could depend on, in parts that can be saved by themselves. After
    /// parts were read, [#restored] is to be called.
    public List<StatePart> parts() {
        return List.copyOf(parts);
    }

    /// Says that parts were read.
    public void restored() {
        account();
    }

    /// Takes over the state of another engine, which is not used any more: that of rules which say the
    /// same there.
    ///
    /// @return ids of rules of the other engine whose state is left out
    public List<String> takeOver(Engine before) {
        Map<String, RuleRuntime> byId = new HashMap<>();
        runtimes.forEach(runtime -> byId.put(runtime.rule.id(), runtime));
        List<String> leftOut = new ArrayList<>();
        for (RuleRuntime each : before.runtimes) {
            RuleRuntime next = byId.get(each.rule.id());
            if (next != null && next.rule.contentHash() == each.rule.contentHash()) {
                next.keepCounting(each);
            }
            if (each.windows == null) {
                continue;
            }
            if (next == null || next.windows == null || next.rule.contentHash() != each.rule.contentHash()) {
                leftOut.add(each.rule.id());
            } else {
                next.takeOver(each);
            }
        }
        StateWriter others = new StateWriter();
        EngineParts.write(withoutRules(before.parts), others);
        EngineParts.read(withoutRules(parts), new StateReader(others.toBytes()));
        account();
        return leftOut;
    }

    private static List<StatePart> withoutRules(List<StatePart> parts) {
        return parts.stream()
                .filter(part -> EngineParts.ruleOf(part.name()).isEmpty())
                .toList();
    }

    /// Writes everything that the next event could depend on.
    public void write(StateWriter out) {
        EngineParts.write(parts, out);
    }

    /// Takes over saved state: that of rules which say the same as when it was saved. Other rules begin
    /// empty.
    ///
    /// @return ids of rules whose saved state was left out, because they are gone or have changed
    /// @throws io.tocsin.correlator.checkpoint.DamagedStateException when the state cannot be read; the
    /// engine must then be thrown away
    public List<String> read(StateReader in) {
        List<String> leftOut = EngineParts.read(parts, in);
        account();
        return rulesOf(leftOut);
    }

    /// Ids of the rules among parts.
    public static List<String> rulesOf(List<String> partNames) {
        return partNames.stream()
                .map(EngineParts::ruleOf)
                .filter(id -> !id.isEmpty())
                .toList();
    }

    /// Names of fields as rules write them.
    static List<String> names(List<FieldReference> fields) {
        return fields.stream().map(Variable::shown).toList();
    }
}
