package io.tocsin.app.up;

import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/// What has to be stopped, last started first. One part that fails does not keep the others.
///
/// Thread-safety: one thread.
final class Lifecycle implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Lifecycle.class.getName());

    private final Deque<Closing> closings = new ArrayDeque<>();

    private record Closing(String what, Action action) {}

    /// Starts or stops a part.
    @FunctionalInterface
    interface Action {
        void run() throws IOException, InterruptedException;
    }

    /// Starts a service. When it cannot start, what was started of it is stopped again.
    static <S extends RunningService> S start(S service, Action starting) throws IOException, InterruptedException {
        boolean started = false;
        try {
            starting.run();
            started = true;
            return service;
        } finally {
            if (!started) {
                service.close();
            }
        }
    }

    /// Notes how a part is stopped.
    void onClose(String what, Action action) {
        closings.push(new Closing(what, action));
    }

    /// Starts a thread that is asked to end, and interrupted when it does not within the time.
    void run(String name, Duration patience, Runnable work, Runnable stop) {
        Thread thread = Thread.ofPlatform().name(name).start(work);
        onClose(name, () -> {
            stop.run();
            if (!thread.join(patience)) {
                thread.interrupt();
                thread.join(patience);
            }
        });
    }

    @Override
    public void close() {
        while (!closings.isEmpty()) {
            Closing closing = closings.pop();
            try {
                closing.action().run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                LOG.log(Logger.Level.WARNING, "stopping " + closing.what() + " failed", e);
            }
        }
    }
}
