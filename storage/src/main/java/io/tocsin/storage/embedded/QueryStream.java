package io.tocsin.storage.embedded;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The answer of a statement, piece by piece. Closing it early cancels the statement. The session serves nothing
/// else until the stream is closed.
///
/// Thread-safety: one thread; [Session#cancel()] may come from any other.
public final class QueryStream implements AutoCloseable {
    /// What the engine says instead of an empty piece when the last piece was a header without rows or a line of
    /// totals.
    private static final String NATURAL_END = "No active streaming query";

    private final Session session;
    private final MemorySegment stream;
    private long rowsRead;
    private long bytesRead;
    private boolean ended;
    private boolean closed;

    QueryStream(Session session, MemorySegment stream) {
        this.session = session;
        this.stream = stream;
    }

    /// The next piece, formatted on its own, or null at the end.
    ///
    /// @throws EngineException when the statement failed on the way
    public byte @Nullable [] next() {
        if (ended || closed) {
            return null;
        }
        Session.Piece piece = session.fetch(stream);
        rowsRead += piece.rowsRead();
        bytesRead += piece.bytesRead();
        if (piece.error() != null) {
            ended = true;
            if (piece.error().equals(NATURAL_END)) {
                return null;
            }
            throw EngineException.of(piece.error());
        }
        if (piece.bytes().length == 0) {
            ended = true;
            return null;
        }
        return piece.bytes();
    }

    /// Rows read from tables so far, as the engine tells it: it may miss the last step.
    public long rowsRead() {
        return rowsRead;
    }

    /// Uncompressed bytes read from tables so far.
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            session.closeStream(stream, !ended);
        }
    }
}
