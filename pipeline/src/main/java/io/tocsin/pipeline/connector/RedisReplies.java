package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The replies to one Redis client, sent strictly in the order of its commands. A reply to a command with events waits
/// until they are on disk. At most two runs of events are on their way to it, and what is read meanwhile goes with the
/// next one, so that one sync serves many commands.
///
/// Writing is done by a virtual thread that lives while there is something to write: the thread that tells of a sync
/// serves all connections and must not wait for one peer.
///
/// Thread-safety: one thread adds and ends runs; the writing one and the one that tells of syncs are others.
final class RedisReplies {
    private static final int MAXIMUM_PROMISES = 2;
    private static final long FINISH_NANOS = 5_000_000_000L;
    private static final int BUFFER_BYTES = 8 << 10;

    private static final class Reply {
        final byte[] text;
        /// That has to be on disk before; 0: none.
        final long run;

        Reply(byte[] text, long run) {
            this.text = text;
            this.run = run;
        }
    }

    private final StreamConnection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Reply> waiting = new ArrayDeque<>();
    /// Runs that were ended, that will be told of, and that are on disk.
    private long ended;

    private long promised;
    private long durable;
    private int promises;
    private boolean writing;
    private boolean abandoned;

    RedisReplies(StreamConnection connection) {
        this.connection = connection;
    }

    /// Replies as soon as everything before is replied to.
    ///
    /// @param text with its line end, at most a few KiB
    void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Replies with bytes that need not be text as soon as everything before is replied to.
    void add(byte[] text) {
        add(text, 0);
    }

    /// Replies when the run at hand is on disk.
    void addWhenDurable(String text) {
        lock.lock();
        try {
            add(text.getBytes(StandardCharsets.UTF_8), ended + 1);
        } finally {
            lock.unlock();
        }
    }

    private void add(byte[] text, long run) {
        lock.lock();
        try {
            if (abandoned) {
                return;
            }
            waiting.add(new Reply(text, run));
        } finally {
            lock.unlock();
        }
        write();
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

    private void promise() {
        long upTo = 0;
        lock.lock();
        try {
            if (promises < MAXIMUM_PROMISES && ended > promised) {
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

    private void synced(long run) {
        boolean more = false;
        lock.lock();
        try {
            promises--;
            durable = Math.max(durable, run);
            more = ended > promised && !abandoned;
        } finally {
            lock.unlock();
        }
        write();
        if (more) {
            // Not from this thread: a run may have to wait for room in the log.
            Thread.ofVirtual().name("redis-commit").start(() -> {
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
        Thread.ofVirtual().name("redis-replies").start(this::writeAll);
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
            while (isReady() && length + waiting.getFirst().text.length <= buffer.length) {
                byte[] text = waiting.removeFirst().text;
                System.arraycopy(text, 0, buffer, length, text.length);
                length += text.length;
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
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until fewer replies are not written, or the connection has come to its end.
    void awaitFewerThan(int replies) {
        lock.lock();
        try {
            while (waiting.size() >= replies && !abandoned && !connection.stopping()) {
                changed.awaitNanos(TimeUnit.SECONDS.toNanos(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// Waits a while for all replies to be written.
    void finish() {
        long untilNanos = System.nanoTime() + FINISH_NANOS;
        lock.lock();
        try {
            long left = untilNanos - System.nanoTime();
            while ((!waiting.isEmpty() || writing) && !abandoned && left > 0) {
                changed.awaitNanos(left);
                left = untilNanos - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
