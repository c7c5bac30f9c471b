package io.tocsin.pipeline.destination;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a destination has done since it was started and what it is doing.
///
/// @param name name of the resource
/// @param type id of its kind
/// @param state what it is doing
/// @param sinceMillis since when it is in that state, epoch milliseconds
/// @param deliveredEvents events that a peer has
/// @param deliveredBytes bytes of them as they were sent, before compression
/// @param filtered events that were not for it, by the name of the filter
/// @param retries packets that were sent again
/// @param deadLetters events that a peer refused for good and that were put aside
/// @param unreadable records of the log that could not be decoded and were passed over
/// @param inFlightEvents events in memory and on their way
/// @param inFlightBytes bytes of them
/// @param lostEvents events that were let go because more waited on the disk than may
/// @param switches times that it went on to another peer
/// @param backlogEvents events of the log that are not dealt with yet, approximate while
///     collectors work
/// @param backlogBytes bytes of the log that are not dealt with yet
/// @param oldestAgeMillis age of the oldest record that is not dealt with, 0 when there is none
/// @param lastError why the newest attempt failed, null when it did not
/// @param peers its peers, in the order in which they are written
public record DestinationFigures(
        String name,
        String type,
        State state,
        long sinceMillis,
        long deliveredEvents,
        long deliveredBytes,
        Map<String, Long> filtered,
        long retries,
        long deadLetters,
        long unreadable,
        long inFlightEvents,
        long inFlightBytes,
        long lostEvents,
        long switches,
        long backlogEvents,
        long backlogBytes,
        long oldestAgeMillis,
        @Nullable String lastError,
        List<PeerFigures> peers) {

    /// What a destination is doing.
    public enum State {
        /// Nothing waits.
        IDLE,
        /// Packets are on their way.
        SENDING,
        /// No peer can be reached; tries again.
        RETRYING,
        /// Stopped.
        STOPPED
    }

    /// @param url as people wrote it
    /// @param fallback used only while no other peer can be reached
    /// @param up whether it worked when it was last tried
    /// @param outstanding packets on their way to it
    /// @param deliveredEvents events that it has
    /// @param failures attempts that failed
    /// @param lastError why the newest attempt failed, null when it did not
    public record PeerFigures(
            String url,
            boolean fallback,
            boolean up,
            int outstanding,
            long deliveredEvents,
            long failures,
            @Nullable String lastError) {}
}
