package io.tocsin.app.up;

import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.transport.log.LogMetrics;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How the collectors of a process are, for those that steer traffic and want to know why: what `/healthz/listeners`
/// says, port by port, and what waits in the log. Immutable.
///
/// @param healthy whether the node may be given traffic
/// @param pid of the process
/// @param time when this was looked at, epoch milliseconds
/// @param faults why it may not, empty when it may
/// @param listeners one for each port
/// @param collectors one for each collector, those without a port included
/// @param log what lies behind them
record HealthDocument(
        boolean healthy,
        long pid,
        long time,
        List<String> faults,
        List<Listener> listeners,
        List<Collector> collectors,
        Log log) {
    HealthDocument {
        faults = List.copyOf(faults);
        listeners = List.copyOf(listeners);
        collectors = List.copyOf(collectors);
    }

    /// A port.
    ///
    /// @param accepts whether this process holds it and takes what comes
    /// @param reason why it does not, null when it does
    record Listener(
            String collector,
            String type,
            String address,
            boolean accepts,
            @Nullable String reason) {}

    /// A collector.
    ///
    /// @param state `starting`, `up`, `draining` or `down`
    /// @param waitingForLog true while senders wait for room
    /// @param openEvents received and not in the log yet: its queue
    record Collector(
            String name, String type, String state, boolean waitingForLog, long openEvents, double eventsPerSecond) {
        static Collector of(CollectorFigures figures) {
            return new Collector(
                    figures.name(),
                    figures.type(),
                    figures.state().name().toLowerCase(Locale.ROOT),
                    figures.waitingForLog(),
                    figures.openEvents(),
                    figures.eventsPerSecond());
        }
    }

    /// The log.
    ///
    /// @param state `green`, `yellow` or `red`
    /// @param reason what makes it yellow or red
    /// @param error the newest failure of the disk, null without one
    /// @param reserveBytes below so much free space it takes nothing
    /// @param waiting what each destination has not taken yet
    record Log(
            String folder,
            String state,
            String reason,
            @Nullable String error,
            long bytes,
            long maximumBytes,
            long freeBytes,
            long reserveBytes,
            List<Waiting> waiting) {
        Log {
            waiting = List.copyOf(waiting);
        }

        static Log of(String folder, LogMetrics metrics, long freeBytes, long reserveBytes) {
            return new Log(
                    folder,
                    metrics.pressure().name().toLowerCase(Locale.ROOT),
                    metrics.pressureReason(),
                    metrics.lastError(),
                    metrics.bytes(),
                    metrics.maxBytes(),
                    freeBytes,
                    reserveBytes,
                    metrics.consumers().stream()
                            .map(each -> new Waiting(each.name(), each.events(), each.bytes(), each.oldestAgeMillis()))
                            .toList());
        }
    }

    /// What waits for a destination.
    record Waiting(String destination, long events, long bytes, long oldestAgeMillis) {}
}
