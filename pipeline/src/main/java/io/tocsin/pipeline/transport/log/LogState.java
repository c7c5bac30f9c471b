package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the parts of an open log share: its segments, how far it is written and forced, and the one
/// lock.
///
/// Thread-safety: everything that is not final, and every collection, is guarded by `lock`.
final class LogState {
    private static final System.Logger LOGGER = System.getLogger(LogState.class.getName());

    /// A place in the files.
    record Place(LogPosition position, long segmentBase, long offset) {}

    final Path folder;

    /// May be changed while the log is open.
    volatile LogOptions options;

    final LogDisk disk;
    final InstantSource clock;
    final LogIdentity identity;
    final LogCounters counters = new LogCounters();
    final ReentrantLock lock = new ReentrantLock();

    /// Signalled when room appeared, a failure was overcome or the log closes.
    final Condition roomAppeared = lock.newCondition();

    /// Signalled when records became visible, forcing failed or the log closes.
    final Condition progress = lock.newCondition();

    /// Signalled when there is something for the forcing thread to do.
    final Condition syncWanted = lock.newCondition();

    /// Signalled when limits may have been passed.
    final Condition careWanted = lock.newCondition();

    final TreeMap<Long, Segment> segments;
    final TreeMap<String, CursorFile.State> cursors;

    /// Segments that are complete but not forced, oldest first; kept open for that.
    final ArrayDeque<LogFile> sealedUnsynced = new ArrayDeque<>();

    Segment active;
    LogFile activeFile;

    /// True when a failed append left bytes behind the end that could not be cut off yet.
    boolean tornBytes;

    /// Segments created since opening; tells whether the folder has to be forced.
    int folderChanges;

    Place written;
    Place synced;
    long totalBytes;

    /// Up to this part of its limit a log counts as spacious …
    private static final int SPACIOUS_SHARE = 8;
    /// … less this, so that a small log never does.
    private static final long SPACIOUS_MARGIN_BYTES = 16L << 20;
    /// With fewer reserves than this left on the file system no log does.
    private static final int SPACIOUS_RESERVES = 3;

    /// Free space on the file system as it was last asked for.
    long usableBytes = Long.MAX_VALUE;

    /// Written under the lock, see [DurableLog#isSpacious()].
    volatile boolean spacious;

    /// Somebody cannot go on before the log is forced.
    boolean syncUrgent;

    /// Why the log takes nothing at the moment; null when it does.
    @Nullable
    String failure;

    /// Who is told of events that a destination will never get.
    volatile Consumer<LostEvents> lostEvents = _ -> {};

    /// True when the active segment's file refused a write: the next record goes into a new one.
    boolean brokenActive;

    /// Why the newest append failed at the disk; null when the last one succeeded.
    @Nullable
    String writeFailure;

    /// Which consumer has reached a limit that makes appenders wait; null when none has.
    @Nullable
    String blockedBy;

    private final Map<String, ConsumerLimits> limits = new HashMap<>();
    private final List<Path> undeleted = new ArrayList<>();

    boolean closed;

    LogState(Path folder, LogOptions options, LogDisk disk, InstantSource clock, LogRecovery.Recovered recovered) {
        this.folder = folder;
        this.options = options;
        this.disk = disk;
        this.clock = clock;
        this.identity = recovered.identity();
        this.segments = recovered.segments();
        this.cursors = recovered.cursors();
        this.active = recovered.active();
        this.activeFile = recovered.activeFile();
        this.written = new Place(recovered.end(), active.baseIndex, active.bytes);
        this.synced = written;
        this.totalBytes = countBytes();
        judgeSpace();
        this.counters.cutBytes = recovered.cutBytes();
        this.counters.damagedCursors = recovered.damagedCursors();
    }

    /// Finds out whether the log is spacious now.
    void judgeSpace() {
        spacious = totalBytes <= options.maxBytes() / SPACIOUS_SHARE - SPACIOUS_MARGIN_BYTES
                && usableBytes >= SPACIOUS_RESERVES * options.reserveBytes();
    }

    long countBytes() {
        return segments.values().stream().mapToLong(segment -> segment.bytes).sum();
    }

    void setLimits(String consumer, ConsumerLimits newLimits) {
        if (newLimits.isNone()) {
            limits.remove(consumer);
        } else {
            limits.put(consumer, newLimits);
        }
        judgeConsumers();
    }

    ConsumerLimits limits(String consumer) {
        return limits.getOrDefault(consumer, ConsumerLimits.NONE);
    }

    /// The shortest time after which records are let go; [Long#MAX_VALUE] when none is.
    long shortestAgeMillis() {
        long shortest =
                options.maxAge().isZero() ? Long.MAX_VALUE : options.maxAge().toMillis();
        for (ConsumerLimits each : limits.values()) {
            if (!each.maxAge().isZero()) {
                shortest = Math.min(shortest, each.maxAge().toMillis());
            }
        }
        return shortest;
    }

    /// Finds out whether a consumer makes appenders wait. With the lock held.
    void judgeConsumers() {
        String before = blockedBy;
        blockedBy = null;
        for (Map.Entry<String, ConsumerLimits> each : limits.entrySet()) {
            CursorFile.State cursor = cursors.get(each.getKey());
            long maxBytes = each.getValue().maxBytes();
            if (cursor != null
                    && maxBytes > 0
                    && each.getValue().whenFull() == WhenFull.BLOCK
                    && heldBytes(cursor) >= maxBytes) {
                blockedBy = each.getKey();
            }
        }
        if (before != null && blockedBy == null) {
            roomAppeared.signalAll();
        }
    }

