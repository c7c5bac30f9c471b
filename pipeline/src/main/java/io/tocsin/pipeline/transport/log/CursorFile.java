package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The durable cursor of one consumer: two slots, 4096 bytes apart, written in turn and forced each time. A write
/// that is torn leaves the other slot, which is the state before. Both slots exist from the start, so that moving a
/// cursor needs no space and works on a full disk.
///
/// | offset in slot | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TCUR` |
/// | 4 | 4 | format version, 1 |
/// | 8 | 8 | generation, one more at each write; the larger one counts |
/// | 16 | 8, 8 | committed: record index, sequence |
/// | 32 | 8, 8 | hint: base index of the segment and offset in it, -1 when unknown |
/// | 48 | 4 | epoch of the intended range, 0 when there is none |
/// | 56 | 8, 8, 8, 8 | its start and end: record index, sequence |
/// | 88 | 8 | covered sequence |
/// | 96 | 4 | CRC32C of bytes 0 to 95 |
/// | 104 | 4 | magic `TLET`: what was let go; absent in cursors of older releases, which pass it over |
/// | 112 | 8 | generation; the part counts only when it is that of the slot |
/// | 120 | 8, 8 | place up to which segments are gone: record index, sequence; -1 when none |
/// | 136 | 8, 8 | of the way there, what is counted as lost: records, sequences |
/// | 152 | 8, 8 | lost in all: records, events |
/// | 168 | 4 | CRC32C of bytes 104 to 167 |
///
/// Thread-safety: one thread at a time.
final class CursorFile implements AutoCloseable {
    static final String SUFFIX = ".cursor";
    private static final int PLAIN_BYTES = 104;
    private static final int SLOT_BYTES = 176;
    private static final int LET_GO = 104;
    private static final int LET_GO_BYTES = 64;
    private static final int LET_GO_MAGIC = 0x544c4554;
    private static final int SLOT_DISTANCE = 4096;
    private static final int MAGIC = 0x54435552;
    private static final int VERSION = 1;
    private static final int CHECKSUM_OFFSET = 96;

    /// The part of the log between `committed` and a place, which is gone from the disk.
    ///
    /// @param resume reading goes on here
    /// @param countedRecords of these, how many were never read and are counted as lost; the others are in the
    ///     hands of the consumer
    /// @param countedSequences the same in sequences
    record Passed(LogPosition resume, long countedRecords, long countedSequences) {}

    /// Where a consumer stands.
    ///
    /// @param passed null when everything from `committed` on is kept
    /// @param lostRecords records it lost to limits since it was registered
    /// @param lostEvents events in them
    record State(
            long generation,
            LogPosition committed,
            long coveredSequence,
            long segmentHint,
            long offsetHint,
            @Nullable LogRange intended,
            @Nullable Passed passed,
            long lostRecords,
            long lostEvents) {
        /// A consumer that begins at a place.
        static State at(LogPosition place) {
            return new State(0, place, place.sequence(), -1, -1, null, null, 0, 0);
        }

        /// The place from which on segments are kept for the consumer.
        LogPosition hold() {
            return passed == null ? committed : passed.resume();
        }

        /// The farthest record index that this consumer may have passed on to somebody.
        long farthestIndex() {
            return intended == null
                    ? hold().recordIndex()
                    : Math.max(hold().recordIndex(), intended.end().recordIndex());
        }

        long farthestSequence() {
            return intended == null
                    ? hold().sequence()
                    : Math.max(hold().sequence(), intended.end().sequence());
        }
    }

    private final LogDisk disk;
    private final LogFile file;

    private CursorFile(LogDisk disk, LogFile file) {
        this.disk = disk;
        this.file = file;
    }

    static CursorFile open(LogDisk disk, Path path) throws IOException {
        return new CursorFile(disk, disk.openForWriting(path));
    }

    /// Reads the newest sound slot of a cursor file.
    ///
    /// @return null when neither slot is sound
    /// @throws LogException when a slot is sound but of a newer format
    static @Nullable State read(LogDisk disk, Path path) throws IOException {
        try (LogFile open = disk.openForReading(path)) {
            State first = readSlot(open, 0, path);
            State second = readSlot(open, SLOT_DISTANCE, path);
            if (first == null || second == null) {
                return first == null ? second : first;
            }
            return first.generation() > second.generation() ? first : second;
        }
    }

