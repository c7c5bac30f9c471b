package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads a log in order under a name whose progress is durable. Segments stay until every named consumer has
/// committed past them, whether or not it is open at the moment.
///
/// Reading goes on from the last record read, not from the last commit; a new process goes on from the
/// last commit.
///
/// ## Limits
///
/// A limit ([ConsumerLimits], or those of the log) may move a consumer forward over records that it has not read.
/// It then finds the next `poll` at a later place, and [#takeLosses()] tells what is missing. What it had polled
/// already stays in its hands: it goes on delivering it and commits as ever; the commit takes the cursor over the
/// gap. Only going back (`seek`) to such records is not possible any more. When the process ends with such records
/// in its hands, the next one finds them among the losses.
///
/// Thread-safety: one thread at a time, except `committed`, `limits`, `onLoss`, `takeLosses` and the counts of
/// losses, which any thread may call.
public final class LogConsumer implements AutoCloseable {
    /// Losses remembered for a consumer that does not ask; the counts go on.
    private static final int MAX_REMEMBERED_LOSSES = 1000;

    private final LogConsumers all;
    private final LogView view;
    private final String name;
    private final CursorFile file;
    private final LogReader reader;
    private final ArrayDeque<LogReader.Place> uncommitted = new ArrayDeque<>();

    /// Held while reading, committing and being moved forward; taken before the log's lock.
    private final ReentrantLock lock = new ReentrantLock();

    /// Stretches behind the cursor that were let go while the consumer held what lies between them; guarded by the
    /// lock.
    private final ArrayDeque<LogLoss> passed = new ArrayDeque<>();

    private final ArrayDeque<LogLoss> losses = new ArrayDeque<>();
    private volatile CursorFile.State state;

    LogConsumer(
            LogConsumers all,
            LogView view,
            String name,
            CursorFile file,
            CursorFile.State state,
            @Nullable LogLoss lostBefore) {
        this.all = all;
        this.view = view;
        this.name = name;
        this.file = file;
        this.state = state;
        this.reader = new LogReader(view, name, state.committed(), uncommitted);
        if (lostBefore != null) {
            losses.add(lostBefore);
        }
        reader.seek(state.committed(), state.segmentHint(), state.offsetHint());
    }

    public String name() {
        return name;
    }

    /// The place before the next record that `poll` returns.
    public LogPosition position() {
        return reader.position();
    }

    /// Everything before this place is dealt with for good.
    public LogPosition committed() {
        return state.committed();
    }

    /// The range that this consumer, or an earlier process under its name, set out to deliver and has not
    /// committed.
    public Optional<LogRange> intended() {
        return Optional.ofNullable(state.intended());
    }

    /// Sets limits of its own from now on. They are not kept over restarts: set them again after
    /// opening.
    public void limits(ConsumerLimits limits) {
        all.limit(name, limits);
    }

    /// Says who is told before records are let go unread. Replaces the one before.
    public void onLoss(LogLossListener lossListener) {
        all.onLoss(name, lossListener);
    }

