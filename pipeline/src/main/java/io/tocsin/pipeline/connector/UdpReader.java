package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One socket of a UDP connector with the queue behind it. A platform thread does nothing but move
/// datagrams from one to
/// the other.
///
/// Thread-safety: [#receive] by one thread; [#take], [#giveBack], [#takeOverflow] and
/// [#takeKernelDrops] by another one;
/// [#stop] by any.
final class UdpReader {
    private static final System.Logger LOGGER = System.getLogger(UdpReader.class.getName());
    private static final int REMEMBERED_PEERS = 4096;

    private final DatagramSource source;
    private final DatagramQueue queue;
    private final StageCounters counters;
    private final EntryOrigin anyPeer;
    /// Datagrams for which the queue had no room, until the consumer has told the ledger; guarded by the
    /// queue's lock.
    private final Map<EntryOrigin, Long> overflow = new HashMap<>();

    private long kernelDropsSeen;
    private volatile boolean stopping;

    /// @param anyPeer stands for senders when there are too many
    UdpReader(DatagramSource source, long queueBytes, StageCounters counters, EntryOrigin anyPeer) {
        this.source = source;
        this.queue = new DatagramQueue(queueBytes);
        this.counters = counters;
        this.anyPeer = anyPeer;
    }

    /// Moves datagrams until it is told to stop and none is left; then closes the socket.
    void receive(String collector) {
        // The kernel charges a socket up to twice of what it was asked for.
        ReceiveRests rests = new ReceiveRests(2L * source.grantedBytes());
        try {
            while (true) {
                int count = source.receive();
                if (count > 0) {
                    long bytes = move(count);
                    long rest = rests.after(count, bytes, count == source.capacity(), System.nanoTime());
                    if (rest > 0 && !stopping) {
                        LockSupport.parkNanos(rest);
                    }
                } else if (stopping) {
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            if (!stopping) {
                counters.increment(StageCounter.CONNECTION_ERRORS);
                LOGGER.log(System.Logger.Level.ERROR, "receiving datagrams ended [collector=" + collector + "]", e);
            }
        } finally {
            closeSocket();
            queue.end();
        }
    }

    void closeSocket() {
        try {
            source.close();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "socket did not close", e);
        }
    }

    /// @return bytes that were moved
    private long move(int count) throws IOException {
        long bytes = 0;
        queue.lock();
        try {
            for (int i = 0; i < count; i++) {
                ByteBuffer datagram = source.datagram(i);
                bytes += datagram.remaining();
                EntryOrigin origin = source.origin(i);
                if (!queue.put(origin, datagram)) {
                    overflow.merge(overflow.size() < REMEMBERED_PEERS ? origin : anyPeer, 1L, Long::sum);
                }
            }
        } finally {
            queue.unlock();
        }
        counters.add(StageCounter.RECEIVED_BYTES, bytes);
        return bytes;
    }

    /// Lets [#receive] come to its end.
    void stop() {
        stopping = true;
        try {
            source.wake();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "socket did not wake", e);
        }
    }

    boolean isStopping() {
        return stopping;
    }

    DatagramQueue.@Nullable Chunk take(long waitNanos) throws InterruptedException {
        return queue.take(waitNanos);
    }

    void giveBack(DatagramQueue.Chunk chunk) {
        queue.giveBack(chunk);
    }

    boolean isFinished() {
        return queue.isFinished();
    }

    /// What found no room since this was asked last.
    Map<EntryOrigin, Long> takeOverflow() {
        queue.lock();
        try {
            if (overflow.isEmpty()) {
                return Map.of();
            }
            Map<EntryOrigin, Long> dropped = Map.copyOf(overflow);
            overflow.clear();
            return dropped;
        } finally {
            queue.unlock();
        }
    }

    /// What the kernel has thrown away since this was asked last.
    long takeKernelDrops() {
        long drops;
        try {
            drops = source.drops();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "drops of a socket are not known", e);
            return 0;
        }
        long more = drops - kernelDropsSeen;
        kernelDropsSeen = drops;
        return Math.max(0, more);
    }

    EntryOrigin anyPeer() {
        return anyPeer;
    }

    DatagramSource source() {
        return source;
    }
}
