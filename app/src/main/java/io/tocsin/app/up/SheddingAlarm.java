package io.tocsin.app.up;

import io.tocsin.correlator.engine.RuleStatistics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Raises the alarm when a rule has forgotten keys or taken events before their time, or has led to too many findings
/// for other rules: at once, and again every ten minutes as long as that goes on, each time with what was shed since.
///
/// Thread-safety: the thread of the correlator.
final class SheddingAlarm implements Consumer<List<RuleStatistics>> {
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final MonitoringEvents events;
    private final InstantSource clock;
    private final Map<String, Told> told = new HashMap<>();

    private record Told(long atMillis, RuleStatistics statistics) {}

    SheddingAlarm(MonitoringEvents events, InstantSource clock) {
        this.events = events;
        this.clock = clock;
    }

    @Override
    public void accept(List<RuleStatistics> shedding) {
        long now = clock.millis();
        for (RuleStatistics each : shedding) {
            Told last = told.get(each.ruleId());
            if (last != null && now - last.atMillis() < PAUSE.toMillis()) {
                continue;
            }
            told.put(each.ruleId(), new Told(now, each));
            RuleStatistics before = last == null ? null : last.statistics();
            long keys = since(before == null ? 0 : before.evictedKeys(), each.evictedKeys());
            long early = since(before == null ? 0 : before.settledEarly(), each.settledEarly());
            long unlooped = since(before == null ? 0 : before.unlooped(), each.unlooped());
            // The log may be full just now, and it is this thread that makes room in it.
            Thread.ofVirtual().name("shedding").start(() -> events.ruleShed(each.ruleId(), keys, early, unlooped));
        }
    }

    /// Counted anew when the state begins afresh.
    private static long since(long before, long now) {
        return before > now ? now : now - before;
    }
}
