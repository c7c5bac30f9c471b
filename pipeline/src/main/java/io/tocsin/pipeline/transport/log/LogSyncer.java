package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// The forcing end of a log: one thread that forces what was written, for all who wait together, and saves the
/// records elsewhere when the disk refuses.
///
/// Thread-safety: any thread; forcing happens outside the log's lock.
final class LogSyncer {
    private static final System.Logger LOGGER = System.getLogger(LogSyncer.class.getName());

    /// How often a failed force is tried again in a new file.
    private static final Duration REPAIR_RETRY = Duration.ofSeconds(1);

    /// As many bytes written while a force ran say that senders do not wait for it: the next force may gather.
    private static final long GATHER_BYTES = 64 << 10;

    /// How many times as long as the last force took the next one gathers.
    private static final int GATHER_FORCES = 4;

    /// The longest time for which a force gathers what those who do not wait go on to write.
    private static final Duration GATHER_LIMIT = Duration.ofMillis(5);

    private final LogState state;
    private final Thread thread;

    /// Held while forcing, so that only one thread does. Taken before the log's lock.
    private final ReentrantLock syncLock = new ReentrantLock();

    private int syncWaiters;

    /// How many of the segments created are known by name on disk.
    private volatile int syncedFolderChanges;

    LogSyncer(LogState state) {
        this.state = state;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("log-sync-" + state.folder.getFileName())
                .unstarted(this::syncWhenWanted);
    }

    void start() {
        thread.start();
    }

    /// Waits until everything before a place is on disk. Returns at once at the levels at which an acknowledgement
    /// does not wait for that.
    ///
    /// @throws LogException retriable when forcing failed or did not happen in time: the records may or may not
    ///     survive
    void awaitSynced(LogPosition position, Duration timeout) throws InterruptedException {
        if (!state.options.sync().waits()) {
            return;
        }
        long remainingNanos = timeout.toNanos();
        state.lock.lockInterruptibly();
        try {
            syncWaiters++;
            state.syncWanted.signal();
            while (state.synced.position().compareTo(position) < 0) {
                if (state.closed) {
                    throw state.closedException();
                }
                if (state.failure != null) {
                    throw new LogException(LogException.Kind.UNAVAILABLE, state.failure);
                }
                if (remainingNanos <= 0) {
                    throw new LogException(
                            LogException.Kind.UNAVAILABLE,
                            "disk did not confirm the record in time [folder=" + state.folder + ", waited=" + timeout
                                    + "]; check the disk's load");
                }
                remainingNanos = state.progress.awaitNanos(remainingNanos);
            }
        } finally {
            syncWaiters--;
            state.lock.unlock();
        }
    }

