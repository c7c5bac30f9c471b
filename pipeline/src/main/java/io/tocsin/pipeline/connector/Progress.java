package io.tocsin.pipeline.connector;

import java.util.concurrent.atomic.AtomicInteger;

/// Knows for how long the log has taken nothing although somebody had something for it.
///
/// Thread-safety: any thread.
final class Progress {
    private final AtomicInteger running = new AtomicInteger();
    private volatile long lastNanos = System.nanoTime();

    /// A run of events begins; it may have to wait.
    void begin() {
        if (running.getAndIncrement() == 0) {
            lastNanos = System.nanoTime();
        }
    }

    /// A run has ended.
    void end() {
        lastNanos = System.nanoTime();
        running.decrementAndGet();
    }

    /// How long all runs that are under way have been waiting; 0 when there is none.
    long stalledNanos() {
        return running.get() == 0 ? 0 : Math.max(0, System.nanoTime() - lastNanos);
    }
}
