package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.function.Value;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.rule.TableOperation;
import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/// Rules that see events in the order of their time: those that read or change tables, that take or make correlation
/// events for other rules, or that have a rate limit. What one event does to a table another one sees, so the order
/// matters; and an order that does not depend on how events arrive is only known when no late ones can come between.
/// So these rules answer when the longest lateness of them has passed, and then for good.
///
/// Events, expiries of windows and records, and correlation events for other rules happen one after another, by time.
/// At one time first comes what time alone does, then events by their identifiers; rules come in their order. A
/// correlation event for other rules comes right after the event that it follows from, before the next event of that
/// time: its identifier derives from event time, those of events from their reception, so that comparing them would let
/// the offset of a source's clock decide. An event whose source has a clock apart is taken when it comes.
///
/// Thread-safety: one thread.
final class StrictRules {
    /// Events that wait for their time beyond this number are taken early: memory is bounded.
    static final int MAXIMUM_WAITING = 200_000;
    /// Correlation events of correlation events of … go no further.
    static final int MAXIMUM_HOPS = 8;

    private static final EntryOrigin ORIGIN = EntryOrigin.local("correlator", "correlator", "");
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final int NOTICE = 5;

    private final List<RuleRuntime> runtimes = new ArrayList<>();
    private final FieldTable fields;
    private final SelectorIndex selectors;
    private final EventTimes times;
    private final Tables tables;
    private final CorrelationWriter writer;
    private final SlidingRules sliding;
    private final StandardRules standard;
    private final boolean history;
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private long latenessMillis;
    private boolean anywhere;
    private boolean listening;
    private int hops;
    private boolean marked;

    private long told;

