package io.tocsin.storage.search;

import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.QueryStream;
import io.tocsin.storage.embedded.Session;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// The answer of a search while it is read. Rows come in runs of whole lines in the engine's line format; after the
/// last run the figures are complete. Closing it early stops the query.
///
/// Thread-safety: one thread; [#cancel()] may come from any other.
public final class Answer implements AutoCloseable {
    private final Search search;
    private final Session session;
    private final Semaphore slots;
    private final QueryStream stream;
    private final byte[] header;
    private final long startedNanos = System.nanoTime();
    private byte @Nullable [] first;
    private long rows;
    private long bytes;
    private boolean truncated;
    private boolean closed;

    private Answer(Search search, Session session, Semaphore slots, QueryStream stream) {
        this.search = search;
        this.session = session;
        this.slots = slots;
        this.stream = stream;
        byte[] piece = next(stream);
        if (piece == null) {
            header = new byte[0];
        } else {
            int end = headerEnd(piece);
            header = Arrays.copyOf(piece, end);
            first = Arrays.copyOfRange(piece, end, piece.length);
        }
    }

    /// Starts a canonical query; errors that show before the first row are thrown here. The answer owns session and
    /// slot from its construction on, the caller until then.
    static Answer start(Search search, String canonical, Session session, Semaphore slots) {
        QueryStream stream;
        try {
            stream = session.stream(canonical, search.format().engineFormat(), QueryGuard.parameters(search));
        } catch (EngineException e) {
            throw SearchException.of(e, search.sql());
        }
        boolean started = false;
        try {
            Answer answer = new Answer(search, session, slots, stream);
            started = true;
            return answer;
        } finally {
            if (!started) {
                stream.close();
            }
        }
    }

    private byte @Nullable [] next(QueryStream from) {
        try {
            return from.next();
        } catch (EngineException e) {
            throw SearchException.of(e, search.sql());
        }
    }

    private int headerEnd(byte[] piece) {
        int position = 0;
        for (int line = 0; line < search.format().headerLines(); line++) {
            while (position < piece.length && piece[position] != '\n') {
                position++;
            }
            position = Math.min(position + 1, piece.length);
        }
        return position;
    }

    /// The lines before the first row: for JSON an array of names and one of types, for CSV the names.
    public byte[] header() {
        return header.clone();
    }

    /// The next run of rows, each ended by a line feed, or null after the last one.
    ///
    /// @throws SearchException when the query failed on the way
    public byte @Nullable [] nextRows() {
        if (truncated) {
            return null;
        }
        byte[] run = first;
        first = null;
        if (run == null) {
            byte[] piece = next(stream);
            if (piece == null) {
                return null;
            }
            int start = headerEnd(piece);
            run = start == 0 ? piece : Arrays.copyOfRange(piece, start, piece.length);
        }
        return limited(run);
    }

    private byte[] limited(byte[] run) {
        int position = 0;
        while (position < run.length) {
            int end = position;
            while (end < run.length && run[end] != '\n') {
                end++;
            }
            end = Math.min(end + 1, run.length);
            if (rows == search.maxRows() || bytes + (end - position) > search.maxBytes()) {
                truncated = true;
                return Arrays.copyOf(run, position);
            }
            rows++;
            bytes += end - position;
            position = end;
        }
        return run;
    }

    /// Rows given out so far.
    public long rows() {
        return rows;
    }

    /// True when rows were left out because of a limit.
    public boolean truncated() {
        return truncated;
    }

    /// Rows read from tables so far.
    public long rowsRead() {
        return stream.rowsRead();
    }

    /// Uncompressed bytes read from tables so far.
    public long bytesRead() {
        return stream.bytesRead();
    }

    public long elapsedMillis() {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    /// Stops the query from another thread.
    public void cancel() {
        session.cancel();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            stream.close();
        } finally {
            try {
                session.close();
            } finally {
                slots.release();
            }
        }
    }
}
