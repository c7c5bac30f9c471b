package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What the parts of an open log share: its segments, how far it is written and forced, and the one lock.
///
/// Thread-safety: everything that is not final, and every collection, is guarded by `lock`.
final class LogState {
    private static final System.Logger LOGGER = System.getLogger(LogState.class.getName());

    /// A place in the files.
    record Place(LogPosition position, long segmentBase, long offset) {}

    final Path folder;
    final LogOptions options;
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

    /// The end of what readers may see. With the lock held.
    Place visible() {
        return options.sync() == SyncMode.NONE ? written : synced;
    }

    /// Ends the active segment and begins the next one. With the lock held.
    void startSegment() throws IOException {
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
        segments.put(active.baseIndex, active);
        totalBytes += active.bytes;
        written = new Place(base, active.baseIndex, active.bytes);
    }

    /// Deletes segments that every consumer has passed, as long as a newer one is on disk for certain: the newest
    /// segment is what tells the next process where sequences go on.
    void releaseSegments() {
        List<Segment> released = new ArrayList<>();
        lock.lock();
        try {
            long passed = cursors.values().stream()
                    .mapToLong(cursor -> cursor.committed().recordIndex())
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
        for (Segment segment : released) {
            try {
                disk.delete(segment.path);
            } catch (IOException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "cannot delete a segment that nobody needs any more [file=" + segment.path
                                + "]; it will be tried again when the log is opened",
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