    /// @param told number of what the correlator itself said, in that order; [Long#MAX_VALUE] for other events, which
    ///     come after it
    /// @param hops how many rules it went through
    private record Waiting(long timeMillis, long told, long idHigh, long idLow, int hops, EventBatch event)
            implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            if (timeMillis != other.timeMillis) {
                return Long.compare(timeMillis, other.timeMillis);
            }
            if (told != other.told) {
                return Long.compare(told, other.told);
            }
            int high = Long.compareUnsigned(idHigh, other.idHigh);
            return high == 0 ? Long.compareUnsigned(idLow, other.idLow) : high;
        }
    }

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

    /// Says that a rule wants the event that is being looked at.
    void mark() {
        marked = true;
    }

    /// Lets time pass up to where the common timeline stands.
    void advance(long receivedNanos, Correlations out) {
        if (!runtimes.isEmpty() && !history) {
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
        if (!history && times.timelines(0).timelineOf(times.source(), time, latenessMillis) != 0) {
            takeApart(batch, at, time, out);
            return;
        }
        EventBatch copy = EventCopy.of(event, anywhere ? null : fields);
        waiting.add(new Waiting(time, Long.MAX_VALUE, event.idHigh(), event.idLow(), 0, copy));
        if (!history && waiting.size() > MAXIMUM_WAITING) {
            runtimes.getFirst().settledEarly++;
            take(waiting.remove(), event.receivedNanos(), out);
        }
    }

    /// An event of a source whose clock is apart.
    private void takeApart(EventBatch batch, int at, long time, Correlations out) {
        selectors.moveTo(batch, at);
        EventView view = selectors.view();
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            Announcer announcer = announcer(runtime, view.event().receivedNanos(), out);
            if (runtime.windows == null) {
                single(runtime, view, time, selectors.accepting(), announcer);
            } else {
                standard.take(
                        runtime, runtime.rule.own().latenessMillis(), view, time, selectors.accepting(), announcer);
            }
        }
    }

    private Announcer announcer(RuleRuntime runtime, long receivedNanos, Correlations out) {
        return new Announcer(runtime, writer, sliding, this, receivedNanos, out);
    }

    /// Does everything that is due, in order.
    ///
    /// @param events events before this time
    /// @param dues what time alone does, up to and with this time
    private void run(long events, long dues, long receivedNanos, Correlations out) {
        while (true) {
            Waiting next = waiting.peek();
            long event = next == null ? Long.MAX_VALUE : next.timeMillis();
            long due = dueMillis();
            if (due != Long.MAX_VALUE && due <= event && due <= dues) {
                expire(due, receivedNanos, out);
            } else if (next != null && event < events) {
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
                notice(gone, receivedNanos);
            }
            gone = tables.expire(due);
        }
    }

    private void take(Waiting next, long receivedNanos, Correlations out) {
        hops = next.hops();
        selectors.moveTo(next.event(), 0);
        EventView view = selectors.view();
        while (selectors.next()) {
            RuleRuntime runtime = runtimes.get(selectors.rule());
            if (next.hops() > 0 && !runtime.rule.own().listens()) {
                continue;
            }
            Announcer announcer = announcer(runtime, receivedNanos, out);
            RuleWindows windows = runtime.windows;
            if (windows == null) {
                single(runtime, view, next.timeMillis(), selectors.accepting(), announcer);
                continue;
            }
            long time = next.timeMillis();
            Hash128 key = runtime.key(view);
            WindowKey windowKey = new WindowKey(key.high(), key.low(), 0);
            Occurrence occurrence = runtime.occurrence(view, time, selectors.accepting());
            if (runtime.rule.own().orderBy() == null) {
                windows.addInOrder(windowKey, occurrence, announcer);
            } else {
                windows.add(windowKey, occurrence, time, time, time, announcer);
            }
        }
        hops = 0;
    }

    private static void single(RuleRuntime runtime, EventView view, long time, long accepting, Announcer announcer) {
        int[] counts = {1};
        Occurrence occurrence = runtime.occurrence(view, time, accepting);
        Trigger trigger = new Trigger(time, 1, time, time, 1, counts, List.of(occurrence));
        announcer.simple(runtime.rule.kind().action(1), trigger, view.scope());
    }

    /// Does what an action says of tables.
    ///
    /// @return what is read for the correlation event
    Map<FieldReference, String> operate(RuleAction action, Scope scope, long timeMillis) {
        Map<FieldReference, String> read = new HashMap<>();
        for (TableOperation operation : action.tables()) {
            List<String> key = new ArrayList<>();
            operation.key().forEach(part -> key.add(part.evaluate(scope).text()));
            Map<String, List<String>> values = new TreeMap<>();
            operation.values().forEach((field, value) -> {
                Value computed = value.evaluate(scope);
                values.put(field, computed.items());
            });
            String table = operation.table();
            switch (operation.kind()) {
                case SET -> tables.set(table, key, values, timeMillis);
                case MERGE -> tables.merge(table, key, values, timeMillis);
                case SUM -> tables.sum(table, key, values, timeMillis);
                case DELETE -> tables.delete(table, key);
                case GET -> {
                    for (Map.Entry<String, FieldReference> each :
                            operation.into().entrySet()) {
                        List<String> found = tables.values(table, each.getKey(), key);
                        if (!found.isEmpty()) {
                            read.put(each.getValue(), String.join(",", found));
                        }
                    }
                }
            }
        }
        return read;
    }

    /// Shows a correlation event to the rules that ask for such.
    ///
    /// @param at place of the event in the batch
    void loop(EventBatch batch, int at, long timeMillis) {
        if (!listening || hops >= MAXIMUM_HOPS) {
            return;
        }
        Event event = new Event().moveTo(batch, at);
        EventBatch looped = EventCopy.looped(event, timeMillis);
        waiting.add(new Waiting(timeMillis, told++, event.idHigh(), event.idLow(), hops + 1, looped));
    }

    /// Tells rules that a record has expired.
    private void notice(Tables.Expired gone, long receivedNanos) {
        Hash128 hash = new Hash128().add(gone.table().name()).add(gone.record().expiresMillis());
        gone.record().key().forEach(hash::add);
        long time = gone.record().expiresMillis();
        long high = (time & 0xFFFF_FFFF_FFFFL) << 16 | VERSION | (hash.high() & 0xFFF);
        long low = VARIANT | hash.low() >>> 2;
        EventBatch batch = new EventBatch(1, 512);
        EventBuilder event = batch.builder();
        byte[] raw = {};
        event.begin(ORIGIN, high, low, receivedNanos, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, NOTICE);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, time);
        event.setText(Field.NAME, gone.table().kind().expiryName());
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, gone.table().kind().text() + "-record-expired");
        event.setText(Field.DEVICE_EXTERNAL_ID, gone.table().name());
        event.setText(Field.DEVICE_PAYLOAD_ID, String.join(",", gone.record().key()));
        event.setInteger(Field.BASE_EVENT_COUNT, gone.record().updates() + 1);
        gone.record()
                .values()
                .forEach((field, items) -> CorrelationWriter.set(
                        event,
                        FieldReference.of(io.tocsin.event.DynamicKind.EXTRA, "AL." + field),
                        String.join(",", items)));
        event.commit();
        waiting.add(new Waiting(time, told++, high, low, 1, batch));
    }

    /// Says that no more events come.
    void finish(long receivedNanos, Correlations out) {
        if (runtimes.isEmpty()) {
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
        out.count(waiting.size());
        BatchEncoder encoder = new BatchEncoder();
        for (Waiting each : waiting.stream().sorted().toList()) {
            out.number(each.timeMillis());
            out.count(each.hops());
            int length = encoder.encode(each.event(), "", false);
            out.blob(encoder.buffer(), 0, length);
        }
        tables.write(out);
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
        waiting.clear();
        int events = in.size();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        for (int i = 0; i < events; i++) {
            long time = in.number();
            int through = in.smallCount();
            byte[] bytes = in.blob();
            EventBatch batch = new EventBatch(1, 512);
            decoder.decode(bytes, 0, bytes.length, batch);
            event.moveTo(batch, 0);
            // They were written in their order.
            long number = through == 0 ? Long.MAX_VALUE : told++;
            waiting.add(new Waiting(time, number, event.idHigh(), event.idLow(), through, batch));
        }
        tables.read(in);
    }
}
