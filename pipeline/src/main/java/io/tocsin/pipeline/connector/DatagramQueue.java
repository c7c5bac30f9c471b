package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Holds datagrams in memory between the thread that empties the socket and the one that parses, in chunks
/// of fixed size.
///
/// Thread-safety: one producer, one consumer. The producer takes the lock with [#lock()] for a burst of
/// [#put]s.
final class DatagramQueue {
    /// Room for several datagrams of the greatest size.
    static final int CHUNK_BYTES = 256 << 10;

    private static final int CHUNK_DATAGRAMS = 4096;

    /// A run of datagrams.
    ///
    /// Thread-safety: the producer's until it is taken, then the consumer's until it is given back.
    static final class Chunk {
        final byte[] bytes = new byte[CHUNK_BYTES];
        final int[] ends = new int[CHUNK_DATAGRAMS];
        final EntryOrigin[] origins = new EntryOrigin[CHUNK_DATAGRAMS];
        int count;

        int length() {
            return count == 0 ? 0 : ends[count - 1];
        }

        boolean fits(int length) {
            return count < CHUNK_DATAGRAMS && length() + length <= CHUNK_BYTES;
        }

        void clear() {
            Arrays.fill(origins, 0, count, null);
            count = 0;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final ArrayDeque<Chunk> full = new ArrayDeque<>();
    private final ArrayDeque<Chunk> free = new ArrayDeque<>();
    private final int maximumChunks;
    private Chunk filling = new Chunk();
    private int chunks = 1;
    private boolean ended;

    /// @param bytes most memory to use, rounded up to two chunks
    DatagramQueue(long bytes) {
        maximumChunks = (int) Math.max(2, bytes / CHUNK_BYTES);
    }

    void lock() {
        lock.lock();
    }

    /// Ends a burst and wakes the consumer.
    void unlock() {
        if (filling.count > 0 || !full.isEmpty()) {
            notEmpty.signal();
        }
        lock.unlock();
    }

    /// Copies the rest of `datagram`; false when there is no room. The caller holds the lock.
    boolean put(EntryOrigin origin, ByteBuffer datagram) {
        int length = datagram.remaining();
        if (!filling.fits(length)) {
            Chunk next = free.poll();
            if (next == null) {
                if (chunks == maximumChunks) {
                    return false;
                }
                next = new Chunk();
                chunks++;
            }
            full.add(filling);
            filling = next;
        }
        int start = filling.length();
        datagram.get(filling.bytes, start, length);
        filling.origins[filling.count] = origin;
        filling.ends[filling.count++] = start + length;
        return true;
    }

    /// The next datagrams, or null when none came within the time.
    @Nullable
    Chunk take(long waitNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = waitNanos;
            while (full.isEmpty() && filling.count == 0 && !ended && left > 0) {
                left = notEmpty.awaitNanos(left);
            }
            Chunk next = full.poll();
            if (next == null && filling.count > 0) {
                Chunk spare = free.poll();
                if (spare == null) {
                    spare = new Chunk();
                    chunks++;
                }
                next = filling;
                filling = spare;
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    void giveBack(Chunk chunk) {
        chunk.clear();
        lock.lock();
        try {
            free.add(chunk);
        } finally {
            lock.unlock();
        }
    }

    /// Says that nothing more will be put.
    void end() {
        lock.lock();
        try {
            ended = true;
            notEmpty.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// True when nothing is held and nothing will come.
    boolean isFinished() {
        lock.lock();
        try {
            return ended && full.isEmpty() && filling.count == 0;
        } finally {
            lock.unlock();
        }
    }
}
