package io.tocsin.pipeline.transport.log;

import java.time.Duration;

/// Limits of a durable log. They may be changed between two openings of the same folder in any
/// direction.
///
/// @param sync when records are forced to disk
/// @param syncInterval longest time a record stays unforced in the modes that force, 1 ms to 1 min
/// @param segmentBytes size at which a segment file is closed and the next one begun, 4 KiB to 1 GiB
/// @param maxBytes size of all segments together at which appending blocks, at least two segments
/// @param reserveBytes space on the file system that the log leaves free; below it the disk counts as
///     full
/// @param maxRecordBytes longest record that `append` takes, at most 64 MiB
/// @param maxAge how long a record waits for its consumers before it is let go unread; zero means for
///     ever
public record LogOptions(
        SyncMode sync,
        Duration syncInterval,
        long segmentBytes,
        long maxBytes,
        long reserveBytes,
        int maxRecordBytes,
        Duration maxAge) {
    private static final long MEBIBYTE = 1024 * 1024;

    /// Part of the log's limit that only [DurableLog#appendReserved] may use.
    private static final int RESERVED_SHARE = 16;

    private static final long MAX_RESERVED_BYTES = 64 * MEBIBYTE;

    /// Without limit of age.
    public LogOptions(
            SyncMode sync,
            Duration syncInterval,
            long segmentBytes,
            long maxBytes,
            long reserveBytes,
            int maxRecordBytes) {
        this(sync, syncInterval, segmentBytes, maxBytes, reserveBytes, maxRecordBytes, Duration.ZERO);
    }

    /// Group force, 50 ms, segments of 64 MiB, 10 GiB in all, 1 GiB left free, records up to 32 MiB.
    public static LogOptions defaults() {
        return new LogOptions(
                SyncMode.GROUP, Duration.ofMillis(50), 64 * MEBIBYTE, 10_240 * MEBIBYTE, 1024 * MEBIBYTE, (int)
                        (32 * MEBIBYTE));
    }

    public LogOptions {
        if (syncInterval.toMillis() < 1 || syncInterval.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("sync interval must be 1 ms to 1 min [interval=" + syncInterval + "]");
        }
        if (segmentBytes < 4096 || segmentBytes > 1024 * MEBIBYTE) {
            throw new IllegalArgumentException("segment size must be 4 KiB to 1 GiB [bytes=" + segmentBytes + "]");
        }
        if (maxBytes < 2 * segmentBytes) {
            throw new IllegalArgumentException("log must be able to hold two segments [maxBytes=" + maxBytes
                    + ", segmentBytes=" + segmentBytes + "]; raise the limit or make segments smaller");
        }
        if (reserveBytes < 0) {
            throw new IllegalArgumentException("reserve must not be negative [bytes=" + reserveBytes + "]");
        }
        if (maxAge.isNegative()) {
            throw new IllegalArgumentException("age must not be negative [maxAge=" + maxAge + "]");
        }
        if (maxRecordBytes < 1 || maxRecordBytes > RecordHeader.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "longest record must be 1 byte to 64 MiB [bytes=" + maxRecordBytes + "]");
        }
    }

    public LogOptions withSync(SyncMode mode) {
        return new LogOptions(mode, syncInterval, segmentBytes, maxBytes, reserveBytes, maxRecordBytes, maxAge);
    }

    public LogOptions withSyncInterval(Duration interval) {
        return new LogOptions(sync, interval, segmentBytes, maxBytes, reserveBytes, maxRecordBytes, maxAge);
    }

    /// Sets both sizes together because they limit each other.
    public LogOptions withSizes(long newSegmentBytes, long newMaxBytes) {
        return new LogOptions(sync, syncInterval, newSegmentBytes, newMaxBytes, reserveBytes, maxRecordBytes, maxAge);
    }

    public LogOptions withReserveBytes(long bytes) {
        return new LogOptions(sync, syncInterval, segmentBytes, maxBytes, bytes, maxRecordBytes, maxAge);
    }

    public LogOptions withMaxRecordBytes(int bytes) {
        return new LogOptions(sync, syncInterval, segmentBytes, maxBytes, reserveBytes, bytes, maxAge);
    }

    public LogOptions withMaxAge(Duration age) {
        return new LogOptions(sync, syncInterval, segmentBytes, maxBytes, reserveBytes, maxRecordBytes, age);
    }

    /// Bytes beyond `maxBytes` that [DurableLog#appendReserved] may use; none when there is no reserve
    /// on the disk.
    long reservedBytes() {
        return reserveBytes == 0 ? 0 : Math.min(MAX_RESERVED_BYTES, maxBytes / RESERVED_SHARE);
    }
}
