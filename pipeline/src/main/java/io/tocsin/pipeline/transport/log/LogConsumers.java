package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The consumers of one log: opens them, forgets them, knows their limits and moves those forward that
/// hold too much.
///
/// Thread-safety: any thread. Its lock is taken before that of a consumer, which is taken before that
/// of the log.
final class LogConsumers {
    private static final System.Logger LOGGER = System.getLogger(LogConsumers.class.getName());
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private static final SecureRandom RANDOM = new SecureRandom();

    private final LogView view;
    private final LogState state;
    private final ReentrantLock registry = new ReentrantLock();
    private final Map<String, LogConsumer> open = new HashMap<>();
    private final Map<String, LogLossListener> listeners = new ConcurrentHashMap<>();

    LogConsumers(LogView view, LogState state) {
        this.view = view;
        this.state = state;
    }

    LogConsumer open(String name, ConsumerLimits limits) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name of a consumer must be lower-case letters, digits, '.', '_' or '-' [name=" + name + "]");
        }
        LogPosition oldest = view.start();
        registry.lock();
        try {
            CursorFile.State cursor;
            state.lock.lock();
            try {
                state.throwIfClosed();
                if (open.containsKey(name)) {
                    throw new IllegalStateException(
                            "consumer is already open [name=" + name + ", folder=" + state.folder + "]");
                }
                cursor = state.cursors.computeIfAbsent(name, _ -> CursorFile.State.at(oldest));
                state.setLimits(name, limits);
            } finally {
                state.lock.unlock();
            }
            LogConsumer consumer = open(name, cursor);
            open.put(name, consumer);
            return consumer;
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot open the cursor [consumer=" + name + ", folder=" + state.folder + "]: " + e.getMessage(),
                    e);
        } finally {
            registry.unlock();
        }
    }

    private LogConsumer open(String name, CursorFile.State cursor) throws IOException {
        CursorFile file = CursorFile.open(state.disk, path(name));
        try {
            file.initialize(cursor);
            state.disk.syncFolder(LogRecovery.cursorFolder(state.folder));
            LogLoss loss = lostInHand(name, cursor);
            CursorFile.State now = cursor;
            if (loss != null) {
                now = new CursorFile.State(
                        cursor.generation() + 1,
                        loss.end(),
                        cursor.coveredSequence(),
                        -1,
                        -1,
                        null,
                        null,
                        cursor.lostRecords() + loss.records(),
                        cursor.lostEvents() + loss.events());
                file.write(now);
                committed(name, now);
            }
            return new LogConsumer(this, view, name, file, now, loss);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// What an earlier process held in memory of segments that are gone.
    private static @Nullable LogLoss lostInHand(String name, CursorFile.State cursor) {
        CursorFile.Passed passed = cursor.passed();
        if (passed == null) {
            return null;
        }
        LogPosition from = cursor.committed();
        LogPosition to = passed.resume();
        LogLoss loss = new LogLoss(
                name,
                from,
                to,
                Math.max(0, to.recordIndex() - from.recordIndex() - passed.countedRecords()),
                Math.max(0, to.sequence() - from.sequence() - passed.countedSequences()),
                LogLoss.Cause.RESTART);
        LOGGER.log(
                System.Logger.Level.WARNING,
                "consumer held records in memory that a limit had removed from the disk [consumer={0}, records={1}, events={2}]",
                name,
                loss.records(),
                loss.events());
        return loss;
    }

    void closed(LogConsumer consumer, CursorFile file) {
        registry.lock();
        try {
            open.remove(consumer.name(), consumer);
        } finally {
            registry.unlock();
        }
        state.closeQuietly(file);
    }

    /// A consumer has moved its cursor.
    void committed(String name, CursorFile.State cursor) {
        state.lock.lock();
        try {
            state.cursors.put(name, cursor);
        } finally {
            state.lock.unlock();
        }
        state.releaseSegments();
    }

    Set<String> names() {
        state.lock.lock();
        try {
            return Set.copyOf(state.cursors.keySet());
        } finally {
            state.lock.unlock();
        }
    }

    void limit(String name, ConsumerLimits limits) {
        state.lock.lock();
        try {
            state.setLimits(name, limits);
            state.careWanted.signalAll();
        } finally {
            state.lock.unlock();
        }
    }

    void onLoss(String name, LogLossListener listener) {
        listeners.put(name, listener);
    }

    LogLossListener listener(String name) {
        return listeners.getOrDefault(name, (_, _) -> {});
    }

    void forget(String name) {
        registry.lock();
        try {
            if (open.containsKey(name)) {
                throw new IllegalStateException("consumer is open [name=" + name + ", folder=" + state.folder + "]");
            }
            state.lock.lock();
            try {
                state.cursors.remove(name);
                state.setLimits(name, ConsumerLimits.NONE);
            } finally {
                state.lock.unlock();
            }
            state.disk.delete(path(name));
            state.disk.delete(streamPath(name));
        } catch (IOException e) {
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot delete the cursor [consumer=" + name + ", folder=" + state.folder + "]: " + e.getMessage(),
                    e);
        } finally {
            registry.unlock();
        }
        state.releaseSegments();
    }

    /// Moves a consumer forward, whether or not it is open.
    void letGo(String name, LogPosition floor, LogLoss.Cause cause) throws IOException {
        registry.lock();
        try {
            LogConsumer consumer = open.get(name);
            LogLoss loss;
            if (consumer == null) {
                try (LogConsumer absent = open(name, cursor(name))) {
                    loss = absent.letGo(floor, cause);
                }
            } else {
                loss = consumer.letGo(floor, cause);
            }
            if (loss != null) {
                state.countLoss(loss);
            }
        } finally {
            registry.unlock();
        }
        state.releaseSegments();
    }

    private CursorFile.State cursor(String name) throws IOException {
        state.lock.lock();
        try {
            CursorFile.State cursor = state.cursors.get(name);
            if (cursor == null) {
                throw new IOException("consumer was forgotten meanwhile [name=" + name + "]");
            }
            return cursor;
        } finally {
            state.lock.unlock();
        }
    }

    /// Counts what lies between two places, from the headers of the records. What is damaged there counts by its
    /// sequences.
    LogLoss loss(String name, LogPosition from, LogPosition to, LogLoss.Cause cause) throws IOException {
        long events = 0;
        LogPosition at = from;
        while (at.recordIndex() < to.recordIndex()) {
            LogView.SegmentView part = view.segmentFor(at.recordIndex());
            try (SegmentReader reader = view.open(part.segment())) {
                long offset = Segment.HEADER_BYTES;
                long last = Math.min(to.recordIndex(), part.nextBaseIndex());
                while (at.recordIndex() < last) {
                    RecordHeader header = reader.headerAt(offset, part.bytes());
                    if (header == null) {
                        offset = reader.findNext(offset + RecordHeader.ALIGNMENT, part.bytes(), at.recordIndex());
                        if (offset >= 0) {
                            continue;
                        }
                        break;
                    }
                    offset += header.recordBytes();
                    if (header.recordIndex() >= at.recordIndex() && header.recordIndex() < last) {
                        events += Math.max(0, header.firstSequence() - at.sequence()) + header.eventCount();
                        at = new LogPosition(header.recordIndex() + 1, header.endSequence());
                    } else if (header.recordIndex() >= last) {
                        break;
                    }
                }
                if (at.recordIndex() < last) {
                    LogPosition next = last == to.recordIndex()
                            ? to
                            : view.baseOf(view.segmentFor(last).segment());
                    events += Math.max(0, next.sequence() - at.sequence());
                    at = next.recordIndex() < last ? to : next;
                }
            }
        }
        return new LogLoss(name, from, to, to.recordIndex() - from.recordIndex(), events, cause);
    }

    LogMetrics.ConsumerBacklog backlog(String name, CursorFile.State cursor) {
        LogPosition hold = cursor.hold();
        LogPosition end;
        Segment segment;
        long limit;
        long bytes;
        ConsumerLimits limits;
        state.lock.lock();
        try {
            end = state.written.position();
            segment = state.segmentOf(hold);
            limit = segment.bytes;
            bytes = state.heldBytes(cursor);
            limits = state.limits(name);
        } finally {
            state.lock.unlock();
        }
        long records = Math.max(0, end.recordIndex() - hold.recordIndex());
        long age = records == 0 ? 0 : age(cursor, segment, limit);
        LogPressure pressure = LogPressure.of(bytes, limits.maxBytes())
                .or(LogPressure.of(age, limits.maxAge().toMillis()));
        return new LogMetrics.ConsumerBacklog(
                name,
                cursor.committed(),
                records,
                Math.max(0, end.sequence() - hold.sequence()),
                records == 0 ? 0 : bytes,
                age,
                cursor.lostRecords(),
                cursor.lostEvents(),
                limits,
                pressure);
    }

    private long age(CursorFile.State cursor, Segment segment, long limit) {
        boolean hinted = cursor.passed() == null
                && cursor.segmentHint() == segment.baseIndex
                && cursor.offsetHint() >= Segment.HEADER_BYTES;
        try (SegmentReader reader = view.open(segment)) {
            RecordHeader header = reader.headerAt(hinted ? cursor.offsetHint() : Segment.HEADER_BYTES, limit);
            Segment.Header segmentHeader = reader.segmentHeader();
            if (header != null) {
                return Math.max(0, state.clock.millis() - header.appendedAtMillis());
            }
            if (segmentHeader != null) {
                return Math.max(0, state.clock.millis() - segmentHeader.createdAtMillis());
            }
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "cannot read the age of the oldest record", e);
        }
        return 0;
    }

    /// Under which number a consumer passes its sequences on.
    long stream(String name) {
        try {
            return StreamFile.read(state.disk, streamPath(name), state.identity.producer());
        } catch (IOException e) {
            throw streamFailure(name, e);
        }
    }

    /// Gives a consumer a number that no receiver knows, for good.
    long beginStream(String name) {
        long stream = RANDOM.nextLong();
        try {
            StreamFile.write(state.disk, streamPath(name), state.identity.producer(), stream);
            return stream;
        } catch (IOException e) {
            throw streamFailure(name, e);
        }
    }

    private LogException streamFailure(String name, IOException e) {
        return new LogException(
                LogException.Kind.UNAVAILABLE,
                "cannot read or write the number under which a consumer delivers [consumer=" + name + ", folder="
                        + state.folder + "]: " + e.getMessage(),
                e);
    }

    private Path streamPath(String name) {
        return LogRecovery.cursorFolder(state.folder).resolve(name + StreamFile.SUFFIX);
    }

    private Path path(String name) {
        return LogRecovery.cursorFolder(state.folder).resolve(name + CursorFile.SUFFIX);
    }
}
