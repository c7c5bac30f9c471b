package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An append-only log of opaque records in one folder: the only buffer on disk of a service. Many threads append,
/// named consumers read everything in order and remember how far they got.
///
/// ## Constraints
///
/// - A record that `append` returned for survives the death of the process. A record that `awaitSynced` returned
///   for survives the death of the machine, unless the disk lies.
/// - Records have one total order. Record indexes and event sequences start at 0, have no holes when written and
///   are never used twice within an epoch.
/// - In the modes that force, a consumer sees a record only after it was forced. So nothing that left this machine
///   can be lost by it and replaced by something else under the same sequence.
/// - A failed force is never retried as if nothing had happened: the kernel may have dropped the pages. What was
///   not forced yet is copied to a new file, which is forced instead; until that succeeds, appending and waiting
///   fail.
/// - A full disk, or the log's own limit, blocks appenders and damages nothing. Moving a cursor needs no space.
/// - Damage costs the records that it hit. The others are still delivered, and what was lost is counted and logged.
/// - Opening reads the newest segment only, however many there are.
///
/// ## Layout
///
/// ```
/// folder/identity                    who the log is: producer, epoch (LogIdentity)
/// folder/lock                        held while open (FolderLock)
/// folder/0000000000000000.segment    header (Segment), then records (RecordHeader, payload, padding)
/// folder/000000000000a3f1.segment    name: index of the first record, 16 hex digits
/// folder/cursors/<consumer>.cursor   two slots (CursorFile)
/// ```
///
/// Records are never changed and never span segments. A record belongs to the segment with the greatest base index
/// not above its own; copies of it in older files (left by the handling of a failed force) do not count.
///
/// ## Recovery
///
/// 1. The newest segment is read to its end with all checksums. Bytes after its last sound record are a torn tail:
///    they are cut off and counted. Bad bytes that sound records follow are damage, not a tail, and stay for the
///    readers to skip.
/// 2. A newest segment without any sound record and header is what a crash left of a creation: it is deleted and
///    the one before it is looked at.
/// 3. What remains is forced once, since from now on readers see it.
/// 4. A cursor whose both slots are damaged starts again at the oldest record; never does a cursor block a start.
/// 5. The epoch is increased when sequences could repeat otherwise: the identity or all segments are gone, or a
///    cursor shows that records were passed on which the log does not hold any more. A new epoch begins with a new
///    segment, and its sequences go on from the greatest known.
///
/// ## Format changes
///
/// Magic and version stand in every file. A newer version is refused untouched.
///
/// Thread-safety: any thread. One lock guards everything; forcing happens outside it.
public final class DurableLog implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DurableLog.class.getName());
    private static final Pattern CONSUMER_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final int STAGING_BYTES = 256 * 1024;

    /// Appended bytes after which the free space is asked for again.
    private static final long SPACE_CHECK_BYTES = 4 * 1024 * 1024;

    /// How often a blocked appender looks again whether somebody else made room on the disk.
    private static final Duration SPACE_RETRY = Duration.ofMillis(200);

    /// How often a failed force is tried again in a new file.
    private static final Duration REPAIR_RETRY = Duration.ofSeconds(1);

    /// A place in the files.
    record Place(LogPosition position, long segmentBase, long offset) {}

    /// A segment as a reader sees it at one moment.
    record SegmentView(Segment segment, long bytes, long nextBaseIndex) {
        long baseIndex() {
            return segment.baseIndex;
        }
    }

    private final Path folder;
    private final LogOptions options;
    private final LogDisk disk;
    private final InstantSource clock;
    private final FolderLock folderLock;
    private final LogIdentity identity;
    private final LogCounters counters = new LogCounters();

    private final ReentrantLock lock = new ReentrantLock();
    /// Signalled when room appeared, a failure was overcome or the log closes.
    private final Condition roomAppeared = lock.newCondition();
    /// Signalled when the synced place moved, forcing failed or the log closes.
    private final Condition progress = lock.newCondition();
    /// Signalled when there is something for the forcing thread to do.
    private final Condition syncWanted = lock.newCondition();
    /// Held while forcing, so that only one thread does.
    private final ReentrantLock syncLock = new ReentrantLock();

    private final TreeMap<Long, Segment> segments;
    private final TreeMap<String, CursorFile.State> cursors;
    private final Set<String> openConsumers = new HashSet<>();
    private final ArrayDeque<LogFile> sealedUnsynced = new ArrayDeque<>();
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private final Thread syncThread;

    private Segment active;
    private LogFile activeFile;
    private boolean tornBytes;
    private Place written;
    private Place synced;
    private long totalBytes;
    private long bytesSinceSpaceCheck = SPACE_CHECK_BYTES;
    private int syncWaiters;
    private boolean syncUrgent;
    /// Segments created, and how many of those creations are known to be on disk.
    private int folderChanges;

    private volatile int syncedFolderChanges;
    private @Nullable String failure;
    private boolean closed;

    /// Opens a log folder, makes it when it does not exist, and repairs what a crash left.
    ///
    /// @param folder the log's own folder
    /// @param options limits; may differ from those of the last opening
    /// @param clock gives the time of append
    /// @throws LogException when another opener has the folder, its format is too new or the disk fails
    public static DurableLog open(Path folder, LogOptions options, InstantSource clock) {
        return open(folder, options, clock, new OperatingSystemDisk(), new SecureRandom());
    }

    static DurableLog open(Path folder, LogOptions options, InstantSource clock, LogDisk disk, RandomGenerator random) {
        FolderLock folderLock = null;
        try {
            folderLock = FolderLock.acquire(folder);
            LogRecovery.Recovered recovered = LogRecovery.recover(folder, disk, clock.millis(), random);
            DurableLog log = new DurableLog(folder, options, disk, clock, folderLock, recovered);
            log.releaseSegments();
            log.syncThread.start();
            return log;
        } catch (IOException | RuntimeException e) {
            release(folderLock, e);
            if (e instanceof LogException known) {
                throw known;
            }
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot open the log [folder=" + folder + "]: " + e.getMessage() + "; check space and permissions",
                    e);
        }
    }

    private static void release(@Nullable FolderLock folderLock, Exception because) {
        if (folderLock != null) {
            try {
                folderLock.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    private DurableLog(
            Path folder,
            LogOptions options,
            LogDisk disk,
            InstantSource clock,
            FolderLock folderLock,
            LogRecovery.Recovered recovered) {
        this.folder = folder;
        this.options = options;
        this.disk = disk;
        this.clock = clock;
        this.folderLock = folderLock;
        this.identity = recovered.identity();
        this.segments = recovered.segments();
        this.cursors = recovered.cursors();
        this.active = recovered.active();
        this.activeFile = recovered.activeFile();
        this.written = new Place(recovered.end(), active.baseIndex, active.bytes);
        this.synced = written;
        this.totalBytes =
                segments.values().stream().mapToLong(segment -> segment.bytes).sum();
        this.counters.cutBytes = recovered.cutBytes();
        this.counters.damagedCursors = recovered.damagedCursors();
        this.syncThread = Thread.ofPlatform()
                .daemon()
                .name("log-sync-" + folder.getFileName())
                .unstarted(this::syncWhenWanted);
    }

    /// The folder that the log lives in.
    public Path folder() {
        return folder;
    }

    /// 64 random bits made together with the log.
    public long producer() {
        return identity.producer();
    }

    /// Epoch under which records are appended now, from 1.
    public int epoch() {
        return identity.epoch();
    }

    /// The place before the oldest record that is still kept.
    public LogPosition start() {
        Segment oldest;
        lock.lock();
        try {
            oldest = segments.firstEntry().getValue();
        } finally {
            lock.unlock();
        }
        try {
            return baseOf(oldest);
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot read the oldest segment [file=" + oldest.path + "]: " + e.getMessage(),
                    e);
        }
    }

    /// The place after the newest record.
    public LogPosition end() {
        lock.lock();
        try {
            return written.position();
        } finally {
            lock.unlock();
        }
    }

    /// Appends a record. When it returns, the record survives the death of this process; use `awaitSynced` for
    /// more.
    ///
    /// @param bytes holds the payload; not kept
    /// @param offset where the payload begins
    /// @param length bytes of the payload, at most the configured longest record
    /// @param eventCount events in the payload, at least 0
    /// @param timeout how long to wait for room when the log or the disk is full, or forcing has failed; zero fails
    /// at once
    /// @return the place after the record; its first event has this place's sequence minus `eventCount`
    /// @throws LogException retriable when there was no room in time, nothing was appended then; not retriable when
    /// closed
    public LogPosition append(byte[] bytes, int offset, int length, int eventCount, Duration timeout)
            throws InterruptedException {
        boolean fits = length <= options.maxRecordBytes()
                && RecordHeader.recordBytes(length) <= options.maxBytes() - 2L * Segment.HEADER_BYTES;
        if (!fits || eventCount < 0) {
            throw new IllegalArgumentException("record is not possible [bytes=" + length + ", maxBytes="
                    + options.maxRecordBytes() + ", events=" + eventCount + "]");
        }
        int payloadChecksum = RecordHeader.checksum(bytes, offset, length);
        long remainingNanos = timeout.toNanos();
        boolean counted = false;
        lock.lockInterruptibly();
        try {
            while (true) {
                LogException obstacle = obstacle(RecordHeader.recordBytes(length));
                if (obstacle == null) {
                    try {
                        return write(bytes, offset, length, eventCount, payloadChecksum);
                    } catch (IOException e) {
                        obstacle = writeFailed(e, length);
                    }
                }
                if (!obstacle.retriable() || remainingNanos <= 0) {
                    throw obstacle;
                }
                if (!counted) {
                    counters.fullWaits++;
                    counted = true;
                }
                long waitNanos = Math.min(remainingNanos, SPACE_RETRY.toNanos());
                remainingNanos -= waitNanos - roomAppeared.awaitNanos(waitNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Appends a whole array; see the other form.
    public LogPosition append(byte[] bytes, int eventCount, Duration timeout) throws InterruptedException {
        return append(bytes, 0, bytes.length, eventCount, timeout);
    }

    /// Waits until everything before a place is on disk. Returns at once when the log does not force
    /// ([SyncMode#NONE]).
    ///
    /// @throws LogException retriable when forcing failed or did not happen in time: the records may or may not
    /// survive
    public void awaitSynced(LogPosition position, Duration timeout) throws InterruptedException {
        if (options.sync() == SyncMode.NONE) {
            return;
        }
        long remainingNanos = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            syncWaiters++;
            syncWanted.signal();
            while (synced.position().compareTo(position) < 0) {
                if (closed) {
                    throw closedException();
                }
                if (failure != null) {
                    throw new LogException(LogException.Kind.UNAVAILABLE, failure);
                }
                if (remainingNanos <= 0) {
                    throw new LogException(
                            LogException.Kind.UNAVAILABLE,
                            "disk did not confirm the record in time [folder=" + folder + ", waited=" + timeout
                                    + "]; check the disk's load");
                }
                remainingNanos = progress.awaitNanos(remainingNanos);
            }
        } finally {
            syncWaiters--;
            lock.unlock();
        }
    }

    /// Opens the consumer of a name, and registers it when it is new: it then begins at the oldest record that is
    /// still kept.
    ///
    /// @param name lower-case letters, digits, `.`, `_` and `-`, at most 64
    /// @throws IllegalStateException when a consumer of that name is open already
    public LogConsumer consumer(String name) {
        if (!CONSUMER_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name of a consumer must be lower-case letters, digits, '.', '_' or '-' [name=" + name + "]");
        }
        LogPosition oldest = start();
        CursorFile.State state;
        lock.lock();
        try {
            throwIfClosed();
            if (!openConsumers.add(name)) {
                throw new IllegalStateException("consumer is already open [name=" + name + ", folder=" + folder + "]");
            }
            state = cursors.computeIfAbsent(name, _ -> new CursorFile.State(0, oldest, -1, -1, null));
        } finally {
            lock.unlock();
        }
        try {
            CursorFile file = CursorFile.open(disk, cursorPath(name));
            try {
                file.initialize(state);
                disk.syncFolder(LogRecovery.cursorFolder(folder));
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
            return new LogConsumer(this, name, file, state);
        } catch (IOException e) {
            lock.lock();
            try {
                openConsumers.remove(name);
            } finally {
                lock.unlock();
            }
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot open the cursor [consumer=" + name + ", folder=" + folder + "]: " + e.getMessage(),
                    e);
        }
    }

    /// Forgets a consumer for good, so that it holds no segment any more.
    ///
    /// @throws IllegalStateException when it is open
    public void forget(String name) {
        lock.lock();
        try {
            if (openConsumers.contains(name)) {
                throw new IllegalStateException("consumer is open [name=" + name + ", folder=" + folder + "]");
            }
            cursors.remove(name);
        } finally {
            lock.unlock();
        }
        try {
            disk.delete(cursorPath(name));
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot delete the cursor [consumer=" + name + ", folder=" + folder + "]: " + e.getMessage(),
                    e);
        }
        releaseSegments();
    }

    /// A reader without durable cursor, for looking into the log.
    public LogReader reader(LogPosition from) {
        return new LogReader(this, "reader", from, null);
    }

    /// What the log looks like now. Reads one record header per consumer from disk.
    public LogMetrics metrics() {
        LogPosition start = start();
        Map<String, CursorFile.State> states;
        lock.lock();
        try {
            states = new TreeMap<>(cursors);
        } finally {
            lock.unlock();
        }
        List<LogMetrics.ConsumerBacklog> backlogs = new ArrayList<>();
        states.forEach((name, state) -> backlogs.add(backlog(name, state)));
        lock.lock();
        try {
            return counters.snapshot(
                    totalBytes,
                    options.maxBytes(),
                    segments.size(),
                    start,
                    written.position(),
                    options.sync() == SyncMode.NONE ? written.position() : synced.position(),
                    failure,
                    List.copyOf(backlogs));
        } finally {
            lock.unlock();
        }
    }

    /// Forces what was appended, stops and releases the folder. Consumers and readers fail from now on.
    ///
    /// @throws LogException when the last force failed; the folder is released all the same
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            roomAppeared.signalAll();
            progress.signalAll();
            syncWanted.signalAll();
        } finally {
            lock.unlock();
        }
        joinSyncThread();
        try {
            syncNow();
            lock.lock();
            try {
                if (failure != null) {
                    throw new LogException(LogException.Kind.UNAVAILABLE, failure);
                }
            } finally {
                lock.unlock();
            }
        } finally {
            closeQuietly(activeFile);
            sealedUnsynced.forEach(this::closeQuietly);
            closeQuietly(folderLock);
        }
    }

    private void joinSyncThread() {
        boolean interrupted = false;
        while (true) {
            try {
                syncThread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- appending; all with the lock held

    private @Nullable LogException obstacle(long recordBytes) {
        if (closed) {
            return closedException();
        }
        if (failure != null) {
            return new LogException(LogException.Kind.UNAVAILABLE, failure);
        }
        if (totalBytes + recordBytes > options.maxBytes()) {
            startAfreshWhenAllIsConsumed();
            if (totalBytes + recordBytes > options.maxBytes()) {
                return new LogException(
                        LogException.Kind.FULL,
                        "log has reached its limit [folder=" + folder + ", bytes=" + totalBytes + ", maxBytes="
                                + options.maxBytes() + "]; it goes on when consumers catch up, or raise the limit");
            }
        }
        if (needsNewSegment(recordBytes) && sealedUnsynced.size() >= LogRecovery.MAX_UNSYNCED_SEGMENTS - 1) {
            syncUrgent = true;
            syncWanted.signal();
            return new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "disk is slower than appending [folder=" + folder + ", unforcedSegments=" + sealedUnsynced.size()
                            + "]; try again");
        }
        return options.reserveBytes() > 0 && bytesSinceSpaceCheck >= SPACE_CHECK_BYTES ? checkSpace(recordBytes) : null;
    }

    private @Nullable LogException checkSpace(long recordBytes) {
        try {
            long usable = disk.usableBytes(folder);
            if (usable < options.reserveBytes() + recordBytes) {
                return new LogException(
                        LogException.Kind.FULL,
                        "disk has no space left beyond the reserve [folder=" + folder + ", usableBytes=" + usable
                                + ", reserveBytes=" + options.reserveBytes() + "]; free space on the file system");
            }
            bytesSinceSpaceCheck = 0;
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "cannot ask for the free space; writing will tell", e);
        }
        return null;
    }

    private boolean needsNewSegment(long recordBytes) {
        return active.bytes + recordBytes > options.segmentBytes() && active.bytes > Segment.HEADER_BYTES;
    }

    /// The limit may be reached by a segment that every consumer is done with but which is still being written to.
    private void startAfreshWhenAllIsConsumed() {
        boolean allConsumed = !cursors.isEmpty()
                && cursors.values().stream()
                        .allMatch(state -> state.committed().recordIndex()
                                >= written.position().recordIndex());
        if (allConsumed && active.bytes > Segment.HEADER_BYTES) {
            try {
                startSegment();
                releaseSegments();
            } catch (IOException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "cannot begin a segment to make room; appending will tell", e);
            }
        }
    }

    private LogPosition write(byte[] bytes, int offset, int length, int eventCount, int payloadChecksum)
            throws IOException {
        long recordBytes = RecordHeader.recordBytes(length);
        if (tornBytes) {
            activeFile.truncate(active.bytes);
            tornBytes = false;
        }
        if (needsNewSegment(recordBytes)) {
            startSegment();
        }
        LogPosition start = written.position();
        RecordHeader header = new RecordHeader(
                length,
                start.recordIndex(),
                start.sequence(),
                eventCount,
                identity.epoch(),
                clock.millis(),
                payloadChecksum);
        try {
            writeRecord(header, bytes, offset);
        } catch (IOException | RuntimeException e) {
            tornBytes = true;
            activeFile.truncate(active.bytes);
            tornBytes = false;
            throw e;
        }
        boolean wasSynced = written.equals(synced);
        LogPosition end = new LogPosition(start.recordIndex() + 1, header.endSequence());
        active.bytes += recordBytes;
        totalBytes += recordBytes;
        bytesSinceSpaceCheck += recordBytes;
        written = new Place(end, active.baseIndex, active.bytes);
        counters.appendedRecords++;
        counters.appendedEvents += eventCount;
        counters.appendedBytes += length;
        if (options.sync() == SyncMode.NONE) {
            progress.signalAll();
        } else if (wasSynced) {
            syncWanted.signal();
        }
        return end;
    }

    private void writeRecord(RecordHeader header, byte[] bytes, int offset) throws IOException {
        long at = active.bytes;
        int from = offset;
        int left = header.payloadBytes();
        int padding = (int) (header.recordBytes() - RecordHeader.BYTES - left);
        staging.clear();
        header.write(staging, identity.producer());
        while (true) {
            int part = Math.min(left, staging.remaining());
            staging.put(bytes, from, part);
            from += part;
            left -= part;
            if (left == 0 && staging.remaining() >= padding) {
                while (padding-- > 0) {
                    staging.put((byte) 0);
                }
                activeFile.writeFully(staging.flip(), at);
                return;
            }
            int size = staging.flip().remaining();
            activeFile.writeFully(staging, at);
            at += size;
            staging.clear();
        }
    }

    private LogException writeFailed(IOException e, int length) {
        bytesSinceSpaceCheck = SPACE_CHECK_BYTES;
        long usable = Long.MAX_VALUE;
        try {
            usable = disk.usableBytes(folder);
        } catch (IOException unknown) {
            e.addSuppressed(unknown);
        }
        boolean full = usable < RecordHeader.recordBytes(length) + Segment.HEADER_BYTES;
        return new LogException(
                full ? LogException.Kind.FULL : LogException.Kind.UNAVAILABLE,
                "cannot append to the log [folder=" + folder + ", usableBytes=" + usable + "]: " + e.getMessage()
                        + "; check the disk, the record can be appended again",
                e);
    }

    private void startSegment() throws IOException {
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
        segments.put(active.baseIndex, active);
        totalBytes += active.bytes;
        boolean wasSynced = written.equals(synced);
        written = new Place(base, active.baseIndex, active.bytes);
        if (wasSynced) {
            synced = written;
        }
    }

    // ---- forcing

    private void syncWhenWanted() {
        long intervalNanos = options.syncInterval().toNanos();
        long dueNanos = System.nanoTime() + intervalNanos;
        lock.lock();
        try {
            while (!closed) {
                long leftNanos = dueNanos - System.nanoTime();
                boolean urgent =
                        failure == null && (syncUrgent || (options.sync() == SyncMode.GROUP && syncWaiters > 0));
                if (options.sync() == SyncMode.NONE || (written.equals(synced) && sealedUnsynced.isEmpty())) {
                    syncWanted.awaitUninterruptibly();
                } else if (leftNanos > 0 && !urgent) {
                    awaitSyncWanted(leftNanos);
                } else {
                    lock.unlock();
                    try {
                        syncNow();
                    } finally {
                        lock.lock();
                    }
                    dueNanos = System.nanoTime() + (failure == null ? intervalNanos : REPAIR_RETRY.toNanos());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the caller loops
    private void awaitSyncWanted(long nanos) {
        try {
            long ignored = syncWanted.awaitNanos(nanos);
        } catch (InterruptedException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "nobody interrupts the forcing thread; it goes on", e);
        }
    }

    /// Forces everything that was written before the call. Failure ends in `failure` being set.
    private void syncNow() {
        syncLock.lock();
        try {
            Place target;
            List<LogFile> files;
            int folderTarget;
            lock.lock();
            try {
                target = written;
                files = new ArrayList<>(sealedUnsynced);
                files.add(activeFile);
                folderTarget = folderChanges;
                syncUrgent = false;
                if (failure != null) {
                    rescueUnsynced();
                    return;
                }
            } finally {
                lock.unlock();
            }
            try {
                for (LogFile file : files) {
                    file.sync();
                }
                if (folderTarget != syncedFolderChanges) {
                    disk.syncFolder(folder);
                }
            } catch (IOException | RuntimeException e) {
                lock.lock();
                try {
                    counters.syncFailures++;
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "disk failed to force the log, unforced records are copied to a new file [folder=" + folder
                                    + ", forced=" + synced.position() + ", written=" + written.position() + "]",
                            e);
                    rescueUnsynced();
                } finally {
                    lock.unlock();
                }
                return;
            }
            lock.lock();
            try {
                for (int i = 0; i < files.size() - 1; i++) {
                    closeQuietly(sealedUnsynced.removeFirst());
                }
                syncedFolderChanges = folderTarget;
                counters.syncs++;
                synced = target;
                progress.signalAll();
                roomAppeared.signalAll();
            } finally {
                lock.unlock();
            }
        } finally {
            syncLock.unlock();
        }
    }

    /// Copies what is written but not forced into a new file, forces that and goes on with it. With both locks
    /// held.
    private void rescueUnsynced() {
        try {
            LogRescue.Rescued rescued = LogRescue.rescue(
                    disk, folder, identity, segments.tailMap(synced.segmentBase()), synced, clock.millis());
            for (Segment obsolete : rescued.obsolete()) {
                segments.remove(obsolete.baseIndex);
            }
            closeQuietly(activeFile);
            sealedUnsynced.forEach(this::closeQuietly);
            sealedUnsynced.clear();
            segments.put(rescued.segment().baseIndex, rescued.segment());
            active = rescued.segment();
            activeFile = rescued.file();
            tornBytes = false;
            totalBytes = segments.values().stream()
                    .mapToLong(segment -> segment.bytes)
                    .sum();
            written = new Place(written.position(), active.baseIndex, active.bytes);
            synced = written;
            syncedFolderChanges = folderChanges;
            failure = null;
            roomAppeared.signalAll();
        } catch (IOException | RuntimeException e) {
            failure = "disk failed to force the log and the records could not be saved elsewhere yet [folder=" + folder
                    + ", forced=" + synced.position() + "]: " + e.getMessage() + "; check the disk";
            LOGGER.log(System.Logger.Level.ERROR, failure, e);
        }
        progress.signalAll();
    }

    // ---- readers and consumers

    /// Waits until a record of an index can be read, at most for some time, and returns the visible end.
    Place awaitVisible(long recordIndex, Duration timeout) throws InterruptedException {
        long remainingNanos = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                throwIfClosed();
                Place visible = options.sync() == SyncMode.NONE ? written : synced;
                if (visible.position().recordIndex() > recordIndex || remainingNanos <= 0) {
                    return visible;
                }
                remainingNanos = progress.awaitNanos(remainingNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /// The segment that holds a record, or the oldest one when the record is not kept any more.
    SegmentView segmentFor(long recordIndex) {
        lock.lock();
        try {
            throwIfClosed();
            Map.Entry<Long, Segment> entry = segments.floorEntry(recordIndex);
            Segment segment = (entry == null ? segments.firstEntry() : entry).getValue();
            Long next = segments.higherKey(segment.baseIndex);
            return new SegmentView(segment, segment.bytes, next == null ? Long.MAX_VALUE : next);
        } finally {
            lock.unlock();
        }
    }

    LogPosition baseOf(Segment segment) throws IOException {
        LogPosition known = segment.base;
        if (known == null) {
            known = LogRecovery.base(disk, segment, identity.producer());
            segment.base = known;
        }
        return known;
    }

    SegmentReader openForReading(Segment segment) throws IOException {
        LogFile file = disk.openForReading(segment.path);
        try {
            return new SegmentReader(file, segment.path, identity.producer());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// Counts and logs records that cannot be read.
    void reportGap(String reader, Path file, long offset, LogPosition from, LogPosition to) {
        boolean isNew;
        lock.lock();
        try {
            isNew = counters.addGap(from, to);
        } finally {
            lock.unlock();
        }
        if (isNew) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "records of the log are missing or damaged and were skipped [reader={0}, file={1}, offset={2}, from={3}, to={4}]",
                    reader,
                    file,
                    offset,
                    from,
                    to);
        }
    }

    void committed(String name, CursorFile.State state) {
        lock.lock();
        try {
            cursors.put(name, state);
        } finally {
            lock.unlock();
        }
        releaseSegments();
    }

    void closeConsumer(String name, CursorFile file) {
        lock.lock();
        try {
            openConsumers.remove(name);
        } finally {
            lock.unlock();
        }
        closeQuietly(file);
    }

    /// Deletes segments that every consumer has passed.
    private void releaseSegments() {
        List<Segment> released = new ArrayList<>();
        lock.lock();
        try {
            long passed = cursors.values().stream()
                    .mapToLong(state -> state.committed().recordIndex())
                    .min()
                    .orElse(0);
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

    private LogMetrics.ConsumerBacklog backlog(String name, CursorFile.State state) {
        LogPosition committed = state.committed();
        LogPosition end;
        Segment segment;
        long limit;
        long bytes = 0;
        lock.lock();
        try {
            end = written.position();
            Map.Entry<Long, Segment> entry = segments.floorEntry(committed.recordIndex());
            segment = (entry == null ? segments.firstEntry() : entry).getValue();
            limit = segment.bytes;
            for (Segment waiting : segments.tailMap(segment.baseIndex).values()) {
                bytes += waiting.bytes - Segment.HEADER_BYTES;
            }
        } finally {
            lock.unlock();
        }
        long records = Math.max(0, end.recordIndex() - committed.recordIndex());
        if (records == 0) {
            return new LogMetrics.ConsumerBacklog(name, committed, 0, 0, 0, 0);
        }
        boolean hinted = state.segmentHint() == segment.baseIndex && state.offsetHint() >= Segment.HEADER_BYTES;
        if (hinted) {
            bytes -= state.offsetHint() - Segment.HEADER_BYTES;
        }
        long age = 0;
        try (SegmentReader reader = openForReading(segment)) {
            RecordHeader header = reader.headerAt(hinted ? state.offsetHint() : Segment.HEADER_BYTES, limit);
            Segment.Header segmentHeader = reader.segmentHeader();
            if (header != null) {
                age = clock.millis() - header.appendedAtMillis();
            } else if (segmentHeader != null) {
                age = clock.millis() - segmentHeader.createdAtMillis();
            }
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "cannot read the age of the oldest record", e);
        }
        return new LogMetrics.ConsumerBacklog(
                name,
                committed,
                records,
                Math.max(0, end.sequence() - committed.sequence()),
                Math.max(0, bytes),
                Math.max(0, age));
    }

    // ---- small things

    private Path cursorPath(String name) {
        return LogRecovery.cursorFolder(folder).resolve(name + CursorFile.SUFFIX);
    }

    private void throwIfClosed() {
        if (closed) {
            throw closedException();
        }
    }

    private LogException closedException() {
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
