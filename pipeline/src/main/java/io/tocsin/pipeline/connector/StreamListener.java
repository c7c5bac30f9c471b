package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.proxy.ProxyException;
import io.tocsin.pipeline.connector.proxy.ProxyHeader;
import io.tocsin.pipeline.connector.proxy.ProxyReader;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import io.tocsin.pipeline.tls.RevokedCertificates;
import io.tocsin.pipeline.tls.ServerTls;
import io.tocsin.pipeline.tls.ServerTlsContext;
import io.tocsin.pipeline.tls.TlsStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// Accepts connections and serves each on a virtual thread of its own with a [StreamProtocol]: the whole of a
/// connector but its configuration and protocol.
///
/// A connection that the log has no room for is not read: the peer's window closes and its own queue begins
/// to grow. When that lasts, the port is closed too, so that load balancers and senders with a second
/// address move on, and opened again when the log takes events. A drain accepts what waits in the kernel,
/// reads what lies in the socket buffers, and then lets each protocol finish.
///
/// A connection begins, in this order, with its PROXY header when one is demanded, the handshake of TLS when
/// it is spoken, and the protocol. The header has 5 seconds, the handshake 10; how many connections may be
/// that far, and how many there may be at all, says [Admission]. A peer that is gone without a word is noticed by the
/// kernel within two minutes.
///
/// Thread-safety: see [Connector].
final class StreamListener implements Connector {
    private static final System.Logger LOGGER = System.getLogger(StreamListener.class.getName());
    static final int BACKLOG = 1024;
    private static final long ACCEPT_RETRY_NANOS = 100_000_000L;
    /// How often the accepting thread looks whether a drain has begun.
    private static final int ACCEPT_WAIT_MILLIS = 100;
    /// How long a proxy may take to say who its peer is; the specification of the header asks for 3 seconds at least.
    private static final int PROXY_HEADER_MILLIS = 5_000;
    /// How long a peer may take for the handshake.
    private static final int HANDSHAKE_MILLIS = 10_000;
    /// A connection is silent for a minute before the kernel asks whether its peer is still there, four times at most.
    private static final int KEEP_ALIVE_IDLE_SECONDS = 60;

    private static final int KEEP_ALIVE_INTERVAL_SECONDS = 15;
    private static final int KEEP_ALIVE_PROBES = 4;
    private static final long SWEEP_INTERVAL_NANOS = 1_000_000_000L;
    private static final int TLS_HANDSHAKE_RECORD = 0x16;
    private static final long WARN_INTERVAL_NANOS = 60_000_000_000L;

    private final String kind;
    private final StreamSettings settings;
    private final StreamEndpoint endpoint;
    private final StreamProtocol protocol;
    private final ConnectorContext context;
    private final Progress progress = new Progress();
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final Admission admission;

    private @Nullable ServerTlsContext tls;
    private volatile @Nullable ServerSocket server;
    private volatile boolean stopping;
    /// From `open` on: connections wait in the kernel before the accepting thread has begun.
    private volatile boolean accepting;
    private volatile long drainUntilNanos;
    /// Of the accepting thread.
    private long sweptNanos = System.nanoTime();

    private volatile long warnedNanos = System.nanoTime() - WARN_INTERVAL_NANOS;

    /// Listens on the TCP port of the settings.
    ///
    /// @param kind of the connector, for messages and origins
    StreamListener(String kind, StreamSettings settings, StreamProtocol protocol, ConnectorContext context) {
        this(kind, settings, new TcpEndpoint(kind, settings, context), protocol, context);
    }

    /// @param kind of the connector, for messages
    StreamListener(
            String kind,
            StreamSettings settings,
            StreamEndpoint endpoint,
            StreamProtocol protocol,
            ConnectorContext context) {
        this.kind = kind;
        this.settings = settings;
        this.endpoint = endpoint;
        this.protocol = protocol;
        this.context = context;
        this.admission =
                new Admission(settings.maxConnections(), settings.maxConnectionsPerPeer(), settings.proxies() != null);
    }

    StreamSettings settings() {
        return settings;
    }

