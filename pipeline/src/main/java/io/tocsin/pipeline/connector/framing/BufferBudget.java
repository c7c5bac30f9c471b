package io.tocsin.pipeline.connector.framing;

import java.util.concurrent.atomic.AtomicLong;

/// Bounds what the buffers of all connections of a connector may take together beyond their small first
/// size, so that many peers with endless lines cannot use up the memory of the process.
///
/// Thread-safety: any thread.
public final class BufferBudget {
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    public BufferBudget(long limitBytes) {
        if (limitBytes < 0) {
            throw new IllegalArgumentException("buffer budget is negative [bytes=" + limitBytes + "]");
        }
        this.limitBytes = limitBytes;
    }

    /// Takes `bytes`, or nothing when fewer are left.
    public boolean take(long bytes) {
        long used = usedBytes.get();
        while (used + bytes <= limitBytes) {
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
            used = usedBytes.get();
        }
        return false;
    }

    /// Gives back what was taken.
    public void giveBack(long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    /// Bytes taken and not yet given back.
    public long usedBytes() {
        return usedBytes.get();
    }
}
