package io.tocsin.pipeline.transport;

import org.jspecify.annotations.Nullable;

/// What a [DeliveryClient] has done since it was started and what it is doing.
///
/// @param state what it is doing
/// @param deliveredRuns runs that the receiver acknowledged
/// @param deliveredRecords records in them
/// @param deliveredEvents events in them
/// @param deliveredBytes payload bytes in them
/// @param filteredRecords records that were not meant for this destination
/// @param retries attempts that were not acknowledged
/// @param deadLetters records that the receiver refused for good and that were put aside
/// @param unavailableEvents events that the receiver asked for and that the log does not hold any more
/// @param inFlightEvents events of the run on its way, 0 when there is none
/// @param lastError why the newest attempt failed, null when it did not
public record DeliveryMetrics(
        State state,
        long deliveredRuns,
        long deliveredRecords,
        long deliveredEvents,
        long deliveredBytes,
        long filteredRecords,
        long retries,
        long deadLetters,
        long unavailableEvents,
        long inFlightEvents,
        @Nullable String lastError) {

    /// What a client is doing.
    public enum State {
        /// Waits for records.
        IDLE,
        /// An attempt is on its way.
        SENDING,
        /// Pauses after a failed attempt.
        RETRYING,
        /// Stopped.
        STOPPED
    }
}
