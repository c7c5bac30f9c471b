package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.StageMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the stages count that every collector has, besides those that its configuration names: reception, the log of
/// held events, assembly, normalizing, the log.
///
/// Thread-safety: any thread.
final class FixedStages {
    /// Names that a configured stage cannot have for itself.
    static final Set<String> NAMES = Set.of("receive", "hold", "assemble", "normalize", "log");

    /// From the connector into a lane. Counts what is dropped only: the rest is known.
    final StageMeter receive;

    /// Into the node log, to be read again by the second pass.
    final StageMeter hold = new StageMeter("hold", "log");

    final StageMeter assemble;
    final StageMeter normalize;
    final StageMeter log = new StageMeter("log", "log");

    /// @param connector kind of the connector
    /// @param normalizer name of the normalizer
    /// @param assembly how lines are joined, empty when they are not
    FixedStages(String connector, String normalizer, String assembly) {
        this.receive = new StageMeter("receive", connector);
        this.assemble = new StageMeter("assemble", assembly);
        this.normalize = new StageMeter("normalize", normalizer);
    }

    /// All stages in the order in which an event meets them.
    ///
    /// @param configured those behind the normalizer
    /// @param firstHeld the first of them that belongs to the second pass
    /// @param holds whether there is a second pass
    /// @param assembles whether it joins lines before it normalizes
    List<StageMeter.Figures> figures(
            List<StageMeter.Figures> configured,
            int firstHeld,
            boolean holds,
            boolean assembles,
            StageCounters counters) {
        StageMeter.Figures normalized = normalize.figures(Map.of(
                "partial", counters.get(StageCounter.PARTIAL_EVENTS),
                "cut", counters.get(StageCounter.CUT_EVENTS),
                "not_understood", counters.get(StageCounter.NOT_UNDERSTOOD_EVENTS)));
        List<StageMeter.Figures> all = new ArrayList<>();
        all.add(received(counters));
        if (!assembles) {
            all.add(normalized);
        }
        all.addAll(configured.subList(0, holds ? firstHeld : configured.size()));
        if (holds) {
            all.add(hold.figures(Map.of()));
        }
        if (assembles) {
            all.add(assemble.figures(Map.of()));
            all.add(normalized);
        }
        all.addAll(configured.subList(holds ? firstHeld : configured.size(), configured.size()));
        all.add(log.figures(Map.of(
                "batches", counters.get(StageCounter.LOGGED_BATCHES),
                "bytes", counters.get(StageCounter.LOGGED_BYTES),
                "retries", counters.get(StageCounter.APPEND_RETRIES))));
        return all;
    }

    /// No time is told: nearly all of it is waiting for sources.
    private StageMeter.Figures received(StageCounters counters) {
        StageMeter.Figures counted = receive.figures(Map.of());
        long received = counters.get(StageCounter.RECEIVED_EVENTS);
        long dropped =
                counted.dropped().values().stream().mapToLong(Long::longValue).sum();
        return new StageMeter.Figures(
                counted.name(),
                counted.type(),
                received,
                Math.max(0, received - dropped),
                counted.dropped(),
                counters.get(StageCounter.CONNECTION_ERRORS) + counters.get(StageCounter.FRAMING_ERRORS),
                StageMeter.NOT_MEASURED,
                Map.of(
                        "bytes", counters.get(StageCounter.RECEIVED_BYTES),
                        "without_events", counters.get(StageCounter.MESSAGES_WITHOUT_EVENTS)));
    }
}
