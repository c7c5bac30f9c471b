package io.tocsin.event;

import java.security.SecureRandom;
import java.time.InstantSource;

/// Makes event identifiers: 128 bits in the layout of a UUID version 7 (RFC 9562 §5.7), so they
/// sort by time.
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
    private static final int PART_BITS = 20;
    private static final long PART_MASK = (1L << PART_BITS) - 1;
    private static final long PIECE_MASK = (1L << (INSTANCE_BITS - PART_BITS)) - 1;

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

    /// Lower half of an identifier that follows from another one, the same each time: for what is cut out of
    /// something that has an identifier of its own. Different pairs give different ones.
    ///
    /// @param part number of the part, such as a line, from 0 to 2²⁰-1
    /// @param piece number of the event within the part, from 0 to 2²²-1
    public static long derived(long low, long part, long piece) {
        long within = (low + part) & PART_MASK;
        return ((low & ~PART_MASK) ^ (piece & PIECE_MASK) << PART_BITS) | within;
    }

    /// Makes the identifier of something that already has a name: a place in a queue. The same name gives the same
    /// identifier in every process, so that what is read twice is recognised.
    ///
    /// @param millis when it was made, milliseconds since 1970; what lies outside of 48 bits is
    /// taken as 0
    /// @param position running number in its queue
    /// @param queue a hash of the name of the queue
    public void ofPlace(long millis, long position, long queue) {
        long time = millis < 0 || millis >= 1L << 48 ? 0 : millis;
        high = time << 16 | VERSION | (position >>> 20 & 0xFFF);
        low = VARIANT | (position & 0xF_FFFF) << INSTANCE_BITS | queue >>> (64 - INSTANCE_BITS);
    }

    /// Upper half of the identifier of something that its sender can name: the same name gives the same identifier in
    /// every process, so that what is sent twice is recognised. It stands in the order of time among those of its
    /// maker.
    ///
    /// @param millis when the sender made it, milliseconds since 1970, 48 bits: the same each time it is sent
    /// @param name a hash of its name that spreads well, of which the upper 52 bits are used
    public static long namedHigh(long millis, long name) {
        return (millis << 16) | VERSION | (name >>> 52);
    }

    /// Lower half of the identifier of something that its sender can name.
    ///
    /// @param maker a hash of who made it, of which 22 bits are used
    /// @param name see [#namedHigh]
    public static long namedLow(int maker, long name) {
        return VARIANT
                | (((name >>> 32) & PART_MASK) << INSTANCE_BITS)
                | ((maker & PIECE_MASK) << PART_BITS)
                | ((name >>> 12) & PART_MASK);
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
