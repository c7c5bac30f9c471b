package io.tocsin.pipeline.transport;

import io.tocsin.pipeline.transport.DeliveryMetrics.State;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What a [DeliveryClient] counts, and how others wait for it.
///
/// Thread-safety: any thread.
final class DeliveryFigures {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private State state = State.IDLE;
    private long deliveredRuns;
    private long deliveredRecords;
    private long deliveredEvents;
    private long deliveredBytes;
    private long filteredRecords;
    private long retries;
    private long deadLetters;
    private long unavailableEvents;
    private long inFlightEvents;
    private @Nullable String lastError;

    /// @param events on their way, negative: as many as before
    void state(State next, long events) {
        lock.lock();
        try {
            state = next;
            if (events >= 0) {
                inFlightEvents = events;
            }
            if (next == State.STOPPED) {
                moved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    void failed(@Nullable String reason) {
        lock.lock();
        try {
            retries++;
            lastError = reason;
        } finally {
            lock.unlock();
        }
    }

    void filtered() {
        lock.lock();
        try {
            filteredRecords++;
        } finally {
            lock.unlock();
        }
    }

    void putAside() {
        lock.lock();
        try {
            deadLetters++;
        } finally {
            lock.unlock();
        }
    }

    void unavailable(long events) {
        lock.lock();
        try {
            unavailableEvents += events;
        } finally {
            lock.unlock();
        }
    }

    void delivered(RunReader.Run run) {
        lock.lock();
        try {
            deliveredRuns++;
            deliveredRecords += run.records().size();
            deliveredEvents += run.events();
            deliveredBytes += run.bytes();
            inFlightEvents = 0;
            lastError = null;
        } finally {
            lock.unlock();
        }
    }

    /// The cursor has moved.
    void committed() {
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the cursor has come so far.
    ///
    /// @return false when the time passed, or the delivery stopped, first
    boolean await(BooleanSupplier reached, Duration timeout) throws InterruptedException {
        long remainingNanos = timeout.toNanos();
        lock.lock();
        try {
            while (!reached.getAsBoolean()) {
                if (remainingNanos <= 0 || state == State.STOPPED) {
                    return false;
                }
                remainingNanos = moved.awaitNanos(remainingNanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    DeliveryMetrics metrics() {
        lock.lock();
        try {
            return new DeliveryMetrics(
                    state,
                    deliveredRuns,
                    deliveredRecords,
                    deliveredEvents,
                    deliveredBytes,
                    filteredRecords,
                    retries,
                    deadLetters,
                    unavailableEvents,
                    inFlightEvents,
                    lastError);
        } finally {
            lock.unlock();
        }
    }
}
