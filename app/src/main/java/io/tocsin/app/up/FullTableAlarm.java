package io.tocsin.app.up;

import io.tocsin.correlator.table.Tables;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Raises the alarm when a list has lost records because it was full: at once, and again every ten minutes as long as
/// that goes on, each time with what was lost since.
///
/// Thread-safety: the thread of the correlator.
final class FullTableAlarm implements Consumer<List<Tables.Figures>> {
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final MonitoringEvents events;
    private final InstantSource clock;
    private final Map<String, Told> told = new HashMap<>();

    private record Told(long atMillis, long evicted) {}

    FullTableAlarm(MonitoringEvents events, InstantSource clock) {
        this.events = events;
        this.clock = clock;
    }

    @Override
    public void accept(List<Tables.Figures> full) {
        long now = clock.millis();
        for (Tables.Figures each : full) {
            String name = each.definition().name();
            Told last = told.get(name);
            // Counted anew when the state begins afresh.
            long before = last == null || last.evicted() > each.evicted() ? 0 : last.evicted();
            if (last == null || now - last.atMillis() >= PAUSE.toMillis()) {
                told.put(name, new Told(now, each.evicted()));
                long lost = each.evicted() - before;
                // The log may be full just now, and it is this thread that makes room in it.
                Thread.ofVirtual()
                        .name("full-list")
                        .start(() -> events.tableFull(
                                name, lost, each.records(), each.definition().maximumRecords(), each.bytes()));
            }
        }
    }
}
