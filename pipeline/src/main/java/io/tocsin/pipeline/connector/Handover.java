package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Gives texts to a sink on a thread of its own, because a sink may block for as long as the log has
/// no room, while a protocol has to go on talking to its peer. One that has not begun can be called
/// off; one that has begun ends in the log.
///
/// Thread-safety: any thread.
final class Handover implements Runnable {
    private static final System.Logger LOGGER = System.getLogger(Handover.class.getName());
    private static final int WAITING = 0;
    private static final int BEGUN = 1;
    private static final int CALLED_OFF = 2;

    private final StreamConnection connection;
    private final EntryOrigin origin;
    private final EventTexts texts;
    private final @Nullable Runnable whenDurable;
    private final AtomicInteger state = new AtomicInteger(WAITING);
    private final CountDownLatch taken = new CountDownLatch(1);
    private volatile boolean failed;

    private Handover(
            StreamConnection connection, EntryOrigin origin, EventTexts texts, @Nullable Runnable whenDurable) {
        this.connection = connection;
        this.origin = origin;
        this.texts = texts;
        this.whenDurable = whenDurable;
    }

    /// Begins to hand over. Wait for it before the next one of the same stream, or the order is lost.
    ///
    /// @param texts belong to the handover from now on; their memory is given back when the sink has
    /// taken them
    /// @param whenDurable called from another thread when everything given to this sink so far is on
    /// disk; must be quick; null: nobody wants to know yet
    static Handover start(
            StreamConnection connection, EntryOrigin origin, EventTexts texts, @Nullable Runnable whenDurable) {
        Handover handover = new Handover(connection, origin, texts, whenDurable);
        Thread.ofVirtual().name("handover").start(handover);
        return handover;
    }

    @Override
    public void run() {
        try {
            connection.begin();
            hand();
        } catch (RuntimeException | Error e) {
            failed = true;
            LOGGER.log(
                    System.Logger.Level.WARNING, "events could not be handed on [source=" + origin.source() + "]", e);
        } finally {
            texts.release();
            taken.countDown();
        }
    }

    private void hand() {
        Runnable durable = null;
        try {
            if (state.compareAndSet(WAITING, BEGUN)) {
                for (int i = 0; i < texts.count(); i++) {
                    hand(connection.sink(), i);
                }
                durable = whenDurable;
            }
        } finally {
            if (durable == null) {
                connection.end();
            } else {
                connection.end(_ -> whenDurable());
            }
        }
    }

    private void hand(EventSink sink, int i) {
        long idHigh = texts.idHigh(i);
        long idLow = texts.idLow(i);
        if ((idHigh | idLow) == 0) {
            sink.accept(origin, texts.array(), texts.start(i), texts.length(i), texts.flag(i));
        } else {
            sink.accept(origin, idHigh, idLow, texts.array(), texts.start(i), texts.length(i), texts.flag(i));
        }
    }

    private void whenDurable() {
        if (whenDurable != null) {
            whenDurable.run();
        }
    }

    /// Waits until the sink has taken everything; calls it off when that takes too long and has not
    /// begun.
    ///
    /// @return false when it has not, or failed on the way
    boolean awaitTaken(long untilNanos) throws InterruptedException {
        if (!taken.await(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS)) {
            state.compareAndSet(WAITING, CALLED_OFF);
            return false;
        }
        return !failed && state.get() == BEGUN;
    }

    /// True when the sink failed with an error of its own.
    boolean hasFailed() {
        return failed;
    }
}
