package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Timelines;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rules that look back from each event, and may do so over the findings of others: brings events and
/// findings into their windows, in an order in which what a rule takes back is taken back by the rules
/// it feeds as well.
///
/// Thread-safety: one thread.
final class SlidingRules {
    private final EventTimes times;
    private final boolean history;
    private final EventTenants tenants = new EventTenants();

    /// @param history true when nothing is settled before the end
    SlidingRules(EventTimes times, boolean history) {
        this.times = times;
        this.history = history;
    }

    /// Lets rules feed the rules that name them.
    static void connect(List<RuleRuntime> runtimes) {
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

    /// Takes an event.
    ///
    /// @param time of the event by the timelines of the rule
    /// @param selectors of the rule that accepted it
    void take(
            RuleRuntime runtime,
            RuleKind.Sliding kind,
            EventView view,
            long time,
            long selectors,
            Announcer announcer) {
        SlidingInputs inputs = runtime.sliding;
        if (inputs == null) {
            throw new IllegalStateException("BUG: a sliding rule has inputs");
        }
        Timelines line = times.timelines(runtime.timeline);
        long timeline = history
                ? 0
                : line.timelineOf(times.source(), time, view.event().timestampMillis(), kind.latenessMillis());
        if (!history && time < line.watermark(timeline, kind.latenessMillis())) {
            runtime.late++;
            return;
        }
        long rest = selectors;
        while (rest != 0) {
            long same = inputs.sameKey(view, rest);
            Hash128 key = inputs.key(view, Long.numberOfTrailingZeros(same));
            WindowKey windowKey = new WindowKey(key.high(), key.low(), timeline);
            add(runtime, kind, windowKey, tenants.of(view.event()), inputs.occurrence(view, time, same), announcer);
            rest &= ~same;
        }
    }

    private void add(
            RuleRuntime runtime,
            RuleKind.Sliding kind,
            WindowKey key,
            String tenant,
            Occurrence occurrence,
            Announcer announcer) {
        RuleWindows windows = runtime.requiredWindows();
        Timelines line = times.timelines(runtime.timeline);
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
            windows.add(key, tenant, occurrence, Long.MIN_VALUE, Long.MIN_VALUE, line.receivedMillis(), announcer);
        } else {
            windows.add(key, tenant, occurrence, watermark, common, line.receivedMillis(), announcer);
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
        if (history
                || windows == null
                || runtime.busy
                || isFedNow(runtime)
                || !(runtime.rule.kind() instanceof RuleKind.Sliding kind)) {
            return;
        }
        long watermark = times.timelines(runtime.timeline).watermark(0, kind.latenessMillis());
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
    void feed(RuleRuntime runtime, WindowKey key, Trigger trigger, Hit.Change change, Announcer announcer) {
        if (runtime.feeds.isEmpty()) {
            return;
        }
        String tenant = runtime.requiredWindows().tenantOf(key);
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
                boolean outer = target.busy;
                target.busy = true;
                target.windows.withdraw(id[0], id[1], theirs);
                target.busy = outer;
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
            add(target, kind, theirKey, tenant, occurrence, theirs);
        }
    }
}
