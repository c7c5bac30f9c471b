package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/// Gives out the sound records of a log folder one by one. Changes nothing, takes no lock, and may run beside the
/// process that has the log open.
///
/// Thread-safety: one thread.
public final class LogDump {
    private LogDump() {}

    /// Takes records.
    @FunctionalInterface
    public interface Visitor {
        /// @param file name of the segment
        /// @param offset where in it the record begins
        /// @return false to end
        boolean record(String file, long offset, LogRecord found);
    }

    /// Visits the records that hold any of some sequences, in their order.
    ///
    /// @param fromSequence first sequence wanted
    /// @param toSequence first sequence not wanted any more
    /// @throws LogException when the folder cannot be read, or its format is newer than this version
    public static void records(Path folder, long fromSequence, long toSequence, Visitor visitor) {
        LogDisk disk = new OperatingSystemDisk();
        try {
            Path identityFile = folder.resolve(LogIdentity.FILE_NAME);
            LogIdentity identity = Files.exists(identityFile) ? LogIdentity.read(disk, identityFile) : null;
            List<Segment> segments = new ArrayList<>();
            for (LogDisk.Entry entry : disk.list(folder)) {
                OptionalLong base = Segment.baseIndex(entry.name());
                if (base.isPresent()) {
                    segments.add(new Segment(folder.resolve(entry.name()), base.getAsLong(), entry.bytes()));
                }
            }
            segments.sort(Comparator.comparingLong(segment -> segment.baseIndex));
            for (int i = 0; i < segments.size(); i++) {
                Segment segment = segments.get(i);
                long nextBase = i + 1 < segments.size() ? segments.get(i + 1).baseIndex : Long.MAX_VALUE;
                try (LogFile file = disk.openForReading(segment.path)) {
                    SegmentReader reader =
                            new SegmentReader(file, segment.path, identity == null ? 0 : identity.producer());
                    if (!visit(reader, segment, nextBase, fromSequence, toSequence, visitor)) {
                        return;
                    }
                } catch (NoSuchFileException deletedMeanwhile) {
                    // Everybody has read it: there is nothing to give out.
                }
            }
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot read the log [folder=" + folder + "]: " + e.getMessage() + "; check permissions",
                    e);
        }
    }

    private static boolean visit(
            SegmentReader reader, Segment segment, long nextBase, long from, long to, Visitor visitor)
            throws IOException {
        long offset = Segment.HEADER_BYTES;
        long minimum = segment.baseIndex;
        while (offset >= 0 && offset < segment.bytes && minimum < nextBase) {
            RecordHeader header = reader.headerAt(offset, segment.bytes);
            if (header == null || header.recordIndex() < minimum || header.recordIndex() >= nextBase) {
                offset = reader.findNext(offset + RecordHeader.ALIGNMENT, segment.bytes, minimum);
                continue;
            }
            if (header.firstSequence() >= to) {
                return false;
            }
            if (header.endSequence() > from) {
                byte[] payload = reader.payloadAt(offset, header, segment.bytes);
                if (payload != null) {
                    LogRecord found = new LogRecord(
                            new LogPosition(header.recordIndex(), header.firstSequence()),
                            header.eventCount(),
                            header.epoch(),
                            header.appendedAtMillis(),
                            payload);
                    if (!visitor.record(segment.path.getFileName().toString(), offset, found)) {
                        return false;
                    }
                }
            }
            minimum = header.recordIndex() + 1;
            offset += header.recordBytes();
        }
        return true;
    }
}
