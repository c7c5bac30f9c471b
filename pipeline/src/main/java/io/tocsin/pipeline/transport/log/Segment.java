package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One segment file: a header of 64 bytes, then records. Its name is the index of its first record as 16 hex
/// digits.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TLOG` |
/// | 4 | 4 | format version, 1 |
/// | 8 | 8 | producer |
/// | 16 | 8 | index of the first record |
/// | 24 | 8 | sequence of the first event |
/// | 32 | 4 | epoch |
/// | 36 | 8 | time of creation, epoch milliseconds |
/// | 44 | 16 | zero |
/// | 60 | 4 | CRC32C of bytes 0 to 59 |
///
/// Thread-safety: guarded by the log's lock.
final class Segment {
    static final int HEADER_BYTES = 64;
    static final String SUFFIX = ".segment";
    private static final int MAGIC = 0x544c4f47;
    private static final int VERSION = 1;
    private static final int CHECKSUM_OFFSET = 60;
    private static final HexFormat HEX = HexFormat.of();

    final Path path;
    final long baseIndex;

    /// End of the last record: the file's size, except for torn bytes that could not be cut off yet.
    long bytes;

    /// The place before the first record, once somebody asked.
    volatile @Nullable LogPosition base;

    /// When it was begun, epoch milliseconds; -1 until somebody asked; guarded by the log's lock.
    long createdAtMillis = -1;

    /// True when the disk does not give back some of it.
    volatile boolean unreadable;

    Segment(Path path, long baseIndex, long bytes) {
        this.path = path;
        this.baseIndex = baseIndex;
        this.bytes = bytes;
    }

    static String name(long baseIndex) {
        return HEX.toHexDigits(baseIndex) + SUFFIX;
    }

    /// The first record's index that a file name stands for; empty when it is not the name of a
    /// segment.
    static OptionalLong baseIndex(String name) {
        if (name.length() != 16 + SUFFIX.length() || !name.endsWith(SUFFIX)) {
            return OptionalLong.empty();
        }
        try {
            long base = HexFormat.fromHexDigitsToLong(name, 0, 16);
            return base >= 0 && name(base).equals(name) ? OptionalLong.of(base) : OptionalLong.empty();
        } catch (IllegalArgumentException notHexadecimal) {
            return OptionalLong.empty();
        }
    }

    /// The header of a segment file.
    record Header(long producer, long baseIndex, long baseSequence, int epoch, long createdAtMillis) {
        ByteBuffer encode() {
            ByteBuffer target = ByteBuffer.allocate(HEADER_BYTES);
            target.putInt(MAGIC)
                    .putInt(VERSION)
                    .putLong(producer)
                    .putLong(baseIndex)
                    .putLong(baseSequence)
                    .putInt(epoch)
                    .putLong(createdAtMillis);
            target.putInt(CHECKSUM_OFFSET, RecordHeader.checksum(target, 0, CHECKSUM_OFFSET));
            return target.clear();
        }

        LogPosition base() {
            return new LogPosition(baseIndex, baseSequence);
        }
    }

    /// Reads the header of an open segment file.
    ///
    /// @return null when it is missing or damaged
    /// @throws LogException when the segment is sound but of a newer format
    static @Nullable Header readHeader(LogFile file, Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
        if (!file.readFully(bytes, 0)
                || bytes.getInt(0) != MAGIC
                || bytes.getInt(CHECKSUM_OFFSET) != RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET)) {
            return null;
        }
        if (bytes.getInt(4) != VERSION) {
            throw new LogException(
                    LogException.Kind.UNREADABLE,
                    "segment has a format that this version does not know [file=" + path + ", format=" + bytes.getInt(4)
                            + "]; open it with the release that wrote it");
        }
        long baseIndex = bytes.getLong(16);
        long baseSequence = bytes.getLong(24);
        int epoch = bytes.getInt(32);
        if (baseIndex < 0 || baseSequence < 0 || epoch < 1) {
            return null;
        }
        return new Header(bytes.getLong(8), baseIndex, baseSequence, epoch, bytes.getLong(36));
    }
}
