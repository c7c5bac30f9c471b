package io.tocsin.storage;

import io.tocsin.storage.store.Retention;
import io.tocsin.storage.store.TextIndex;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// What the storage does by itself from time to time: drops old days and builds the index of words on days that are
/// complete.
///
/// Thread-safety: one thread of its own; any thread closes it.
final class Maintenance implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Maintenance.class.getName());
    private static final Duration PAUSE = Duration.ofMinutes(5);

    private final Retention retention;
    private final TextIndex index;
    private final InstantSource clock;
    private final StorageMetrics metrics;
    private final BooleanSupplier stopping;
    private final ReentrantLock indexLock = new ReentrantLock();
    private final Thread thread;

    /// @param stopping true when the storage stops and statements fail for that reason
    Maintenance(
            Retention retention,
            TextIndex index,
            InstantSource clock,
            StorageMetrics metrics,
            BooleanSupplier stopping) {
        this.retention = retention;
        this.index = index;
        this.clock = clock;
        this.metrics = metrics;
        this.stopping = stopping;
        this.thread = Thread.ofPlatform().daemon().name("storage-maintenance").unstarted(this::repeat);
    }

    Maintenance start() {
        thread.start();
        return this;
    }

    private void repeat() {
        try {
            while (true) {
                try {
                    run();
                } catch (RuntimeException e) {
                    if (stopping.getAsBoolean()) {
                        return;
                    }
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "maintenance of the storage failed, trying again later [reason=" + e.getMessage() + "]");
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() throws InterruptedException {
        Retention.Dropped dropped = retention.run(clock.instant());
        metrics.add(StorageMetrics.Counter.EVENTS_EXPIRED, dropped.events());
        indexNow(clock.instant());
    }

    int indexNow(Instant now) throws InterruptedException {
        indexLock.lockInterruptibly();
        try {
            int days = index.run(now);
            metrics.add(StorageMetrics.Counter.DAYS_INDEXED, days);
            return days;
        } finally {
            indexLock.unlock();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        index.close();
        retention.close();
    }
}
