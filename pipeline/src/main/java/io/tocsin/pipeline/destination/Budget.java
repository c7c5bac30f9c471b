package io.tocsin.pipeline.destination;

/// The memory that events on their way may take.
///
/// Thread-safety: any thread.
final class Budget {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long limitBytes;
    private long usedBytes;
    private long usedEvents;

    Budget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /// Takes memory for a packet; one that is larger than everything gets it when nothing else is
    /// on its way.
    ///
    /// @return false when there was not enough in the time
    synchronized boolean take(int bytes, int events, long waitMillis) throws InterruptedException {
        long endNanos = System.nanoTime() + waitMillis * NANOS_PER_MILLI;
        while (usedBytes > 0 && usedBytes + bytes > limitBytes) {
            long left = (endNanos - System.nanoTime()) / NANOS_PER_MILLI;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        usedBytes += bytes;
        usedEvents += events;
        return true;
    }

    synchronized void give(int bytes, int events) {
        usedBytes -= bytes;
        usedEvents -= events;
        notifyAll();
    }

    synchronized long usedBytes() {
        return usedBytes;
    }

    synchronized long usedEvents() {
        return usedEvents;
    }
}
