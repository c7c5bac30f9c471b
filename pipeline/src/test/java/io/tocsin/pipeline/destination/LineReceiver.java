package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ServerSocketFactory;

/// A peer on loopback that takes lines and keeps the numbers in them.
///
/// Thread-safety: any thread.
class LineReceiver implements AutoCloseable {
    private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");

    private final int port;
    private final List<Integer> numbers = new ArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private volatile ServerSocket server;
    private volatile boolean reading = true;
    private volatile long pauseMillis;

    private final ServerSocketFactory sockets;
    private final String compression;

    LineReceiver() throws IOException {
        this(ServerSocketFactory.getDefault());
    }

    /// @param compression of what comes
    LineReceiver(String compression) throws IOException {
        this(ServerSocketFactory.getDefault(), compression);
    }

    LineReceiver(ServerSocketFactory sockets) throws IOException {
        this(sockets, "none");
    }

    private LineReceiver(ServerSocketFactory sockets, String compression) throws IOException {
        this.compression = compression;
        this.sockets = sockets;
        server = listen(0);
        port = server.getLocalPort();
        Thread.ofVirtual().start(this::accept);
    }

    private ServerSocket listen(int port) throws IOException {
        ServerSocket socket = sockets.createServerSocket();
        socket.setReuseAddress(true);
        socket.setReceiveBufferSize(64 << 10);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
        return socket;
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    private void accept() {
        ServerSocket accepting = server;
        try {
            while (true) {
                Socket socket = accepting.accept();
                connections.add(socket);
                Thread.ofVirtual().start(() -> read(socket));
            }
        } catch (IOException closed) {
            // The receiver was killed.
        }
    }

    private void read(Socket socket) {
        try (socket;
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(Decompressed.byName(compression, socket.getInputStream()), UTF_8))) {
            while (true) {
                while (!reading) {
                    Thread.sleep(5);
                }
                String line = in.readLine();
                if (line == null) {
                    return;
                }
                take(line);
                if (pauseMillis > 0) {
                    Thread.sleep(pauseMillis);
                }
            }
        } catch (IOException | InterruptedException closed) {
            // The sender or the test ended it.
        } finally {
            connections.remove(socket);
        }
    }

    private synchronized void take(String line) {
        Matcher number = NUMBER.matcher(line);
        if (number.find()) {
            numbers.add(Integer.parseInt(number.group(1)));
        }
    }

    /// Numbers in the order in which they came.
    synchronized List<Integer> numbers() {
        return List.copyOf(numbers);
    }

    synchronized Set<Integer> distinct() {
        return new TreeSet<>(numbers);
    }

    int connectionCount() {
        return connections.size();
    }

    /// Dies as a killed process does: the port is closed, connections are reset, what was not
    /// read is lost.
    void kill() throws IOException {
        server.close();
        for (Socket socket : connections) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    void restore() throws IOException {
        server = listen(port);
        Thread.ofVirtual().start(this::accept);
    }

    /// Goes on taking connections and reads nothing any more.
    void fallSilent() {
        reading = false;
    }

    void readAgain() {
        reading = true;
    }

    /// Takes this long for each line.
    void slow(long millis) {
        pauseMillis = millis;
    }

    @Override
    public void close() throws IOException {
        reading = true;
        server.close();
        for (Socket socket : connections) {
            socket.close();
        }
    }
}
