package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;

/// The bytes of a connection as a stream whose reads wait as long as the protocol says at each moment, and not for long
/// while others ask in vain for the memory that an unfinished message holds.
///
/// Thread-safety: one thread.
final class PatientInput extends InputStream {
    /// So many seconds without a byte are enough when memory is short.
    private static final int QUIET_LOOKS_IN_NEED = 2;

    private final StreamConnection connection;
    private long deadlineNanos;
    private boolean idle;

    PatientInput(StreamConnection connection) {
        this.connection = connection;
    }

    /// @param millis 0: as long as the connection may be idle; otherwise reads fail after that, to the
    /// second
    void readsWaitAtMost(int millis) {
        idle = millis == 0;
        deadlineNanos = System.nanoTime() + millis * 1_000_000L;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// @throws SocketTimeoutException when nothing came in time, or for two seconds while memory is short
    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int quietLooks = 0;
        while (true) {
            int read = connection.read(into, offset, length, !idle);
            if (read != 0) {
                return read;
            }
            quietLooks++;
            if (quietLooks >= QUIET_LOOKS_IN_NEED && connection.budget().isShort()) {
                throw new SocketTimeoutException("others need the memory");
            }
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw new SocketTimeoutException("nothing came in time");
            }
        }
    }
}
