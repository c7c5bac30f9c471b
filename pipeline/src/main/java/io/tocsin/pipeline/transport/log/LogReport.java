package io.tocsin.pipeline.transport.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What [LogCheck] found in a log folder.
///
/// @param folder the folder that was looked at
/// @param producer 16 hex digits, null when no file tells it
/// @param epoch epoch of the identity file, 0 when it is missing or damaged
/// @param segments one entry per segment file, oldest first
/// @param records sound records
/// @param events events in them
/// @param start place before the first sound record
/// @param end place after the last sound record
/// @param consumers one entry per cursor file
/// @param findings everything that is not as it should be, in the order it was found
public record LogReport(
        String folder,
        @Nullable String producer,
        int epoch,
        List<SegmentReport> segments,
        long records,
        long events,
        LogPosition start,
        LogPosition end,
        List<CursorReport> consumers,
        List<Finding> findings) {

    /// One segment file.
    public record SegmentReport(
            String file, long bytes, long records, long events, LogPosition start, LogPosition end) {}

    /// One cursor file.
    ///
    /// @param committed null when neither slot is sound
    /// @param intended the range on its way, null when there is none
    /// @param keptBytes bytes of the segments that cannot be deleted while it stands there; without the newest one,
    ///     which always stays
    public record CursorReport(
            String consumer,
            @Nullable LogPosition committed,
            @Nullable LogRange intended,
            long keptBytes) {}

    /// How bad a finding is.
    public enum Severity {
        /// What a crash, or a process at work, leaves: opening the log repairs it without loss of
        /// forced records.
        NOTE,

        /// Records are lost or a file is unreadable.
        DAMAGE
    }

    /// Something that is not as it should be.
    ///
    /// @param file name of the file
    /// @param offset where in the file, in bytes
    /// @param bytes how many bytes are concerned
    /// @param lostRecords records known to be missing
    /// @param lostEvents events known to be missing
    /// @param gapFrom place before what is missing, null when nothing is known to be
    /// @param gapTo place after it
    public record Finding(
            Severity severity,
            String file,
            long offset,
            long bytes,
            long lostRecords,
            long lostEvents,
            String message,
            @Nullable LogPosition gapFrom,
            @Nullable LogPosition gapTo) {
        Finding(
                Severity severity,
                String file,
                long offset,
                long bytes,
                long lostRecords,
                long lostEvents,
                String message) {
            this(severity, file, offset, bytes, lostRecords, lostEvents, message, null, null);
        }
    }

    /// True when nothing is damaged; notes are allowed.
    public boolean sound() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.DAMAGE);
    }
}
