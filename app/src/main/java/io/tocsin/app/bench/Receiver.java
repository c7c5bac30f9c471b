package io.tocsin.app.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A process of its own that takes what a benchmark sends.
///
/// Thread-safety: one thread.
public final class Receiver implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final Process process;
    private final MeasuredProcess measured;
    private final InetSocketAddress address;

    private Receiver(Process process, InetSocketAddress address) {
        this.process = process;
        this.measured = new MeasuredProcess(process.toHandle());
        this.address = address;
    }

    /// Starts it.
    ///
    /// @param address where it takes events
    /// @param listens true to wait until it does, over TCP
    public static Receiver start(ProcessBuilder command, InetSocketAddress address, boolean listens)
            throws IOException {
        Receiver receiver = new Receiver(command.start(), address);
        try {
            if (listens) {
                receiver.awaitPort();
            }
            return receiver;
        } catch (IOException | RuntimeException e) {
            receiver.close();
            throw e;
        }
    }

    private void awaitPort() throws IOException {
        long until = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < until) {
            if (!process.isAlive()) {
                throw new IOException("the receiver ended [exit code=" + process.exitValue() + "]");
            }
            try (Socket socket = new Socket()) {
                socket.connect(address, 200);
                return;
            } catch (IOException notYet) {
                LockSupport.parkNanos(50_000_000);
            }
        }
        throw new IOException("the receiver does not listen [port=" + address.getPort() + "]");
    }

    public InetSocketAddress address() {
        return address;
    }

    /// Waits until it has nothing to do any more, within the limit.
    public void awaitIdle(Duration limit) {
        measured.awaitIdle(limit);
    }

    /// User and system time so far.
    public Duration cpu() {
        return measured.cpu();
    }

    /// The part of it that compilers of Java machines took.
    public Duration compilerCpu() {
        return measured.compilerCpu();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
