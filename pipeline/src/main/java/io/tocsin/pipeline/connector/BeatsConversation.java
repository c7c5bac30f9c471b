package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.beats.BeatsEventKey;
import io.tocsin.pipeline.connector.beats.LumberjackInput;
import io.tocsin.pipeline.connector.beats.LumberjackProblem;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What is said on one connection of a Beats input. One thread reads windows and hands them to the
/// sink; another one, there only while a window is unanswered, acknowledges those that are on disk, in
/// their order, and says every few seconds that the others are worked on. Nothing that the pipeline
/// does can keep it from that; only when a window has waited too long it falls silent and ends the
/// connection, so that the peer goes elsewhere.
///
/// Thread-safety: [#run] by one thread, the rest by any.
final class BeatsConversation {
    /// Windows that wait for their acknowledgement; further ones are not read.
    private static final int MAXIMUM_PENDING = 256;
    /// A window up to this size reaches the sink whole or not at all, unless memory is short.
    private static final int PIECE_BYTES = 4 << 20;

    private static final long BUDGET_WAIT_NANOS = 5_000_000L;

    /// A window that is not answered.
    ///
    /// Thread-safety: guarded by `lock`.
    private static final class Window {
        final int version;
        final long begunNanos;
        /// What acknowledges it; set before `durable`.
        long sequence;

        volatile boolean durable;

        Window(int version, long begunNanos) {
            this.version = version;
            this.begunNanos = begunNanos;
        }
    }

    private final BeatsConnector connector;
    private final StreamConnection connection;
    private final LumberjackInput input;
    private final EntryOrigin origin;
    private final BeatsEventKey key;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Window> pending = new ArrayDeque<>();
    private boolean answering;
    private boolean gone;

    BeatsConversation(BeatsConnector connector, StreamConnection connection, LumberjackInput input) {
        this.connector = connector;
        this.connection = connection;
        this.input = input;
        this.origin = connection.origin();
        this.key = new BeatsEventKey(origin);
    }

    /// Takes windows until the connection is of no more use.
    void run() throws IOException, InterruptedException {
        try {
            boolean more = true;
            while (more) {
                int events = input.window();
                more = events != LumberjackInput.ENDED && take(events);
            }
            awaitAnswers();
        } catch (LumberjackProblem e) {
            connector.count(StageCounter.FRAMING_ERRORS);
            connector.refused(origin, String.valueOf(e.getMessage()));
            awaitAnswers();
        } finally {
            leave();
        }
    }

    /// Reads a window and gives it to the sink; false when the connection has to end.
    private boolean take(int events) throws IOException, InterruptedException {
        long begunNanos = System.nanoTime();
        if (events == 0) {
            Window empty = new Window(input.version(), begunNanos);
            empty.durable = true;
            return await(empty);
        }
        Window window = new Window(input.version(), begunNanos);
        Reading reading = new Reading(window, begunNanos + connector.stuckNanos());
        try {
            input.events(events, reading);
            if (!reading.waits && !await(window)) {
                return false;
            }
            long sequence = input.sequence();
            Handover last = Handover.start(connection, origin, reading.texts, () -> durable(window, sequence));
            reading.texts = new EventTexts(connection.budget());
            return last.awaitTaken(reading.untilNanos);
        } catch (StuckException e) {
            if (withdraw(window)) {
                connector.count(StageCounter.REQUESTS_SENT_AWAY);
            }
            return false;
        } catch (LumberjackProblem e) {
            withdraw(window);
            throw e;
        } finally {
            reading.texts.release();
        }
    }

    /// The pipeline has taken nothing for too long.
    private static final class StuckException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// Takes the events of one window.
    ///
    /// Thread-safety: one thread.
    private final class Reading implements LumberjackInput.Receiver {
        private final Window window;
        private final long untilNanos;
        private EventTexts texts = new EventTexts(connection.budget());
        /// The peer is told that its window is worked on, although it was not read whole yet.
        private boolean waits;

        Reading(Window window, long untilNanos) {
            this.window = window;
            this.untilNanos = untilNanos;
        }

