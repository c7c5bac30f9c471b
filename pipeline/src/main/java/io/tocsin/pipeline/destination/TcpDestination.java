package io.tocsin.pipeline.destination;

import io.tocsin.config.Address;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.tls.ClientTlsContext;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Sends events over TCP connections, one behind the other with a delimiter between them.
///
/// TCP does not tell a sender what the peer's process has read. Events count as delivered when the peer's
/// **kernel** has acknowledged them and the connection has lasted for `holdBack` since. What a peer had in its
/// buffers when it died is therefore sent again to the next peer, as long as it was acknowledged no longer than
/// `holdBack` before; the price are duplicates of the same stretch. Without `holdBack` such events are lost.
///
/// Thread-safety: immutable; its connections belong to one thread each.
final class TcpDestination implements DestinationConfig {
    static final ComponentSpec<TcpDestination> SPEC = ComponentSpec.of(
            "tcp", "Sends events over TCP, as JSON or CEF lines, to rsyslog, another SIEM or a collector.", keys -> {
                var common = new DestinationSettings.Keys("tcp", keys);
                var urls = keys.list("urls", "The peers, as host:port; first those to prefer.", ValueTypes.ADDRESS)
                        .example("10.0.0.5:5140")
                        .required();
                var fallback = keys.list(
                                "fallbackUrls",
                                "Peers that get events only while none of `urls` can be reached.",
                                ValueTypes.ADDRESS)
                        .defaultTo(List.of());
                var holdBack = keys.duration(
                                "holdBack",
                                "What a peer acknowledged within this time before its connection broke is sent again;"
                                        + " TCP does not tell whether it was read.",
                                Duration.ZERO,
                                Duration.ofMinutes(1))
                        .defaultTo(Duration.ofSeconds(1));
                var compression = keys.choice(
                                "compression",
                                "Compresses what is sent: gzip, zstd, lz4 or snappy, in frames, each batch one or more"
                                        + " of one stream.",
                                Compression.class)
                        .defaultTo(Compression.NONE);
                var connecting = new Connecting.Keys(keys);
                return values -> {
                    if (values.get(urls).isEmpty()) {
                        values.refuse("urls", "a destination needs a peer [key=urls]");
                    }
                    return new TcpDestination(
                            common.read(values),
                            peers(values.get(urls), values.get(fallback)),
                            values.get(holdBack),
                            values.get(compression),
                            connecting.read(values));
                };
            });

    private final DestinationSettings settings;
    private final List<Peer> peers;
    private final Duration holdBack;
    private final Compression compression;
    private final Connecting connecting;

    private record Peer(Address address, boolean fallback) {}

    private TcpDestination(
            DestinationSettings settings,
            List<Peer> peers,
            Duration holdBack,
            Compression compression,
            Connecting connecting) {
        this.settings = settings;
        this.peers = peers;
        this.holdBack = holdBack;
        this.compression = compression;
        this.connecting = connecting;
    }

    private static List<Peer> peers(List<Address> first, List<Address> fallback) {
        List<Peer> peers = new ArrayList<>();
        first.forEach(address -> peers.add(new Peer(address, false)));
        fallback.forEach(address -> peers.add(new Peer(address, true)));
        return peers;
    }

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public DestinationSettings settings() {
        return settings;
    }

    @Override
    public RunningDestination start(DestinationContext context) {
        return Forwarder.start(settings, new Connections(), context);
    }

    /// Thread-safety: any thread.
    private final class Connections implements Peers {
        private final @Nullable ClientTlsContext tls = connecting.openTls();

        @Override
        public List<PeerAddress> addresses() {
            return peers.stream()
                    .map(peer -> new PeerAddress(peer.address.toString(), peer.fallback))
                    .toList();
        }

        @Override
        public Sender connect(int peer) throws IOException {
            return new Connection(open(peer), holdBack, compression);
        }

        @Override
        public void probe(int peer) throws IOException {
            open(peer).socket().close();
        }

