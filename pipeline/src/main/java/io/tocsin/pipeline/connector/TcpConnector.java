package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.FrameSink;
import io.tocsin.pipeline.connector.framing.Framing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Receives events over TCP connections (RFC 6587), one virtual thread each.
///
/// A connection that the log has no room for is not read: the peer's window closes and its own queue begins
/// to grow. TCP tells a sender nothing about what was read, so what lies in the socket buffers when this
/// process dies is lost to it; a drain reads them first. A peer that sends half a frame and closes has that
/// half handed on, marked.
///
/// Memory: a quiet connection holds 4 KiB. Buffers of busy connections and of long frames grow, together at
/// most by an eighth of the heap; a frame for which nothing is left is cut.
///
/// Thread-safety: see [Connector].
final class TcpConnector implements Connector {
    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "tcp", "Receives events over TCP connections, such as syslog, CEF or JSON lines.", keys -> {
                var listen = keys.address("listen", "Address and port to listen on.")
                        .example("0.0.0.0:5140")
                        .required();
                var framing = keys.choice(
                                "framing",
                                "How events are told apart: auto looks at each frame for an octet count or a line end; lf, nul and octet-counting"
                                        + " demand one form; csv is lf, but line ends inside quotes belong to the record; file takes a whole connection as one event.",
                                Framing.class)
                        .defaultTo(Framing.AUTO);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var connections = keys.integer(
                                "maxConnections",
                                "Connections at one time; further ones are closed at once.",
                                1,
                                1_000_000)
                        .defaultTo(20_000);
                var idle = keys.duration(
                                "idleTimeout",
                                "Closes a connection that sends nothing for so long; 0 never does.",
                                Duration.ZERO,
                                Duration.ofDays(30))
                        .defaultTo(Duration.ZERO);
                var receiveBuffer = keys.size(
                                "receiveBuffer",
                                "Size of the kernel's receive buffer of each connection; 0 leaves it to the kernel.",
                                new ByteSize(0),
                                ByteSize.ofMebibytes(64))
                        .defaultTo(new ByteSize(0));
                return values -> new Config(
                        values.get(listen),
                        values.get(framing),
                        (int) values.get(maximum).bytes(),
                        values.get(connections),
                        values.get(idle),
                        (int) values.get(receiveBuffer).bytes());
            });

    /// @param maxEventBytes longest event that is kept whole
    /// @param maxConnections connections at one time
    /// @param idleTimeout zero: none
    /// @param receiveBufferBytes of each socket; 0: the kernel's choice
    record Config(
            Address listen,
            Framing framing,
            int maxEventBytes,
            int maxConnections,
            Duration idleTimeout,
            int receiveBufferBytes)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new TcpConnector(this, context);
        }
    }

    private static final System.Logger LOGGER = System.getLogger(TcpConnector.class.getName());
    private static final int BACKLOG = 1024;
    private static final long ACCEPT_RETRY_NANOS = 100_000_000L;
    private static final int SHRINK_AFTER_MILLIS = 1000;
    /// How long a connection that always has data ready keeps its carrier thread: giving way moves it to
    /// another core, where none of its data is at hand.
    private static final long TURN_NANOS = 10_000_000L;
    /// How often the accepting thread looks whether a drain has begun.
    private static final int ACCEPT_WAIT_MILLIS = 100;

    private final Config config;
    private final ConnectorContext context;
    private final BufferBudget budget =
            new BufferBudget(Math.max(32L << 20, Runtime.getRuntime().maxMemory() / 8));
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger open = new AtomicInteger();

    private @Nullable ServerSocket server;
    private volatile boolean stopping;
    /// From `open` on: connections wait in the kernel before the accepting thread has begun.
    private volatile boolean accepting;
    private volatile long drainUntilNanos;

    TcpConnector(Config config, ConnectorContext context) {
        this.config = config;
        this.context = context;
    }

    @Override
    public void open() {
        try {
            ServerSocket socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                if (config.receiveBufferBytes() > 0) {
                    socket.setReceiveBufferSize(config.receiveBufferBytes());
                }
                InetSocketAddress address = config.listen().toSocketAddress();
                if (address.isUnresolved()) {
                    throw new SocketException("unknown host");
                }
                socket.bind(address, BACKLOG);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            server = socket;
            accepting = true;
        } catch (IOException e) {
            throw ListenFailure.of(config.type(), config.listen(), e);
        }
    }

    private ServerSocket server() {
        if (server == null) {
            throw new IllegalStateException("connector is not open");
        }
        return server;
    }

    @Override
    public void run() {
        try {
            accept(server());
        } finally {
            accepting = false;
        }
    }

    /// Until a drain has begun and no connection waits in the kernel any more: the peer of one that waits
    /// has sent already, and would lose it all.
    private void accept(ServerSocket listening) {
        boolean failing = false;
        while (true) {
            try {
                listening.setSoTimeout(stopping ? 1 : ACCEPT_WAIT_MILLIS);
                accepted(listening.accept());
                failing = false;
            } catch (SocketTimeoutException nobodyWaits) {
                if (stopping) {
                    return;
                }
            } catch (IOException e) {
                if (stopping || listening.isClosed()) {
                    return;
                }
                // Typically out of file descriptors: those that exist go on, new ones wait in the kernel.
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
                if (!failing) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "cannot accept connections, trying again [collector={0}, address={1}, reason={2}]: raise the limit of open files"
                                    + " (ulimit -n) when there are too many",
                            context.service(),
                            listening.getLocalSocketAddress(),
                            e.getMessage());
                }
                failing = true;
                LockSupport.parkNanos(ACCEPT_RETRY_NANOS);
            }
        }
    }

    private void accepted(Socket socket) throws IOException {
        if (open.get() >= config.maxConnections()) {
            context.counters().increment(StageCounter.CONNECTIONS_REFUSED);
            socket.close();
            return;
        }
        context.counters().increment(StageCounter.CONNECTIONS);
        open.incrementAndGet();
        Connection connection = new Connection(socket, context.sinks().get());
        connections.add(connection);
        Thread.ofVirtual().name("tcp-" + context.service()).start(connection);
    }

    /// One peer.
    ///
    /// Thread-safety: its own thread, except `wake` and `abort`.
    private final class Connection implements Runnable {
        private final Socket socket;
        private final EventSink sink;
        /// Inside a read that may wait for long.
        private volatile boolean waiting;

        Connection(Socket socket, EventSink sink) {
            this.socket = socket;
            this.sink = sink;
        }

        @Override
        public void run() {
            try (socket;
                    FrameDecoder decoder = new FrameDecoder(config.framing(), config.maxEventBytes(), budget)) {
                socket.setKeepAlive(true);
                EntryOrigin origin = origin();
                FrameSink frames =
                        (buffer, offset, length, flags) -> sink.accept(origin, buffer, offset, length, flags);
                read(decoder, frames);
                sink.begin();
                try {
                    decoder.end(frames);
                } finally {
                    sink.end();
                }
            } catch (IOException | UncheckedIOException e) {
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
            } catch (RuntimeException e) {
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "connection ended by an error [collector=" + context.service() + ", peer="
                                + socket.getRemoteSocketAddress() + "]",
                        e);
            } finally {
                connections.remove(this);
                open.decrementAndGet();
            }
        }

        private EntryOrigin origin() {
            return new EntryOrigin(
                    context.tenant(),
                    context.service(),
                    config.type(),
                    socket.getInetAddress().getHostAddress(),
                    socket.getPort(),
                    socket.getLocalAddress().getHostAddress(),
                    socket.getLocalPort(),
                    "");
        }

        private void read(FrameDecoder decoder, FrameSink frames) throws IOException {
            InputStream in = socket.getInputStream();
            int idleMillis =
                    (int) Math.min(Integer.MAX_VALUE, config.idleTimeout().toMillis());
            long idleSinceNanos = System.nanoTime();
            long turnBeganNanos = idleSinceNanos;
            while (true) {
                int length;
                try {
                    int timeout = decoder.isLarge() ? SHRINK_AFTER_MILLIS : idleMillis;
                    if (idleMillis > 0) {
                        timeout = Math.min(timeout, idleMillis);
                    }
                    socket.setSoTimeout(timeout);
                    byte[] buffer = decoder.buffer();
                    waiting = true;
                    // Seen in this order by `wake` in the other one: either it finds this thread waiting or
                    // this thread sees the drain.
                    if (stopping && (in.available() == 0 || System.nanoTime() - drainUntilNanos > 0)) {
                        return;
                    }
                    length = in.read(buffer, decoder.writeOffset(), decoder.room());
                } catch (SocketTimeoutException e) {
                    decoder.shrink();
                    if (idleMillis > 0 && System.nanoTime() - idleSinceNanos >= idleMillis * 1_000_000L) {
                        return;
                    }
                    continue;
                } catch (IOException e) {
                    if (!stopping) {
                        context.counters().increment(StageCounter.CONNECTION_ERRORS);
                    }
                    // What came before the reset is handed on.
                    return;
                } finally {
                    waiting = false;
                }
                if (length < 0) {
                    return;
                }
                if (idleMillis > 0) {
                    idleSinceNanos = System.nanoTime();
                }
                context.counters().add(StageCounter.RECEIVED_BYTES, length);
                sink.begin();
                try {
                    decoder.received(length, frames);
                } finally {
                    sink.end();
                }
                if (decoder.isBroken()) {
                    context.counters().increment(StageCounter.FRAMING_ERRORS);
                    return;
                }
                if (System.nanoTime() - turnBeganNanos > TURN_NANOS) {
                    letOthersRun();
                    turnBeganNanos = System.nanoTime();
                }
            }
        }

        /// A peer that always has data ready would keep its carrier thread for itself: virtual threads give
        /// way only where they would wait.
        @SuppressWarnings("ThreadPriorityCheck")
        private static void letOthersRun() {
            Thread.yield();
        }

        /// Ends a read that waits while nothing is there to be read.
        void wake() {
            try {
                if (waiting && socket.getInputStream().available() == 0) {
                    socket.close();
                }
            } catch (IOException closedMeanwhile) {
                // It has ended by itself.
            }
        }

        void abort() {
            try {
                socket.close();
            } catch (IOException closedMeanwhile) {
                // It has ended by itself.
            }
        }
    }

    @Override
    public void drain(Duration limit) {
        drainUntilNanos = System.nanoTime() + limit.toNanos();
        stopping = true;
        while (accepting && System.nanoTime() - drainUntilNanos < 0) {
            LockSupport.parkNanos(1_000_000L);
        }
        closeServer();
        while (open.get() > 0 && System.nanoTime() - drainUntilNanos < 0) {
            connections.forEach(Connection::wake);
            LockSupport.parkNanos(5_000_000L);
        }
    }

    @Override
    public void close() {
        drainUntilNanos = System.nanoTime();
        stopping = true;
        closeServer();
        connections.forEach(Connection::abort);
    }

    private void closeServer() {
        ServerSocket socket = server;
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "listening socket did not close", e);
            }
        }
    }

    @Override
    public List<String> addresses() {
        ServerSocket socket = server;
        int port = socket == null ? config.listen().port() : socket.getLocalPort();
        return List.of(new Address(config.listen().host(), port).toString());
    }

    @Override
    public int openSources() {
        return open.get();
    }
}
