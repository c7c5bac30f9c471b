package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Receives events in UDP datagrams (RFC 5426).
///
/// UDP cannot slow a sender down, so every place where a datagram can get lost on this machine is bounded
/// and counted: a platform thread does nothing but move datagrams from the socket to a queue in memory;
/// when the queue is full, because the log has no room, they are dropped and counted per sender (`queue
/// full`); what the kernel drops because its receive buffer is full is read from `/proc/net/udp` every ten
/// seconds and at the end (`kernel buffer full`; the kernel does not say whose it was). Both appear in the
/// ledger as received and rejected.
///
/// Thread-safety: see [Connector].
final class UdpConnector implements Connector {
    /// How a datagram becomes events.
    enum Split {
        /// One datagram is one event.
        DATAGRAM,
        /// Each line of a datagram is an event.
        LF
    }

    static final String QUEUE_FULL = "queue full";
    static final String KERNEL_BUFFER_FULL = "kernel buffer full";

    static final ComponentSpec<Config> SPEC =
            ComponentSpec.of("udp", "Receives events in UDP datagrams, such as syslog.", keys -> {
                var listen = keys.address("listen", "Address and port to listen on.")
                        .example("0.0.0.0:5140")
                        .required();
                var split = keys.choice(
                                "framing", "Whether a datagram is one event, or each of its lines is one.", Split.class)
                        .defaultTo(Split.DATAGRAM);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofKibibytes(64))
                        .defaultTo(ByteSize.ofKibibytes(64));
                var receiveBuffer = keys.size(
                                "receiveBuffer",
                                "Size to ask for the kernel's receive buffer; the kernel grants at most net.core.rmem_max.",
                                ByteSize.ofKibibytes(4),
                                ByteSize.ofGibibytes(1))
                        .defaultTo(ByteSize.ofMebibytes(16));
                var queue = keys.size(
                                "queue",
                                "Memory for datagrams that wait while the log has no room.",
                                ByteSize.ofKibibytes(512),
                                ByteSize.ofGibibytes(1))
                        .defaultTo(ByteSize.ofMebibytes(16));
                return values -> new Config(
                        values.get(listen),
                        values.get(split),
                        (int) values.get(maximum).bytes(),
                        (int) values.get(receiveBuffer).bytes(),
                        values.get(queue).bytes());
            });

    record Config(Address listen, Split split, int maxEventBytes, int receiveBufferBytes, long queueBytes)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new UdpConnector(this, context);
        }
    }

    private static final System.Logger LOGGER = System.getLogger(UdpConnector.class.getName());
    private static final int LARGEST_DATAGRAM = 65_536;
    /// Datagrams received under one lock of the queue.
    private static final int BURST = 64;

    private static final int REMEMBERED_PEERS = 4096;
    private static final long DROPS_INTERVAL_NANOS = 10_000_000_000L;
    private static final long TAKE_NANOS = 1_000_000_000L;

    private final Config config;
    private final ConnectorContext context;
    private final DatagramQueue queue;
    private final Map<SocketAddress, EntryOrigin> peers = new LinkedHashMap<>();

    private @Nullable DatagramChannel channel;
    private @Nullable Selector selector;
    private int port;
    private String localAddress = "";
    private long kernelDropsSeen;
    private volatile boolean stopping;
    private volatile boolean aborted;
    private volatile boolean finished;

    /// Datagrams for which the queue had no room, until the consumer has told the ledger.
    private final Map<EntryOrigin, Long> overflow = new HashMap<>();

    UdpConnector(Config config, ConnectorContext context) {
        this.config = config;
        this.context = context;
        this.queue = new DatagramQueue(config.queueBytes());
    }

    @Override
    public void open() {
        try {
            InetSocketAddress address = config.listen().toSocketAddress();
            if (address.isUnresolved()) {
                throw new SocketException("unknown host");
            }
            boolean six = address.getAddress() instanceof Inet6Address;
            DatagramChannel opened =
                    DatagramChannel.open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
            try {
                opened.setOption(StandardSocketOptions.SO_RCVBUF, config.receiveBufferBytes());
                opened.bind(address);
                opened.configureBlocking(false);
                Selector opener = Selector.open();
                opened.register(opener, SelectionKey.OP_READ);
                InetSocketAddress local = (InetSocketAddress) opened.getLocalAddress();
                port = local.getPort();
                localAddress = local.getAddress().getHostAddress();
                selector = opener;
                channel = opened;
            } catch (IOException e) {
                opened.close();
                throw e;
            }
            int granted = opened.getOption(StandardSocketOptions.SO_RCVBUF);
            if (granted < config.receiveBufferBytes()) {
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "kernel granted a smaller receive buffer [collector={0}, asked={1}, granted={2}]: raise net.core.rmem_max when datagrams"
                                + " get lost",
                        context.service(),
                        Integer.toString(config.receiveBufferBytes()),
                        Integer.toString(granted));
            }
            kernelDropsSeen = KernelDrops.ofPort(port);
        } catch (IOException e) {
            throw ListenFailure.of(config.type(), config.listen(), e);
        }
    }

    @Override
    public void run() {
        DatagramChannel receiving = channel;
        Selector waiting = selector;
        if (receiving == null || waiting == null) {
            throw new IllegalStateException("connector is not open");
        }
        // A platform thread: it must empty the socket even while all virtual threads are busy parsing.
        Thread receiver =
                Thread.ofPlatform().daemon().name("udp-" + context.service()).start(() -> receive(receiving, waiting));
        try {
            handOn(context.sinks().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            finished = true;
            close();
            LockSupport.unpark(receiver);
        }
    }

    private void receive(DatagramChannel receiving, Selector waiting) {
        ByteBuffer datagram = ByteBuffer.allocateDirect(LARGEST_DATAGRAM);
        try {
            while (true) {
                if (!receiveBurst(receiving, datagram)) {
                    if (stopping) {
                        return;
                    }
                    waiting.select();
                    waiting.selectedKeys().clear();
                }
            }
        } catch (IOException | ClosedSelectorException e) {
            if (!stopping) {
                context.counters().increment(StageCounter.CONNECTION_ERRORS);
                LOGGER.log(
                        System.Logger.Level.ERROR,
                        "receiving datagrams ended [collector=" + context.service() + "]",
                        e);
            }
        } finally {
            queue.end();
        }
    }

    /// Receives what is there, up to a limit; false when nothing was.
    private boolean receiveBurst(DatagramChannel receiving, ByteBuffer datagram) throws IOException {
        int received = 0;
        long bytes = 0;
        queue.lock();
        try {
            for (; received < BURST; received++) {
                datagram.clear();
                SocketAddress peer = receiving.receive(datagram);
                if (peer == null) {
                    break;
                }
                datagram.flip();
                bytes += datagram.remaining();
                EntryOrigin origin = originOf(peer);
                if (!queue.put(origin, datagram)) {
                    overflow.merge(overflow.size() < REMEMBERED_PEERS ? origin : anyPeer(), 1L, Long::sum);
                }
            }
        } finally {
            queue.unlock();
        }
        context.counters().add(StageCounter.RECEIVED_BYTES, bytes);
        return received > 0;
    }

    private EntryOrigin originOf(SocketAddress peer) {
        EntryOrigin known = peers.get(peer);
        if (known != null) {
            return known;
        }
        if (peers.size() == REMEMBERED_PEERS) {
            peers.clear();
        }
        InetSocketAddress address = (InetSocketAddress) peer;
        EntryOrigin origin = new EntryOrigin(
                context.tenant(),
                context.service(),
                config.type(),
                address.getAddress().getHostAddress(),
                address.getPort(),
                localAddress,
                port,
                "");
        peers.put(peer, origin);
        return origin;
    }

    private EntryOrigin anyPeer() {
        return context.localOrigin(config.type(), localAddress, port);
    }

    private void handOn(EventSink sink) throws InterruptedException {
        long dropsAtNanos = System.nanoTime() + DROPS_INTERVAL_NANOS;
        while (!aborted && !queue.isFinished()) {
            DatagramQueue.Chunk chunk = queue.take(TAKE_NANOS);
            if (chunk != null) {
                sink.begin();
                try {
                    handOn(chunk, sink);
                } finally {
                    sink.end();
                    queue.giveBack(chunk);
                }
            }
            reportOverflow(sink);
            if (System.nanoTime() - dropsAtNanos > 0) {
                reportKernelDrops(sink);
                dropsAtNanos = System.nanoTime() + DROPS_INTERVAL_NANOS;
            }
        }
        reportOverflow(sink);
        reportKernelDrops(sink);
    }

    private void handOn(DatagramQueue.Chunk chunk, EventSink sink) {
        int start = 0;
        for (int i = 0; i < chunk.count; i++) {
            int end = chunk.ends[i];
            switch (context.binary() ? Split.DATAGRAM : config.split()) {
                case DATAGRAM -> accept(chunk.origins[i], chunk.bytes, start, end, sink);
                case LF -> {
                    int line = start;
                    for (int at = start; at < end; at++) {
                        if (chunk.bytes[at] == '\n') {
                            accept(chunk.origins[i], chunk.bytes, line, at, sink);
                            line = at + 1;
                        }
                    }
                    accept(chunk.origins[i], chunk.bytes, line, end, sink);
                }
            }
            start = end;
        }
    }

    private void accept(EntryOrigin origin, byte[] bytes, int start, int end, EventSink sink) {
        int last = end;
        // Senders end datagrams as they end lines.
        while (!context.binary()
                && last > start
                && (bytes[last - 1] == '\n' || bytes[last - 1] == '\r' || bytes[last - 1] == 0)) {
            last--;
        }
        if (last > start) {
            boolean cut = last - start > config.maxEventBytes();
            sink.accept(
                    origin, bytes, start, cut ? config.maxEventBytes() : last - start, cut ? EventBatch.FLAG_CUT : 0);
        }
    }

    private void reportOverflow(EventSink sink) {
        Map<EntryOrigin, Long> dropped;
        queue.lock();
        try {
            if (overflow.isEmpty()) {
                return;
            }
            dropped = Map.copyOf(overflow);
            overflow.clear();
        } finally {
            queue.unlock();
        }
        sink.begin();
        try {
            dropped.forEach((origin, count) -> sink.reject(origin, QUEUE_FULL, count));
        } finally {
            sink.end();
        }
    }

    private void reportKernelDrops(EventSink sink) {
        long drops = KernelDrops.ofPort(port);
        long more = drops - kernelDropsSeen;
        kernelDropsSeen = drops;
        if (more > 0) {
            sink.begin();
            try {
                sink.reject(anyPeer(), KERNEL_BUFFER_FULL, more);
            } finally {
                sink.end();
            }
        }
    }

    @Override
    public void drain(Duration limit) {
        long untilNanos = System.nanoTime() + limit.toNanos();
        stopping = true;
        Selector waiting = selector;
        if (waiting != null) {
            waiting.wakeup();
        }
        while (!finished && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(2_000_000L);
        }
    }

    @Override
    public void close() {
        stopping = true;
        aborted = true;
        queue.end();
        try {
            if (selector != null) {
                selector.close();
            }
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "socket did not close", e);
        }
    }

    @Override
    public List<String> addresses() {
        return List.of(new Address(
                        config.listen().host(),
                        channel == null ? config.listen().port() : port)
                .toString());
    }

    @Override
    public int openSources() {
        return channel != null && !finished ? 1 : 0;
    }
}
