package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
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
/// - A full disk, or the log's own limit, blocks appenders and damages nothing. Moving a cursor needs
/// no space.
/// - Damage costs the records that it hit. The others are still delivered, and what was lost is
/// counted and logged.
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
/// they are cut off and counted. Bad bytes that sound records follow are damage, not a tail, and stay for the
/// readers to skip.
/// 2. A newest segment without any sound record and header is what a crash left of a creation: it is deleted and
/// the one before it is looked at.
/// 3. What remains is forced once, since from now on readers see it.
/// 4. A cursor whose both slots are damaged starts again at the oldest record; never does a cursor
/// block a start.
/// 5. The epoch is increased when sequences could repeat otherwise: the identity or all segments are gone, or a
/// cursor shows that records were passed on which the log does not hold any more. A new epoch begins with a new
/// segment, and its sequences go on from the greatest known.
///
/// ## Format changes
///
/// Magic and version stand in every file. A newer version is refused untouched.
///
/// Thread-safety: any thread. One lock guards everything; forcing happens outside it.
public final class DurableLog implements AutoCloseable {
    /// In the mode that forces each record, how long an appender without patience waits for it.
    private static final Duration EACH_PATIENCE = Duration.ofSeconds(1);

    private final LogState state;
    private final LogView view;
    private final LogAppender appender;
    private final LogSyncer syncer;
    private final LogConsumers consumers;
    private final LogKeeper keeper;
    private final FolderLock folderLock;

    private DurableLog(LogState state, FolderLock folderLock) {
        this.state = state;
        this.view = new LogView(state);
        this.appender = new LogAppender(state);
        this.syncer = new LogSyncer(state);
        this.consumers = new LogConsumers(view, state);
        this.keeper = new LogKeeper(state, consumers);
        this.folderLock = folderLock;
    }

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
            DurableLog log = new DurableLog(new LogState(folder, options, disk, clock, recovered), folderLock);
            log.state.releaseSegments();
            log.syncer.start();
            log.keeper.start();
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

    /// The folder that the log lives in.
    public Path folder() {
        return state.folder;
    }

    /// 64 random bits made together with the log.
    public long producer() {
        return state.identity.producer();
    }

    /// Epoch under which records are appended now, from 1.
    public int epoch() {
        return state.identity.epoch();
    }

    /// The place before the oldest record that is still kept.
    public LogPosition start() {
        return view.start();
    }

    /// The place after the newest record.
    public LogPosition end() {
        state.lock.lock();
        try {
            return state.written.position();
        } finally {
            state.lock.unlock();
        }
    }

    /// Appends a record. When it returns, the record survives the death of this process; use `awaitSynced` for
    /// more.
    ///
    /// @param bytes holds the payload; not kept
    /// @param offset where the payload begins
    /// @param length bytes of the payload, at most the configured longest record
    /// @param eventCount events in the payload, at least 0; a record without events takes one sequence
    /// @param timeout how long to wait for room when the log or the disk is full, or forcing has failed; zero fails
    ///     at once
    /// @return the place after the record; its first event has this place's sequence minus
    ///     `eventCount`, at least 1
    /// @throws LogException retriable when there was no room in time, nothing was appended then; not retriable when
    ///     closed
    public LogPosition append(byte[] bytes, int offset, int length, int eventCount, Duration timeout)
            throws InterruptedException {
        LogPosition end = appender.append(bytes, offset, length, eventCount, timeout, false);
        if (state.options.sync() == SyncMode.EACH) {
            syncer.awaitForced(end, timeout.compareTo(EACH_PATIENCE) < 0 ? EACH_PATIENCE : timeout);
        }
        return end;
    }

    /// Appends without waiting, also into the reserve that is kept for checkpoints, events about the service itself
    /// and the last batches at its end.
    ///
    /// @throws LogException when the reserve is used up as well, or the disk refuses; nothing was
    ///     appended then
    public LogPosition appendReserved(byte[] bytes, int offset, int length, int eventCount)
            throws InterruptedException {
        return appender.append(bytes, offset, length, eventCount, Duration.ZERO, true);
    }

