package io.tocsin.pipeline.connector;

/// How long a thread that empties a socket rests after it has found nothing more in it, so that the next
/// wake-up brings many datagrams instead of one.
///
/// A thread that waits for the next datagram is woken by it, takes one or two, and waits again: at a steady
/// 100,000 a second nearly all its processor time goes into waking up. So it rests for up to
/// [#LONGEST_NANOS] first, while the kernel's receive buffer collects. It does so only
///
/// - when datagrams come often: what comes after a pause is taken at once,
/// - when the buffer is large enough for what comes meanwhile: a rest that has filled more than an eighth of
///   it is followed by one half as long, and a buffer under [#SMALLEST_BUFFER_BYTES] by none.
///
/// Thread-safety: one thread.
final class ReceiveRests {
    static final long LONGEST_NANOS = 1_000_000L;
    /// What a gigabit of the smallest datagrams fills within a rest, twice.
    static final long SMALLEST_BUFFER_BYTES = 2L << 20;

    /// Datagrams come often when the socket was emptied so lately.
    private static final long OFTEN_NANOS = 4 * LONGEST_NANOS;
    private static final long STEP_NANOS = LONGEST_NANOS / 32;
    /// What the kernel charges for a datagram beside its bytes, which it rounds up to less than twice.
    private static final long CHARGED_BYTES = 1024;

    private static final long SHARE = 8;

    private final long bufferBytes;
    private long restNanos = LONGEST_NANOS;
    private long emptiedNanos;
    private boolean emptied;
    private long heldBytes;

    /// @param bufferBytes what the kernel charges a socket at most before it throws datagrams away
    ReceiveRests(long bufferBytes) {
        this.bufferBytes = bufferBytes;
    }

    /// What to do after datagrams were taken.
    ///
    /// @param datagrams that were taken, at least one
    /// @param bytes of them
    /// @param more whether the socket may hold more of them
    /// @return how long to rest before the next are taken, 0: not at all
    long after(int datagrams, long bytes, boolean more, long nowNanos) {
        heldBytes += 2 * bytes + CHARGED_BYTES * datagrams;
        if (more) {
            return 0;
        }
        long held = heldBytes;
        heldBytes = 0;
        boolean often = emptied && nowNanos - emptiedNanos < OFTEN_NANOS;
        emptied = true;
        emptiedNanos = nowNanos;
        if (bufferBytes < SMALLEST_BUFFER_BYTES) {
            return 0;
        }
        restNanos = held > bufferBytes / SHARE ? restNanos / 2 : Math.min(LONGEST_NANOS, restNanos + STEP_NANOS);
        return often ? restNanos : 0;
    }
}
