package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tells connectors that their events are on disk, and at the other one of a pair when that is asked for: waits for the
/// log to sync up to a place, then calls.
///
/// Thread-safety: any thread; calls come from one thread, in the order of [#whenSynced].
final class Acknowledger implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Acknowledger.class.getName());
    private static final Duration ATTEMPT = Duration.ofSeconds(1);

    private record Waiting(LogPosition position, Consumer<LogPosition> durable) {}

    private static final long REPLICA_PAUSE_NANOS = 500_000L;

    private final DurableLog log;
    private final Predicate<LogPosition> replicated;
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private @Nullable Thread thread;
    private boolean closed;

    Acknowledger(DurableLog log) {
        this(log, _ -> true);
    }

    /// @param replicated asked again and again until it says that a place is safe elsewhere as well
    Acknowledger(DurableLog log, Predicate<LogPosition> replicated) {
        this.replicated = replicated;
        this.log = log;
    }

    synchronized void whenSynced(LogPosition position, Consumer<LogPosition> durable) {
        if (closed) {
            return;
        }
        waiting.add(new Waiting(position, durable));
        if (thread == null) {
            thread = Thread.ofVirtual().name("acknowledger").start(this::run);
        }
    }

    private void run() {
        try {
            while (true) {
                List<Waiting> next = new ArrayList<>();
                next.add(waiting.take());
                waiting.drainTo(next);
                // One sync serves all that came meanwhile.
                LogPosition last = next.stream()
                        .map(Waiting::position)
                        .max(LogPosition::compareTo)
                        .orElseThrow();
                awaitSynced(last);
                while (!replicated.test(last)) {
                    Thread.sleep(Duration.ofNanos(REPLICA_PAUSE_NANOS));
                }
                next.forEach(Acknowledger::call);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LogException closedMeanwhile) {
            LOGGER.log(System.Logger.Level.DEBUG, "acknowledging ended", closedMeanwhile);
        }
    }

    private static void call(Waiting synced) {
        try {
            synced.durable().accept(synced.position());
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.WARNING, "an acknowledgement failed", e);
        }
    }

    private void awaitSynced(LogPosition position) throws InterruptedException {
        while (true) {
            try {
                log.awaitSynced(position, ATTEMPT);
                return;
            } catch (LogException e) {
                if (!e.retriable()) {
                    throw e;
                }
                // What could not be confirmed in time, or was hit by a failing disk, is asked for again
                // after a pause.
                Thread.sleep(Duration.ofMillis(100));
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
