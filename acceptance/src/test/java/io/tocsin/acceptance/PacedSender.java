package io.tocsin.acceptance;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A source that sends numbered lines at a steady rate over one connection, and connects again when it was closed.
/// Lines that were written to a dead connection are gone, as with any sender of plain TCP.
final class PacedSender implements AutoCloseable {
    private static final int LINES_PER_BURST = 10;

    private final int port;
    private final String run;
    private final int linesPerSecond;
    private final Thread thread = Thread.ofVirtual().unstarted(this::send);
    private volatile boolean stopping;
    private volatile long written;
    private volatile int connects;

    PacedSender(int port, String run, int linesPerSecond) {
        this.port = port;
        this.run = run;
        this.linesPerSecond = linesPerSecond;
    }

    PacedSender start() {
        thread.start();
        return this;
    }

    /// Lines handed to the socket: numbers below this one.
    long written() {
        return written;
    }

    int connects() {
        return connects;
    }

    static String line(String run, long number) {
        return "<134>1 2026-11-22T10:00:00.000Z host-" + number % 50 + " counter 77 - - run=" + run + " n=" + number
                + " the quick brown fox jumps over the lazy dog\n";
    }

    private void send() {
        long interval = TimeUnit.SECONDS.toNanos(1) * LINES_PER_BURST / linesPerSecond;
        long next = System.nanoTime();
        while (!stopping) {
            try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
                connects = connects() + 1;
                OutputStream out = socket.getOutputStream();
                while (!stopping) {
                    StringBuilder burst = new StringBuilder();
                    long first = written;
                    for (int i = 0; i < LINES_PER_BURST; i++) {
                        burst.append(line(run, first + i));
                    }
                    // The other side says nothing but that it goes.
                    if (socket.getInputStream().available() < 0) {
                        break;
                    }
                    out.write(burst.toString().getBytes(StandardCharsets.US_ASCII));
                    written = first + LINES_PER_BURST;
                    next = Math.max(next + interval, System.nanoTime() - interval);
                    LockSupport.parkNanos(next - System.nanoTime());
                }
            } catch (IOException away) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    @Override
    public void close() {
        stop();
    }

    /// Stops behind the lines that were begun.
    void stop() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
