package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The replies to one peer, sent strictly in their order. A reply may wait until the events of a run are on disk. At
/// most two runs are on their way to it, and what is read meanwhile goes with the next one, so that one sync serves
/// many replies.
///
/// Writing is done by a virtual thread that lives while there is something to write: the thread that tells of a sync
/// serves all connections and must not wait for one peer.
///
/// Thread-safety: one thread adds and ends runs; the writing one and the one that tells of syncs are others.
final class OrderedReplies {
    private static final int MAXIMUM_PROMISES = 2;
    private static final int BUFFER_BYTES = 8 << 10;
    /// How long the last replies may take.
    private static final long FINISH_NANOS = 5_000_000_000L;

    /// One reply, or several that become ready together.
    ///
    /// Thread-safety: under the lock of the replies.
    interface Reply {
        /// Writes as much as fits; into a whole buffer of 8 KiB always something.
        ///
        /// @return behind what was written
        int write(byte[] buffer, int from);

        /// Replies that are not written whole.
        int left();
    }

    /// A reply that is at hand.
    ///
    /// Thread-safety: see [Reply].
    private static final class Text implements Reply {
        private final byte[] text;
        private int written;

        Text(byte[] text) {
            this.text = text;
        }

        @Override
        public int write(byte[] buffer, int from) {
            int length = Math.min(buffer.length - from, text.length - written);
            System.arraycopy(text, written, buffer, from, length);
            written += length;
            return from + length;
        }

        @Override
        public int left() {
            return written < text.length ? 1 : 0;
        }
    }

    /// @param run that has to be on disk before; 0: none
    private record Waiting(Reply reply, long run) {}

    private final StreamConnection connection;
    private final String kind;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int left;
    /// Runs that were ended, that will be told of, that a reply waits for, and that are on disk.
    private long ended;

    private long promised;
    private long wanted;
    private long durable;
    private int promises;
    private boolean writing;
    private boolean abandoned;

    /// @param kind of the connector, for names of threads
    OrderedReplies(StreamConnection connection, String kind) {
        this.connection = connection;
        this.kind = kind;
    }

    /// Replies as soon as everything before is replied to.
    void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Replies with bytes that need not be text as soon as everything before is replied to.
    void add(byte[] text) {
        add(new Text(text), false);
        write();
    }

    /// Replies when the run at hand, or the next one when there is none, is on disk.
    void addWhenDurable(String text) {
        addWhenDurable(new Text(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Replies when the run at hand, or the next one when there is none, is on disk.
    void addWhenDurable(Reply reply) {
        add(reply, true);
    }

    private void add(Reply reply, boolean whenDurable) {
        lock.lock();
        try {
            if (abandoned) {
                return;
            }
            if (whenDurable) {
                wanted = ended + 1;
            }
            waiting.add(new Waiting(reply, whenDurable ? wanted : 0));
            left += reply.left();
        } finally {
            lock.unlock();
        }
    }

    /// Ends the connection's run; replies that wait for it are sent when it is on disk.
    void endRun() {
        lock.lock();
        try {
            ended++;
        } finally {
            lock.unlock();
        }
        promise();
    }

    /// Ends the connection's run, and learns when it is on disk if replies wait for it.
    private void promise() {
        long upTo = 0;
        lock.lock();
        try {
            if (promises < MAXIMUM_PROMISES && isPromiseDue()) {
                promises++;
                promised = ended;
                upTo = ended;
            }
        } finally {
            lock.unlock();
        }
        long run = upTo;
        if (run == 0) {
            connection.end();
        } else {
            connection.end(_ -> synced(run));
        }
    }

    private boolean isPromiseDue() {
        return !abandoned && ended > promised && wanted > promised;
    }

    private void synced(long run) {
        boolean more = false;
        lock.lock();
        try {
            promises--;
            durable = Math.max(durable, run);
            more = isPromiseDue();
        } finally {
            lock.unlock();
        }
        write();
        if (more) {
            // Not from this thread: a run may have to wait for room in the log.
            Thread.ofVirtual().name(kind + "-commit").start(() -> {
                connection.begin();
                promise();
            });
        }
    }

    private boolean isReady() {
        return !abandoned && !waiting.isEmpty() && waiting.getFirst().run <= durable;
    }

    private void write() {
        lock.lock();
        try {
            if (writing || !isReady()) {
                return;
            }
            writing = true;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name(kind + "-replies").start(this::writeAll);
    }

    private void writeAll() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            int length = take(buffer);
            while (length > 0) {
                connection.write(buffer, 0, length);
                length = take(buffer);
            }
        } catch (IOException e) {
            abandon();
            connection.abort();
        }
    }

    /// Takes replies that are ready; 0 when there are none, and the writing has ended.
    private int take(byte[] buffer) {
        lock.lock();
        try {
            int length = 0;
            while (isReady()) {
                Reply reply = waiting.getFirst().reply;
                int before = reply.left();
                length = reply.write(buffer, length);
                left -= before - reply.left();
                if (reply.left() > 0) {
                    break;
                }
                waiting.removeFirst();
            }
            writing = length > 0;
            changed.signalAll();
            return length;
        } finally {
            lock.unlock();
        }
    }

    /// Replies that are not written.
    int waiting() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until fewer replies are not written, or the connection has come to its end.
    void awaitFewerThan(int replies) {
        lock.lock();
        try {
            while (left >= replies && !abandoned && !connection.stopping()) {
                changed.awaitNanos(TimeUnit.SECONDS.toNanos(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// Waits a while for all replies to be written.
    ///
    /// @param last what is said behind them when they are; empty: nothing
    void finish(String last) {
        long untilNanos = System.nanoTime() + FINISH_NANOS;
        if (isWritten(untilNanos) && !last.isEmpty()) {
            add(last);
            isWritten(untilNanos);
        }
    }

    private boolean isWritten(long untilNanos) {
        lock.lock();
        try {
            long nanos = untilNanos - System.nanoTime();
            while ((!waiting.isEmpty() || writing) && !abandoned && nanos > 0) {
                changed.awaitNanos(nanos);
                nanos = untilNanos - System.nanoTime();
            }
            return waiting.isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Writes nothing more: the connection has ended.
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            waiting.clear();
            left = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
