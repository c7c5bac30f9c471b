package io.tocsin.app.detect;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// A stream that can be read once more from a place that was not let go.
///
/// Thread-safety: one thread.
final class RewindableStream extends InputStream {
    /// Most bytes that are kept; whoever reads more without letting go cannot go back.
    static final int MAXIMUM_BYTES = 256 << 20;

    private final InputStream in;
    private byte[] bytes = new byte[1 << 16];
    /// Offset in the stream of the first byte that is kept.
    private long first;
    private int kept;
    private int at;
    private int end;

    RewindableStream(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        return at < end || fill() ? bytes[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at == end && !fill()) {
            return -1;
        }
        int count = Math.min(length, end - at);
        System.arraycopy(bytes, at, into, offset, count);
        at += count;
        return count;
    }

    private boolean fill() throws IOException {
        if (end == bytes.length) {
            if (kept == 0 && bytes.length >= MAXIMUM_BYTES) {
                kept = at;
            }
            if (kept > 0) {
                System.arraycopy(bytes, kept, bytes, 0, end - kept);
                first += kept;
                end -= kept;
                at -= kept;
                kept = 0;
            } else {
                bytes = Arrays.copyOf(bytes, Math.min(MAXIMUM_BYTES, bytes.length * 2));
            }
        }
        int count = in.read(bytes, end, bytes.length - end);
        end += Math.max(count, 0);
        return count > 0;
    }

    /// Offset in the stream of the byte that is read next.
    long position() {
        return first + at;
    }

    /// Bytes before this place are not wanted any more.
    void release(long position) {
        kept = Math.clamp(position - first, kept, at);
    }

    /// Goes back.
    ///
    /// @return false when the place was let go, or more was read since than is kept
    boolean rewind(long position) {
        if (position < first + kept || position > first + end) {
            return false;
        }
        at = (int) (position - first);
        return true;
    }
}
