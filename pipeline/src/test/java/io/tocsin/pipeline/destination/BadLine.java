package io.tocsin.pipeline.destination;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A line to a receiver on loopback that is worse than loopback. What is wrong with it changes for connections that
/// are open, too.
///
/// Thread-safety: any thread.
final class BadLine implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /// How it is.
    ///
    /// @param silent nothing passes, and nobody says so
    /// @param bytesPerSecond most bytes of a connection in each direction, 0: no limit
    /// @param pieceBytes bytes that pass together
    /// @param stallMillis one piece in five waits for so long, as after a loss
    record State(boolean silent, long bytesPerSecond, int pieceBytes, long stallMillis) {
        static final State GOOD = new State(false, 0, PIECE_BYTES, 0);
        static final State SILENT = new State(true, 0, PIECE_BYTES, 0);

        static State narrow(long bytesPerSecond) {
            return new State(false, bytesPerSecond, 1024, 0);
        }
    }

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile State state = State.GOOD;

    BadLine(int target) throws IOException {
        this.target = target;
        server = new ServerSocket();
        // What lies in the line should be little, or it is no line.
        server.setReceiveBufferSize(1 << 15);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    void become(State next) {
        state = next;
    }

    /// Breaks every connection at once.
    void cut() {
        sockets.forEach(BadLine::reset);
        sockets.clear();
    }

    int connections() {
        return connections.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket from = server.accept();
                connections.incrementAndGet();
                Socket to = new Socket();
                to.setSendBufferSize(1 << 15);
                sockets.add(from);
                sockets.add(to);
                Thread.ofVirtual().start(() -> {
                    try {
                        to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
                        Thread.ofVirtual().start(() -> pass(from, to));
                        pass(to, from);
                    } catch (IOException away) {
                        reset(from);
                    }
                });
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void pass(Socket from, Socket to) {
        Random random = new Random(connections.get());
        byte[] buffer = new byte[PIECE_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            while (true) {
                int read = in.read(buffer, 0, state.pieceBytes());
                if (read < 0) {
                    return;
                }
                while (state.silent()) {
                    LockSupport.parkNanos(5_000_000);
                }
                State now = state;
                if (now.bytesPerSecond() > 0) {
                    LockSupport.parkNanos(read * NANOS_PER_SECOND / now.bytesPerSecond());
                }
                if (now.stallMillis() > 0 && random.nextInt(5) == 0) {
                    LockSupport.parkNanos(now.stallMillis() * 1_000_000);
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException broken) {
            // One of the two has gone.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is closed.
        }
    }

    @Override
    public void close() throws IOException {
        state = State.GOOD;
        server.close();
        cut();
    }
}
