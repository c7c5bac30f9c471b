package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Timelines;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowListener;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    private final Mode mode;
    private final RoutedIndex index;
    private final RoutedEvaluation evaluation;
    private final List<RuleRuntime> runtimes = new ArrayList<>();
    /// Which rule and which of its selectors a filter of the index is.
    private final int[] ruleOfFilter;

    private final int[] selectorOfFilter;
    private final List<@Nullable Field> timeFields = new ArrayList<>();
    private final Timelines[] timelines;
    private final CorrelationWriter writer = new CorrelationWriter();

    private @Nullable EntryOrigin lastOrigin;
    private long lastOriginHash;
    private final Hash128 sourceHash = new Hash128();

    public Engine(RuleSet rules, Mode mode) {
        this.mode = mode;
        FieldTable fields = new FieldTable();
        index = new RoutedIndex(fields);
        timeFields.add(null);
        List<Integer> ruleNumbers = new ArrayList<>();
        List<Integer> selectorNumbers = new ArrayList<>();
        for (Rule rule : rules.rules()) {
            if (!timeFields.contains(rule.timeField())) {
                timeFields.add(rule.timeField());
            }
            for (int i = 0; i < rule.selectors().size(); i++) {
                Selector selector = rule.selectors().get(i);
                index.add(selector.filter());
                ruleNumbers.add(runtimes.size());
                selectorNumbers.add(i);
            }
            runtimes.add(new RuleRuntime(rule, fields, timeFields.indexOf(rule.timeField()), mode == Mode.HISTORY));
        }
        ruleOfFilter = ruleNumbers.stream().mapToInt(Integer::intValue).toArray();
        selectorOfFilter = selectorNumbers.stream().mapToInt(Integer::intValue).toArray();
        connect();
        timelines = new Timelines[timeFields.size()];
        for (int i = 0; i < timelines.length; i++) {
            timelines[i] = new Timelines(mode == Mode.STREAM);
        }
        index.build();
        evaluation = index.newEvaluation();
    }

    /// Lets rules feed the rules that name them.
    private void connect() {
        Map<String, RuleRuntime> byId = new HashMap<>();
        runtimes.forEach(runtime -> byId.put(runtime.rule.id(), runtime));
        for (RuleRuntime target : runtimes) {
            if (!(target.rule.kind() instanceof RuleKind.Sliding sliding)) {
                continue;
            }
            for (int i = 0; i < sliding.inputs().size(); i++) {
                RuleKind.Input input = sliding.inputs().get(i);
                RuleRuntime source = input.rule() == null ? null : byId.get(input.rule());
                if (source != null) {
                    List<FieldReference> wanted = new ArrayList<>(input.key());
                    wanted.addAll(target.captured.subList(
                            Math.min(input.key().size(), target.captured.size()), target.captured.size()));
                    source.feeds.add(new RuleRuntime.Feed(
                            target,
                            i,
                            places(source, wanted),
                            places(source, input.key()),
                            places(source, input.values())));
                    target.sources.add(source);
                }
            }
        }
    }

    private static int[] places(RuleRuntime source, List<FieldReference> fields) {
        return fields.stream().mapToInt(source.captured::indexOf).toArray();
    }

    /// The rules that run.
    public List<Rule> rules() {
        return runtimes.stream().map(runtime -> runtime.rule).toList();
    }

    /// Evaluates all events of a batch in order and adds what was found to `out`.
    public void process(EventBatch batch, Correlations out) {
        for (int i = 0; i < batch.count(); i++) {
            processEvent(batch, i, out);
        }
    }

    private void processEvent(EventBatch batch, int at, Correlations out) {
        evaluation.moveTo(batch, at);
        EventView view = evaluation.view();
        Event event = view.event();
        long source = source(event);
        long received = event.timestampMillis();
        for (int i = 0; i < timelines.length; i++) {
            timelines[i].advance(source, time(event, timeFields.get(i)), received);
        }
        int filter = evaluation.nextMatch(0);
        while (filter >= 0) {
            int rule = ruleOfFilter[filter];
            long selectors = 0;
            while (filter >= 0 && ruleOfFilter[filter] == rule) {
                selectors |= 1L << selectorOfFilter[filter];
                filter = evaluation.nextMatch(filter + 1);
            }
            matched(runtimes.get(rule), view, selectors, source, out);
        }
    }

    private void matched(RuleRuntime runtime, EventView view, long selectors, long source, Correlations out) {
        long time = time(view.event(), timeFields.get(runtime.timeline));
        RuleWindows windows = runtime.windows;
        if (runtime.rule.kind() instanceof RuleKind.Simple simple
                && !simple.onEveryEvent().output()) {
            return;
        }
        Announcer announcer = new Announcer(runtime, view.event().receivedNanos(), out);
        switch (runtime.rule.kind()) {
            case RuleKind.Simple simple -> {
                int[] counts = {1};
                Occurrence occurrence = runtime.occurrence(view, time, selectors);
                Trigger trigger = new Trigger(time, 1, time, time, 1, counts, List.of(occurrence));
                announcer.simple(simple.onEveryEvent(), trigger);
            }
            case RuleKind.Standard standard -> {
                if (windows == null) {
                    throw new IllegalStateException("BUG: a standard rule has windows");
                }
                Timelines line = timelines[runtime.timeline];
                long timeline = mode == Mode.HISTORY ? 0 : line.timelineOf(source, time, standard.latenessMillis());
                long watermark = line.watermark(timeline, standard.latenessMillis());
                if (mode == Mode.STREAM && time < watermark) {
                    runtime.late++;
                    return;
                }
                Occurrence occurrence = runtime.occurrence(view, time, selectors);
                Hash128 key = runtime.key(view);
                windows.add(
                        new WindowKey(key.high(), key.low(), timeline),
                        occurrence,
                        watermark,
                        line.watermark(0, standard.latenessMillis()),
                        line.receivedMillis(),
                        announcer);
            }
            case RuleKind.Sliding sliding -> sliding(runtime, sliding, view, time, selectors, source, announcer);
        }
    }

    private void sliding(
            RuleRuntime runtime,
            RuleKind.Sliding kind,
            EventView view,
            long time,
            long selectors,
            long source,
            Announcer announcer) {
        SlidingInputs inputs = runtime.sliding;
        if (inputs == null) {
            throw new IllegalStateException("BUG: a sliding rule has inputs");
        }
        Timelines line = timelines[runtime.timeline];
        long timeline = mode == Mode.HISTORY ? 0 : line.timelineOf(source, time, kind.latenessMillis());
        if (mode == Mode.STREAM && time < line.watermark(timeline, kind.latenessMillis())) {
            runtime.late++;
            return;
        }
        long rest = selectors;
        while (rest != 0) {
            long same = inputs.sameKey(view, rest);
            Hash128 key = inputs.key(view, Long.numberOfTrailingZeros(same));
            WindowKey windowKey = new WindowKey(key.high(), key.low(), timeline);
            add(runtime, kind, windowKey, inputs.occurrence(view, time, same), announcer);
            rest &= ~same;
        }
    }

    private void add(
            RuleRuntime runtime, RuleKind.Sliding kind, WindowKey key, Occurrence occurrence, Announcer announcer) {
        RuleWindows windows = runtime.windows;
        if (windows == null) {
            throw new IllegalStateException("BUG: a sliding rule has windows");
        }
        Timelines line = timelines[runtime.timeline];
        long watermark = line.watermark(key.timeline(), kind.latenessMillis());
        long common = line.watermark(0, kind.latenessMillis());
        // What feeds this rule must have taken back what it will before it is counted for good.
        runtime.sources.forEach(feeding -> settle(feeding, announcer));
        if (!runtime.feeds.isEmpty()) {
            settle(runtime, announcer);
        }
        boolean outer = runtime.busy;
        runtime.busy = true;
        if (isFedNow(runtime)) {
            // More may come from there, or be taken back: nothing is counted for good now.
            windows.add(key, occurrence, Long.MIN_VALUE, Long.MIN_VALUE, line.receivedMillis(), announcer);
        } else {
            windows.add(key, occurrence, watermark, common, line.receivedMillis(), announcer);
        }
        runtime.busy = outer;
        runtime.oldestPendingMillis = Math.min(runtime.oldestPendingMillis, occurrence.timeMillis());
        if (!outer) {
            runtime.feeds.forEach(feed -> settle(feed.target(), announcer));
        }
    }

    /// True while a rule that feeds this one, at whatever distance, is at work.
    private static boolean isFedNow(RuleRuntime runtime) {
        for (RuleRuntime feeding : runtime.sources) {
            if (feeding.busy || isFedNow(feeding)) {
                return true;
            }
        }
        return false;
    }

    /// Settles a rule that feeds others nearly up to its watermark. The others wait for longer than
    /// that.
    private void settle(RuleRuntime runtime, Announcer announcer) {
        RuleWindows windows = runtime.windows;
        if (mode == Mode.HISTORY
                || windows == null
                || runtime.busy
                || isFedNow(runtime)
                || !(runtime.rule.kind() instanceof RuleKind.Sliding kind)) {
            return;
        }
        long watermark = timelines[runtime.timeline].watermark(0, kind.latenessMillis());
        if (watermark == Long.MIN_VALUE
                || watermark - RuleKind.FEED_LATENESS_MILLIS / 2 <= runtime.oldestPendingMillis) {
            return;
        }
        runtime.sources.forEach(feeding -> settle(feeding, announcer));
        runtime.busy = true;
        runtime.oldestPendingMillis = windows.settle(watermark, announcer.of(runtime));
        runtime.busy = false;
        runtime.feeds.forEach(feed -> settle(feed.target(), announcer));
    }

    /// Hands a finding on to the rules that this one feeds.
    private void feed(RuleRuntime runtime, WindowKey key, Trigger trigger, Hit.Change change, Announcer announcer) {
        if (runtime.feeds.isEmpty()) {
            return;
        }
        long[] id = CorrelationWriter.findingId(runtime.rule, key, trigger.windowStartMillis(), trigger.number());
        for (RuleRuntime.Feed feed : runtime.feeds) {
            RuleRuntime target = feed.target();
            if (target.windows == null
                    || target.sliding == null
                    || !(target.rule.kind() instanceof RuleKind.Sliding kind)) {
                continue;
            }
            Announcer theirs = announcer.of(target);
            if (change != Hit.Change.NEW) {
                target.windows.withdraw(id[0], id[1], theirs);
            }
            if (change == Hit.Change.RETRACTED) {
                continue;
            }
            Occurrence last = trigger.kept().getLast();
            String[] values = Captured.unpack(last.captured(), runtime.captured.size());
            Hash128 hash = target.sliding.key(values, feed.keyPlaces());
            WindowKey theirKey = new WindowKey(hash.high(), hash.low(), key.timeline());
            Occurrence occurrence = new Occurrence(
                    trigger.lastMillis(),
                    id[0],
                    id[1],
                    1L << feed.selector(),
                    target.sliding.value(values, feed.valuePlaces()),
                    Captured.repack(last.captured(), runtime.captured.size(), feed.places()));
            add(target, kind, theirKey, occurrence, theirs);
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
            long received = Math.max(0, timelines[runtime.timeline].receivedMillis());
            windows.finish(new Announcer(runtime, received * 1_000_000, out));
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
                    windows == null ? 0 : windows.evicted(),
                    runtime.late,
                    runtime.settledEarly));
        }
        return statistics;
    }

    /// The index, for its figures.
    public RoutedIndex index() {
        return index;
    }

    /// Writes everything that the next event could depend on.
    public void write(StateWriter out) {
        out.count(timelines.length);
        for (int i = 0; i < timelines.length; i++) {
            Field field = timeFields.get(i);
            out.text(field == null ? "" : field.fieldName());
            StateWriter nested = new StateWriter();
            timelines[i].write(nested);
            out.blob(nested.array(), 0, nested.length());
        }
        List<RuleRuntime> standard =
                runtimes.stream().filter(runtime -> runtime.windows != null).toList();
        out.count(standard.size());
        for (RuleRuntime runtime : standard) {
            out.text(runtime.rule.id());
            out.bits(runtime.rule.contentHash());
            StateWriter nested = new StateWriter();
            RuleWindows windows = runtime.windows;
            if (windows != null) {
                windows.write(nested);
            }
            nested.count(runtime.hits);
            nested.number(runtime.lastHitMillis);
            nested.count(runtime.late);
            nested.count(runtime.settledEarly);
            out.blob(nested.array(), 0, nested.length());
        }
    }

    /// Takes over saved state: that of rules which say the same as when it was saved. Other rules begin
    /// empty.
    ///
    /// @return ids of standard rules whose saved state was left out, because they are gone or have
    /// changed
    /// @throws io.tocsin.correlator.checkpoint.DamagedStateException when the state cannot be read; the
    /// engine must then be thrown away
    public List<String> read(StateReader in) {
        int lines = in.size();
        for (int i = 0; i < lines; i++) {
            String name = in.text();
            byte[] saved = in.blob();
            for (int k = 0; k < timelines.length; k++) {
                Field field = timeFields.get(k);
                if ((field == null ? "" : field.fieldName()).equals(name)) {
                    timelines[k] = Timelines.read(new StateReader(saved), mode == Mode.STREAM);
                }
            }
        }
        Map<String, RuleRuntime> byId = new HashMap<>();
        for (RuleRuntime runtime : runtimes) {
            byId.put(runtime.rule.id(), runtime);
        }
        List<String> leftOut = new ArrayList<>();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            String id = in.text();
            long contentHash = in.bits();
            byte[] saved = in.blob();
            RuleRuntime runtime = byId.get(id);
            RuleWindows windows = runtime == null ? null : runtime.windows;
            if (runtime == null || windows == null || runtime.rule.contentHash() != contentHash) {
                leftOut.add(id);
                continue;
            }
            StateReader nested = new StateReader(saved);
            windows.restore(nested);
            runtime.hits = nested.count();
            runtime.lastHitMillis = nested.number();
            runtime.late = nested.count();
            runtime.settledEarly = nested.count();
        }
        return leftOut;
    }

    private long source(Event event) {
        EntryOrigin origin = event.origin();
        if (!origin.equals(lastOrigin)) {
            lastOrigin = origin;
            lastOriginHash = sourceHash.reset().add(origin.source()).low();
        }
        long span = event.span(Field.DEVICE_HOST_NAME);
        if (span < 0) {
            return lastOriginHash;
        }
        return sourceHash
                .reset()
                .add(lastOriginHash)
                .add(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span))
                .low();
    }

    private static long time(Event event, @Nullable Field field) {
        if (field != null && event.has(field)) {
            return event.integer(field, 0);
        }
        long received = event.timestampMillis();
        return event.integer(Field.DEVICE_RECEIPT_TIME, received);
    }

    /// Turns what windows say into correlation events.
    private final class Announcer implements WindowListener {
        private final RuleRuntime runtime;
        private final long receivedNanos;
        private final Correlations out;

        Announcer(RuleRuntime runtime, long receivedNanos, Correlations out) {
            this.runtime = runtime;
            this.receivedNanos = receivedNanos;
            this.out = out;
        }

        /// The same for another rule.
        Announcer of(RuleRuntime other) {
            return new Announcer(other, receivedNanos, out);
        }

        void simple(RuleAction action, Trigger trigger) {
            Occurrence occurrence = trigger.kept().getFirst();
            if (action.output()) {
                hit(trigger);
                writer.write(
                        runtime,
                        new WindowKey(occurrence.idHigh(), occurrence.idLow(), 0),
                        trigger,
                        Hit.Change.NEW,
                        action.alert(),
                        receivedNanos,
                        out);
            }
        }

        @Override
        public void triggered(WindowKey key, Trigger trigger, boolean amended) {
            RuleAction action = action(trigger.number());
            if (action.output()) {
                if (!amended) {
                    hit(trigger);
                }
                Hit.Change change = amended ? Hit.Change.AMENDED : Hit.Change.NEW;
                writer.write(runtime, key, trigger, change, action.alert(), receivedNanos, out);
            }
            feed(runtime, key, trigger, amended ? Hit.Change.AMENDED : Hit.Change.NEW, this);
        }

        @Override
        public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
            RuleAction action = action(number);
            Trigger gone = new Trigger(
                    windowStartMillis, number, windowStartMillis, lastMillis, total, new int[] {total}, List.of());
            feed(runtime, key, gone, Hit.Change.RETRACTED, this);
            if (action.output()) {
                writer.write(runtime, key, gone, Hit.Change.RETRACTED, action.alert(), receivedNanos, out);
            }
        }

        @Override
        public void settledEarly() {
            runtime.settledEarly++;
        }

        private void hit(Trigger trigger) {
            runtime.hits++;
            runtime.lastHitMillis = Math.max(runtime.lastHitMillis, trigger.lastMillis());
        }

        private RuleAction action(int number) {
            return switch (runtime.rule.kind()) {
                case RuleKind.Simple simple -> simple.onEveryEvent();
                case RuleKind.Standard standard -> number == 1 ? standard.onFirst() : standard.onSubsequent();
                case RuleKind.Sliding sliding -> number == 1 ? sliding.onFirst() : sliding.onSubsequent();
            };
        }
    }

    /// Names of fields as rules write them.
    static List<String> names(List<FieldReference> fields) {
        return fields.stream().map(FieldReference::name).toList();
    }
}
