package io.tocsin.pipeline.diagnostics;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The hosts that number their messages, of all lanes of a collector: connections of one host lie on several. Up to
/// [#MAXIMUM_SENDERS] are known at one time, with up to 2 KiB each; then the one that was quiet for longest goes, of
/// those that share its place.
///
/// Hosts and programs are known by 64 bits of their names. A message of a host that is known takes no memory.
///
/// Thread-safety: any thread.
final class SequenceSenders {
    static final int MAXIMUM_SENDERS = 2048;

    private static final int WAYS = 8;
    private static final int SETS = MAXIMUM_SENDERS / WAYS;
    private static final int LOCKS = 16;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];
    /// Each set is guarded by the lock of its number.
    private final @Nullable SequenceSender[] senders = new SequenceSender[MAXIMUM_SENDERS];

    SequenceSenders() {
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /// Takes the number of a message.
    ///
    /// @param source where it came from
    /// @param host of the name of the host that the message names
    /// @param program of the name of its program
    /// @param number 1 to 2147483647
    /// @param nanos when it was received, nanoseconds since the epoch
    /// @return messages of the sender that are now known to be missing
    long receive(String source, long host, long program, int number, long nanos) {
        long key = (host ^ source.hashCode() * MIX) * MIX;
        int set = (int) (key >>> 32) & SETS - 1;
        ReentrantLock lock = locks[set % LOCKS];
        lock.lock();
        try {
            return find(key, set * WAYS).receive(program, number, nanos);
        } finally {
            lock.unlock();
        }
    }

    private SequenceSender find(long key, int first) {
        int place = first;
        long oldest = Long.MAX_VALUE;
        for (int i = first; i < first + WAYS; i++) {
            SequenceSender known = senders[i];
            if (known != null && known.key == key) {
                return known;
            }
            long last = known == null ? Long.MIN_VALUE : known.lastNanos;
            if (last < oldest) {
                oldest = last;
                place = i;
            }
        }
        SequenceSender created = new SequenceSender(key);
        senders[place] = created;
        return created;
    }
}
