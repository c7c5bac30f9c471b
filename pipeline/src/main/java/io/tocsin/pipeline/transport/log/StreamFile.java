package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// Under which number a consumer passes its sequences on when that is not the log's own producer any more: the
/// receiver knew those sequences with other events. A file `<consumer>.stream` beside the cursor:
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TSTM` |
/// | 4 | 4 | format version, 1 |
/// | 8 | 8 | producer of the log; the file counts only as long as the log has that one |
/// | 16 | 8 | the number |
/// | 24 | 4 | CRC32C of bytes 0 to 23 |
///
/// Thread-safety: no state.
final class StreamFile {
    static final String SUFFIX = ".stream";
    private static final int BYTES = 28;
    private static final int MAGIC = 0x5453544d;
    private static final int VERSION = 1;
    private static final int CHECKSUM_OFFSET = 24;

    private StreamFile() {}

    /// The number, or the log's producer when there is none.
    static long read(LogDisk disk, Path file, long producer) throws IOException {
        if (!Files.exists(file)) {
            return producer;
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        try (LogFile open = disk.openForReading(file)) {
            boolean sound = open.readFully(bytes, 0)
                    && bytes.getInt(0) == MAGIC
                    && bytes.getInt(4) == VERSION
                    && bytes.getLong(8) == producer
                    && bytes.getInt(CHECKSUM_OFFSET) == RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET);
            // Without it the receiver sees other events under known sequences again, and says so.
            return sound ? bytes.getLong(16) : producer;
        }
    }

    static void write(LogDisk disk, Path file, long producer, long stream) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        bytes.putInt(MAGIC).putInt(VERSION).putLong(producer).putLong(stream);
        bytes.putInt(CHECKSUM_OFFSET, RecordHeader.checksum(bytes, 0, CHECKSUM_OFFSET));
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try (LogFile open = disk.openForWriting(beside)) {
            open.truncate(0);
            open.writeFully(bytes.clear(), 0);
            open.sync();
        }
        disk.replace(beside, file);
        Path folder = file.getParent();
        if (folder != null) {
            disk.syncFolder(folder);
        }
    }
}
