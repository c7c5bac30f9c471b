package io.tocsin.pipeline.transport.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a durable log looks like at one moment. Totals count from the opening of the log.
///
/// @param bytes size of all segments
/// @param maxBytes the limit at which appending blocks
/// @param segments number of segment files
/// @param start oldest place that is still kept
/// @param end place after the newest record
/// @param synced place up to which records are known to be on disk
/// @param appendedRecords records appended since the log was opened
/// @param appendedEvents events in them
/// @param appendedBytes bytes of their payload
/// @param syncs times the log was forced to disk
/// @param syncFailures times that failed
/// @param fullWaits appends that had to wait because the log or the disk was full
/// @param lostRecords records found missing or damaged by readers since the log was opened
/// @param lostEvents events in them
/// @param cutBytes bytes of a torn tail that were cut off when the log was opened
/// @param damagedCursors cursors that were unreadable at opening and start again at the oldest record
/// @param letGoRecords records that consumers lost to limits since the log was opened, added up over
///     consumers
/// @param letGoEvents events in them
/// @param sync durability level
/// @param usableBytes free space of the disk when it was last asked for
/// @param pressure how near the log is to its limits; red also when the disk refuses
/// @param pressureReason what makes it yellow or red; empty when green
/// @param lastError the newest failure of the disk, null when there was none or it has been overcome
/// @param consumers one entry for each registered consumer, by name
public record LogMetrics(
        long bytes,
        long maxBytes,
        int segments,
        LogPosition start,
        LogPosition end,
        LogPosition synced,
        long appendedRecords,
        long appendedEvents,
        long appendedBytes,
        long syncs,
        long syncFailures,
        long fullWaits,
        long lostRecords,
        long lostEvents,
        long cutBytes,
        int damagedCursors,
        long letGoRecords,
        long letGoEvents,
        SyncMode sync,
        long usableBytes,
        LogPressure pressure,
        String pressureReason,
        @Nullable String lastError,
        List<ConsumerBacklog> consumers) {

    /// What one consumer has not dealt with yet.
    ///
    /// @param name name of the consumer
    /// @param committed everything before is dealt with
    /// @param records records that are waiting
    /// @param events events that are waiting
    /// @param bytes size of the segments' part that is waiting, approximate while appending goes on
    /// @param oldestAgeMillis age of the oldest waiting record, 0 when none is waiting
    /// @param lostRecords records that it lost to limits since it was registered
    /// @param lostEvents events in them
    /// @param limits its own limits
    /// @param pressure how near it is to them
    public record ConsumerBacklog(
            String name,
            LogPosition committed,
            long records,
            long events,
            long bytes,
            long oldestAgeMillis,
            long lostRecords,
            long lostEvents,
            ConsumerLimits limits,
            LogPressure pressure) {}
}
