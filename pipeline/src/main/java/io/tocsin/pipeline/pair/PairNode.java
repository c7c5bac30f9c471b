package io.tocsin.pipeline.pair;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The end of a pair that a process is: waits for the other process or connects to it, with a
/// connection for each collector that holds events over.
///
/// Thread-safety: any thread.
public final class PairNode implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(PairNode.class.getName());
    private static final int MAXIMUM_CONNECTIONS = 64;
    private static final int BACKLOG = 16;
    private static final int CONNECT_MILLIS = 2000;
    private static final Duration RETRY = Duration.ofMillis(150);
    private static final Duration REFUSED_RETRY = Duration.ofSeconds(1);
    private static final int TICKS_PER_TIMEOUT = 6;

    private final PairOptions options;
    private final Witness witness;
    private final Function<String, @Nullable Map<String, String>> configuration;
    private final SystemClock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, PairMember> members = new ConcurrentHashMap<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Set<PairLink> links = ConcurrentHashMap.newKeySet();
    private final Semaphore connections = new Semaphore(MAXIMUM_CONNECTIONS);
    private final @Nullable ServerSocket server;
    private volatile boolean closed;
    private volatile String trouble = "";

    private PairNode(
            PairOptions options,
            Witness witness,
            Function<String, @Nullable Map<String, String>> configuration,
            SystemClock clock,
            @Nullable ServerSocket server) {
        this.options = options;
        this.witness = witness;
        this.configuration = configuration;
        this.clock = clock;
        this.server = server;
    }

    /// Binds the port when this end listens.
    ///
    /// @param configuration hashes of the configuration of a collector, by key; null as long as they
    ///     are not known
    /// @throws TocsinException when the port is taken
    public static PairNode open(
            PairOptions options,
            Witness witness,
            Function<String, @Nullable Map<String, String>> configuration,
            SystemClock clock) {
        ServerSocket server = null;
        if (options.listen() != null) {
            try {
                server = new ServerSocket();
                server.setReuseAddress(true);
                server.bind(options.listen(), BACKLOG);
            } catch (IOException e) {
                throw TocsinException.of(
                        ErrorCode.ADDRESS_IN_USE,
                        "cannot wait for the other collector of the pair [address=" + options.listen() + "]: "
                                + e.getMessage(),
                        e);
            }
        }
        PairNode node = new PairNode(options, witness, configuration, clock, server);
        if (server != null) {
            node.run("pair-listener", node::accept);
        }
        return node;
    }

    /// Where it listens, with the real port; null when it connects.
    public @Nullable InetSocketAddress address() {
        return server == null ? null : (InetSocketAddress) server.getLocalSocketAddress();
    }

    /// The member for a collector that holds events over; it looks for the other one at once.
    ///
    /// @param folder where its files lie
    public PairMember join(String collector, Path folder, DurableLog log) {
        PairMember member = new PairMember(
                collector,
                folder,
                log.producer(),
                log.epoch(),
                options,
                witness,
                () -> configuration.apply(collector),
                clock::counterNanos,
                random::nextLong);
        members.put(collector, member);
        run("pair-clock-" + collector, () -> tick(member));
        if (server == null) {
            run("pair-" + collector, () -> connect(member));
        }
        return member;
    }

    /// The collector has ended.
    public void leave(PairMember member) {
        members.remove(member.collector(), member);
    }

    private boolean isMember(PairMember member) {
        return !closed && members.get(member.collector()) == member;
    }

    private void run(String name, Work work) {
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                work.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOGGER.log(System.Logger.Level.ERROR, "a pair failed [thread=" + name + "]", e);
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
    }

    /// Something that waits.
    @FunctionalInterface
    private interface Work {
        void run() throws InterruptedException;
    }

    private void tick(PairMember member) throws InterruptedException {
        Duration pause = options.timeout().dividedBy(TICKS_PER_TIMEOUT);
        while (isMember(member)) {
            member.tick();
            member.await(pause);
        }
    }

    private void connect(PairMember member) throws InterruptedException {
        while (isMember(member)) {
            Duration pause = RETRY;
            PairMessage.Hello hello = member.hello();
            if (hello != null) {
                try (Socket socket = new Socket()) {
                    InetSocketAddress peer = options.peer();
                    if (peer == null) {
                        return;
                    }
                    // Resolved anew each time: the other one may have moved.
                    socket.connect(new InetSocketAddress(peer.getHostString(), peer.getPort()), CONNECT_MILLIS);
                    try (PairLink link = PairLink.open(socket, options.secret(), false)) {
                        link.write(hello);
                        pause = talk(link, member, hello, link.read()) ? RETRY : REFUSED_RETRY;
                    }
                    trouble = "";
                } catch (PairLink.NotAuthenticException e) {
                    trouble(e);
                    pause = REFUSED_RETRY;
                } catch (IOException e) {
                    LOGGER.log(System.Logger.Level.DEBUG, "the other collector of the pair is not there", e);
                }
            }
            Thread.sleep(pause);
        }
    }

    private void accept() throws InterruptedException {
        ServerSocket from = server;
        while (!closed && from != null) {
            try {
                Socket socket = from.accept();
                if (connections.tryAcquire()) {
                    run("pair-connection", () -> serve(socket));
                } else {
                    socket.close();
                }
            } catch (IOException e) {
                if (!closed) {
                    LOGGER.log(System.Logger.Level.WARNING, "cannot take a connection of a pair", e);
                    Thread.sleep(RETRY);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                PairLink link = PairLink.open(socket, options.secret(), true)) {
            if (!(link.read() instanceof PairMessage.Hello his)) {
                throw new IOException("a connection begins with a greeting");
            }
            PairMember member = members.get(his.collector());
            PairMessage.Hello mine = member == null ? null : member.hello();
            if (member == null || mine == null) {
                if (member == null && his.collector().length() < 200) {
                    link.write(new PairMessage.Refusal(
                            "the other one has no such collector that joins or folds [collector=" + his.collector()
                                    + "]"));
                }
                return;
            }
            link.write(mine);
            talk(link, member, mine, his);
            trouble = "";
        } catch (PairLink.NotAuthenticException e) {
            trouble(e);
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "a connection of a pair ended", e);
        } finally {
            connections.release();
        }
    }

    /// @return false when no pair can be made of the two
    private boolean talk(PairLink link, PairMember member, PairMessage.Hello mine, PairMessage first)
            throws IOException {
        if (first instanceof PairMessage.Refusal(String reason)) {
            member.refused(reason);
            return false;
        }
        if (!(first instanceof PairMessage.Hello his) || !his.collector().equals(mine.collector())) {
            throw new IOException("a connection begins with a greeting");
        }
        links.add(link);
        link.silence((int) Math.min(60_000, 2 * options.timeout().toMillis()));
        link.start();
        try {
            member.connected(link, mine, his);
            while (isMember(member)) {
                member.received(link, link.read());
            }
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "a connection of a pair ended [collector={0}, reason={1}]",
                    member.collector(),
                    e.getMessage());
        } finally {
            links.remove(link);
            member.lost(link);
        }
        return true;
    }

    private void trouble(IOException e) {
        if (trouble.isEmpty()) {
            LOGGER.log(System.Logger.Level.WARNING, "no pair: {0}", e.getMessage());
        }
        trouble = String.valueOf(e.getMessage());
        members.values().forEach(member -> member.refused(trouble));
    }

    @Override
    public void close() {
        closed = true;
        members.clear();
        try {
            if (server != null) {
                server.close();
            }
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "the port of a pair was closed badly", e);
        }
        links.forEach(PairLink::close);
        threads.forEach(Thread::interrupt);
    }
}
