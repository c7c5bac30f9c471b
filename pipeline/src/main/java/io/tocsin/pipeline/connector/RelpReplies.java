package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The answers of one RELP session, sent strictly in the order of the frames. Messages are answered when they are on
/// disk; at most two runs are on their way to it, and what is read meanwhile goes with the next one, so that one sync
/// serves many messages.
///
/// Writing is done by a virtual thread that lives while there is something to write: the thread that tells of a sync
/// serves all connections and must not wait for one peer.
///
/// Thread-safety: the session's thread, the writing one, and the one that tells of syncs.
final class RelpReplies {
    private static final int MAXIMUM_RUNS = 2;
    private static final long FINISH_NANOS = 5_000_000_000L;
    private static final byte[] ACCEPTED = " rsp 6 200 OK\n".getBytes(StandardCharsets.US_ASCII);
    private static final String SERVER_CLOSE = "0 serverclose 0\n";
    private static final int HIGHEST_NUMBER = 999_999_999;
    private static final int BUFFER_BYTES = 8 << 10;

    /// Answers that are given together.
    ///
    /// Thread-safety: under the lock.
    private static final class Answers {
        /// Next number of messages.
        private int number;
        private int messages;
        /// Anything but messages.
        private final byte @Nullable [] text;

        /// What is no message is ready at once; those before it keep it in turn.
        private boolean ready;

        Answers(int first, int messages, byte @Nullable [] text) {
            this.number = first;
            this.messages = messages;
            this.text = text;
            this.ready = text != null;
        }

        int next() {
            int next = number;
            number = number == HIGHEST_NUMBER ? 1 : number + 1;
            return next;
        }
    }

    private final StreamConnection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Answers> waiting = new ArrayDeque<>();
    private int waitingMessages;
    /// How many of the last in `waiting` no run has promised yet.
    private int unpromised;
    private int runs;
    private boolean writing;
    private boolean abandoned;

    RelpReplies(StreamConnection connection) {
        this.connection = connection;
    }

    /// Takes note of messages handed on in the run at hand.
    ///
    /// @param messages 0: nothing
    void received(int first, int messages) {
        if (messages == 0) {
            return;
        }
        lock.lock();
        try {
            if (abandoned) {
                return;
            }
            waiting.add(new Answers(first, messages, null));
            waitingMessages += messages;
            unpromised++;
        } finally {
            lock.unlock();
        }
    }

    /// Answers anything but a message, as soon as what came before is answered.
    ///
    /// @param data of the answer, at most 80 characters in its first line
    void answer(int number, String data) {
        byte[] text = (data.isEmpty() ? number + " rsp 0\n" : number + " rsp " + data.length() + " " + data + "\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        add(text);
    }

    private void add(byte[] text) {
        lock.lock();
        try {
            if (abandoned) {
                return;
            }
            waiting.add(new Answers(0, 0, text));
            if (unpromised > 0) {
                unpromised++;
            }
        } finally {
            lock.unlock();
        }
        write();
    }

    /// Ends the connection's run; its messages are answered when they are on disk.
    void endRun() {
        Answers last = null;
        lock.lock();
        try {
            if (unpromised > 0 && runs < MAXIMUM_RUNS) {
                last = waiting.getLast();
                unpromised = 0;
                runs++;
            }
        } finally {
            lock.unlock();
        }
        Answers promised = last;
        if (promised == null) {
            connection.end();
        } else {
            connection.end(_ -> synced(promised));
        }
    }

    /// Everything up to some answers is on disk.
    private void synced(Answers last) {
        boolean more = false;
        lock.lock();
        try {
            runs--;
            for (Answers answers : waiting) {
                answers.ready = true;
                if (answers == last) {
                    break;
                }
            }
            more = unpromised > 0 && !abandoned;
        } finally {
            lock.unlock();
        }
        write();
        if (more) {
            // Not from this thread: a run may have to wait for room in the log.
            Thread.ofVirtual().name("relp-commit").start(this::commit);
        }
    }

    /// Promises what was read while earlier runs were on their way.
    private void commit() {
        connection.begin();
        endRun();
    }

    private void write() {
        lock.lock();
        try {
            if (writing || abandoned || waiting.isEmpty() || !waiting.getFirst().ready) {
                return;
            }
            writing = true;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("relp-answers").start(this::writeAll);
    }

    private void writeAll() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            int length = fill(buffer);
            while (length > 0) {
                connection.write(buffer, 0, length);
                length = fill(buffer);
            }
        } catch (IOException e) {
            abandon();
            connection.abort();
        }
    }

    /// Takes answers that are ready; 0 when there are none, and the writing has ended.
    private int fill(byte[] buffer) {
        lock.lock();
        try {
            int length = 0;
            while (!waiting.isEmpty() && waiting.getFirst().ready && !abandoned) {
                Answers answers = waiting.getFirst();
                byte[] text = answers.text;
                if (text != null) {
                    if (length + text.length > buffer.length) {
                        return length;
                    }
                    System.arraycopy(text, 0, buffer, length, text.length);
                    length += text.length;
                    waiting.removeFirst();
                    continue;
                }
                length = fill(buffer, length, answers);
                if (answers.messages > 0) {
                    return length;
                }
                waiting.removeFirst();
            }
            if (length == 0) {
                writing = false;
                changed.signalAll();
            }
            return length;
        } finally {
            lock.unlock();
        }
    }

    private int fill(byte[] buffer, int from, Answers answers) {
        int length = from;
        while (answers.messages > 0 && buffer.length - length > ACCEPTED.length + 9) {
            length = digits(buffer, length, answers.next());
            System.arraycopy(ACCEPTED, 0, buffer, length, ACCEPTED.length);
            length += ACCEPTED.length;
            answers.messages--;
            waitingMessages--;
        }
        changed.signalAll();
        return length;
    }

    private static int digits(byte[] buffer, int from, int number) {
        int end = from + 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            end++;
        }
        int rest = number;
        for (int at = end - 1; at >= from; at--) {
            buffer[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return end;
    }

    /// Waits until fewer messages are without answer, or the session has come to its end.
    void awaitFewerThan(int messages) {
        lock.lock();
        try {
            while (waitingMessages >= messages && !abandoned && !connection.stopping()) {
                changed.awaitNanos(TimeUnit.SECONDS.toNanos(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// Waits a while for all answers to be written, then says that this side closes.
    void finish() {
        long untilNanos = System.nanoTime() + FINISH_NANOS;
        awaitWritten(untilNanos);
        boolean all = false;
        lock.lock();
        try {
            all = waiting.isEmpty();
        } finally {
            lock.unlock();
        }
        if (all) {
            add(SERVER_CLOSE.getBytes(StandardCharsets.US_ASCII));
            awaitWritten(untilNanos);
        }
    }

    private void awaitWritten(long untilNanos) {
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

    /// Writes nothing more: the session has ended.
    void abandon() {
        lock.lock();
        try {
            abandoned = true;
            waiting.clear();
            unpromised = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
