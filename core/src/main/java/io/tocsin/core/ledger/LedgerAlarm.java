package io.tocsin.core.ledger;

/// Port: makes known that the ledger does not balance, as an event of its own that is stored and looked at by rules.
@FunctionalInterface
public interface LedgerAlarm {
    /// Called once for each line that does not balance although everything of it should have arrived.
    ///
    /// @param minuteMillis start of the minute of reception, epoch ms
    /// @param balance events that are missing; below 0: events that are there without having been received
    void gap(long minuteMillis, String collector, String source, long balance);
}
