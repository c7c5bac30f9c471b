package io.tocsin.app.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A wire between two processes that can be cut, slowed and bent, without any right of the machine: it takes
/// connections on loopback and passes bytes on to where it leads.
///
/// Thread-safety: any thread.
final class NetworkRelay implements AutoCloseable {
    /// What the wire does.
    enum Mode {
        /// Passes everything on.
        WHOLE,
        /// Takes and keeps everything, passes nothing: as behind a pulled cable, connections stay.
        SILENT,
        /// Closes connections and refuses new ones.
        REFUSING,
        /// Passes requests on and keeps the answers.
        ANSWERS_LOST,
        /// Turns one bit in each piece of data towards the target.
        CORRUPT,
        /// Passes each piece on a quarter of a second late.
        SLOW
    }

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int SLOW_MILLIS = 250;

    private final ServerSocket server;
    private final int targetPort;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Mode mode = Mode.WHOLE;
    private volatile boolean closed;

    /// @param targetPort on loopback
    NetworkRelay(int targetPort) throws IOException {
        this.targetPort = targetPort;
        server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("relay").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    void mode(Mode next) {
        lock.lock();
        try {
            mode = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (next == Mode.REFUSING) {
            breakConnections();
        }
    }

    /// Ends all connections at once, as a machine that restarts does.
    void breakConnections() {
        sockets.forEach(NetworkRelay::reset);
        sockets.clear();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket from = server.accept();
                if (mode == Mode.REFUSING) {
                    reset(from);
                    continue;
                }
                Socket to = new Socket();
                sockets.add(from);
                sockets.add(to);
                Thread.ofVirtual().start(() -> connect(from, to));
            } catch (IOException ended) {
                // Closed, or a connection that broke before it was taken.
            }
        }
    }

    private void connect(Socket from, Socket to) {
        try {
            to.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort), 1_000);
            Thread.ofVirtual().start(() -> pass(from, to, true));
            pass(to, from, false);
        } catch (IOException away) {
            end(from, to);
        }
    }

    private void pass(Socket from, Socket to, boolean towardsTarget) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                Mode now = awaitPassing(towardsTarget);
                if (now == Mode.CORRUPT && towardsTarget) {
                    buffer[read / 2] ^= 0x10;
                } else if (now == Mode.SLOW) {
                    Thread.sleep(SLOW_MILLIS);
                }
                out.write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException broken) {
            end(from, to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Mode awaitPassing(boolean towardsTarget) throws InterruptedException {
        lock.lock();
        try {
            while (!closed && (mode == Mode.SILENT || (mode == Mode.ANSWERS_LOST && !towardsTarget))) {
                changed.await();
            }
            return mode;
        } finally {
            lock.unlock();
        }
    }

    private void end(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        reset(one);
        reset(other);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException closedAlready) {
            // Then it is as it should be.
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        server.close();
        mode(Mode.REFUSING);
    }
}
