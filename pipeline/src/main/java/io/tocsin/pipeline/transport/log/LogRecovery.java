package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Brings a log folder into a state that can be appended to; the part of opening that reads and repairs. See
/// "Recovery" in [DurableLog]. Reads the names of all files, the cursors, and the newest segment; older segments
/// are not touched.
///
/// Thread-safety: one thread.
final class LogRecovery {
    /// Newest segments that may hold bytes which no process forced to disk: the one being written and those sealed
    /// since the last force.
    static final int MAX_UNSYNCED_SEGMENTS = 8;

    private static final System.Logger LOGGER = System.getLogger(LogRecovery.class.getName());

    private final Path folder;
    private final LogDisk disk;
    private final long nowMillis;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final TreeMap<String, CursorFile.State> cursors = new TreeMap<>();
    private int damagedCursors;
    private long cutBytes;
    private long producer;
    private boolean endUnreadable;

    private LogRecovery(Path folder, LogDisk disk, long nowMillis) {
        this.folder = folder;
        this.disk = disk;
        this.nowMillis = nowMillis;
    }

    /// What was found, repaired.
    ///
    /// @param active newest segment, member of `segments`
    /// @param activeFile that segment, open for writing
    record Recovered(
            LogIdentity identity,
            TreeMap<Long, Segment> segments,
            Segment active,
            LogFile activeFile,
            LogPosition end,
            TreeMap<String, CursorFile.State> cursors,
            int damagedCursors,
            long cutBytes) {}

    /// The end of the newest segment.
    private record Tail(Segment segment, Segment.@Nullable Header header, LogPosition end) {}

    static Recovered recover(Path folder, LogDisk disk, long nowMillis, RandomGenerator random) throws IOException {
        return new LogRecovery(folder, disk, nowMillis).run(random);
    }

    static Path cursorFolder(Path folder) {
        return folder.resolve("cursors");
    }

