package io.tocsin.core.response;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Ends a conversation that takes too long, whatever it is at: waiting for an answer, for the other side to take what
/// was written, or for TLS. Limits of single steps cannot: who answers one byte in time, again and again, keeps all of
/// them.
///
/// Thread-safety: any thread.
final class ConversationLimit implements AutoCloseable {
    private final Thread watch;
    private @Nullable Socket socket;
    private boolean isOver;

    /// Time begins to run.
    ConversationLimit(Duration longest) {
        watch = Thread.ofVirtual().name("conversation-limit").start(() -> {
            try {
                Thread.sleep(longest);
                end();
            } catch (InterruptedException inTime) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// Says over what it is held.
    synchronized void watch(Socket connection) throws IOException {
        socket = connection;
        if (isOver) {
            connection.close();
        }
    }

    private synchronized void end() {
        isOver = true;
        Socket open = socket;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // Whoever reads or writes there is told, which is all that is wanted.
            }
        }
    }

    /// True when the conversation was ended.
    synchronized boolean isOver() {
        return isOver;
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
