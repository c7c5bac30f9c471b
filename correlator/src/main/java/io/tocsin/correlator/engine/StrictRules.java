package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.WaitingEvents.Descent;
import io.tocsin.correlator.engine.WaitingEvents.Waiting;
import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.table.SharingStep;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Rules that see events in the order of their time: those that read or change tables, that take or
/// make correlation events for other rules, or that have a rate limit. What one event does to a table
/// another one sees, so the order matters; and an order that does not depend on how events arrive is
/// only known when no late ones can come between. So these rules answer when the longest lateness of
/// them has passed, and then for good.
///
/// Events, expiries of windows and records, and correlation events for other rules happen one after
/// another, by time. At one time first comes what time alone does, then events by their identifiers;
/// rules come in their order. A correlation event for other rules comes right after the event that it
/// follows from, before the next event of that time: its identifier derives from event time, those of
/// events from their reception, so that comparing them would let the offset of a source's clock decide.
/// An event whose source has a clock apart is taken when it comes. Rules that order events of the same
/// time by a field take those when all of that time are known, after the other rules.
///
/// Thread-safety: one thread.
final class StrictRules {
    /// Events that wait for their time beyond this number are taken early: memory is bounded.
    static final int MAXIMUM_WAITING = 200_000;
    /// Correlation events of correlation events of … go no further.
    static final int MAXIMUM_HOPS = 8;
    /// Correlation events that are shown to rules because of one event, its whole offspring counted: rules that
    /// feed each other would make a hundred million of it in eight steps when there are ten of them.
    static final int MAXIMUM_LOOPED = 1_000;

    private final List<RuleRuntime> runtimes = new ArrayList<>();
    private final FieldTable fields;
    private final SelectorIndex selectors;
    private final EventTimes times;
    private final Tables tables;
    private final CorrelationWriter writer;
    private final SlidingRules sliding;
    private final StandardRules standard;
    private final boolean history;
    private final WaitingEvents waiting = new WaitingEvents();
    private final TableActions tableActions;
    private final CostSampler costs = new CostSampler();
    private long latenessMillis;
    private boolean anywhere;
    private boolean listening;
    private int hops;
    /// Of the event that is being done; null when what is being done follows from no event.
    private @Nullable Descent descent;
    /// Number of the events from outside that were handed in since the engine was made.
    private long turn;
    private boolean marked;

    private final EventTenants tenants = new EventTenants();
    /// Numbers of the rules that order events of the same time by a field.
    private final List<Integer> ordering = new ArrayList<>();
    /// The events of the time that is being done, for those rules: they come when all of that time are known.
    private final List<Waiting> moment = new ArrayList<>();

    StrictRules(
            FieldTable fields,
            EventTimes times,
            Tables tables,
            CorrelationWriter writer,
            SlidingRules sliding,
            boolean history) {
        this.fields = fields;
        this.times = times;
        this.tables = tables;
        tableActions = new TableActions(tables);
        this.writer = writer;
        this.sliding = sliding;
        this.history = history;
        standard = new StandardRules(times, false);
        selectors = new SelectorIndex(fields);
    }

    /// Adds a rule whose runtime numbers its fields in the table of these rules.
    void add(RuleRuntime runtime) {
        Rule rule = runtime.rule;
        selectors.add(rule, rule.selectors().stream().map(Selector::filter).toList());
        for (Selector selector : rule.selectors()) {
            anywhere |= StrictFilters.numberLeaves(selector.filter(), fields);
        }
        if (rule.own().orderBy() != null) {
            ordering.add(runtimes.size());
        }
        runtimes.add(runtime);
        latenessMillis = Math.max(latenessMillis, rule.own().latenessMillis());
        listening |= rule.own().listens();
    }

    void build() {
        if (!runtimes.isEmpty()) {
            selectors.build();
            selectors.view().readTables(tables);
        }
    }

    void measureCosts(LongSupplier nanoClock, int meanInterval) {
        costs.start(nanoClock, meanInterval);
    }

    /// Says that a rule wants the event that is being looked at.
    void mark() {
        marked = true;
    }

