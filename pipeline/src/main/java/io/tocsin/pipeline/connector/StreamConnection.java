package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.tls.TlsStream;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One accepted connection as a [StreamProtocol] sees it: bytes that are received and sent, decrypted when TLS is
/// spoken, and the runs of events made of them.
///
/// ```java
/// while ((length = connection.read(buffer, offset, room, buffer.length > SMALL)) >= 0) {
///     if (length == 0) { shrink(); continue; }      // quiet for a second: give memory back
///     connection.begin();
///     try { connection.sink().accept(connection.origin(), …); } finally { connection.end(); }
/// }
/// ```
///
/// A protocol that acknowledges ends runs with [#end(Consumer)], goes on reading, and writes its answers from the
/// thread that calls it: [#write] may be called from any thread.
///
/// Thread-safety: one thread reads and makes runs; any thread writes.
final class StreamConnection {
    private static final int QUIET_MILLIS = 1000;
    /// So long nothing comes at the end, and all was read: what a peer's kernel still holds follows within this time
    /// when there is room for it here.
    private static final int END_MILLIS = 50;
    /// The same in looks of a drain.
    private static final int END_LOOKS = 10;
    /// How long a connection that always has data ready keeps its carrier thread: giving way moves it to
    /// another core, where none of its data is at hand.
    private static final long TURN_NANOS = 10_000_000L;

    private final StreamListener listener;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final @Nullable TlsStream tls;
    private final EntryOrigin origin;
    private final EventSink sink;
    private final BufferBudget budget;
    private final int idleMillis;

    private long idleSinceNanos;
    private long turnBeganNanos;
    private boolean tlsLarge;
    /// Since when the write on its way waits, 0: none does.
    private volatile long writingSinceNanos;
    /// Inside a read that may wait for long.
    private volatile boolean waiting;
    private long begun;
    /// Reads that were begun, for others: tells one wait from the next.
    private volatile long reads;
    /// The wait that a drain found at its last look, and how often.
    private long quietRead = -1;
    private int quietLooks;
    /// A drain has looked at this connection before.
    private boolean drains;

    StreamConnection(
            StreamListener listener,
            Socket socket,
            @Nullable TlsStream tls,
            EntryOrigin origin,
            EventSink sink,
            BufferBudget budget)
            throws IOException {
        this.listener = listener;
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.tls = tls;
        this.origin = origin;
        this.sink = sink;
        this.budget = budget;
        this.idleMillis = (int)
                Math.min(Integer.MAX_VALUE, listener.settings().idleTimeout().toMillis());
        this.idleSinceNanos = System.nanoTime();
        this.turnBeganNanos = idleSinceNanos;
    }

    /// The true peer: that of the PROXY header when there was one.
    EntryOrigin origin() {
        return origin;
    }

    /// Where events go, between [#begin()] and [#end()].
    EventSink sink() {
        return sink;
    }

    /// What all connections of the peer may hold together beyond their small first buffers.
    BufferBudget budget() {
        return budget;
    }

    StageCounters counters() {
        return listener.counters();
    }

    /// True as soon as the connector drains or closes: finish what has been received, begin nothing.
    boolean stopping() {
        return listener.stopping();
    }

    /// Begins a run of events: everything accepted until its end was received now. Waits while the log has no room.
    void begin() {
        listener.progress().begin();
        try {
            sink.begin();
        } catch (RuntimeException | Error e) {
            listener.progress().end();
            throw e;
        }
    }

    /// Ends the run.
    void end() {
        try {
            sink.end();
        } finally {
            listener.progress().end();
        }
    }

    /// Ends the run and calls `durable` from another thread when its events are synced to disk; see
    /// [EventSink#end(Consumer)].
    void end(Consumer<LogPosition> durable) {
        try {
            sink.end(durable);
        } finally {
            listener.progress().end();
        }
    }

