package io.tocsin.pipeline.transport.log;

import io.tocsin.pipeline.transport.log.LogReport.CursorReport;
import io.tocsin.pipeline.transport.log.LogReport.Finding;
import io.tocsin.pipeline.transport.log.LogReport.SegmentReport;
import io.tocsin.pipeline.transport.log.LogReport.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads every byte of a log folder and reports what is in it and what is broken. Changes nothing, takes no lock,
/// and may run beside the process that has the log open; the end of the newest segment may then be in motion.
///
/// Thread-safety: one thread.
public final class LogCheck {
    private final Path folder;
    private final LogDisk disk;
    private final List<Finding> findings = new ArrayList<>();
    private final List<SegmentReport> segments = new ArrayList<>();
    private @Nullable LogPosition start;
    private @Nullable LogPosition end;
    private @Nullable Long producer;
    private KnownGaps gaps;
    private long records;
    private long events;

    private LogCheck(Path folder, LogDisk disk) {
        this.folder = folder;
        this.disk = disk;
        this.gaps = KnownGaps.NONE;
    }

    /// Checks a log folder.
    ///
    /// @throws LogException when the folder cannot be read, or its format is newer than this version
    public static LogReport check(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new LogException(
                    LogException.Kind.UNREADABLE,
                    "there is no log folder here [folder=" + folder + "]; name the folder that holds *.segment files");
        }
        try {
            return new LogCheck(folder, new OperatingSystemDisk()).run();
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot read the log [folder=" + folder + "]: " + e.getMessage() + "; check permissions",
                    e);
        }
    }

    private LogReport run() throws IOException {
        LogIdentity identity = readIdentity();
        gaps = KnownGaps.read(folder);
        List<Segment> files = new ArrayList<>();
        for (LogDisk.Entry entry : disk.list(folder)) {
            OptionalLong base = Segment.baseIndex(entry.name());
            if (base.isPresent()) {
                files.add(new Segment(folder.resolve(entry.name()), base.getAsLong(), entry.bytes()));
            } else if (entry.name().endsWith(".new")) {
                note(entry.name(), "left over from an unfinished write; opening the log removes it");
            }
        }
        files.sort(Comparator.comparingLong(segment -> segment.baseIndex));
        for (int i = 0; i < files.size(); i++) {
            long nextBase = i + 1 < files.size() ? files.get(i + 1).baseIndex : Long.MAX_VALUE;
            readSegment(files.get(i), nextBase);
        }
        List<CursorReport> cursors = readCursors();
        Long known = producer;
        return new LogReport(
                folder.toString(),
                known == null ? null : HexFormat.of().toHexDigits(known),
                identity == null ? 0 : identity.epoch(),
                List.copyOf(segments),
                records,
                events,
                start == null ? LogPosition.START : start,
                end == null ? LogPosition.START : end,
                List.copyOf(cursors),
                List.copyOf(findings));
    }

    private @Nullable LogIdentity readIdentity() throws IOException {
        Path file = folder.resolve(LogIdentity.FILE_NAME);
        if (!Files.exists(file)) {
            damage(LogIdentity.FILE_NAME, 0, 0, 0, 0, "identity is missing; opening the log begins a new epoch");
            return null;
        }
        LogIdentity identity = LogIdentity.read(disk, file);
        if (identity == null) {
            damage(LogIdentity.FILE_NAME, 0, 0, 0, 0, "identity is damaged; opening the log begins a new epoch");
        } else {
            producer = identity.producer();
        }
        return identity;
    }

    private void readSegment(Segment segment, long nextBase) throws IOException {
        String name = segment.path.getFileName().toString();
        boolean newest = nextBase == Long.MAX_VALUE;
        try (LogFile file = disk.openForReading(segment.path)) {
            SegmentReader reader = new SegmentReader(file, segment.path, producer == null ? 0 : producer);
            Segment.Header header = reader.segmentHeader();
            LogPosition base = end == null ? new LogPosition(segment.baseIndex, 0) : end;
            if (header == null) {
                if (newest && segment.bytes <= Segment.HEADER_BYTES) {
                    note(name, "segment was not finished when it was made; opening the log removes it");
                    return;
                }
                damage(name, 0, Segment.HEADER_BYTES, 0, 0, "header of the segment is damaged");
            } else {
                if (producer == null) {
                    producer = header.producer();
                }
                base = header.base();
                reportGap(name, 0, 0, base);
            }
            if (start == null) {
                start = base;
                end = base;
            }
            walk(reader, segment, name, base, nextBase);
        }
    }

    private void walk(SegmentReader reader, Segment segment, String name, LogPosition base, long nextBase)
            throws IOException {
        long offset = Segment.HEADER_BYTES;
        long recordsBefore = records;
        long eventsBefore = events;
        long minimum = segment.baseIndex;
        while (offset < segment.bytes && minimum < nextBase) {
            RecordHeader record = reader.headerAt(offset, segment.bytes);
            boolean sound = record != null
                    && record.recordIndex() >= minimum
                    && reader.payloadAt(offset, record, segment.bytes) != null;
            if (sound && record != null) {
                reportGap(name, offset, 0, new LogPosition(record.recordIndex(), record.firstSequence()));
                records++;
                events += record.eventCount();
                offset += record.recordBytes();
                minimum = record.recordIndex() + 1;
                end = new LogPosition(minimum, record.endSequence());
                continue;
            }
            long next = reader.findNext(offset + RecordHeader.ALIGNMENT, segment.bytes, minimum);
            RecordHeader found = next < 0 ? null : reader.headerAt(next, segment.bytes);
            if (found != null) {
                reportGap(name, offset, next - offset, new LogPosition(found.recordIndex(), found.firstSequence()));
                offset = next;
            } else if (nextBase == Long.MAX_VALUE) {
                findings.add(new Finding(
                        Severity.NOTE,
                        name,
                        offset,
                        segment.bytes - offset,
                        0,
                        0,
                        "torn end: what a crash or an append at this moment leaves; opening the log cuts it off"));
                offset = segment.bytes;
            } else {
                damage(name, offset, segment.bytes - offset, 0, 0, "rest of the segment is damaged");
                offset = segment.bytes;
            }
        }
        segments.add(new SegmentReport(
                name, segment.bytes, records - recordsBefore, events - eventsBefore, base, end == null ? base : end));
    }

    /// Reports what is missing between the last sound record and a place.
    private void reportGap(String file, long offset, long bytes, LogPosition to) {
        LogPosition from = end;
        if (from != null && !from.equals(to)) {
            boolean known = gaps.contains(from, to);
            findings.add(new Finding(
                    known ? Severity.NOTE : Severity.DAMAGE,
                    file,
                    offset,
                    bytes,
                    Math.max(0, to.recordIndex() - from.recordIndex()),
                    Math.max(0, to.sequence() - from.sequence()),
                    "records from " + from + " to " + to + " are missing or damaged" + (known ? ", as repaired" : ""),
                    from,
                    to));
            end = to;
        }
    }

    private List<CursorReport> readCursors() throws IOException {
        List<CursorReport> cursors = new ArrayList<>();
        Path cursorFolder = LogRecovery.cursorFolder(folder);
        if (!Files.isDirectory(cursorFolder)) {
            return cursors;
        }
        List<LogDisk.Entry> entries = new ArrayList<>(disk.list(cursorFolder));
        entries.sort(Comparator.comparing(LogDisk.Entry::name));
        for (LogDisk.Entry entry : entries) {
            if (!entry.name().endsWith(CursorFile.SUFFIX)) {
                continue;
            }
            String consumer = entry.name().substring(0, entry.name().length() - CursorFile.SUFFIX.length());
            CursorFile.State state = CursorFile.read(disk, cursorFolder.resolve(entry.name()));
            if (state == null) {
                damage(
                        "cursors/" + entry.name(),
                        0,
                        entry.bytes(),
                        0,
                        0,
                        "cursor is unreadable; its consumer starts again at the oldest record");
            } else if (end != null && state.farthestIndex() > end.recordIndex()) {
                damage(
                        "cursors/" + entry.name(),
                        0,
                        0,
                        state.farthestIndex() - end.recordIndex(),
                        0,
                        "consumer has passed records that the log does not hold; opening the log begins a new epoch");
            }
            LogPosition committed = state == null ? null : state.committed();
            cursors.add(new CursorReport(
                    consumer, committed, state == null ? null : state.intended(), keptBytes(committed)));
        }
        return cursors;
    }

    private long keptBytes(@Nullable LogPosition committed) {
        long bytes = 0;
        for (int i = 0; i < segments.size() - 1; i++) {
            SegmentReport segment = segments.get(i);
            if (committed == null || segment.end().recordIndex() > committed.recordIndex()) {
                bytes += segment.bytes();
            }
        }
        return bytes;
    }

    private void note(String file, String message) {
        findings.add(new Finding(Severity.NOTE, file, 0, 0, 0, 0, message));
    }

    private void damage(String file, long offset, long bytes, long lostRecords, long lostEvents, String message) {
        findings.add(new Finding(Severity.DAMAGE, file, offset, bytes, lostRecords, lostEvents, message));
    }
}