    /// Lets time pass up to where the common timeline stands.
    void advance(long receivedNanos, Correlations out) {
        if ((!runtimes.isEmpty() || tables.canChange()) && !history) {
            long watermark = times.timelines(0).watermark(0, latenessMillis);
            if (watermark != Long.MIN_VALUE) {
                run(watermark, watermark, receivedNanos, out);
            }
        }
    }

    /// Takes an event when a rule wanted it.
    void take(EventBatch batch, int at, Event event, Correlations out) {
        if (!marked) {
            return;
        }
        marked = false;
        long time = times.millis(event, 0);
        if (!history && isApart(event, time)) {
            takeApart(batch, at, time, out);
            return;
        }
        EventBatch copy = EventCopy.of(event, anywhere ? null : fields);
        waiting.add(time, event, copy);
        if (!history && waiting.size() > MAXIMUM_WAITING) {
            runtimes.getFirst().settledEarly++;
            take(waiting.remove(), event.receivedNanos(), out);
            takeMoment(event.receivedNanos(), out);
        }
    }

    /// Takes a change of a table by people, a response or another correlator: at its time when it names
    /// one that has not passed, else at once.
    ///
    /// @param out takes what other correlators are to know
    void change(Event event, Correlations out) {
        SharingStep step = SharingStep.of(event);
        if (step != null) {
            if (!history) {
                SharingStep.Join join = tables.step(step, times.timelines(0).watermark(0, latenessMillis));
                if (join != null) {
                    out.add(join, TableActions.ORIGIN, event.receivedNanos());
                }
            }
            return;
        }
        TableChange change = TableChange.of(event);
        if (change == null) {
            tables.refuseChange();
            return;
        }
        long watermark = times.timelines(0).watermark(0, latenessMillis);
        if (change.origin() != 0 && !history) {
            // A write of a rule is done when the core says so, and counts from when it was made.
            apply(change, event, change.atMillis(), Math.max(watermark, change.atMillis()));
            return;
        }
        long at = change.atMillis() == 0 && history ? change.madeMillis() : change.atMillis();
        if (history || (at > watermark && at > 0)) {
            EventBatch copy = new EventBatch(1, 512);
            change.addTo(copy, event.origin(), event.idHigh(), event.idLow(), event.receivedNanos());
            waiting.addChange(at, event, copy);
            return;
        }
        // While nothing comes time stands still, but the record is to live as long as it is meant to.
        long now = Math.max(watermark, change.madeMillis());
        apply(change, event, now, now);
    }

    private void apply(TableChange change, Event event, long writtenMillis, long nowMillis) {
        tables.apply(change, event.idHigh(), event.idLow(), writtenMillis, nowMillis);
    }

    private void change(Waiting next) {
        TableChange change = TableChange.of(new Event().moveTo(next.event(), 0));
        if (change != null) {
            tables.apply(change, next.idHigh(), next.idLow(), next.timeMillis(), next.timeMillis());
        }
    }

    private boolean isApart(Event event, long time) {
        return times.timelines(0).timelineOf(times.source(), time, event.timestampMillis(), latenessMillis) != 0;
    }

    /// How far these rules have come on the common timeline. What an event of a source with a clock apart does, it
    /// does at this time: its own would fill a rate limit of the year 9999, or make records that are over at
    /// once or live for ever.
    long reachedMillis() {
        return times.timelines(0).watermark(0, latenessMillis);
    }