    /// The segment that holds the record behind a place, or the oldest one.
    Segment segmentOf(LogPosition place) {
        Map.Entry<Long, Segment> entry = segments.floorEntry(place.recordIndex());
        return (entry == null ? segments.firstEntry() : entry).getValue();
    }

    /// Bytes of the records in a segment and all newer ones.
    long bytesFrom(Segment segment) {
        long bytes = 0;
        for (Segment waiting : segments.tailMap(segment.baseIndex).values()) {
            bytes += waiting.bytes - Segment.HEADER_BYTES;
        }
        return bytes;
    }

    /// Bytes that wait for a consumer.
    long heldBytes(CursorFile.State cursor) {
        Segment segment = segmentOf(cursor.hold());
        if (cursor.hold().recordIndex() >= written.position().recordIndex()) {
            return 0;
        }
        boolean hinted = cursor.passed() == null
                && cursor.segmentHint() == segment.baseIndex
                && cursor.offsetHint() >= Segment.HEADER_BYTES;
        return Math.max(0, bytesFrom(segment) - (hinted ? cursor.offsetHint() - Segment.HEADER_BYTES : 0));
    }

    void countLoss(LogLoss loss) {
        lock.lock();
        try {
            counters.letGoRecords += loss.records();
            counters.letGoEvents += loss.events();
        } finally {
            lock.unlock();
        }
        LOGGER.log(
                System.Logger.Level.ERROR,
                "records were let go before they were read [folder={0}, consumer={1}, records={2}, events={3}, from={4}, to={5}, cause={6}]",
                folder,
                loss.consumer(),
                loss.records(),
                loss.events(),
                loss.start(),
                loss.end(),
                loss.cause());
    }

    /// The end of what readers may see. With the lock held.
    Place visible() {
        return options.sync() == SyncMode.NONE ? written : synced;
    }

    /// Ends the active segment and begins the next one. With the lock held.
    void startSegment() throws IOException {
        disk.reached(CrashPoint.SEGMENT_SEALED);
        LogPosition base = written.position();
        Path path = folder.resolve(Segment.name(base.recordIndex()));
        LogFile file;
        try {
            file = LogRecovery.createSegment(disk, path, identity, base, clock.millis());
        } catch (IOException e) {
            disk.delete(path);
            throw e;
        }
        if (options.sync() == SyncMode.NONE) {
            closeQuietly(activeFile);
        } else {
            sealedUnsynced.addLast(activeFile);
        }
        folderChanges++;
        active = new Segment(path, base.recordIndex(), Segment.HEADER_BYTES);
        activeFile = file;
        active.base = base;
        active.createdAtMillis = clock.millis();
        segments.put(active.baseIndex, active);
        totalBytes += active.bytes;
        written = new Place(base, active.baseIndex, active.bytes);
        disk.reached(CrashPoint.SEGMENT_CREATED);
        if (!limits.isEmpty()) {
            judgeConsumers();
            careWanted.signal();
        }
    }

    /// Opens the segments that were written without ever being forced, so that the next force reaches them. With
    /// the lock held.
    void reopenUnforced() throws IOException {
        for (Segment segment : segments.tailMap(synced.segmentBase()).values()) {
            if (segment != active) {
                sealedUnsynced.addLast(disk.openForWriting(segment.path));
            }
        }
        syncUrgent = true;
    }

    /// Deletes segments that every consumer has passed, as long as a newer one is on disk for certain: the newest
    /// segment is what tells the next process where sequences go on.
    void releaseSegments() {
        List<Segment> released = new ArrayList<>();
        lock.lock();
        try {
            long passed = cursors.values().stream()
                    .mapToLong(cursor -> cursor.hold().recordIndex())
                    .min()
                    .orElse(0);
            if (options.sync() != SyncMode.NONE) {
                passed = Math.min(passed, synced.segmentBase());
            }
            while (segments.size() > 1 && segments.higherKey(segments.firstKey()) <= passed) {
                Segment oldest = segments.pollFirstEntry().getValue();
                totalBytes -= oldest.bytes;
                released.add(oldest);
            }
            if (!released.isEmpty()) {
                roomAppeared.signalAll();
            }
        } finally {
            lock.unlock();
        }
        delete(released.stream().map(segment -> segment.path).toList());
    }

    /// Deletes files of segments that nobody needs, also those that could not be deleted before.
    private void delete(List<Path> files) {
        List<Path> wanted;
        lock.lock();
        try {
            if (files.isEmpty() && undeleted.isEmpty()) {
                return;
            }
            wanted = new ArrayList<>(undeleted);
            undeleted.clear();
        } finally {
            lock.unlock();
        }
        wanted.addAll(files);
        for (Path file : wanted) {
            try {
                disk.reached(CrashPoint.PRE_UNLINK);
                disk.delete(file);
                disk.reached(CrashPoint.POST_UNLINK);
            } catch (IOException e) {
                lock.lock();
                try {
                    undeleted.add(file);
                } finally {
                    lock.unlock();
                }
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "cannot delete a segment that nobody needs any more [file=" + file + "]; tries again",
                        e);
            }
        }
    }

    void throwIfClosed() {
        if (closed) {
            throw closedException();
        }
    }

    LogException closedException() {
        return new LogException(LogException.Kind.CLOSED, "log is closed [folder=" + folder + "]");
    }

    void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOGGER.log(System.Logger.Level.WARNING, "cannot close a file of the log [folder=" + folder + "]", e);
        }
    }
}