    private Recovered run(RandomGenerator random) throws IOException {
        disk.createFolder(cursorFolder(folder));
        boolean identityExists = false;
        for (LogDisk.Entry entry : disk.list(folder)) {
            OptionalLong base = Segment.baseIndex(entry.name());
            if (base.isPresent()) {
                Path path = folder.resolve(entry.name());
                segments.put(base.getAsLong(), new Segment(path, base.getAsLong(), entry.bytes()));
            } else if (entry.name().endsWith(".new")) {
                disk.delete(folder.resolve(entry.name()));
            } else if (entry.name().equals(LogIdentity.FILE_NAME)) {
                identityExists = true;
            }
        }
        LogIdentity stored = identityExists ? LogIdentity.read(disk, folder.resolve(LogIdentity.FILE_NAME)) : null;
        if (stored != null) {
            producer = stored.producer();
        }
        Tail tail = repairTail();
        readCursors();

        LogPosition end = tail == null ? LogPosition.START : tail.end;
        LogPosition farthest = farthestPassedOn();
        boolean handedOutIsLost = farthest.recordIndex() > end.recordIndex() || farthest.sequence() > end.sequence();
        if (handedOutIsLost) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "log has lost records that were already passed on, a new epoch begins [folder={0}, end={1}, passedOn={2}]",
                    folder,
                    end,
                    farthest);
            end = new LogPosition(
                    Math.max(end.recordIndex(), farthest.recordIndex()), Math.max(end.sequence(), farthest.sequence()));
        }
        LogIdentity identity;
        boolean tailIsOurs = tail != null
                && (tail.header == null
                        || stored == null
                        || (tail.header.producer() == stored.producer() && tail.header.epoch() <= stored.epoch()));
        if (stored != null && tail != null && tailIsOurs && !handedOutIsLost && !endUnreadable) {
            identity = stored;
        } else {
            identity = nextIdentity(stored, tail, random);
            identity.write(disk, folder);
        }
        Segment active;
        LogFile activeFile;
        if (tail != null && tail.header != null && tail.header.epoch() == identity.epoch()) {
            active = tail.segment;
            activeFile = disk.openForWriting(active.path);
        } else {
            Path path = folder.resolve(Segment.name(end.recordIndex()));
            activeFile = createSegment(disk, path, identity, end, nowMillis);
            active = new Segment(path, end.recordIndex(), Segment.HEADER_BYTES);
            segments.put(active.baseIndex, active);
        }
        syncNewest(activeFile);
        return new Recovered(identity, segments, active, activeFile, end, cursors, damagedCursors, cutBytes);
    }

    /// Makes a segment file that holds its header only.
    static LogFile createSegment(LogDisk disk, Path path, LogIdentity identity, LogPosition base, long nowMillis)
            throws IOException {
        LogFile file = disk.openForWriting(path);
        try {
            file.truncate(0);
            file.writeFully(
                    new Segment.Header(
                                    identity.producer(),
                                    base.recordIndex(),
                                    base.sequence(),
                                    identity.epoch(),
                                    nowMillis)
                            .encode(),
                    0);
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Finds the end of the newest segment that holds anything and cuts off what a crash left behind
    /// it.
    private @Nullable Tail repairTail() throws IOException {
        while (!segments.isEmpty()) {
            Segment segment = segments.lastEntry().getValue();
            try (LogFile file = disk.openForWriting(segment.path)) {
                PatientFile patient = new PatientFile(file);
                SegmentReader reader = new SegmentReader(patient, segment.path, producer);
                Segment.Header header = reader.segmentHeader();
                long offset = Segment.HEADER_BYTES;
                LogPosition end = header == null ? null : header.base();
                while (true) {
                    RecordHeader record = reader.headerAt(offset, segment.bytes);
                    boolean sound = record != null
                            && (end == null || record.recordIndex() >= end.recordIndex())
                            && reader.payloadAt(offset, record, segment.bytes) != null;
                    if (!sound || record == null) {
                        long minimum = end == null ? segment.baseIndex : end.recordIndex();
                        long next = reader.findNext(offset + RecordHeader.ALIGNMENT, segment.bytes, minimum);
                        if (next < 0) {
                            break;
                        }
                        offset = next;
                    } else {
                        end = new LogPosition(record.recordIndex() + 1, record.endSequence());
                        offset += record.recordBytes();
                    }
                }
                segment.unreadable = patient.hasRefused();
                if (end != null && segment.unreadable && segment.bytes > offset) {
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "the disk does not give back the end of the log, a new epoch begins behind what can be read"
                                    + " [file={0}, offset={1}, bytes={2}]: look at the disk",
                            segment.path,
                            offset,
                            segment.bytes - offset);
                    endUnreadable = true;
                    segment.bytes = Math.max(offset, Segment.HEADER_BYTES);
                    return new Tail(segment, header, end);
                }
                if (end != null) {
                    cut(segment, file, offset);
                    return new Tail(segment, header, end);
                }
            }
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "removed a segment that a crash left without any record [file={0}, bytes={1}]",
                    segment.path,
                    segment.bytes);
            cutBytes += segment.bytes;
            disk.delete(segment.path);
            segments.remove(segment.baseIndex);
        }
        return null;
    }

    private void cut(Segment segment, LogFile file, long end) throws IOException {
        if (segment.bytes > end) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cut off the torn end of the log [file={0}, offset={1}, bytes={2}]",
                    segment.path,
                    end,
                    segment.bytes - end);
            cutBytes += segment.bytes - end;
            file.truncate(end);
        }
        segment.bytes = Math.max(end, Segment.HEADER_BYTES);
    }

    private void readCursors() throws IOException {
        for (LogDisk.Entry entry : disk.list(cursorFolder(folder))) {
            if (!entry.name().endsWith(CursorFile.SUFFIX)) {
                continue;
            }
            String name = entry.name().substring(0, entry.name().length() - CursorFile.SUFFIX.length());
            Path path = cursorFolder(folder).resolve(entry.name());
            CursorFile.State state = CursorFile.read(disk, path);
            if (state == null) {
                damagedCursors++;
                LogPosition oldest = oldest();
                LOGGER.log(
                        System.Logger.Level.ERROR,
                        "cursor is unreadable, its consumer starts again at the oldest record [file={0}, position={1}]",
                        path,
                        oldest);
                state = CursorFile.State.at(oldest);
            }
            cursors.put(name, state);
        }
    }

    private LogPosition oldest() throws IOException {
        return segments.isEmpty()
                ? LogPosition.START
                : base(disk, segments.firstEntry().getValue(), producer);
    }

    /// The place before a segment's first record, as far as the segment can say.
    static LogPosition base(LogDisk disk, Segment segment, long producer) throws IOException {
        try (LogFile file = disk.openForReading(segment.path)) {
            SegmentReader reader = new SegmentReader(file, segment.path, producer, true);
            Segment.Header header = reader.segmentHeader();
            if (header != null && header.baseIndex() == segment.baseIndex) {
                return header.base();
            }
            long first = reader.findNext(Segment.HEADER_BYTES, segment.bytes, segment.baseIndex);
            RecordHeader record = first < 0 ? null : reader.headerAt(first, segment.bytes);
            return new LogPosition(segment.baseIndex, record == null ? 0 : record.firstSequence());
        }
    }

    private LogPosition farthestPassedOn() {
        long index = 0;
        long sequence = 0;
        for (CursorFile.State state : cursors.values()) {
            index = Math.max(index, state.farthestIndex());
            sequence = Math.max(sequence, state.farthestSequence());
        }
        return new LogPosition(index, sequence);
    }

    private LogIdentity nextIdentity(@Nullable LogIdentity stored, @Nullable Tail tail, RandomGenerator random)
            throws IOException {
        if (stored != null) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "log begins a new epoch [folder={0}, epoch={1}]",
                    folder,
                    stored.epoch() + 1);
            int newest = tail == null || tail.header == null ? 0 : tail.header.epoch();
            return new LogIdentity(stored.producer(), Math.max(stored.epoch(), newest) + 1);
        }
        List<Segment> newestFirst = new ArrayList<>(segments.descendingMap().values());
        if (tail != null && !newestFirst.contains(tail.segment)) {
            newestFirst.addFirst(tail.segment);
        }
        for (Segment segment : newestFirst) {
            try (LogFile file = disk.openForReading(segment.path)) {
                Segment.Header header = Segment.readHeader(file, segment.path);
                if (header != null) {
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "identity of the log is unreadable, rebuilt from a segment [folder={0}, epoch={1}]",
                            folder,
                            header.epoch() + 1);
                    return new LogIdentity(header.producer(), header.epoch() + 1);
                }
            }
        }
        return new LogIdentity(random.nextLong(), 1);
    }

    /// Forces what an earlier process may have written without forcing it: readers may see all of it
    /// from now on.
    private void syncNewest(LogFile activeFile) throws IOException {
        int count = 0;
        for (Map.Entry<Long, Segment> entry : segments.descendingMap().entrySet()) {
            if (count == 0) {
                activeFile.sync();
            } else {
                try (LogFile file = disk.openForWriting(entry.getValue().path)) {
                    file.sync();
                }
            }
            if (++count > MAX_UNSYNCED_SEGMENTS) {
                break;
            }
        }
        disk.syncFolder(folder);
        disk.syncFolder(cursorFolder(folder));
    }
}
