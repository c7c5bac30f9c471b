package io.tocsin.core.collector;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A collector and its figures since it was started.
///
/// @param type kind of its connector
/// @param normalizer name of the normalizer that texts are handed to
/// @param status `starting`, `up`, `draining` or `down`
/// @param since epoch ms since when it has been in this status
/// @param addresses where it listens or reads
/// @param openSources connections or files open now
/// @param eventsPerSecond over the last seconds
/// @param openEvents received and not yet in the log
/// @param waitingForLog sources have to wait because the log has no room
/// @param fingerprint the same text for collectors that are configured alike; null in the first moments
/// @param pair how it stands with the other one of its pair; null when it has none
public record CollectorState(
        String name,
        String type,
        String normalizer,
        String status,
        long since,
        List<String> addresses,
        List<String> destinations,
        int openSources,
        double eventsPerSecond,
        long openEvents,
        boolean waitingForLog,
        long received,
        long rejected,
        long logged,
        @Nullable String fingerprint,
        @Nullable CollectorPair pair) {
    public CollectorState {
        addresses = List.copyOf(addresses);
        destinations = List.copyOf(destinations);
    }
}
