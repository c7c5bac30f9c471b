package io.tocsin.pipeline.connector.framing;

import java.util.Arrays;

/// What was read of a stream and belongs to no frame that was handed on: one array, read into and cut in place.
///
/// It starts small, grows while reads fill it, as far as the [BufferBudget] gives, and is let go by [#shrink()].
///
/// Thread-safety: one thread at a time.
public abstract sealed class ReceiveBuffer implements AutoCloseable permits FrameDecoder, RelpDecoder {
    /// Size of the buffer of a connection that is idle.
    public static final int SMALL_BUFFER_BYTES = 4 << 10;
    /// Size up to which the buffer grows for speed; beyond it, only for a frame that is longer.
    public static final int LARGE_BUFFER_BYTES = 256 << 10;

    private final BufferBudget budget;

    byte[] buffer = new byte[SMALL_BUFFER_BYTES];
    /// First byte that belongs to no handed on frame.
    int start;

    int end;
    /// The last read filled all the room it had: more is waiting.
    boolean filled;

    ReceiveBuffer(BufferBudget budget) {
        this.budget = budget;
    }

    /// Where to read into, between [#writeOffset()] and [#writeOffset()] + [#room()]. Fetch it for each
    /// read.
    public final byte[] buffer() {
        if (filled && buffer.length < LARGE_BUFFER_BYTES) {
            grow(Math.min(LARGE_BUFFER_BYTES, buffer.length * 8));
        }
        if (start > 0 && buffer.length - end < buffer.length / 4) {
            compact();
        }
        return buffer;
    }

    /// Where the next read writes; valid after [#buffer()].
    public final int writeOffset() {
        return end;
    }

    /// How many bytes the next read may write, at least 1; valid after [#buffer()].
    public final int room() {
        return buffer.length - end;
    }

    /// True when the buffer is larger than an idle connection needs.
    public final boolean isLarge() {
        return buffer.length > SMALL_BUFFER_BYTES;
    }

    /// Bytes that were received and belong to no frame that was handed on.
    public final int heldBytes() {
        return end - start;
    }

    /// True when the stream cannot be understood any further: close the connection.
    public abstract boolean isBroken();

    /// Goes back to a small buffer when what is held fits.
    public final void shrink() {
        filled = false;
        if (buffer.length > SMALL_BUFFER_BYTES && end - start < SMALL_BUFFER_BYTES) {
            replaceBuffer(SMALL_BUFFER_BYTES);
        }
    }

    /// Gives the buffer back to the budget.
    @Override
    public final void close() {
        start = 0;
        end = 0;
        shrink();
    }

    /// Moves what is held to the beginning.
    final void compact() {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        moved(start);
        end -= start;
        start = 0;
    }

    /// What is held now stands so many bytes further to the front.
    abstract void moved(int bytes);

    /// Makes the buffer larger; false when it is as large already, or the budget does not give it.
    final boolean grow(int bytes) {
        filled = false;
        return bytes > buffer.length && replaceBuffer(bytes);
    }

    private boolean replaceBuffer(int bytes) {
        long more = (long) bytes - buffer.length;
        if (more > 0 && !budget.take(more)) {
            return false;
        }
        if (more < 0) {
            budget.giveBack(-more);
        }
        if (start > 0) {
            compact();
        }
        buffer = Arrays.copyOf(buffer, bytes);
        return true;
    }
}