    /// Makes sure that both slots take up space on the disk, and writes the state when it never was
    /// written.
    void initialize(State state) throws IOException {
        long wholeBytes = SLOT_DISTANCE + SLOT_BYTES;
        long size = file.size();
        if (size < wholeBytes) {
            file.writeFully(ByteBuffer.allocate((int) (wholeBytes - size)), size);
        }
        if (state.generation() == 0) {
            write(state);
        }
    }

    /// Writes a state durably into the slot that its generation selects.
    void write(State state) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);
        LogRange range = state.intended();
        bytes.putInt(MAGIC)
                .putInt(VERSION)
                .putLong(state.generation())
                .putLong(state.committed().recordIndex())
                .putLong(state.committed().sequence())
                .putLong(state.segmentHint())
                .putLong(state.offsetHint())
                .putInt(range == null ? 0 : range.epoch())
                .putInt(0);
        if (range != null) {
            bytes.putLong(range.start().recordIndex())
                    .putLong(range.start().sequence())
                    .putLong(range.end().recordIndex())
                    .putLong(range.end().sequence());
        }
        bytes.putLong(88, state.coveredSequence());
        bytes.putInt(CHECKSUM_OFFSET, RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET));
        Passed passed = state.passed();
        bytes.putInt(LET_GO, LET_GO_MAGIC)
                .putLong(LET_GO + 8, state.generation())
                .putLong(LET_GO + 16, passed == null ? -1 : passed.resume().recordIndex())
                .putLong(LET_GO + 24, passed == null ? -1 : passed.resume().sequence())
                .putLong(LET_GO + 32, passed == null ? 0 : passed.countedRecords())
                .putLong(LET_GO + 40, passed == null ? 0 : passed.countedSequences())
                .putLong(LET_GO + 48, state.lostRecords())
                .putLong(LET_GO + 56, state.lostEvents());
        bytes.putInt(LET_GO + LET_GO_BYTES, RecordHeader.checksum(bytes, LET_GO, LET_GO_BYTES));
        file.writeFully(bytes.clear(), state.generation() % 2 == 0 ? 0 : SLOT_DISTANCE);
        disk.reached(CrashPoint.CHECKPOINT_WRITTEN);
        file.sync();
        disk.reached(CrashPoint.CHECKPOINT_FORCED);
    }

    private static @Nullable State readSlot(LogFile open, long offset, Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);
        boolean whole = open.readFully(bytes, offset);
        if ((!whole && bytes.position() < PLAIN_BYTES)
                || bytes.getInt(0) != MAGIC
                || bytes.getInt(CHECKSUM_OFFSET) != RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET)) {
            return null;
        }
        if (bytes.getInt(4) != VERSION) {
            throw new LogException(
                    LogException.Kind.UNREADABLE,
                    "cursor has a format that this version does not know [file=" + path + ", format=" + bytes.getInt(4)
                            + "]; open it with the release that wrote it");
        }
        try {
            int epoch = bytes.getInt(48);
            LogRange range = epoch == 0
                    ? null
                    : new LogRange(
                            epoch,
                            new LogPosition(bytes.getLong(56), bytes.getLong(64)),
                            new LogPosition(bytes.getLong(72), bytes.getLong(80)));
            boolean letGo = whole
                    && bytes.getInt(LET_GO) == LET_GO_MAGIC
                    && bytes.getLong(LET_GO + 8) == bytes.getLong(8)
                    && bytes.getInt(LET_GO + LET_GO_BYTES) == RecordHeader.checksum(bytes, LET_GO, LET_GO_BYTES);
            Passed passed = letGo && bytes.getLong(LET_GO + 16) >= 0
                    ? new Passed(
                            new LogPosition(bytes.getLong(LET_GO + 16), bytes.getLong(LET_GO + 24)),
                            bytes.getLong(LET_GO + 32),
                            bytes.getLong(LET_GO + 40))
                    : null;
            return new State(
                    bytes.getLong(8),
                    new LogPosition(bytes.getLong(16), bytes.getLong(24)),
                    bytes.getLong(88),
                    bytes.getLong(32),
                    bytes.getLong(40),
                    range,
                    passed,
                    letGo ? bytes.getLong(LET_GO + 48) : 0,
                    letGo ? bytes.getLong(LET_GO + 56) : 0);
        } catch (IllegalArgumentException impossibleNumbers) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