        @Override
        public void part(byte[] bytes, int offset, int length) throws IOException {
            while (!texts.append(bytes, offset, length)) {
                // Others hold the memory; the peer waits, and TCP tells it so.
                if (System.nanoTime() - untilNanos > 0 || isGone()) {
                    throw new StuckException();
                }
                beginToWait();
                if (texts.count() > 0) {
                    // They would wait for each other, all of them with memory for a part of a window.
                    EventTexts open = texts.splitOpen();
                    EventTexts complete = texts;
                    texts = open;
                    handOn(complete);
                } else {
                    LockSupport.parkNanos(BUDGET_WAIT_NANOS);
                }
            }
        }

        @Override
        public void end(boolean cut) throws IOException {
            boolean named = !cut
                    && key.read(
                            texts.array(),
                            texts.openStart(),
                            texts.openLength(),
                            SystemClock.process().millis());
            texts.finish(cut ? EventBatch.FLAG_CUT : 0, named ? key.high() : 0, named ? key.low() : 0);
            if (texts.bytes() >= PIECE_BYTES) {
                EventTexts full = texts;
                texts = new EventTexts(connection.budget());
                beginToWait();
                handOn(full);
            }
        }

        private void handOn(EventTexts complete) throws IOException {
            try {
                if (!Handover.start(connection, origin, complete, null).awaitTaken(untilNanos)) {
                    throw new StuckException();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StuckException();
            }
        }

        /// From now on the window is one that waits for its answer: a peer that hears nothing while this side waits
        /// would send all of it again elsewhere.
        private void beginToWait() throws IOException {
            if (waits) {
                return;
            }
            waits = true;
            try {
                if (!await(window)) {
                    throw new StuckException();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StuckException();
            }
        }
    }

    /// Lets a window wait for its answer; false when the connection has gone.
    private boolean await(Window window) throws InterruptedException {
        lock.lock();
        try {
            while (pending.size() >= MAXIMUM_PENDING && !gone) {
                changed.await();
            }
            if (gone) {
                return false;
            }
            pending.add(window);
            changed.signalAll();
            if (!answering) {
                answering = true;
                Thread.ofVirtual().name("beats-answers").start(this::answer);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Lets go of a window that will not be answered, if it waits; false when the connection has gone.
    private boolean withdraw(Window window) {
        lock.lock();
        try {
            pending.remove(window);
            changed.signalAll();
            return !gone;
        } finally {
            lock.unlock();
        }
    }

    private boolean isGone() {
        lock.lock();
        try {
            return gone;
        } finally {
            lock.unlock();
        }
    }

    private void durable(Window window, long sequence) {
        lock.lock();
        try {
            window.sequence = sequence;
            window.durable = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Answers windows while there are any.
    private void answer() {
        try {
            Window due = due();
            while (due != null) {
                if (due.durable) {
                    acknowledge(due.version, due.sequence);
                    connector.count(StageCounter.REQUESTS);
                    answered();
                } else {
                    acknowledge(due.version, 0);
                }
                due = due();
            }
        } catch (IOException e) {
            leave();
            connection.abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for something to say: the oldest window, on disk or still being worked on; null when
    /// nothing is owed any more.
    private @Nullable Window due() throws IOException, InterruptedException {
        lock.lock();
        try {
            long left = connector.keepAliveNanos();
            while (true) {
                Window oldest = pending.peek();
                if (oldest == null || gone) {
                    answering = false;
                    changed.signalAll();
                    return null;
                }
                if (oldest.durable) {
                    return oldest;
                }
                if (System.nanoTime() - oldest.begunNanos > connector.stuckNanos()) {
                    connector.count(StageCounter.REQUESTS_SENT_AWAY);
                    gone = true;
                    changed.signalAll();
                    throw new StuckException();
                }
                if (left <= 0) {
                    return oldest;
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void answered() {
        lock.lock();
        try {
            pending.poll();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void acknowledge(int version, long sequence) throws IOException {
        byte[] frame = {
            (byte) version,
            'A',
            (byte) (sequence >> 24),
            (byte) (sequence >> 16),
            (byte) (sequence >> 8),
            (byte) sequence
        };
        connection.write(frame, 0, frame.length);
    }

    /// Before the connection ends: what was taken is answered, when that is possible.
    private void awaitAnswers() throws InterruptedException {
        lock.lock();
        try {
            while (answering && !gone) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
