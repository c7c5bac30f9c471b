package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Keeps a log within its limits: once a second, and when a segment is full, it looks for consumers that hold more
/// or older records than they may and moves them forward, and deletes what nobody needs.
///
/// Thread-safety: any thread; one thread of its own does the work.
final class LogKeeper {
    private static final System.Logger LOGGER = System.getLogger(LogKeeper.class.getName());
    private static final Duration ROUND = Duration.ofSeconds(1);

    /// A segment is closed when this part of the shortest age has passed, so that age never waits for
    /// size.
    private static final int AGE_STEPS = 8;

    private final LogState state;
    private final LogConsumers consumers;
    private final Thread thread;

    LogKeeper(LogState state, LogConsumers consumers) {
        this.state = state;
        this.consumers = consumers;
        this.thread = Thread.ofVirtual()
                .name("log-keeper-" + state.folder.getFileName())
                .unstarted(this::run);
    }

    /// A consumer that has to be moved.
    private record Move(String consumer, LogPosition floor, LogLoss.Cause cause) {}

    void start() {
        thread.start();
    }

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
    }

    private void run() {
        while (true) {
            state.lock.lock();
            try {
                if (state.closed) {
                    return;
                }
                boolean ignored = state.careWanted.await(ROUND.toMillis(), TimeUnit.MILLISECONDS);
                if (state.closed) {
                    return;
                }
            } catch (InterruptedException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "nobody interrupts the keeper of a log; it goes on", e);
            } finally {
                state.lock.unlock();
            }
            try {
                care();
            } catch (IOException | RuntimeException e) {
                if (!(e instanceof LogException known && known.kind() == LogException.Kind.CLOSED)) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "cannot keep the log within its limits, tries again [folder=" + state.folder + "]",
                            e);
                }
            }
        }
    }

    /// One round.
    void care() throws IOException {
        closeOldSegment();
        for (String name : consumers.names()) {
            Move move = wanted(name);
            if (move != null) {
                consumers.letGo(move.consumer(), move.floor(), move.cause());
            }
        }
        state.lock.lock();
        try {
            state.judgeConsumers();
        } finally {
            state.lock.unlock();
        }
        state.releaseSegments();
    }

    /// Lets the oldest segments go until the log is smaller by some bytes.
    ///
    /// @return false when nothing was left that could go
    boolean dropOldest(long bytes) throws IOException {
        long freed = 0;
        while (freed < bytes) {
            LogPosition floor;
            List<String> holders = new ArrayList<>();
            long before;
            state.lock.lock();
            try {
                state.throwIfClosed();
                if (state.segments.size() == 1) {
                    if (state.active.bytes == Segment.HEADER_BYTES) {
                        return false;
                    }
                    state.startSegment();
                }
                before = state.totalBytes;
                Segment second =
                        state.segments.higherEntry(state.segments.firstKey()).getValue();
                floor = baseOf(second);
                for (Map.Entry<String, CursorFile.State> cursor : state.cursors.entrySet()) {
                    if (cursor.getValue().hold().compareTo(floor) < 0) {
                        holders.add(cursor.getKey());
                    }
                }
                if (holders.isEmpty()) {
                    // Nobody holds it: it goes as soon as a newer segment is forced.
                    state.syncUrgent = true;
                    state.syncWanted.signal();
                }
            } finally {
                state.lock.unlock();
            }
            for (String holder : holders) {
                consumers.letGo(holder, floor, LogLoss.Cause.FULL);
            }
            state.releaseSegments();
            state.lock.lock();
            try {
                freed += Math.max(0, before - state.totalBytes);
                if (before <= state.totalBytes) {
                    return freed > 0;
                }
            } finally {
                state.lock.unlock();
            }
        }
        return true;
    }

    private @Nullable Move wanted(String name) throws IOException {
        state.lock.lock();
        try {
            CursorFile.State cursor = state.cursors.get(name);
            if (cursor == null) {
                return null;
            }
            ConsumerLimits limits = state.limits(name);
            boolean drops = limits.whenFull() == WhenFull.DROP_OLDEST;
            Move move = null;
            if (drops && limits.maxBytes() > 0) {
                move = bySize(name, cursor, limits.maxBytes());
            }
            if (drops && !limits.maxAge().isZero()) {
                move = farther(move, byAge(name, cursor, limits.maxAge(), LogLoss.Cause.CONSUMER_AGE));
            }
            if (!state.options.maxAge().isZero()) {
                move = farther(move, byAge(name, cursor, state.options.maxAge(), LogLoss.Cause.AGE));
            }
            return move;
        } finally {
            state.lock.unlock();
        }
    }

    private static @Nullable Move farther(@Nullable Move one, @Nullable Move other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.floor().compareTo(other.floor()) >= 0 ? one : other;
    }

    private @Nullable Move bySize(String name, CursorFile.State cursor, long maxBytes) throws IOException {
        long held = state.heldBytes(cursor);
        Segment segment = state.segmentOf(cursor.hold());
        Segment floor = null;
        while (held > maxBytes) {
            Map.Entry<Long, Segment> next = state.segments.higherEntry(segment.baseIndex);
            if (next == null) {
                break;
            }
            held = state.bytesFrom(next.getValue());
            segment = next.getValue();
            floor = segment;
        }
        return floor == null ? null : new Move(name, baseOf(floor), LogLoss.Cause.CONSUMER_SIZE);
    }

    private @Nullable Move byAge(String name, CursorFile.State cursor, Duration maxAge, LogLoss.Cause cause)
            throws IOException {
        long deadline = state.clock.millis() - maxAge.toMillis();
        Segment segment = state.segmentOf(cursor.hold());
        Segment floor = null;
        while (true) {
            Map.Entry<Long, Segment> next = state.segments.higherEntry(segment.baseIndex);
            // All records of a segment are older than the next one.
            if (next == null || createdAt(next.getValue()) > deadline) {
                break;
            }
            segment = next.getValue();
            floor = segment;
        }
        return floor == null || baseOf(floor).compareTo(cursor.hold()) <= 0
                ? null
                : new Move(name, baseOf(floor), cause);
    }

    /// Begins a new segment when the newest one has grown old, so that its records can go when their
    /// time is over.
    private void closeOldSegment() throws IOException {
        state.lock.lock();
        try {
            long shortest = state.shortestAgeMillis();
            boolean old = shortest < Long.MAX_VALUE
                    && !state.closed
                    && state.failure == null
                    && state.active.bytes > Segment.HEADER_BYTES
                    && state.sealedUnsynced.size() < LogRecovery.MAX_UNSYNCED_SEGMENTS - 1
                    && state.clock.millis() - createdAt(state.active) >= Math.max(1, shortest / AGE_STEPS);
            if (old) {
                state.startSegment();
                state.syncUrgent = true;
                state.syncWanted.signal();
            }
        } finally {
            state.lock.unlock();
        }
    }

    private LogPosition baseOf(Segment segment) throws IOException {
        LogPosition base = segment.base;
        if (base == null) {
            base = LogRecovery.base(state.disk, segment, state.identity.producer());
            segment.base = base;
        }
        return base;
    }

    private long createdAt(Segment segment) throws IOException {
        if (segment.createdAtMillis < 0) {
            try (LogFile file = state.disk.openForReading(segment.path)) {
                Segment.Header header = Segment.readHeader(file, segment.path);
                // Without a header nothing says how old it is: it stays until size or its neighbours decide.
                segment.createdAtMillis = header == null ? Long.MAX_VALUE : header.createdAtMillis();
            }
        }
        return segment.createdAtMillis;
    }
}