    /// An event of a source whose clock is apart.
    private void takeApart(EventBatch batch, int at, long time, Correlations out) {
        selectors.moveTo(batch, at);
        descent = new Descent(turn);
        EventView view = selectors.view();
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            Announcer announcer = announcer(runtime, view.event().receivedNanos(), out);
            if (runtime.windows == null) {
                single(runtime, view, time, selectors.accepting(), announcer.apart());
            } else {
                standard.take(
                        runtime, runtime.rule.own().latenessMillis(), view, time, selectors.accepting(), announcer);
            }
        }
        end();
    }

    private Announcer announcer(RuleRuntime runtime, long receivedNanos, Correlations out) {
        return new Announcer(runtime, writer, sliding, this, receivedNanos, out);
    }

    /// Does everything that is due, in order.
    ///
    /// @param events events before this time
    /// @param dues what time alone does, up to and with this time
    private void run(long events, long dues, long receivedNanos, Correlations out) {
        turn++;
        while (true) {
            Waiting next = waiting.peek();
            long event = next == null ? Long.MAX_VALUE : next.timeMillis();
            long due = dueMillis();
            boolean isDue = due != Long.MAX_VALUE && due <= event && due <= dues;
            boolean isEvent = !isDue && next != null && event < events;
            if (!moment.isEmpty() && (!isEvent || event > moment.getFirst().timeMillis())) {
                takeMoment(receivedNanos, out);
            } else if (isDue) {
                expire(due, receivedNanos, out);
            } else if (isEvent) {
                take(waiting.remove(), receivedNanos, out);
            } else {
                return;
            }
        }
    }

    private long dueMillis() {
        long due = tables.dueMillis();
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            due = Math.min(due, runtime.rateLimit.dueMillis());
            due = windows == null ? due : Math.min(due, windows.dueMillis());
        }
        return due;
    }

    private void expire(long due, long receivedNanos, Correlations out) {
        for (RuleRuntime runtime : runtimes) {
            RuleWindows windows = runtime.windows;
            Announcer announcer = announcer(runtime, receivedNanos, out);
            if (runtime.rateLimit.dueMillis() <= due) {
                announcer.suppressed(due, runtime.rateLimit.report());
            }
            if (windows != null && windows.dueMillis() <= due) {
                windows.expire(due, announcer);
            }
        }
        Tables.Expired gone = tables.expire(due);
        while (gone != null) {
            if (listening) {
                waiting.addTold(gone.record().expiresMillis(), 1, ExpiryNotice.of(gone, receivedNanos), null);
            }
            gone = tables.expire(due);
        }
    }

    private void take(Waiting next, long receivedNanos, Correlations out) {
        if (next.isChange()) {
            change(next);
            return;
        }
        begin(next);
        selectors.moveTo(next.event(), 0);
        LongSupplier clock = costs.next();
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            if (runtime.rule.own().orderBy() == null) {
                long begin = clock == null ? 0 : clock.getAsLong();
                take(runtime, next, receivedNanos, out);
                runtime.sampledNanos += clock == null ? 0 : clock.getAsLong() - begin;
            }
        }
        if (clock != null) {
            selectors.measure(clock, (rule, nanos) -> runtimes.get(rule).sampledNanos += nanos);
        }
        end();
        if (!ordering.isEmpty()) {
            moment.add(next);
        }
    }

    /// Shows an event to a rule, whose selectors stand on it.
    private void take(RuleRuntime runtime, Waiting next, long receivedNanos, Correlations out) {
        if (next.hops() > 0 && !runtime.rule.own().listens()) {
            return;
        }
        EventView view = selectors.view();
        Announcer announcer = announcer(runtime, receivedNanos, out);
        RuleWindows windows = runtime.windows;
        if (windows == null) {
            single(runtime, view, next.timeMillis(), selectors.accepting(), announcer);
            return;
        }
        Hash128 key = runtime.key(view);
        windows.addInOrder(
                new WindowKey(key.high(), key.low(), 0),
                tenants.of(view.event()),
                runtime.occurrence(view, next.timeMillis(), selectors.accepting()),
                announcer);
    }

    /// Shows the events of one time to the rules that order them by a field, one rule after another.
    /// What they do is done once: an event that comes before another one is never counted after it.
    private void takeMoment(long receivedNanos, Correlations out) {
        List<Waiting> events = List.copyOf(moment);
        moment.clear();
        for (int number : ordering) {
            RuleRuntime runtime = runtimes.get(number);
            for (Waiting each : inOrderOf(runtime, events)) {
                begin(each);
                selectors.moveTo(each.event(), 0);
                while (selectors.next()) {
                    if (selectors.rule() == number) {
                        take(runtime, each, receivedNanos, out);
                    }
                }
            }
        }
        end();
    }

    private void begin(Waiting next) {
        hops = next.hops();
        Descent known = next.descent();
        descent = known != null && known.isOf(turn) ? known : new Descent(turn);
    }

    private void end() {
        hops = 0;
        descent = null;
    }

    /// Events of one time in the order that a rule asks for; of the same number in the order that is
    /// that of all rules.
    private List<Waiting> inOrderOf(RuleRuntime runtime, List<Waiting> events) {
        if (events.size() < 2) {
            return events;
        }
        IdentityHashMap<Waiting, Long> order = new IdentityHashMap<>();
        for (Waiting each : events) {
            selectors.moveTo(each.event(), 0);
            order.put(each, runtime.order(selectors.view()));
        }
        return events.stream().sorted(Comparator.comparing(order::get)).toList();
    }

    private static void single(RuleRuntime runtime, EventView view, long time, long accepting, Announcer announcer) {
        int[] counts = {1};
        Occurrence occurrence = runtime.occurrence(view, time, accepting);
        Trigger trigger = new Trigger(time, 1, time, time, 1, counts, List.of(occurrence));
        announcer.simple(runtime.rule.kind().action(1), trigger, view.scope());
    }

    /// Does what an action says of tables.
    ///
    /// @param reading true when nothing is to be changed: it was before
    /// @param receivedNanos reception time of the event that is being processed
    /// @param out takes what is written to shared tables, for the other correlators
    /// @return what is read for the correlation event
    Map<FieldReference, String> operate(
            RuleAction action, Scope scope, long timeMillis, boolean reading, long receivedNanos, Correlations out) {
        return tableActions.run(action, scope, timeMillis, reading, receivedNanos, out);
    }

    /// Shows a correlation event to the rules that ask for such, unless it is too far from the event that it
    /// follows from or one of too many.
    ///
    /// @param from the rule that tells it
    /// @param at place of the event in the batch
    void loop(RuleRuntime from, EventBatch batch, int at, long timeMillis) {
        if (!listening) {
            return;
        }
        Descent following = descent == null ? new Descent(turn) : descent;
        if (hops >= MAXIMUM_HOPS || following.grow() > MAXIMUM_LOOPED) {
            from.unlooped++;
            return;
        }
        Event event = new Event().moveTo(batch, at);
        EventBatch looped = EventCopy.looped(event, timeMillis);
        waiting.addTold(timeMillis, hops + 1, looped, following);
    }

    /// Says that no more events come.
    void finish(long receivedNanos, Correlations out) {
        if (runtimes.isEmpty() && waiting.isEmpty()) {
            return;
        }
        long end = times.timelines(0).watermark(0, 0);
        run(Long.MAX_VALUE, end, receivedNanos, out);
        for (RuleRuntime runtime : runtimes) {
            Announcer announcer = announcer(runtime, receivedNanos, out);
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                windows.finish(end, announcer);
            }
            if (runtime.rateLimit.dueMillis() != Long.MAX_VALUE) {
                announcer.suppressed(runtime.rateLimit.dueMillis(), runtime.rateLimit.report());
            }
        }
    }

    /// Times that expressions met input that they could make nothing of.
    long failures() {
        return runtimes.isEmpty() ? 0 : selectors.view().failures();
    }

    /// Adds the events that wait elsewhere.
    void absorb(StrictRules other) {
        waiting.absorb(other.waiting);
    }

    /// Number of events that wait for their time.
    int waiting() {
        return waiting.size();
    }

    void write(StateWriter out) {
        out.count(runtimes.size());
        for (RuleRuntime runtime : runtimes) {
            out.text(runtime.rule.id());
            runtime.rateLimit.write(out);
        }
        waiting.write(out);
    }

    void read(StateReader in) {
        int rules = in.size();
        for (int i = 0; i < rules; i++) {
            String id = in.text();
            RateLimit known = new RateLimit(0);
            for (RuleRuntime runtime : runtimes) {
                known = runtime.rule.id().equals(id) ? runtime.rateLimit : known;
            }
            known.read(in);
        }
        waiting.read(in);
    }
}