    /// Waits for the same, but leaves it to the caller of [#awaitSynced] to learn that it did not happen in time:
    /// the record is in the log and must not be appended again.
    void awaitForced(LogPosition position, Duration timeout) throws InterruptedException {
        try {
            awaitSynced(position, timeout);
        } catch (LogException notYet) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    "disk did not confirm a record in time [position={0}, reason={1}]",
                    position,
                    notYet.getMessage());
        }
    }

    private void syncWhenWanted() {
        long dueNanos = System.nanoTime() + state.options.syncInterval().toNanos();
        state.lock.lock();
        try {
            while (!state.closed) {
                long leftNanos = dueNanos - System.nanoTime();
                boolean urgent = state.failure == null
                        && (state.syncUrgent || (state.options.sync().waits() && syncWaiters > 0));
                boolean allForced = state.written.equals(state.synced) && state.sealedUnsynced.isEmpty();
                // What was written at another level may be in the way of appending at this one.
                if (allForced || (state.options.sync() == SyncMode.NONE && !urgent)) {
                    state.syncWanted.awaitUninterruptibly();
                } else if (leftNanos > 0 && !urgent) {
                    awaitSyncWanted(leftNanos);
                } else {
                    long begunNanos = System.nanoTime();
                    state.lock.unlock();
                    try {
                        syncNow();
                        gather(System.nanoTime() - begunNanos);
                    } finally {
                        state.lock.lock();
                    }
                    dueNanos = System.nanoTime()
                            + (state.failure == null ? state.options.syncInterval() : REPAIR_RETRY).toNanos();
                }
            }
        } finally {
            state.lock.unlock();
        }
    }

    /// Rests for some times as long as the last force took, when much was written meanwhile: the disk and its
    /// journal are then asked less often for the same bytes. Who waits for an acknowledgement before sending more
    /// finds nothing written meanwhile and is not held up.
    private void gather(long forcedNanos) {
        state.lock.lock();
        try {
            LogState.Place written = state.written;
            LogState.Place synced = state.synced;
            if (state.closed
                    || state.syncUrgent
                    || state.failure != null
                    || (written.segmentBase() == synced.segmentBase()
                            && written.offset() - synced.offset() < GATHER_BYTES)) {
                return;
            }
        } finally {
            state.lock.unlock();
        }
        LockSupport.parkNanos(Math.min(GATHER_FORCES * forcedNanos, GATHER_LIMIT.toNanos()));
    }

    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private void awaitSyncWanted(long nanos) {
        try {
            long ignored = state.syncWanted.awaitNanos(nanos);
        } catch (InterruptedException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "nobody interrupts the forcing thread; it goes on", e);
        }
    }

    /// Forces everything that was written before the call. Failure ends in `failure` being set.
    private void syncNow() {
        syncLock.lock();
        try {
            LogState.Place target;
            List<LogFile> files;
            int folderTarget;
            state.lock.lock();
            try {
                target = state.written;
                files = new ArrayList<>(state.sealedUnsynced);
                files.add(state.activeFile);
                folderTarget = state.folderChanges;
                state.syncUrgent = false;
                if (state.failure != null) {
                    rescueUnsynced();
                    return;
                }
            } finally {
                state.lock.unlock();
            }
            try {
                for (LogFile file : files) {
                    file.sync();
                }
                if (folderTarget != syncedFolderChanges) {
                    state.disk.syncFolder(state.folder);
                }
                state.disk.reached(CrashPoint.FSYNC_DONE);
            } catch (IOException | RuntimeException e) {
                state.lock.lock();
                try {
                    state.counters.syncFailures++;
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "disk failed to force the log, unforced records are copied to a new file [folder="
                                    + state.folder + ", forced=" + state.synced.position() + ", written="
                                    + state.written.position() + "]",
                            e);
                    rescueUnsynced();
                } finally {
                    state.lock.unlock();
                }
                return;
            }
            state.lock.lock();
            try {
                for (int i = 0; i < files.size() - 1; i++) {
                    state.closeQuietly(state.sealedUnsynced.removeFirst());
                }
                syncedFolderChanges = folderTarget;
                state.counters.syncs++;
                state.synced = target;
                state.progress.signalAll();
                state.roomAppeared.signalAll();
            } finally {
                state.lock.unlock();
            }
            state.releaseSegments();
        } finally {
            syncLock.unlock();
        }
    }

    /// Copies what is written but not forced into a new file, forces that and goes on with it. With both locks
    /// held.
    private void rescueUnsynced() {
        try {
            LogRescue.Rescued rescued = LogRescue.rescue(
                    state.disk,
                    state.folder,
                    state.identity,
                    state.segments.tailMap(state.synced.segmentBase()),
                    state.synced,
                    state.clock.millis());
            for (Segment obsolete : rescued.obsolete()) {
                state.segments.remove(obsolete.baseIndex);
            }
            state.closeQuietly(state.activeFile);
            state.sealedUnsynced.forEach(state::closeQuietly);
            state.sealedUnsynced.clear();
            state.segments.put(rescued.segment().baseIndex, rescued.segment());
            state.active = rescued.segment();
            state.activeFile = rescued.file();
            state.tornBytes = false;
            state.totalBytes = state.segments.values().stream()
                    .mapToLong(segment -> segment.bytes)
                    .sum();
            state.written = new LogState.Place(state.written.position(), state.active.baseIndex, state.active.bytes);
            state.synced = state.written;
            syncedFolderChanges = state.folderChanges;
            state.failure = null;
            state.roomAppeared.signalAll();
        } catch (IOException | RuntimeException e) {
            state.failure = "disk failed to force the log and the records could not be saved elsewhere yet [folder="
                    + state.folder + ", forced=" + state.synced.position() + "]: " + e.getMessage()
                    + "; check the disk";
            LOGGER.log(System.Logger.Level.ERROR, state.failure, e);
        }
        state.progress.signalAll();
    }

    /// Ends the thread after the log was marked closed, and forces what is left.
    ///
    /// @throws LogException when that failed
    void finish() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        syncNow();
        state.lock.lock();
        try {
            if (state.failure != null) {
                throw new LogException(LogException.Kind.UNAVAILABLE, state.failure);
            }
        } finally {
            state.lock.unlock();
        }
    }
}