    /// What was lost to limits since the last call, oldest first; of very many only the newest.
    public List<LogLoss> takeLosses() {
        lock.lock();
        try {
            List<LogLoss> taken = new ArrayList<>(losses);
            losses.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /// Records lost to limits since the consumer was registered, over restarts.
    public long lostRecords() {
        return state.lostRecords();
    }

    /// Events lost to limits since the consumer was registered, over restarts.
    public long lostEvents() {
        return state.lostEvents();
    }

    /// Like [LogReader#poll].
    public List<LogRecord> poll(int maxRecords, long maxBytes, Duration timeout) throws InterruptedException {
        LogState.Place visible = view.awaitVisible(reader.position().recordIndex(), timeout);
        lock.lock();
        try {
            return reader.read(visible, maxRecords, maxBytes);
        } finally {
            lock.unlock();
        }
    }

    /// Stretches that could not be read and that `poll` passed over since the last call, or since the last `seek`.
    /// Same thread as `poll`.
    public List<LogGap> takeGaps() {
        lock.lock();
        try {
            return reader.takeGaps();
        } finally {
            lock.unlock();
        }
    }

    /// Goes to another place, for instance one that the consumer stored itself together with its state.
    public void seek(LogPosition target) {
        lock.lock();
        try {
            uncommitted.clear();
            reader.seek(over(target));
        } finally {
            lock.unlock();
        }
    }

    /// First sequence that this consumer's deliveries have not covered, as given with the last commit.
    public long coveredSequence() {
        return state.coveredSequence();
    }

    /// The number under which this consumer passes its sequences on: the log's producer, unless it was
    /// given another one.
    public long stream() {
        return all.stream(name);
    }

    /// Passes sequences on under a new number from now on, durably: what the receiver knows under the old one are
    /// other events.
    ///
    /// @return the number
    public long beginStream() {
        return all.beginStream(name);
    }

    /// Moves the durable cursor: everything before `end` is dealt with. Forgets the intended range. Returns after
    /// the cursor was forced to disk. May also move backwards, as far as the log still reaches.
    ///
    /// @throws LogException when the cursor could not be written; it then stands where it stood, and the call may
    ///     be repeated
    public void commit(LogPosition end) {
        write(end, end.sequence(), null);
    }

    /// Like `commit(end)`, for a consumer that passes sequences on and left some out.
    ///
    /// @param coveredSequence first sequence that was not passed on yet; kept with the cursor
    public void commit(LogPosition end, long coveredSequence) {
        write(end, coveredSequence, null);
    }

    /// Notes durably which range is about to be delivered, before the first attempt, leaving the cursor where it
    /// is.
    ///
    /// @throws LogException when it could not be written
    public void intend(LogRange range) {
        lock.lock();
        try {
            write(state.committed(), state.coveredSequence(), range);
        } finally {
            lock.unlock();
        }
    }

    /// Commits one range and notes the next one in a single write.
    ///
    /// @throws LogException when it could not be written
    public void commitAndIntend(LogPosition end, long coveredSequence, LogRange next) {
        write(end, coveredSequence, next);
    }

    private void write(LogPosition end, long coveredSequence, @Nullable LogRange range) {
        lock.lock();
        try {
            CursorFile.State old = state;
            LogPosition reached = over(end);
            CursorFile.Passed gone =
                    old.passed() == null ? null : passedTo(old.passed().resume(), reached);
            store(reached, coveredSequence, range, gone, old.lostRecords(), old.lostEvents());
            while (!passed.isEmpty() && passed.getFirst().end().compareTo(reached) <= 0) {
                passed.removeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Moves the consumer forward over what it has not read, so that nothing before a place is kept
    /// for it.
    ///
    /// @return what it lost thereby, null when nothing
    @Nullable
    LogLoss letGo(LogPosition floor, LogLoss.Cause cause) throws IOException {
        lock.lock();
        try {
            CursorFile.State old = state;
            if (floor.compareTo(old.hold()) <= 0) {
                return null;
            }
            LogPosition hand = reader.position().compareTo(floor) < 0 ? reader.position() : floor;
            hand = hand.compareTo(old.hold()) < 0 ? old.hold() : hand;
            LogLoss loss = hand.compareTo(floor) < 0 ? all.loss(name, hand, floor, cause) : null;
            if (loss != null) {
                try (LogReader records = new LogReader(view, "reader", hand, null)) {
                    all.listener(name).lost(loss, records);
                }
                passed.addLast(loss);
            }
            try {
                LogPosition committed = over(old.committed());
                LogRange intended = old.intended();
                if (intended != null && intended.end().compareTo(committed) <= 0) {
                    intended = null;
                }
                store(
                        committed,
                        old.coveredSequence(),
                        intended,
                        passedTo(floor, committed),
                        old.lostRecords() + (loss == null ? 0 : loss.records()),
                        old.lostEvents() + (loss == null ? 0 : loss.events()));
            } catch (LogException e) {
                if (loss != null) {
                    passed.removeLast();
                }
                throw e;
            }
            if (loss != null) {
                if (losses.size() == MAX_REMEMBERED_LOSSES) {
                    losses.removeFirst();
                }
                losses.addLast(loss);
            }
            if (reader.position().compareTo(floor) < 0) {
                reader.seek(floor);
            }
            return loss;
        } finally {
            lock.unlock();
        }
    }

    /// The place itself, or the end of the stretch that was let go and begins or lies there.
    private LogPosition over(LogPosition place) {
        LogPosition reached = place;
        for (LogLoss gap : passed) {
            if (gap.start().compareTo(reached) <= 0 && reached.compareTo(gap.end()) < 0) {
                reached = gap.end();
            }
        }
        return reached;
    }

    /// What stands in the cursor about a way on which nothing is kept.
    private CursorFile.@Nullable Passed passedTo(LogPosition resume, LogPosition committed) {
        if (resume.compareTo(committed) <= 0) {
            return null;
        }
        long records = 0;
        long sequences = 0;
        for (LogLoss gap : passed) {
            if (gap.start().compareTo(committed) >= 0) {
                records += gap.end().recordIndex() - gap.start().recordIndex();
                sequences += gap.end().sequence() - gap.start().sequence();
            }
        }
        return new CursorFile.Passed(resume, records, sequences);
    }

    private void store(
            LogPosition end,
            long coveredSequence,
            @Nullable LogRange range,
            CursorFile.@Nullable Passed letGo,
            long lostRecords,
            long lostEvents) {
        CursorFile.State old = state;
        long segmentHint = -1;
        long offsetHint = -1;
        if (end.equals(old.committed())) {
            segmentHint = old.segmentHint();
            offsetHint = old.offsetHint();
        }
        while (!uncommitted.isEmpty() && uncommitted.getFirst().end().compareTo(end) <= 0) {
            LogReader.Place place = uncommitted.removeFirst();
            if (place.end().equals(end)) {
                segmentHint = place.segmentBase();
                offsetHint = place.offset();
            }
        }
        // The generation only moves on after success: a failed write is repeated into the same slot and never endangers
        // the other.
        CursorFile.State next = new CursorFile.State(
                old.generation() + 1,
                end,
                coveredSequence,
                segmentHint,
                offsetHint,
                range,
                letGo,
                lostRecords,
                lostEvents);
        try {
            file.write(next);
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot write the cursor [consumer=" + name + ", folder=" + view.folder() + "]: " + e.getMessage(),
                    e);
        }
        state = next;
        all.committed(name, next);
    }

    @Override
    public void close() {
        reader.close();
        all.closed(this, file);
    }
}