        private Connecting.Connected open(int peer) throws IOException {
            return connecting.connect(peers.get(peer).address, settings.timeout(), tls);
        }

        @Override
        public void close() {
            // Connections are closed by those who opened them.
        }
    }

    /// One connection.
    ///
    /// Thread-safety: as [Sender].
    private static final class Connection implements Sender {
        private final Socket socket;
        private final int localPort;
        private final int remotePort;
        private final Compression compression;
        private final OutputStream out;
        private final long holdBackNanos;
        private final Deque<OnItsWay> onTheirWay = new ArrayDeque<>();
        private long written;
        private long acknowledged;
        private volatile @Nullable String ended;

        /// A packet that was written.
        ///
        /// Thread-safety: the connection's.
        private static final class OnItsWay {
            final long end;
            final long writtenAtNanos = System.nanoTime();
            long acknowledgedAtNanos;
            boolean acknowledged;

            OnItsWay(long end) {
                this.end = end;
            }
        }

        Connection(Connecting.Connected connected, Duration holdBack, Compression compression) throws IOException {
            this.socket = connected.socket();
            this.localPort = connected.localPort();
            this.remotePort = connected.remotePort();
            this.compression = compression;
            this.out = socket.getOutputStream();
            this.holdBackNanos = holdBack.toNanos();
            Thread.ofVirtual().name("peer-" + socket.getRemoteSocketAddress()).start(this::awaitEnd);
        }

        /// Sees that a peer closes although nothing is being sent: what is sent after that would
        /// be lost.
        private void awaitEnd() {
            byte[] ignored = new byte[512];
            try {
                var in = socket.getInputStream();
                int read = in.read(ignored);
                while (read >= 0) {
                    read = in.read(ignored);
                }
                ended = "peer closed the connection";
            } catch (IOException e) {
                ended = "connection broke: " + e.getMessage();
            }
        }

        @Override
        public void send(Packet packet) throws IOException {
            refuseEnded();
            byte[] bytes = compression.apply(packet);
            out.write(bytes);
            written += bytes.length;
            onTheirWay.addLast(new OnItsWay(written));
        }

        @Override
        public int unconfirmed() throws IOException {
            refuseEnded();
            look();
            long now = System.nanoTime();
            while (!onTheirWay.isEmpty()) {
                OnItsWay first = onTheirWay.getFirst();
                if (!first.acknowledged || now - first.acknowledgedAtNanos < holdBackNanos) {
                    break;
                }
                onTheirWay.removeFirst();
            }
            return onTheirWay.size();
        }

        private void look() throws IOException {
            if (acknowledged < written) {
                KernelQueues.Reading reading = KernelQueues.PROCESS.reading();
                if (reading == null) {
                    // Where the kernel does not tell, what it took counts.
                    acknowledged = written;
                } else {
                    look(reading);
                }
            }
            long now = System.nanoTime();
            for (OnItsWay packet : onTheirWay) {
                if (!packet.acknowledged && packet.end <= acknowledged) {
                    packet.acknowledged = true;
                    packet.acknowledgedAtNanos = now;
                }
            }
        }

        /// What was written after the reading began may be among the bytes that it counted, or
        /// not: it is left out.
        private void look(KernelQueues.Reading reading) throws IOException {
            long before = -1;
            for (OnItsWay packet : onTheirWay) {
                if (packet.writtenAtNanos - reading.beganNanos() < 0) {
                    before = packet.end;
                }
            }
            if (before < 0) {
                return;
            }
            long waiting = reading.unacknowledged(localPort, remotePort);
            if (waiting < 0) {
                throw new IOException("the kernel has given the connection up");
            }
            acknowledged = Math.max(acknowledged, before - waiting);
        }

        private void refuseEnded() throws IOException {
            String reason = ended;
            if (reason != null) {
                throw new IOException(reason);
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                ended = "connection was closed: " + e.getMessage();
            }
        }
    }
}
