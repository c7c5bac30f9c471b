package io.tocsin.app.up;

import io.tocsin.time.SystemClock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Notices that the clock of the machine was set: times of reception jump with it, or, when it was set back, run
/// ahead of it for a while. Whoever reads events of that time has to know.
///
/// Thread-safety: [#close()] any thread; a thread of its own looks.
final class ClockWatch implements AutoCloseable {
    /// Slewing by time synchronisation stays far below this in a second.
    static final Duration STEP = Duration.ofSeconds(1);

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final LongSupplier offsetNanos;
    private final LongConsumer told;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private long lastNanos;

    /// @param offsetNanos distance of the wall clock from a counter that nobody sets
    /// @param told gets the nanoseconds by which the clock was set, negative: back
    ClockWatch(LongSupplier offsetNanos, LongConsumer told) {
        this.offsetNanos = offsetNanos;
        this.told = told;
        this.lastNanos = offsetNanos.getAsLong();
    }

    /// Looks every second from now on.
    static ClockWatch start(SystemClock clock, MonitoringEvents events) {
        ClockWatch watch =
                new ClockWatch(clock::wallOffsetNanos, step -> events.clockStepped(step, clock.aheadNanos()));
        Thread.ofVirtual().name("clock-watch").start(watch::run);
        return watch;
    }

    private void run() {
        try {
            while (!stopping.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One look.
    void look() {
        long now = offsetNanos.getAsLong();
        long step = now - lastNanos;
        lastNanos = now;
        if (Math.abs(step) >= STEP.toNanos()) {
            told.accept(step);
        }
    }

    @Override
    public void close() {
        stopping.countDown();
    }
}