    /// Waits for bytes and reads some.
    ///
    /// @param large the caller holds memory that it would give back when the peer is quiet
    /// @return bytes read; 0 when nothing came for a second and `large` is set; -1 when nothing will come:
    /// the peer has ended, reset or let idle the connection, or a drain has begun and all was read
    int read(byte[] buffer, int offset, int length, boolean large) throws IOException {
        if (System.nanoTime() - turnBeganNanos > TURN_NANOS) {
            letOthersRun();
            turnBeganNanos = System.nanoTime();
        }
        while (true) {
            boolean shrinks = large || tlsLarge;
            int timeout = shrinks ? QUIET_MILLIS : idleMillis;
            int read;
            try {
                if (listener.stopping()) {
                    timeout = END_MILLIS;
                } else if (idleMillis > 0) {
                    timeout = Math.min(timeout, idleMillis);
                }
                socket.setSoTimeout(timeout);
                begun++;
                reads = begun;
                waiting = true;
                if (listener.stopping() && listener.drainIsOver()) {
                    return -1;
                }
                read = tls == null ? in.read(buffer, offset, length) : tls.read(buffer, offset, length);
            } catch (SocketTimeoutException e) {
                if (listener.stopping()) {
                    return -1;
                }
                if (tls != null) {
                    tls.shrink();
                    tlsLarge = false;
                }
                if (idleMillis > 0 && System.nanoTime() - idleSinceNanos >= idleMillis * 1_000_000L) {
                    return -1;
                }
                if (large) {
                    return 0;
                }
                continue;
            } catch (IOException e) {
                if (!listener.stopping()) {
                    counters().increment(StageCounter.CONNECTION_ERRORS);
                }
                // What came before the reset is handed on.
                return -1;
            } finally {
                waiting = false;
            }
            if (read < 0) {
                return -1;
            }
            tlsLarge = tls != null;
            if (idleMillis > 0) {
                idleSinceNanos = System.nanoTime();
            }
            counters().add(StageCounter.RECEIVED_BYTES, read);
            return read;
        }
    }

    /// A peer that always has data ready would keep its carrier thread for itself: virtual threads give
    /// way only where they would wait.
    @SuppressWarnings("ThreadPriorityCheck")
    private static void letOthersRun() {
        Thread.yield();
    }

    /// Sends all of it, waiting while the peer takes none, but not longer than the listener allows.
    void write(byte[] buffer, int offset, int length) throws IOException {
        writingSinceNanos = System.nanoTime() | 1;
        try {
            if (tls == null) {
                out.write(buffer, offset, length);
            } else {
                tls.write(buffer, offset, length);
            }
        } finally {
            writingSinceNanos = 0;
        }
    }

    /// For how long the write that is on its way has waited, 0 when there is none.
    long writingNanos(long now) {
        long since = writingSinceNanos;
        return since == 0 ? 0 : now - since;
    }

    /// Tells the peer that nothing more is sent; it may go on sending.
    void endOutput() throws IOException {
        if (tls != null) {
            tls.close();
        }
        socket.shutdownOutput();
    }

    /// One look of a drain, of which there is one every few milliseconds: ends a read that has waited for some of them
    /// without anything to be read. What this side has to say can still be said; where that is nothing, the first
    /// look tells the peer so.
    void wake() {
        try {
            if (!drains) {
                drains = true;
                if (tls == null && !listener.answers()) {
                    socket.shutdownOutput();
                }
            }
            long read = reads;
            if (!waiting || in.available() > 0 || read != quietRead) {
                quietRead = read;
                quietLooks = 0;
            } else if (++quietLooks >= END_LOOKS) {
                socket.shutdownInput();
            }
        } catch (IOException closedMeanwhile) {
            // It has ended by itself.
        }
    }

    /// Closes the connection at once, from any thread.
    void abort() {
        try {
            socket.close();
        } catch (IOException closedMeanwhile) {
            // It has ended by itself.
        }
    }
}
