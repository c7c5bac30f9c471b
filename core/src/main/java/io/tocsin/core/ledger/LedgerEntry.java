package io.tocsin.core.ledger;

import java.util.Map;

/// What a collector counted for one source in one minute of reception and what storage does not have yet.
///
/// @param minute epoch ms of the start of the minute
/// @param rejected events by reason
/// @param inFlight events of it that are in the log and not acknowledged
public record LedgerEntry(
        long minute,
        String collector,
        String source,
        long received,
        long filtered,
        long aggregated,
        Map<String, Long> rejected,
        long inFlight) {
    public LedgerEntry {
        rejected = Map.copyOf(rejected);
    }
}