    StageCounters counters() {
        return context.counters();
    }

    Progress progress() {
        return progress;
    }

    boolean stopping() {
        return stopping;
    }

    boolean answers() {
        return protocol.answers();
    }

    boolean drainIsOver() {
        return System.nanoTime() - drainUntilNanos > 0;
    }

    @Override
    public void open() {
        protocol.prepare();
        DescriptorLimit.check(context.service(), settings.maxConnections(), endpoint.descriptorsPerConnection());
        ServerTls secured = settings.tls();
        if (secured != null) {
            tls = secured.open();
        }
        try {
            server = endpoint.listen();
            accepting = true;
        } catch (IOException e) {
            throw endpoint.failure(e);
        }
    }

    @Override
    public void run() {
        ServerSocket listening = server;
        if (listening == null) {
            throw new IllegalStateException("connector is not open");
        }
        try {
            accept(listening);
        } finally {
            accepting = false;
        }
    }

    /// Until a drain has begun and no connection waits in the kernel any more: the peer of one that waits
    /// has sent already, and would lose it all.
    private void accept(ServerSocket first) {
        ServerSocket listening = first;
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
                counters().increment(StageCounter.CONNECTION_ERRORS);
                if (!failing) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "cannot accept connections, trying again [collector={0}, address={1}, reason={2}]: raise"
                                    + " the limit of open files (ulimit -n) when there are too many",
                            context.service(),
                            listening.getLocalSocketAddress(),
                            e.getMessage());
                }
                failing = true;
                LockSupport.parkNanos(ACCEPT_RETRY_NANOS);
            }
            sweep();
            if (isStalled()) {
                ServerSocket again = closeWhileStalled(listening);
                if (again == null) {
                    return;
                }
                listening = again;
            }
        }
    }

    private boolean isStalled() {
        long limit = settings.closeListenerAfter().toNanos();
        return limit > 0 && !stopping && progress.stalledNanos() > limit;
    }

    /// Keeps the port closed until the log takes events again.
    ///
    /// @return the port listening again; null when the connector stops meanwhile
    private @Nullable ServerSocket closeWhileStalled(ServerSocket listening) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                "the log takes no events, new connections are refused until it does [collector={0}, address={1},"
                        + " seconds={2}]: look for a full disk",
                context.service(),
                addresses().getFirst(),
                Long.toString(settings.closeListenerAfter().toSeconds()));
        closeQuietly(listening);
        boolean failing = false;
        while (!stopping) {
            LockSupport.parkNanos(ACCEPT_RETRY_NANOS);
            sweep();
            if (isStalled()) {
                continue;
            }
            try {
                ServerSocket again = endpoint.listen();
                server = again;
                if (stopping) {
                    // `close` may have looked before.
                    closeQuietly(again);
                    return null;
                }
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "the log takes events again, connections are accepted [collector={0}, address={1}]",
                        context.service(),
                        addresses().getFirst());
                return again;
            } catch (IOException e) {
                if (!failing) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "cannot listen again, trying on [collector={0}, address={1}, reason={2}]",
                            context.service(),
                            addresses().getFirst(),
                            e.getMessage());
                }
                failing = true;
            }
        }
        return null;
    }

    private void accepted(Socket socket) throws IOException {
        boolean preface = settings.proxies() != null || tls != null;
        if (!admission.admits(socket.getInetAddress(), preface)) {
            counters().increment(StageCounter.CONNECTIONS_REFUSED);
            socket.close();
            return;
        }
        counters().increment(StageCounter.CONNECTIONS);
        Task task = new Task(socket, preface);
        tasks.add(task);
        Thread.ofVirtual().name(kind + "-" + context.service()).start(task);
    }

    /// One peer.
    ///
    /// Thread-safety: its own thread, except `wake` and `abort`.
    private final class Task implements Runnable {
        private final Socket socket;
        private volatile boolean preface;
        private volatile @Nullable StreamConnection connection;
        private volatile @Nullable TlsStream shaken;
        /// Whose share of the memory it uses.
        private @Nullable InetAddress budgeted;
        /// The lists of revoked certificates that its peer was looked up in last. Of the accepting thread.
        private @Nullable RevokedCertificates lookedUp;

        Task(Socket socket, boolean preface) {
            this.socket = socket;
            this.preface = preface;
        }

        @Override
        public void run() {
            try (socket) {
                keepAlive(socket);
                socket.setTcpNoDelay(true);
                TlsStream secured;
                StreamConnection opened;
                try {
                    DeadlineStream in = new DeadlineStream(socket, PROXY_HEADER_MILLIS);
                    InetSocketAddress peer = proxied(in);
                    in.from(HANDSHAKE_MILLIS);
                    secured = secured(in);
                    shaken = secured;
                    in.lift();
                    opened = new StreamConnection(
                            StreamListener.this,
                            socket,
                            secured,
                            endpoint.origin(socket, peer, secured == null ? "" : secured.peerSubject()),
                            context.sinks().get(),
                            budget(peer == null ? socket.getInetAddress() : peer.getAddress()));
                } finally {
                    prefaceIsOver();
                }
                connection = opened;
                protocol.serve(opened);
                if (secured != null) {
                    secured.close();
                }
            } catch (RefusedConnection e) {
                counters().increment(e.counter);
                warn(e.getMessage());
            } catch (IOException | UncheckedIOException e) {
                counters().increment(StageCounter.CONNECTION_ERRORS);
            } catch (RuntimeException e) {
                counters().increment(StageCounter.CONNECTION_ERRORS);
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "connection ended by an error [collector=" + context.service() + ", peer="
                                + socket.getRemoteSocketAddress() + "]",
                        e);
            } finally {
                InetAddress sharer = budgeted;
                if (sharer != null) {
                    PeerBudgets.PROCESS.end(sharer);
                }
                tasks.remove(this);
                admission.ended(socket.getInetAddress());
            }
        }

        private BufferBudget budget(InetAddress peer) {
            budgeted = peer;
            return PeerBudgets.PROCESS.begin(peer);
        }

        private void prefaceIsOver() {
            if (preface) {
                preface = false;
                admission.prefaceIsOver(socket.getInetAddress());
            }
        }

        /// The peer that the PROXY header names; null when none is demanded or it names none.
        private @Nullable InetSocketAddress proxied(DeadlineStream in) throws IOException {
            TrustedProxies proxies = settings.proxies();
            if (proxies == null) {
                return null;
            }
            if (!proxies.trusts(socket.getInetAddress())) {
                throw new RefusedConnection(
                        StageCounter.PROXY_HEADER_ERRORS,
                        "connection refused: PROXY headers of this peer are not trusted" + peerText()
                                + ": add it to trustedProxies");
            }
            try {
                ProxyHeader header = ProxyReader.read(in);
                if (header == null) {
                    throw new RefusedConnection(StageCounter.HEALTH_PROBES, "");
                }
                return header.source();
            } catch (ProxyException e) {
                throw new RefusedConnection(
                        StageCounter.PROXY_HEADER_ERRORS,
                        "connection closed: " + e.getMessage() + peerText()
                                + ": every connection to this port must begin with a PROXY header");
            } catch (SocketTimeoutException e) {
                throw new RefusedConnection(
                        StageCounter.PROXY_HEADER_ERRORS,
                        "connection closed: the PROXY header did not come" + peerText());
            }
        }

        private @Nullable TlsStream secured(DeadlineStream in) throws IOException {
            ServerTlsContext server = tls;
            if (server == null) {
                return null;
            }
            try {
                int first = in.read();
                if (first < 0) {
                    throw new RefusedConnection(StageCounter.HEALTH_PROBES, "");
                }
                if (first != TLS_HANDSHAKE_RECORD) {
                    throw new RefusedConnection(
                            StageCounter.PLAINTEXT_ON_TLS,
                            "connection closed: the peer does not speak TLS" + peerText());
                }
                TlsStream stream = new TlsStream(server.engine(), in, socket.getOutputStream());
                stream.received(new byte[] {(byte) first}, 1);
                stream.handshake();
                return stream;
            } catch (RefusedConnection e) {
                throw e;
            } catch (IOException e) {
                String reason = e instanceof SocketTimeoutException ? "it takes too long" : e.getMessage();
                throw new RefusedConnection(
                        StageCounter.TLS_ERRORS,
                        "connection closed: TLS handshake failed [reason=" + reason + "]" + peerText());
            }
        }

        /// Why the peer may not stay, once for each state of the lists; null: it may, or was told before.
        @Nullable
        String revocation(RevokedCertificates lists) {
            TlsStream secured = shaken;
            if (secured == null || lookedUp == lists) {
                return null;
            }
            lookedUp = lists;
            return lists.reason(secured.session());
        }

        private String peerText() {
            return " [collector=" + context.service() + ", peer="
                    + socket.getInetAddress().getHostAddress() + ":" + socket.getPort() + "]";
        }

        void wake() {
            StreamConnection serving = connection;
            if (serving != null) {
                serving.wake();
            } else if (preface) {
                // It has sent no event yet.
                abort();
            }
        }

        void abort() {
            closeQuietly(socket);
        }
    }

    private static void keepAlive(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_INTERVAL_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
        }
    }

    /// Looks at the connections there are, once a second.
    private void sweep() {
        long now = System.nanoTime();
        if (now - sweptNanos < SWEEP_INTERVAL_NANOS) {
            return;
        }
        sweptNanos = now;
        closeDeaf(now);
        closeRevoked();
    }

    /// Closes connections whose peers take no answers: each holds a thread and what it wanted to say.
    private void closeDeaf(long now) {
        long limit = settings.answerTimeout().toNanos();
        if (limit == 0) {
            return;
        }
        for (Task task : tasks) {
            StreamConnection serving = task.connection;
            if (serving != null && serving.writingNanos(now) > limit) {
                counters().increment(StageCounter.CONNECTION_ERRORS);
                warn("connection closed: the peer takes no answers" + task.peerText());
                task.abort();
            }
        }
    }

    /// Closes connections whose peers' certificates were revoked after the handshake had begun. What such a peer sent
    /// and nobody has read is not taken any more.
    private void closeRevoked() {
        RevokedCertificates lists = tls == null ? null : tls.revoked();
        if (lists == null) {
            return;
        }
        Set<String> told = new HashSet<>();
        for (Task task : tasks) {
            String reason = task.revocation(lists);
            if (reason == null) {
                continue;
            }
            counters().increment(StageCounter.TLS_ERRORS);
            if (told.add(reason)) {
                // A peer may have many connections, and an authority many peers.
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "connections closed: {0}{1}: give the peer a new certificate if it may go on",
                        reason,
                        task.peerText());
            }
            task.abort();
        }
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            LOGGER.log(System.Logger.Level.DEBUG, "socket did not close", e);
        }
    }

    /// Repeated refusals are logged once a minute; the counters know them all.
    private void warn(@Nullable String text) {
        long now = System.nanoTime();
        if (text != null && !text.isEmpty() && now - warnedNanos >= WARN_INTERVAL_NANOS) {
            warnedNanos = now;
            LOGGER.log(System.Logger.Level.WARNING, "{0}", text);
        }
    }

    /// A connection that did not get as far as its protocol.
    private static final class RefusedConnection extends IOException {
        private static final long serialVersionUID = 1;

        private final StageCounter counter;

        /// @param text empty: not worth a line
        RefusedConnection(StageCounter counter, String text) {
            super(text);
            this.counter = counter;
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
        while (admission.open() > 0 && System.nanoTime() - drainUntilNanos < 0) {
            tasks.forEach(Task::wake);
            LockSupport.parkNanos(5_000_000L);
        }
    }

    @Override
    public void close() {
        drainUntilNanos = System.nanoTime();
        stopping = true;
        closeServer();
        tasks.forEach(Task::abort);
    }

    private void closeServer() {
        ServerSocket socket = server;
        if (socket != null) {
            closeQuietly(socket);
        }
    }

    @Override
    public List<String> addresses() {
        return List.of(endpoint.address());
    }

    @Override
    public int openSources() {
        return admission.open();
    }
}
