package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Who the log is: its producer number and the current epoch, in the file `identity` of 32 bytes.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TIDE` |
/// | 4 | 4 | format version, 1 |
/// | 8 | 8 | producer |
/// | 16 | 4 | epoch |
/// | 20 | 8 | zero |
/// | 28 | 4 | CRC32C of bytes 0 to 27 |
///
/// A folder that was copied has the identity of the first one. Receivers tell the two by what they deliver, see
/// `docs/specs/delivery.md`.
///
/// Thread-safety: immutable.
record LogIdentity(long producer, int epoch) {
    static final String FILE_NAME = "identity";
    private static final int BYTES = 32;
    private static final int MAGIC = 0x54494445;
    private static final int VERSION = 1;
    private static final int CHECKSUM_OFFSET = 28;

    /// Reads the identity file of a log folder.
    ///
    /// @return null when it is damaged
    /// @throws LogException when it is sound but of a newer format
    static @Nullable LogIdentity read(LogDisk disk, Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        try (LogFile open = disk.openForReading(file)) {
            if (!open.readFully(bytes, 0)
                    || bytes.getInt(0) != MAGIC
                    || bytes.getInt(CHECKSUM_OFFSET) != RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET)) {
                return null;
            }
        }
        if (bytes.getInt(4) != VERSION) {
            throw new LogException(
                    LogException.Kind.UNREADABLE,
                    "log has a format that this version does not know [file=" + file + ", format=" + bytes.getInt(4)
                            + "]; open it with the release that wrote it");
        }
        int epoch = bytes.getInt(16);
        return epoch < 1 ? null : new LogIdentity(bytes.getLong(8), epoch);
    }

    /// Writes the identity durably: beside the old one, forced, then moved over it.
    void write(LogDisk disk, Path folder) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        bytes.putInt(MAGIC).putInt(VERSION).putLong(producer).putInt(epoch);
        bytes.putInt(CHECKSUM_OFFSET, RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET));
        Path beside = folder.resolve(FILE_NAME + ".new");
        try (LogFile open = disk.openForWriting(beside)) {
            open.truncate(0);
            open.writeFully(bytes.clear(), 0);
            open.sync();
        }
        disk.reached(CrashPoint.CHECKPOINT_TEMP_WRITTEN);
        disk.replace(beside, folder.resolve(FILE_NAME));
        disk.reached(CrashPoint.CHECKPOINT_RENAMED);
        disk.syncFolder(folder);
    }
}