    /// Lets the oldest segments go, read or not, until the log is smaller by some bytes: what an input whose policy
    /// is [WhenFull#DROP_OLDEST] does when `append` found the log full. Consumers that had not read them are told.
    ///
    /// @return true when there should be room now
    public boolean dropOldest(long bytes) {
        try {
            return keeper.dropOldest(bytes);
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot let the oldest records go [folder=" + state.folder + "]: " + e.getMessage()
                            + "; check the disk",
                    e);
        }
    }

    /// The limits and the durability level in force.
    public LogOptions options() {
        return state.options;
    }

    /// Changes limits and durability level of the open log, whatever lies in it. Nothing is lost by it: a log that
    /// is larger than its new limit takes nothing until it has shrunk, a new segment size counts from the next
    /// segment on, and records that were never forced are forced first when the new level forces.
    public void change(LogOptions options) {
        state.lock.lock();
        try {
            state.throwIfClosed();
            if (state.options.sync() == SyncMode.NONE && options.sync() != SyncMode.NONE) {
                state.reopenUnforced();
            }
            state.options = options;
            state.judgeSpace();
            state.judgeConsumers();
            state.roomAppeared.signalAll();
            state.progress.signalAll();
            state.syncWanted.signalAll();
            state.careWanted.signalAll();
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot change the durability level, a segment cannot be opened to be forced [folder="
                            + state.folder + "]: " + e.getMessage() + "; check the disk",
                    e);
        } finally {
            state.lock.unlock();
        }
    }

    /// Appends a whole array; see the other form.
    public LogPosition append(byte[] bytes, int eventCount, Duration timeout) throws InterruptedException {
        return append(bytes, 0, bytes.length, eventCount, timeout);
    }

    /// True while consumers keep up and the disk has room: what is appended is read and deleted soon, so that
    /// making it smaller first would be work for nothing. False when the log has begun to fill.
    public boolean isSpacious() {
        return state.spacious;
    }

    /// Waits until everything before a place is on disk: what an acknowledgement waits for. Returns at once at the
    /// levels [SyncMode#NONE] and [SyncMode#OS].
    ///
    /// @throws LogException retriable when forcing failed or did not happen in time: the records may or may not
    ///     survive
    public void awaitSynced(LogPosition position, Duration timeout) throws InterruptedException {
        syncer.awaitSynced(position, timeout);
    }

    /// Opens the consumer of a name, and registers it when it is new: it then begins at the oldest record that is
    /// still kept.
    ///
    /// @param name lower-case letters, digits, `.`, `_` and `-`, at most 64
    /// @throws IllegalStateException when a consumer of that name is open already
    public LogConsumer consumer(String name) {
        return consumers.open(name, ConsumerLimits.NONE);
    }

    /// Opens the consumer of a name with limits of its own, so that it cannot hold everybody's disk.
    ///
    /// @throws IllegalStateException when a consumer of that name is open already
    public LogConsumer consumer(String name, ConsumerLimits limits) {
        return consumers.open(name, limits);
    }

    /// Says who is told before records are let go that a consumer has not read, whether or not it is open. Replaces
    /// the one before.
    public void onLoss(String consumer, LogLossListener listener) {
        consumers.onLoss(consumer, listener);
    }

    /// Names of all consumers that hold segments, whether or not they are open.
    public Set<String> consumerNames() {
        return consumers.names();
    }

    /// Forgets a consumer for good, so that it holds no segment any more.
    ///
    /// @throws IllegalStateException when it is open
    public void forget(String name) {
        consumers.forget(name);
    }

    /// What happens by itself once a second.
    void keepWithinLimits() throws IOException {
        keeper.care();
    }

    /// A reader without durable cursor, for looking into the log.
    public LogReader reader(LogPosition from) {
        return new LogReader(view, "reader", from, null);
    }

    /// What the log looks like now. Reads one record header per consumer from disk.
    public LogMetrics metrics() {
        LogPosition start = start();
        Map<String, CursorFile.State> known;
        state.lock.lock();
        try {
            known = new TreeMap<>(state.cursors);
        } finally {
            state.lock.unlock();
        }
        List<LogMetrics.ConsumerBacklog> backlogs = new ArrayList<>();
        known.forEach((name, cursor) -> backlogs.add(consumers.backlog(name, cursor)));
        state.lock.lock();
        try {
            LogCounters counters = state.counters;
            LogStatus status = LogStatus.of(state, backlogs);
            return new LogMetrics(
                    state.totalBytes,
                    state.options.maxBytes(),
                    state.segments.size(),
                    start,
                    state.written.position(),
                    state.visible().position(),
                    counters.appendedRecords,
                    counters.appendedEvents,
                    counters.appendedBytes,
                    counters.syncs,
                    counters.syncFailures,
                    counters.fullWaits,
                    counters.lostRecords(),
                    counters.lostEvents(),
                    counters.cutBytes,
                    counters.damagedCursors,
                    counters.letGoRecords,
                    counters.letGoEvents,
                    state.options.sync(),
                    state.usableBytes,
                    status.pressure(),
                    status.reason(),
                    state.failure == null ? state.writeFailure : state.failure,
                    List.copyOf(backlogs));
        } finally {
            state.lock.unlock();
        }
    }

    /// Forces what was appended, stops and releases the folder. Consumers and readers fail from now on.
    ///
    /// @throws LogException when the last force failed; the folder is released all the same
    @Override
    public void close() {
        state.lock.lock();
        try {
            if (state.closed) {
                return;
            }
            state.closed = true;
            state.roomAppeared.signalAll();
            state.progress.signalAll();
            state.syncWanted.signalAll();
            state.careWanted.signalAll();
        } finally {
            state.lock.unlock();
        }
        try {
            keeper.finish();
            syncer.finish();
        } finally {
            state.closeQuietly(state.activeFile);
            state.sealedUnsynced.forEach(state::closeQuietly);
            state.closeQuietly(folderLock);
        }
    }

    /// Says who is told of events that a destination will never get. Replaces the one before.
    ///
    /// @param listener called on a thread of its own, which may wait for room in this log
    public void onLostEvents(Consumer<LostEvents> listener) {
        state.lostEvents = listener;
    }

    /// Makes known that a destination of this log will never get some events.
    public void tell(LostEvents lost) {
        view.tell(lost);
    }
}
