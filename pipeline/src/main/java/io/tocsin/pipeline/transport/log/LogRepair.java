package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Makes a damaged log sound without ever deleting a byte: every file that is changed is put aside first, whole, in
/// `quarantine/<time>` of the log's folder. Sound records stay where they are; what is missing is told once, with
/// its ranges, and remembered, so that [LogCheck] does not report it again.
///
/// A log needs no repair to be opened: readers pass over damage by themselves, and count it. Repair is for the
/// operator who wants to know what is lost, keep the damaged bytes, and have a log that checks as sound.
///
/// Refuses while a process has the log open. A repair that dies half-way may be repeated.
///
/// Thread-safety: one thread.
public final class LogRepair {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Path folder;
    private final LogDisk disk = new OperatingSystemDisk();
    private final Path quarantine;
    private final List<Action> actions = new ArrayList<>();

    private LogRepair(Path folder, InstantSource clock) {
        this.folder = folder;
        this.quarantine = folder.resolve("quarantine").resolve(STAMP.format(clock.instant()));
    }

    /// Something that was done.
    ///
    /// @param file name of the file
    /// @param savedRecords sound records that were kept
    /// @param savedEvents events in them
    public record Action(String file, long savedRecords, long savedEvents, String message) {}

    /// What was done and found.
    ///
    /// @param quarantine folder with the files as they were; null when nothing was changed
    /// @param actions in the order in which they were done
    /// @param lost what is missing, with its numbers; empty when nothing is
    /// @param after the log as it is now
    public record Result(
            @Nullable Path quarantine, List<Action> actions, List<LogReport.Finding> lost, LogReport after) {
        public Result {
            actions = List.copyOf(actions);
            lost = List.copyOf(lost);
        }
    }

    /// Repairs a log folder.
    ///
    /// @throws LogException when somebody has the log open, its format is newer than this version, or the disk
    ///     refuses; what was put aside until then stays there
    public static Result repair(Path folder, InstantSource clock) {
        LogReport before = LogCheck.check(folder);
        try {
            FolderLock lock = FolderLock.acquire(folder);
            try {
                return new LogRepair(folder, clock).run(before);
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot repair the log [folder=" + folder + "]: " + e.getMessage()
                            + "; nothing was deleted, repair it again when the disk is well",
                    e);
        }
    }

    private Result run(LogReport before) throws IOException {
        identity();
        List<Segment> segments = segments();
        long producer = producer(segments);
        LogPosition end = null;
        for (int i = 0; i < segments.size(); i++) {
            long nextBase = i + 1 < segments.size() ? segments.get(i + 1).baseIndex : Long.MAX_VALUE;
            end = segment(segments.get(i), nextBase, producer, end);
        }
        List<LogReport.Finding> lost = new ArrayList<>();
        for (LogReport.Finding finding : LogCheck.check(folder).findings()) {
            if (finding.gapFrom() != null
                    && finding.gapTo() != null
                    && finding.severity() == LogReport.Severity.DAMAGE) {
                KnownGaps.add(disk, folder, finding.gapFrom(), finding.gapTo());
                lost.add(finding);
            }
        }
        cursors(before.start());
        return new Result(actions.isEmpty() ? null : quarantine, actions, lost, LogCheck.check(folder));
    }

    private void identity() throws IOException {
        Path file = folder.resolve(LogIdentity.FILE_NAME);
        if (Files.exists(file) && LogIdentity.read(disk, file) == null) {
            putAside(file);
            disk.delete(file);
            actions.add(new Action(
                    LogIdentity.FILE_NAME,
                    0,
                    0,
                    "damaged identity put aside; opening the log makes it anew from the segments, with a new epoch"));
        }
    }

    private List<Segment> segments() throws IOException {
        List<Segment> segments = new ArrayList<>();
        for (LogDisk.Entry entry : disk.list(folder)) {
            OptionalLong base = Segment.baseIndex(entry.name());
            if (base.isPresent()) {
                segments.add(new Segment(folder.resolve(entry.name()), base.getAsLong(), entry.bytes()));
            }
        }
        segments.sort(Comparator.comparingLong(segment -> segment.baseIndex));
        return segments;
    }

    private long producer(List<Segment> segments) throws IOException {
        Path file = folder.resolve(LogIdentity.FILE_NAME);
        LogIdentity identity = Files.exists(file) ? LogIdentity.read(disk, file) : null;
        if (identity != null) {
            return identity.producer();
        }
        for (Segment segment : segments.reversed()) {
            try (LogFile open = disk.openForReading(segment.path)) {
                Segment.Header header = Segment.readHeader(open, segment.path);
                if (header != null) {
                    return header.producer();
                }
            }
        }
        return 0;
    }

    /// A record and where it lies.
    private record Found(long offset, RecordHeader header) {}

