package io.tocsin.event;

import java.security.SecureRandom;
import java.time.InstantSource;

/// Makes event identifiers: 128 bits in the layout of a UUID version 7 (RFC 9562 §5.7), so they sort by time.
///
/// ```
/// high: unix milliseconds (48) | version 7 (4) | counter, upper 12 bits
/// low:  variant (2) | counter, lower 20 bits | instance (42)
/// ```
/// The counter starts at 0 for each millisecond. The instance is random for each generator, so two generators
/// (nodes, restarts, lanes) collide only when 42 random bits agree. Time never steps back within a generator; a
/// clock that does is held at its highest value until it has caught up, and after 2³² identifiers in one
/// millisecond the millisecond is advanced.
///
/// Thread-safety: one thread.
public final class EventIds {
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final int INSTANCE_BITS = 42;

    private final InstantSource clock;
    private final long instance;
    private long millis = Long.MIN_VALUE;
    private long counter;
    private long high;
    private long low;

    public EventIds(InstantSource clock) {
        this(clock, new SecureRandom().nextLong());
    }

    EventIds(InstantSource clock, long random) {
        this.clock = clock;
        this.instance = random >>> (64 - INSTANCE_BITS);
    }

    /// Makes the next identifier; read it by [#high()] and [#low()].
    public void next() {
        next(clock.millis());
    }

    /// Makes the next identifier for an event received at `nowMillis`.
    public void next(long nowMillis) {
        if (nowMillis > millis) {
            millis = nowMillis;
            counter = 0;
        } else if (++counter == 1L << 32) {
            millis++;
            counter = 0;
        }
        high = millis << 16 | VERSION | counter >>> 20;
        low = VARIANT | (counter & 0xF_FFFF) << INSTANCE_BITS | instance;
    }

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    /// The canonical text of an identifier, 36 characters.
    public static String text(long high, long low) {
        return new java.util.UUID(high, low).toString();
    }
}
