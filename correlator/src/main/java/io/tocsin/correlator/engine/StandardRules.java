package io.tocsin.correlator.engine;

import io.tocsin.correlator.index.EventView;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.RuleWindows;
import io.tocsin.correlator.window.Timelines;
import io.tocsin.correlator.window.WindowKey;

/// Rules that count events by key and window: brings events into their windows.
///
/// Thread-safety: one thread.
final class StandardRules {
    private final EventTimes times;
    private final boolean history;
    private final EventTenants tenants = new EventTenants();

    /// @param history true when nothing is late and nothing is settled before the end
    StandardRules(EventTimes times, boolean history) {
        this.times = times;
        this.history = history;
    }

    /// Takes an event, or counts it as late.
    ///
    /// @param latenessMillis how late it may be
    /// @param time of the event by the timelines of the rule
    /// @param selectors of the rule that accepted it
    void take(
            RuleRuntime runtime, long latenessMillis, EventView view, long time, long selectors, Announcer announcer) {
        RuleWindows windows = runtime.requiredWindows();
        Timelines line = times.timelines(runtime.timeline);
        long timeline =
                history ? 0 : line.timelineOf(times.source(), time, view.event().timestampMillis(), latenessMillis);
        long watermark = line.watermark(timeline, latenessMillis);
        if (!history && time < watermark) {
            runtime.late++;
            return;
        }
        Occurrence occurrence = runtime.occurrence(view, time, selectors);
        Hash128 key = runtime.key(view);
        windows.add(
                new WindowKey(key.high(), key.low(), timeline),
                tenants.of(view.event()),
                occurrence,
                watermark,
                line.watermark(0, latenessMillis),
                line.receivedMillis(),
                announcer);
    }
}
