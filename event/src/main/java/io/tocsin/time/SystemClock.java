package io.tocsin.time;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The machine's time, made fit for ordering: [#epochNanos()] never steps back within the process, whatever happens
/// to the wall clock. The only class that asks the machine for the time.
///
/// Between two looks at the wall clock time runs by the monotonic counter of the machine. Once a second the wall
/// clock is looked at: when it is ahead, the clock jumps forward to it; when it is behind, the clock runs at half
/// speed until the wall clock has caught up. A wall clock that was set back by hours is thus followed slowly; order
/// is kept, and the distance is visible in [#aheadNanos()].
///
/// Thread-safety: any thread. Reading costs one counter read and, rarely contended, one compare-and-set.
public final class SystemClock implements InstantSource {
    private static final long LOOK_INTERVAL_NANOS = 1_000_000_000L;
    private static final SystemClock PROCESS = new SystemClock(SystemClock::machineEpochNanos, System::nanoTime);

    private final LongSupplier wallNanos;
    private final LongSupplier counterNanos;
    private final AtomicLong last = new AtomicLong(Long.MIN_VALUE);
    private volatile Line line;

    /// Time as a line: `base + (counter - counterBase)`, at half speed while ahead of the wall clock.
    private record Line(long base, long counterBase, boolean half) {
        long at(long counter) {
            long elapsed = Math.max(0, counter - counterBase);
            return base + (half ? elapsed / 2 : elapsed);
        }
    }

    SystemClock(LongSupplier wallNanos, LongSupplier counterNanos) {
        this.wallNanos = wallNanos;
        this.counterNanos = counterNanos;
        this.line = new Line(wallNanos.getAsLong(), counterNanos.getAsLong(), false);
    }

    /// The clock of this process.
    public static SystemClock process() {
        return PROCESS;
    }

    /// Nanoseconds since the epoch; never less than any earlier answer of this clock. Until the year 2262.
    public long epochNanos() {
        long counter = counterNanos.getAsLong();
        Line current = line;
        if (counter - current.counterBase >= LOOK_INTERVAL_NANOS) {
            current = look(counter, current);
        }
        long now = current.at(counter);
        long before = last.get();
        while (now > before) {
            if (last.compareAndSet(before, now)) {
                return now;
            }
            before = last.get();
        }
        return before;
    }

    /// Milliseconds since the epoch, from [#epochNanos()].
    public long epochMillis() {
        return Math.floorDiv(epochNanos(), 1_000_000L);
    }

    @Override
    public Instant instant() {
        long now = epochNanos();
        return Instant.ofEpochSecond(Math.floorDiv(now, 1_000_000_000L), Math.floorMod(now, 1_000_000_000L));
    }

    @Override
    public long millis() {
        return epochMillis();
    }

    /// Nanoseconds of a counter that only measures distances; its zero has no meaning.
    public long counterNanos() {
        return counterNanos.getAsLong();
    }

    /// How far this clock runs ahead of the wall clock, because the wall clock was set back; 0 in ordinary life.
    public long aheadNanos() {
        return Math.max(0, epochNanos() - wallNanos.getAsLong());
    }

    /// Distance of the wall clock from a counter that nobody sets; only its changes have a meaning: they are what the
    /// clock was set by.
    public long wallOffsetNanos() {
        return wallNanos.getAsLong() - counterNanos.getAsLong();
    }

    private synchronized Line look(long counter, Line seen) {
        if (!line.equals(seen)) {
            return line;
        }
        long wall = wallNanos.getAsLong();
        long now = seen.at(counter);
        Line next = new Line(Math.max(wall, now), counter, wall < now - 1_000_000L);
        line = next;
        return next;
    }

    private static long machineEpochNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }
}
