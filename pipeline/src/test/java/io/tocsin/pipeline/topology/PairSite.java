package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.pair.PairFigures;
import io.tocsin.pipeline.pair.PairMessage;
import io.tocsin.pipeline.pair.PairNode;
import io.tocsin.pipeline.pair.PairOptions;
import io.tocsin.pipeline.pair.Witness;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Two collectors `a` and `b` that are a pair, with a witness and a line between them that can be cut,
/// for tests.
///
/// Thread-safety: one thread.
final class PairSite implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofMillis(400);

    /// Notes claims as storage does; can be away.
    ///
    /// Thread-safety: any thread.
    static final class Claims implements Witness {
        private final Map<Long, PairMessage.Ending> first = new ConcurrentHashMap<>();
        volatile boolean away;
        /// Notes the claim, but the answer is lost.
        volatile boolean mute;

        @Override
        public PairMessage.Ending claim(PairMessage.Ending claim) throws IOException {
            if (away) {
                throw new IOException("away");
            }
            PairMessage.Ending before = first.putIfAbsent(claim.session(), claim);
            if (mute) {
                throw new IOException("no answer");
            }
            return before == null ? claim : before;
        }

        @Override
        public String name() {
            return "test";
        }
    }

    /// A line that can be cut.
    ///
    /// Thread-safety: any thread.
    private static final class Line implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();
        private volatile int port;
        private volatile boolean cut;

        Line() throws IOException {
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            while (!server.isClosed()) {
                try {
                    Socket from = server.accept();
                    if (cut || port == 0) {
                        from.close();
                        continue;
                    }
                    Socket to = new Socket(InetAddress.getLoopbackAddress(), port);
                    open.add(from);
                    open.add(to);
                    Thread.ofVirtual().start(() -> copy(from, to));
                    Thread.ofVirtual().start(() -> copy(to, from));
                } catch (IOException _) {
                    // Closed, or nobody is there.
                }
            }
        }

        private void copy(Socket from, Socket to) {
            try (from;
                    to) {
                byte[] bytes = new byte[8192];
                for (int read = from.getInputStream().read(bytes);
                        read >= 0;
                        read = from.getInputStream().read(bytes)) {
                    if (cut) {
                        return;
                    }
                    to.getOutputStream().write(bytes, 0, read);
                }
            } catch (IOException _) {
                // Ended.
            } finally {
                open.remove(from);
                open.remove(to);
            }
        }

        void cut(boolean now) throws IOException {
            cut = now;
            if (now) {
                for (Socket socket : open) {
                    socket.close();
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            cut(true);
        }
    }

    /// One of the two.
    ///
    /// Thread-safety: one thread.
    final class Side {
        private final Path folder;
        private final boolean listens;
        private @Nullable Harness harness;
        private @Nullable PairNode node;
        private @Nullable CollectorTopology topology;

        Side(Path folder, boolean listens) {
            this.folder = folder;
            this.listens = listens;
        }

        boolean runs() {
            return topology != null;
        }

        CollectorTopology topology() {
            return Objects.requireNonNull(topology);
        }

        void start() throws IOException {
            start(yaml, secret, Map.of("stages", "1"));
        }

        void start(String resource, String withSecret, Map<String, String> parts) throws IOException {
            Harness opened = new Harness(folder, LogOptions.defaults().withReserveBytes(0));
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), listens ? 0 : line.server.getLocalPort());
            PairNode pairs = PairNode.open(
                    new PairOptions(
                            listens ? address : null,
                            listens ? null : address,
                            withSecret,
                            TIMEOUT,
                            true,
                            PairOptions.DEFAULT_REPLICA_LIMIT_BYTES),
                    claims,
                    _ -> parts,
                    SystemClock.process());
            if (listens) {
                line.port = Objects.requireNonNull(pairs.address()).getPort();
            }
            CollectorTopology collector = CollectorTopology.open(
                    Harness.config(resource, new NormalizerLoader(ZoneOffset.UTC)),
                    opened.log,
                    folder.resolve("positions"),
                    SystemClock.process(),
                    pairs);
            collector.start();
            harness = opened;
            node = pairs;
            topology = collector;
        }

        /// As if the process died: nobody hears anything any more, and nothing is saved.
        void kill() {
            Objects.requireNonNull(node).close();
            Objects.requireNonNull(harness).log.close();
            topology().close();
            harness = null;
            topology = null;
        }

        /// As on SIGTERM.
        boolean stop() {
            boolean drained = topology().drain(Duration.ofSeconds(5));
            Objects.requireNonNull(node).close();
            Objects.requireNonNull(harness).close();
            harness = null;
            topology = null;
            return drained;
        }

        void send(String text) throws IOException {
            try (Socket socket = Harness.connect(topology())) {
                socket.getOutputStream().write(text.getBytes(UTF_8));
            }
        }

        PairFigures pair() {
            return Objects.requireNonNull(topology().pair());
        }

        String state() {
            return topology == null ? "down" : pair().state();
        }

        /// Texts that this side released.
        List<String> released() {
            try (Harness closed = harness == null ? new Harness(folder) : null) {
                Harness from = harness == null ? Objects.requireNonNull(closed) : harness;
                return from.logged().stream()
                        .filter(event -> event.route().equals("test/released"))
                        .map(Harness.Logged::raw)
                        .toList();
            }
        }

        /// The released events as JSON.
        List<String> releasedJson() {
            try (Harness closed = harness == null ? new Harness(folder) : null) {
                Harness from = harness == null ? Objects.requireNonNull(closed) : harness;
                return from.loggedJson("test/released");
            }
        }
    }

    final Claims claims = new Claims();
    final Side a;
    final Side b;
    final String secret = "0123456789abcdef";
    private final String yaml;
    private final Line line = new Line();

    PairSite(Path folder, String yaml) throws IOException {
        this.yaml = yaml;
        this.a = new Side(folder.resolve("a"), true);
        this.b = new Side(folder.resolve("b"), false);
    }

    void cut() throws IOException {
        line.cut(true);
    }

    void heal() throws IOException {
        line.cut(false);
    }

    int port() {
        return line.port;
    }

    /// What both released.
    List<String> released() {
        List<String> all = new ArrayList<>(a.released());
        all.addAll(b.released());
        return all;
    }

    @Override
    public void close() throws IOException {
        if (a.runs()) {
            a.kill();
        }
        if (b.runs()) {
            b.kill();
        }
        line.close();
    }
}
