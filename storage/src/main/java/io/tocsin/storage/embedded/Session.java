package io.tocsin.storage.embedded;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// One connection to the engine with its role, its settings and a platform thread of its own on which all native
/// calls run, so a virtual thread that waits for a statement does not hold its carrier.
///
/// Thread-safety: one thread at a time, except [#cancel()].
public final class Session implements AutoCloseable {
    /// The engine parses by recursion and refuses what would need more than a part of this.
    private static final long STACK_BYTES = 8L << 20;

    private final Engine engine;
    private final Bindings bindings;
    private final String tag;
    private final ExecutorService thread;
    private final MemorySegment connection;
    /// After a failed statement the engine puts the rows it had formatted before the answer of the next statement.
    /// Touched on the thread of the session only.
    private boolean hasResidue;

    private boolean closed;

    /// A piece of a streamed answer, or why there is none.
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Piece(
            byte[] bytes,
            long rowsRead,
            long bytesRead,
            @Nullable String error) {}

    Session(Engine engine, Bindings bindings, String tag, Callable<MemorySegment> connect) {
        this.engine = engine;
        this.bindings = bindings;
        this.tag = tag;
        thread = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                .daemon()
                .name("engine-" + tag)
                .stackSize(STACK_BYTES)
                .factory());
        boolean connected = false;
        try {
            connection = call(connect);
            connected = true;
        } finally {
            if (!connected) {
                thread.shutdown();
            }
        }
    }

    /// Runs a statement that has no answer worth reading.
    public void execute(String sql) {
        query(sql, "Null", Map.of());
    }

    /// Runs a statement to its end.
    ///
    /// @param format name of an output format of ClickHouse
    /// @param parameters values of `{name:Type}` in the statement
    /// @throws EngineException when the engine refuses or fails
    public QueryResult query(String sql, String format, Map<String, String> parameters) {
        return call(() -> {
            dropResidue();
            MemorySegment result = bindings.query(connection, sql, format, parameters);
            try {
                String error = bindings.error(result);
                if (error != null) {
                    hasResidue = true;
                    throw EngineException.of(error);
                }
                return new QueryResult(bindings.bytes(result), bindings.rowsRead(result), bindings.bytesRead(result));
            } finally {
                bindings.destroy(result);
            }
        });
    }

    /// Runs a statement and gives its answer as text in the format `TSVRaw`, without the last line end.
    public String text(String sql) {
        String text = query(sql, "TSVRaw", Map.of()).text();
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    /// Starts a statement whose answer is read piece by piece.
    ///
    /// @throws EngineException when the engine refuses it at once; other errors come with the pieces
    public QueryStream stream(String sql, String format, Map<String, String> parameters) {
        MemorySegment stream = call(() -> {
            dropResidue();
            MemorySegment started = bindings.streamQuery(connection, sql, format, parameters);
            String error = bindings.error(started);
            if (error != null) {
                hasResidue = true;
                bindings.destroy(started);
                throw EngineException.of(error);
            }
            return started;
        });
        return new QueryStream(this, stream);
    }

    private void dropResidue() {
        if (hasResidue) {
            bindings.destroy(bindings.query(connection, "SELECT 1", "Null", Map.of()));
            hasResidue = false;
        }
    }

    Piece fetch(MemorySegment stream) {
        return call(() -> {
            MemorySegment piece = bindings.fetch(connection, stream);
            try {
                String error = bindings.error(piece);
                hasResidue |= error != null;
                byte[] bytes = error == null ? bindings.bytes(piece) : new byte[0];
                return new Piece(bytes, bindings.rowsRead(piece), bindings.bytesRead(piece), error);
            } finally {
                bindings.destroy(piece);
            }
        });
    }

    void closeStream(MemorySegment stream, boolean unfinished) {
        call(() -> {
            if (unfinished) {
                bindings.cancel(connection, stream);
                hasResidue = true;
            }
            bindings.destroy(stream);
            return true;
        });
    }

    /// Stops the statement that this session runs now, if any; it ends with `QUERY_WAS_CANCELLED`. May be called by
    /// any thread.
    public void cancel() {
        engine.kill(tag);
    }

    /// Closes the connection. A running statement is waited for.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            call(() -> {
                bindings.closeConnection(connection);
                return true;
            });
        } finally {
            thread.shutdown();
            engine.forget(this);
        }
    }

    /// Runs on the thread of the session. An interrupt does not leave the native call behind: it is waited for and
    /// the interrupt is kept.
    private <T> T call(Callable<T> task) {
        Future<T> future = thread.submit(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException runtime -> throw runtime;
                        case Error error -> throw error;
                        case null, default -> throw new IllegalStateException("a native call failed", e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
