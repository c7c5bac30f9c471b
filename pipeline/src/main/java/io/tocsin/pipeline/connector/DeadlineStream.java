package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;

/// Reads from a socket, at first only until a point in time, however often and little the peer sends: a peer that
/// sends a byte now and then gets no further than a silent one.
///
/// Thread-safety: one thread.
final class DeadlineStream extends InputStream {
    private final Socket socket;
    private final InputStream in;
    private long untilNanos;
    private boolean lifted;

    /// @param millis from now on
    DeadlineStream(Socket socket, int millis) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        from(millis);
    }

    /// Sets another point in time.
    ///
    /// @param millis from now on
    void from(int millis) {
        untilNanos = System.nanoTime() + millis * 1_000_000L;
    }

    /// From now on the timeout of the socket counts, which its owner sets.
    void lift() {
        lifted = true;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (!lifted) {
            long leftMillis = (untilNanos - System.nanoTime()) / 1_000_000L;
            if (leftMillis <= 0) {
                throw new SocketTimeoutException("the deadline has passed");
            }
            socket.setSoTimeout((int) leftMillis);
        }
        return in.read(buffer, offset, length);
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }
}
