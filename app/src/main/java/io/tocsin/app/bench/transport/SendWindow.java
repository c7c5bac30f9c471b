package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// How many messages a sender has out that nobody has answered.
///
/// Thread-safety: one thread sends, another one reads answers.
final class SendWindow {
    private static final int SIZE = 10_000;
    private static final int PATIENCE_SECONDS = 60;

    private final Semaphore room = new Semaphore(SIZE);

    /// Waits until one more may be sent, and sends what is buffered before it waits.
    ///
    /// @throws IOException when no answer comes for long
    void begin(OutputStream out) throws IOException {
        if (!room.tryAcquire()) {
            out.flush();
            await(1);
        }
    }

    /// The oldest one was answered.
    void answered() {
        room.release();
    }

    /// Waits until all of them were answered.
    ///
    /// @throws IOException when that takes long
    void awaitAll() throws IOException {
        await(SIZE);
    }

    private void await(int permits) throws IOException {
        try {
            if (!room.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("the receiver does not answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
