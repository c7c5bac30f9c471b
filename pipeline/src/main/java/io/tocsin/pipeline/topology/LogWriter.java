package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.WhenFull;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Appends the batches of one collector to the node log. Unless a policy says otherwise, it takes as long as it
/// takes: a full log or disk makes the caller wait, it never costs a batch. Only [#giveUp()], the end of a drain
/// that ran out of time, does, and then the log's reserve is tried first.
///
/// Thread-safety: any thread.
final class LogWriter {
    private static final System.Logger LOGGER = System.getLogger(LogWriter.class.getName());
    private static final Duration ATTEMPT = Duration.ofSeconds(1);
    private static final long PAUSE_NANOS = 2_000_000L;
    private static final long WARNING_INTERVAL_NANOS = 60_000_000_000L;

    /// What became of a batch.
    sealed interface Outcome {
        /// It is in the log.
        record Appended(LogPosition end) implements Outcome {}

        /// The policy let it go.
        record Dropped() implements Outcome {}

        /// The collector stops and the log did not take it.
        record GivenUp() implements Outcome {}
    }

    private final DurableLog log;
    private final String service;
    private final StageCounters counters;
    private final boolean held;
    private final BooleanSupplier mustWait;
    private volatile boolean givenUp;
    private volatile boolean waiting;
    private volatile long warnedAtNanos;
    private volatile boolean warned;

    LogWriter(DurableLog log, String service, StageCounters counters) {
        this(log, service, counters, false, () -> false);
    }

    /// @param held the batches are for the collector itself: they do not count as logged
    /// @param mustWait asked before each batch, until it says no
    LogWriter(DurableLog log, String service, StageCounters counters, boolean held, BooleanSupplier mustWait) {
        this.held = held;
        this.mustWait = mustWait;
        this.log = log;
        this.service = service;
        this.counters = counters;
    }

    /// Name of the collector.
    String service() {
        return service;
    }

    /// What tells this process from another one whose collectors have the same names: the number that its log got
    /// when it was made.
    String instance() {
        return HexFormat.of().toHexDigits(log.producer());
    }

    /// True when batches should be made small before they are appended: the log has begun to fill.
    boolean wantsCompression() {
        return !log.isSpacious();
    }

    /// Appends an encoded batch, whatever the time it takes.
    ///
    /// @return the place after it, or null when it was given up
    @Nullable
    LogPosition append(byte[] bytes, int length, int events) {
        return append(bytes, length, events, WhenFull.BLOCK) instanceof Outcome.Appended(LogPosition end) ? end : null;
    }

    /// Appends an encoded batch.
    ///
    /// @param whenFull what to do when the log has no room
    Outcome append(byte[] bytes, int length, int events, WhenFull whenFull) {
        boolean interrupted = false;
        while (mustWait.getAsBoolean() && !givenUp) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        // What may be dropped does not wait for room, only for a disk that is slow at the moment.
        Duration patience = whenFull == WhenFull.BLOCK ? ATTEMPT : Duration.ZERO;
        try {
            while (true) {
                try {
                    // A record that carries counts only covers one sequence, so that a delivery can name
                    // it.
                    int sequences = Math.max(1, events);
                    LogPosition end = givenUp
                            ? log.appendReserved(bytes, 0, length, sequences)
                            : log.append(bytes, 0, length, sequences, patience);
                    if (!held) {
                        counters.increment(StageCounter.LOGGED_BATCHES);
                        counters.add(StageCounter.LOGGED_BYTES, length);
                        counters.add(StageCounter.LOGGED_EVENTS, events);
                    }
                    waiting = false;
                    return new Outcome.Appended(end);
                } catch (LogException e) {
                    counters.increment(StageCounter.APPEND_RETRIES);
                    if (givenUp || !e.retriable()) {
                        waiting = true;
                        counters.add(StageCounter.ABANDONED_EVENTS, events);
                        LOGGER.log(
                                System.Logger.Level.ERROR,
                                "batch let go, the log did not take it [collector={0}, events={1}, reason={2}]",
                                service,
                                events,
                                e.getMessage());
                        return new Outcome.GivenUp();
                    }
                    warn(e);
                    boolean full = e.kind() == LogException.Kind.FULL;
                    if (whenFull == WhenFull.DROP_NEWEST && (full || !patience.isZero())) {
                        return new Outcome.Dropped();
                    }
                    boolean madeRoom = whenFull == WhenFull.DROP_OLDEST && full && dropOldest(length);
                    patience = madeRoom ? Duration.ZERO : ATTEMPT;
                    waiting = !madeRoom;
                } catch (InterruptedException e) {
                    // Whoever interrupts a connection must not cost the events of the others in the batch.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean dropOldest(int length) {
        try {
            return log.dropOldest(length);
        } catch (LogException e) {
            warn(e);
            return false;
        }
    }

    /// Appends a batch without events at once or not at all, into the reserve when it must.
    ///
    /// @return the place after it, null when there was no room
    @Nullable
    LogPosition appendCounts(byte[] bytes, int length) {
        boolean interrupted = Thread.interrupted();
        try {
            return log.appendReserved(bytes, 0, length, 1);
        } catch (LogException noRoom) {
            return null;
        } catch (InterruptedException e) {
            interrupted = true;
            return null;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void warn(LogException e) {
        long now = System.nanoTime();
        if (!warned || now - warnedAtNanos > WARNING_INTERVAL_NANOS) {
            warned = true;
            warnedAtNanos = now;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "durable log takes nothing from an input [collector={0}, reason={1}]",
                    service,
                    e.getMessage());
        }
    }

    /// Lets go what the log does not take at once from now on.
    void giveUp() {
        givenUp = true;
    }

    /// True while the log does not take batches.
    boolean isWaiting() {
        return waiting;
    }
}
