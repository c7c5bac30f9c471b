package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.normalizer.NormalizerFigures;
import io.tocsin.pipeline.stage.StageMeter;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What a collector looks like at one moment.
///
/// @param name name of the collector
/// @param type kind of its connector
/// @param state what it is doing
/// @param since when it entered the state
/// @param addresses where it listens or reads
/// @param destinations names of the destinations of its events
/// @param openSources connections or files open now
/// @param eventsPerSecond events received, mean of the last few seconds
/// @param openEvents events received and not yet in the durable log
/// @param waitingForLog true while the log does not take batches, and so sources have to wait
/// @param counts all counters since the start
/// @param rejected events that could not be kept, by reason
/// @param heldEvents events that are held over, to be joined or folded; they count among the open ones
/// @param normalizer what the normalizers counted
/// @param normalizerName name of the normalizer that texts are handed to
/// @param assembly what joining lines counted, by name; empty when lines are not joined
/// @param stages what each stage behind the normalizer counted, in order
/// @param way what every stage counted, from reception to the log, in the order in which an event meets them
public record CollectorFigures(
        String name,
        String type,
        State state,
        Instant since,
        List<String> addresses,
        List<String> destinations,
        int openSources,
        double eventsPerSecond,
        long openEvents,
        boolean waitingForLog,
        Map<StageCounter, Long> counts,
        Map<String, Long> rejected,
        long heldEvents,
        NormalizerFigures normalizer,
        String normalizerName,
        Map<String, Long> assembly,
        List<StageMeter.Figures> stages,
        List<StageMeter.Figures> way) {
    /// What a collector is doing.
    public enum State {
        /// Bound to its port, not receiving yet.
        STARTING,
        UP,
        /// Takes nothing new and hands on what has arrived.
        DRAINING,
        DOWN
    }

    public CollectorFigures {
        addresses = List.copyOf(addresses);
        destinations = List.copyOf(destinations);
        counts = Map.copyOf(counts);
        rejected = Map.copyOf(rejected);
        assembly = Map.copyOf(assembly);
        stages = List.copyOf(stages);
        way = List.copyOf(way);
    }
}
