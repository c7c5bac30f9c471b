package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The appending end of a log: takes records in order, waits for room, and takes back what could not be written
/// whole.
///
/// Thread-safety: any thread; everything happens under the log's lock except the payload's checksum.
final class LogAppender {
    private static final System.Logger LOGGER = System.getLogger(LogAppender.class.getName());
    private static final int STAGING_BYTES = 256 * 1024;

    /// Appended bytes after which the free space is asked for again.
    private static final long SPACE_CHECK_BYTES = 4 * 1024 * 1024;

    /// How often a blocked appender looks again whether somebody else made room on the disk.
    private static final Duration SPACE_RETRY = Duration.ofMillis(200);

    private final LogState state;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private long bytesSinceSpaceCheck = SPACE_CHECK_BYTES;

    LogAppender(LogState state) {
        this.state = state;
    }

    /// Appends a record. When it returns, the record survives the death of this process; use `awaitSynced` for
    /// more.
    ///
    /// @param bytes holds the payload; not kept
    /// @param offset where the payload begins
    /// @param length bytes of the payload, at most the configured longest record
    /// @param eventCount events in the payload, at least 0
    /// @param timeout how long to wait for room when the log or the disk is full, or forcing has failed; zero fails
    ///     at once
    /// @param reserved the record may use the reserve
    /// @return the place after the record; its first event has this place's sequence minus `eventCount`
    /// @throws LogException retriable when there was no room in time, nothing was appended then; not retriable when
    ///     closed
    LogPosition append(byte[] bytes, int offset, int length, int eventCount, Duration timeout, boolean reserved)
            throws InterruptedException {
        boolean fits = length <= state.options.maxRecordBytes()
                && RecordHeader.recordBytes(length) <= state.options.maxBytes() - 2L * Segment.HEADER_BYTES;
        if (!fits || eventCount < 0) {
            throw new IllegalArgumentException("record is not possible [bytes=" + length + ", maxBytes="
                    + state.options.maxRecordBytes() + ", events=" + eventCount + "]");
        }
        int payloadChecksum = RecordHeader.checksum(bytes, offset, length);
        long remainingNanos = timeout.toNanos();
        boolean counted = false;
        state.lock.lockInterruptibly();
        try {
            while (true) {
                LogException obstacle = obstacle(RecordHeader.recordBytes(length), reserved);
                if (obstacle == null) {
                    try {
                        return write(bytes, offset, length, eventCount, payloadChecksum);
                    } catch (IOException e) {
                        obstacle = writeFailed(e, length);
                    }
                }
                if (!obstacle.retriable() || remainingNanos <= 0) {
                    throw obstacle;
                }
                if (!counted) {
                    state.counters.fullWaits++;
                    counted = true;
                }
                long waitNanos = Math.min(remainingNanos, SPACE_RETRY.toNanos());
                remainingNanos -= waitNanos - state.roomAppeared.awaitNanos(waitNanos);
            }
        } finally {
            state.lock.unlock();
        }
    }

