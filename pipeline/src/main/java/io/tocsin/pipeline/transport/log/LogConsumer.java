package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads a log in order under a name whose progress is durable. Segments stay until every named consumer has
/// committed past them, whether or not it is open at the moment.
///
/// Reading goes on from the last record read, not from the last commit; a new process goes on from the last commit.
///
/// Thread-safety: one thread at a time, except `committed`, which any thread may call.
public final class LogConsumer implements AutoCloseable {
    private final DurableLog log;
    private final String name;
    private final CursorFile file;
    private final LogReader reader;
    private final ArrayDeque<LogReader.Place> uncommitted = new ArrayDeque<>();
    private volatile CursorFile.State state;

    LogConsumer(DurableLog log, String name, CursorFile file, CursorFile.State state) {
        this.log = log;
        this.name = name;
        this.file = file;
        this.state = state;
        this.reader = new LogReader(log, name, state.committed(), uncommitted);
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

    /// Like [LogReader#poll].
    public List<LogRecord> poll(int maxRecords, long maxBytes, Duration timeout) throws InterruptedException {
        return reader.poll(maxRecords, maxBytes, timeout);
    }

    /// Goes to another place, for instance one that the consumer stored itself together with its state.
    public void seek(LogPosition target) {
        uncommitted.clear();
        reader.seek(target);
    }

    /// First sequence that this consumer's deliveries have not covered, as given with the last commit.
    public long coveredSequence() {
        return state.coveredSequence();
    }

    /// Moves the durable cursor: everything before `end` is dealt with. Forgets the intended range. Returns after
    /// the cursor was forced to disk. May also move backwards, as far as the log still reaches.
    ///
    /// @throws LogException when the cursor could not be written; it then stands where it stood, and the call may
    /// be repeated
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
        write(state.committed(), state.coveredSequence(), range);
    }

    /// Commits one range and notes the next one in a single write.
    ///
    /// @throws LogException when it could not be written
    public void commitAndIntend(LogPosition end, long coveredSequence, LogRange next) {
        write(end, coveredSequence, next);
    }

    private void write(LogPosition end, long coveredSequence, @Nullable LogRange range) {
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
        CursorFile.State next =
                new CursorFile.State(old.generation() + 1, end, coveredSequence, segmentHint, offsetHint, range);
        try {
            file.write(next);
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot write the cursor [consumer=" + name + ", folder=" + log.folder() + "]: " + e.getMessage(),
                    e);
        }
        state = next;
        log.committed(name, next);
    }

    @Override
    public void close() {
        reader.close();
        log.closeConsumer(name, file);
    }
}
