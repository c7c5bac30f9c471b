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
///
/// Thread-safety: one thread at a time.
final class CursorFile implements AutoCloseable {
    static final String SUFFIX = ".cursor";
    private static final int SLOT_BYTES = 104;
    private static final int SLOT_DISTANCE = 4096;
    private static final int MAGIC = 0x54435552;
    private static final int VERSION = 1;
    private static final int CHECKSUM_OFFSET = 96;

    /// Where a consumer stands.
    record State(
            long generation,
            LogPosition committed,
            long coveredSequence,
            long segmentHint,
            long offsetHint,
            @Nullable LogRange intended) {

        /// The farthest record index that this consumer may have passed on to somebody.
        long farthestIndex() {
            return intended == null
                    ? committed.recordIndex()
                    : Math.max(committed.recordIndex(), intended.end().recordIndex());
        }

        long farthestSequence() {
            return intended == null
                    ? committed.sequence()
                    : Math.max(committed.sequence(), intended.end().sequence());
        }
    }

    private final LogFile file;

    private CursorFile(LogFile file) {
        this.file = file;
    }

    static CursorFile open(LogDisk disk, Path path) throws IOException {
        return new CursorFile(disk.openForWriting(path));
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

    /// Makes sure that both slots take up space on the disk, and writes the state when it never was written.
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
        file.writeFully(bytes.clear(), state.generation() % 2 == 0 ? 0 : SLOT_DISTANCE);
        file.sync();
    }

    private static @Nullable State readSlot(LogFile open, long offset, Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);
        if (!open.readFully(bytes, offset)
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
            return new State(
                    bytes.getLong(8),
                    new LogPosition(bytes.getLong(16), bytes.getLong(24)),
                    bytes.getLong(88),
                    bytes.getLong(32),
                    bytes.getLong(40),
                    range);
        } catch (IllegalArgumentException impossibleNumbers) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
