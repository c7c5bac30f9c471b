package io.tocsin.acceptance;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// Sends numbered syslog lines over one TCP connection as fast as the receiver reads.
///
/// Thread-safety: one thread sends; any thread reads the counters.
final class NumberedSender {
    private static final int LINES_PER_WRITE = 200;

    private final int port;
    private final String run;
    private final AtomicLong written = new AtomicLong();

    /// @param run tells this run's lines from others
    NumberedSender(int port, String run) {
        this.port = port;
        this.run = run;
    }

    /// How many lines were handed to the kernel whole; the next line to send.
    long written() {
        return written.get();
    }

    /// Sends from the next line up to `limit`.
    ///
    /// @return true when all were handed over, false when the connection broke
    boolean sendUntil(long limit) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
            OutputStream out = socket.getOutputStream();
            StringBuilder text = new StringBuilder(LINES_PER_WRITE * 160);
            while (written.get() < limit) {
                long first = written.get();
                long last = Math.min(limit, first + LINES_PER_WRITE);
                text.setLength(0);
                for (long number = first; number < last; number++) {
                    text.append("<134>2026-11-22T10:00:00.000Z host-")
                            .append(number % 50)
                            .append(" counter[77]: run=")
                            .append(run)
                            .append(" n=")
                            .append(number)
                            .append(" user=u")
                            .append(number % 997)
                            .append(" the quick brown fox jumps over the lazy dog\n");
                }
                out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
                written.set(last);
            }
            socket.shutdownOutput();
            // The receiver closes after it has read everything.
            socket.setSoTimeout(60_000);
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return false;
        }
    }
}