    /// Writes a segment anew when anything in it is not a sound record.
    ///
    /// @param before the end of the segment before, null when there was none
    /// @return the end of its last sound record
    private @Nullable LogPosition segment(Segment segment, long nextBase, long producer, @Nullable LogPosition before)
            throws IOException {
        List<Found> sound = new ArrayList<>();
        LogPosition end = before;
        Segment.Header header;
        boolean damaged;
        Path beside = folder.resolve(segment.path.getFileName() + ".new");
        try (LogFile file = disk.openForReading(segment.path)) {
            SegmentReader reader = new SegmentReader(file, segment.path, producer);
            header = reader.segmentHeader();
            boolean records = scan(reader, segment, nextBase, sound);
            damaged = header == null || records;
            if (!sound.isEmpty()) {
                RecordHeader last = sound.getLast().header();
                end = new LogPosition(last.recordIndex() + 1, last.endSequence());
            } else if (header != null) {
                end = header.base();
            }
            if (!damaged || (header == null && sound.isEmpty())) {
                return unchanged(segment, nextBase, damaged, end);
            }
            putAside(segment.path);
            Segment.Header written = header == null ? rebuilt(segment, producer, sound, before) : header;
            copy(reader, segment, producer, sound, written, beside);
        }
        disk.replace(beside, segment.path);
        disk.syncFolder(folder);
        long events =
                sound.stream().mapToLong(found -> found.header().eventCount()).sum();
        actions.add(new Action(
                segment.path.getFileName().toString(),
                sound.size(),
                events,
                "damaged file put aside, its sound records written anew"));
        return end;
    }

    /// Finds the sound records.
    ///
    /// @return true when there is anything else
    private static boolean scan(SegmentReader reader, Segment segment, long nextBase, List<Found> sound)
            throws IOException {
        boolean damaged = false;
        long offset = Segment.HEADER_BYTES;
        long minimum = segment.baseIndex;
        while (offset < segment.bytes && minimum < nextBase) {
            RecordHeader record = reader.headerAt(offset, segment.bytes);
            if (record != null
                    && record.recordIndex() >= minimum
                    && record.recordIndex() < nextBase
                    && reader.payloadAt(offset, record, segment.bytes) != null) {
                sound.add(new Found(offset, record));
                minimum = record.recordIndex() + 1;
                offset += record.recordBytes();
                continue;
            }
            damaged = true;
            offset = reader.findNext(offset + RecordHeader.ALIGNMENT, segment.bytes, minimum);
            if (offset < 0) {
                break;
            }
        }
        return damaged;
    }

    private @Nullable LogPosition unchanged(Segment segment, long nextBase, boolean damaged, @Nullable LogPosition end)
            throws IOException {
        if (damaged && (segment.bytes > Segment.HEADER_BYTES || nextBase < Long.MAX_VALUE)) {
            putAside(segment.path);
            disk.delete(segment.path);
            disk.syncFolder(folder);
            actions.add(
                    new Action(segment.path.getFileName().toString(), 0, 0, "file without any sound record put aside"));
        }
        return end;
    }

    private Segment.Header rebuilt(Segment segment, long producer, List<Found> sound, @Nullable LogPosition before) {
        RecordHeader first = sound.getFirst().header();
        long sequence = before != null && before.recordIndex() == segment.baseIndex
                ? before.sequence()
                : Math.max(0, first.firstSequence() - (first.recordIndex() - segment.baseIndex));
        return new Segment.Header(producer, segment.baseIndex, sequence, first.epoch(), first.appendedAtMillis());
    }

    private void copy(
            SegmentReader reader, Segment segment, long producer, List<Found> sound, Segment.Header header, Path beside)
            throws IOException {
        try (LogFile target = disk.openForWriting(beside)) {
            target.truncate(0);
            target.writeFully(header.encode(), 0);
            long end = Segment.HEADER_BYTES;
            for (Found found : sound) {
                byte[] payload = reader.payloadAt(found.offset(), found.header(), segment.bytes);
                if (payload == null) {
                    throw new IOException("record changed while it was read [offset=" + found.offset() + "]");
                }
                ByteBuffer bytes = ByteBuffer.allocate((int) found.header().recordBytes());
                found.header().write(bytes, producer);
                bytes.put(payload);
                target.writeFully(bytes.clear(), end);
                end += found.header().recordBytes();
            }
            target.sync();
        }
    }

    private void cursors(LogPosition start) throws IOException {
        Path cursors = LogRecovery.cursorFolder(folder);
        if (!Files.isDirectory(cursors)) {
            return;
        }
        for (LogDisk.Entry entry : disk.list(cursors)) {
            Path file = cursors.resolve(entry.name());
            if (entry.name().endsWith(CursorFile.SUFFIX) && CursorFile.read(disk, file) == null) {
                putAside(file);
                Path beside = cursors.resolve(entry.name() + ".new");
                try (CursorFile cursor = CursorFile.open(disk, beside)) {
                    cursor.initialize(CursorFile.State.at(start));
                }
                disk.replace(beside, file);
                disk.syncFolder(cursors);
                actions.add(new Action(
                        "cursors/" + entry.name(),
                        0,
                        0,
                        "unreadable cursor put aside; its consumer begins at the oldest record"));
            }
        }
    }

    /// Keeps a file under its name in the quarantine; costs no space where the file system knows links.
    private void putAside(Path file) throws IOException {
        disk.createFolder(quarantine);
        Path kept = quarantine.resolve(file.getFileName());
        for (int copy = 1; Files.exists(kept); copy++) {
            kept = quarantine.resolve(file.getFileName() + "." + copy);
        }
        try {
            Files.createLink(kept, file);
        } catch (UnsupportedOperationException | IOException noLinks) {
            Files.copy(file, kept);
            try (LogFile copied = disk.openForWriting(kept)) {
                copied.sync();
            }
        }
        disk.syncFolder(quarantine);
        disk.syncFolder(folder.resolve("quarantine"));
    }
}
