package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/// Saves records that are written but could not be forced. After a failed force the kernel may count the pages as
/// clean, so that forcing the same file again would succeed without writing anything; a fresh file is the only
/// honest way.
///
/// Thread-safety: called with the log's locks held.
final class LogRescue {
    private static final System.Logger LOGGER = System.getLogger(LogRescue.class.getName());

    private LogRescue() {}

    /// The outcome.
    ///
    /// @param segment the new segment; it begins where the forced records end
    /// @param file that segment, open for writing
    /// @param obsolete segments whose records are all in the new one
    record Rescued(Segment segment, LogFile file, List<Segment> obsolete) {}

    /// Copies the records behind a place into a new segment and forces it.
    ///
    /// @param unsynced the segment of that place and all newer ones
    /// @param synced everything before is on disk
    static Rescued rescue(
            LogDisk disk,
            Path folder,
            LogIdentity identity,
            SortedMap<Long, Segment> unsynced,
            LogState.Place synced,
            long nowMillis)
            throws IOException {
        long baseIndex = synced.position().recordIndex();
        Path path = folder.resolve(Segment.name(baseIndex));
        Path beside = folder.resolve(Segment.name(baseIndex) + ".new");
        long end = Segment.HEADER_BYTES;
        List<Segment> obsolete = new ArrayList<>();
        try (LogFile target = LogRecovery.createSegment(disk, beside, identity, synced.position(), nowMillis)) {
            for (Segment segment : unsynced.values()) {
                long from = Segment.HEADER_BYTES;
                if (segment.baseIndex == synced.segmentBase()) {
                    from = synced.offset();
                }
                if (from == Segment.HEADER_BYTES) {
                    obsolete.add(segment);
                }
                end = copy(disk, segment, from, identity.producer(), target, end);
            }
            target.sync();
        }
        disk.reached(CrashPoint.RESCUE_WRITTEN);
        disk.replace(beside, path);
        disk.reached(CrashPoint.RESCUE_RENAMED);
        for (Segment segment : obsolete) {
            if (!segment.path.equals(path)) {
                disk.delete(segment.path);
            }
        }
        // Only now may anything count as forced: an old file that came back after a power failure, with a base index
        // above
        // ours, would hide the newer records of the new one.
        disk.syncFolder(folder);
        LogFile file = disk.openForWriting(path);
        cutForced(disk, unsynced, synced);
        return new Rescued(new Segment(path, baseIndex, end), file, obsolete);
    }

    private static long copy(LogDisk disk, Segment segment, long from, long producer, LogFile target, long targetOffset)
            throws IOException {
        long end = targetOffset;
        try (LogFile source = disk.openForReading(segment.path)) {
            SegmentReader reader = new SegmentReader(source, segment.path, producer);
            long offset = from;
            while (offset < segment.bytes) {
                RecordHeader header = reader.headerAt(offset, segment.bytes);
                byte[] payload = header == null ? null : reader.payloadAt(offset, header, segment.bytes);
                if (header == null || payload == null) {
                    long next = reader.findNext(offset + RecordHeader.ALIGNMENT, segment.bytes, 0);
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "records are lost: the disk did not keep them [file={0}, offset={1}]",
                            segment.path,
                            offset);
                    offset = next < 0 ? segment.bytes : next;
                    continue;
                }
                ByteBuffer record = ByteBuffer.allocate((int) header.recordBytes());
                header.write(record, producer);
                record.put(payload);
                target.writeFully(record.clear(), end);
                end += header.recordBytes();
                offset += header.recordBytes();
            }
        }
        return end;
    }

    /// Cuts the copied records off the segment that holds the last forced ones. It does no harm if that fails:
    /// readers go by the newer segment's base index.
    private static void cutForced(LogDisk disk, SortedMap<Long, Segment> unsynced, LogState.Place synced) {
        Segment segment = unsynced.get(synced.segmentBase());
        if (segment == null || synced.offset() == Segment.HEADER_BYTES) {
            return;
        }
        segment.bytes = synced.offset();
        try (LogFile file = disk.openForWriting(segment.path)) {
            file.truncate(synced.offset());
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING, "cannot tidy up after a failed force [file=" + segment.path + "]", e);
        }
    }
}
