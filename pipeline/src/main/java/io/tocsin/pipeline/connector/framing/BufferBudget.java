package io.tocsin.pipeline.connector.framing;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Bounds what buffers may take together beyond their small first size, so that many peers with endless lines cannot
/// use up the memory of the process. One may be a part of another: what it gives is taken from that one too.
///
/// Thread-safety: any thread.
public final class BufferBudget {
    /// So long after bytes were asked for in vain the budget counts as short.
    private static final long SHORT_NANOS = 3_000_000_000L;

    private final long limitBytes;
    private final @Nullable BufferBudget whole;
    private final AtomicLong usedBytes = new AtomicLong();
    private volatile long refusedNanos = System.nanoTime() - SHORT_NANOS;

    public BufferBudget(long limitBytes) {
        this(limitBytes, null);
    }

    /// @param whole what this one is a part of; null: it stands alone
    public BufferBudget(long limitBytes, @Nullable BufferBudget whole) {
        if (limitBytes < 0) {
            throw new IllegalArgumentException("buffer budget is negative [bytes=" + limitBytes + "]");
        }
        this.limitBytes = limitBytes;
        this.whole = whole;
    }

    /// Takes `bytes`, or nothing when fewer are left.
    public boolean take(long bytes) {
        if (!takeHere(bytes)) {
            refusedNanos = System.nanoTime();
            return false;
        }
        if (whole != null && !whole.take(bytes)) {
            usedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    private boolean takeHere(long bytes) {
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
        if (whole != null) {
            whole.giveBack(bytes);
        }
    }

    /// Bytes taken and not yet given back.
    public long usedBytes() {
        return usedBytes.get();
    }

    /// True when bytes were asked for in vain within the last seconds, of this budget or of what it is a part of: who
    /// holds some without need should give them back.
    public boolean isShort() {
        return System.nanoTime() - refusedNanos < SHORT_NANOS || (whole != null && whole.isShort());
    }
}