    private @Nullable LogException obstacle(long recordBytes, boolean reserved) {
        if (state.closed) {
            return state.closedException();
        }
        if (state.failure != null) {
            return new LogException(LogException.Kind.UNAVAILABLE, state.failure);
        }
        String behind = reserved ? null : state.blockedBy;
        if (behind != null) {
            return new LogException(
                    LogException.Kind.FULL,
                    "a consumer has reached its limit [folder=" + state.folder + ", consumer=" + behind
                            + "]; it goes on when that one catches up, or raise its limit");
        }
        long maxBytes = state.options.maxBytes() + (reserved ? state.options.reservedBytes() : 0);
        if (state.totalBytes + recordBytes > maxBytes) {
            startAfreshWhenAllIsConsumed();
            if (state.totalBytes + recordBytes > maxBytes) {
                return new LogException(
                        LogException.Kind.FULL,
                        "log has reached its limit [folder=" + state.folder + ", bytes=" + state.totalBytes
                                + ", maxBytes=" + state.options.maxBytes()
                                + "]; it goes on when consumers catch up, or raise the limit");
            }
        }
        if (needsNewSegment(recordBytes) && state.sealedUnsynced.size() >= LogRecovery.MAX_UNSYNCED_SEGMENTS - 1) {
            state.syncUrgent = true;
            state.syncWanted.signal();
            return new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "disk is slower than appending [folder=" + state.folder + ", unforcedSegments="
                            + state.sealedUnsynced.size() + "]; try again");
        }
        return !reserved && state.options.reserveBytes() > 0 && bytesSinceSpaceCheck >= SPACE_CHECK_BYTES
                ? checkSpace(recordBytes)
                : null;
    }

    private @Nullable LogException checkSpace(long recordBytes) {
        try {
            long usable = state.disk.usableBytes(state.folder);
            state.usableBytes = usable;
            if (usable < state.options.reserveBytes() + recordBytes) {
                return new LogException(
                        LogException.Kind.FULL,
                        "disk has no space left beyond the reserve [folder=" + state.folder + ", usableBytes=" + usable
                                + ", reserveBytes=" + state.options.reserveBytes()
                                + "]; free space on the file system");
            }
            bytesSinceSpaceCheck = 0;
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "cannot ask for the free space; writing will tell", e);
        }
        return null;
    }

    private boolean needsNewSegment(long recordBytes) {
        return state.active.bytes + recordBytes > state.options.segmentBytes()
                && state.active.bytes > Segment.HEADER_BYTES;
    }

    /// The limit may be reached by a segment that every consumer is done with but which is still being
    /// written to.
    private void startAfreshWhenAllIsConsumed() {
        boolean allConsumed = !state.cursors.isEmpty()
                && state.cursors.values().stream()
                        .allMatch(cursor -> cursor.committed().recordIndex()
                                >= state.written.position().recordIndex());
        if (allConsumed && state.active.bytes > Segment.HEADER_BYTES) {
            try {
                state.startSegment();
                state.releaseSegments();
                state.syncUrgent = true;
                state.syncWanted.signal();
            } catch (IOException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "cannot begin a segment to make room; appending will tell", e);
            }
        }
    }

    private LogPosition write(byte[] bytes, int offset, int length, int eventCount, int payloadChecksum)
            throws IOException {
        long recordBytes = RecordHeader.recordBytes(length);
        boolean wasSynced = state.written.equals(state.synced);
        prepareActive(recordBytes);
        LogPosition start = state.written.position();
        RecordHeader header = new RecordHeader(
                length,
                start.recordIndex(),
                start.sequence(),
                eventCount,
                state.identity.epoch(),
                state.clock.millis(),
                payloadChecksum);
        try {
            writeRecord(header, bytes, offset);
        } catch (IOException | RuntimeException e) {
            state.tornBytes = true;
            // Not in a finally block: when cutting fails as well, the torn bytes stay noted.
            state.activeFile.truncate(state.active.bytes);
            state.tornBytes = false;
            throw e;
        }
        state.disk.reached(CrashPoint.RECORD_WRITTEN);
        state.writeFailure = null;
        LogPosition end = new LogPosition(start.recordIndex() + 1, header.endSequence());
        state.active.bytes += recordBytes;
        state.totalBytes += recordBytes;
        bytesSinceSpaceCheck += recordBytes;
        state.written = new LogState.Place(end, state.active.baseIndex, state.active.bytes);
        state.judgeSpace();
        state.counters.appendedRecords++;
        state.counters.appendedEvents += eventCount;
        state.counters.appendedBytes += length;
        if (state.options.sync() == SyncMode.NONE) {
            state.progress.signalAll();
        } else if (wasSynced) {
            state.syncWanted.signal();
        }
        return end;
    }

    /// Cuts off what a failed append left, or leaves a file that refuses behind for a new one.
    private void prepareActive(long recordBytes) throws IOException {
        boolean replace =
                needsNewSegment(recordBytes) || (state.brokenActive && state.active.bytes > Segment.HEADER_BYTES);
        if (state.tornBytes) {
            try {
                state.activeFile.truncate(state.active.bytes);
                state.tornBytes = false;
            } catch (IOException e) {
                // Torn bytes harm nobody once a newer segment takes over from here: its base index hides them.
                if (!replace) {
                    state.brokenActive = true;
                    throw e;
                }
            }
        }
        if (replace) {
            state.startSegment();
            state.tornBytes = false;
        }
        state.brokenActive = false;
    }

    private void writeRecord(RecordHeader header, byte[] bytes, int offset) throws IOException {
        long at = state.active.bytes;
        int from = offset;
        int left = header.payloadBytes();
        int padding = (int) (header.recordBytes() - RecordHeader.BYTES - left);
        staging.clear();
        header.write(staging, state.identity.producer());
        while (true) {
            int part = Math.min(left, staging.remaining());
            staging.put(bytes, from, part);
            from += part;
            left -= part;
            if (left == 0 && staging.remaining() >= padding) {
                while (padding-- > 0) {
                    staging.put((byte) 0);
                }
                state.activeFile.writeFully(staging.flip(), at);
                return;
            }
            int size = staging.flip().remaining();
            state.activeFile.writeFully(staging, at);
            at += size;
            staging.clear();
        }
    }

    private LogException writeFailed(IOException e, int length) {
        bytesSinceSpaceCheck = SPACE_CHECK_BYTES;
        long usable = Long.MAX_VALUE;
        try {
            usable = state.disk.usableBytes(state.folder);
        } catch (IOException unknown) {
            e.addSuppressed(unknown);
        }
        boolean full = usable < RecordHeader.recordBytes(length) + Segment.HEADER_BYTES;
        String message = "cannot append to the log [folder=" + state.folder + ", usableBytes=" + usable + "]: "
                + e.getMessage() + "; check the disk, the record can be appended again";
        if (!full) {
            // A file that refused once is not trusted with the next record.
            state.brokenActive = true;
            state.writeFailure = message;
        }
        return new LogException(full ? LogException.Kind.FULL : LogException.Kind.UNAVAILABLE, message, e);
    }
}
