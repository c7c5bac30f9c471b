package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.kernel.PacketSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Receives events in UDP datagrams (RFC 5426), and never sends one.
///
/// UDP cannot slow a sender down, so every place where a datagram can get lost on this machine is
/// bounded and counted: a platform thread does nothing but move datagrams from the socket to a queue
/// in memory, on Linux many with one system call ([io.tocsin.pipeline.connector.kernel.PacketSocket]);
/// when the queue is full, because the log has no room, they are dropped and counted per sender
/// (`queue full`); what the kernel drops because its receive buffer is full is asked of it every ten
/// seconds and at the end (`kernel buffer full`; it does not say whose it was). Both appear in the
/// ledger as received and rejected.
///
/// Thread-safety: see [Connector].
final class UdpConnector implements Connector {
    static final String QUEUE_FULL = "queue full";
    static final String PROXY_HEADER_MISSING = "proxy header missing or wrong";
    static final String KERNEL_BUFFER_FULL = "kernel buffer full";

    private static final System.Logger LOGGER = System.getLogger(UdpConnector.class.getName());
    private static final long DROPS_INTERVAL_NANOS = 10_000_000_000L;
    private static final long TAKE_NANOS = 1_000_000_000L;
    /// After a chunk as small as this the next one may grow for a while: few large chunks cost less than many small
    /// ones.
    private static final int FEW_DATAGRAMS = 1024;

    private static final int FEW_BYTES = DatagramQueue.CHUNK_BYTES / 2;
    /// A smaller queue is emptied at once.
    private static final long COLLECTING_QUEUE_BYTES = 4L << 20;

    private static final long COLLECT_NANOS = 4_000_000L;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

    private final UdpConfig config;
    private final ConnectorContext context;
    private final List<UdpReader> readers = new ArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final Object lifecycle = new Object();
    /// Guarded by the lifecycle, as is what follows.
    private final List<Thread> threads = new ArrayList<>();

    private boolean closed;
    private volatile int port;
    private volatile boolean aborted;

    UdpConnector(UdpConfig config, ConnectorContext context) {
        this.config = config;
        this.context = context;
    }

    @Override
    public void open() {
        InetSocketAddress address = config.listen().toSocketAddress();
        boolean done = false;
        try {
            if (address.isUnresolved()) {
                throw new SocketException("unknown host");
            }
            boolean kernel = kernelIsAtHand();
            for (int i = 0; i < (kernel ? config.receivers() : 1); i++) {
                // All of them on the port that the first one got.
                InetSocketAddress next = i == 0 ? address : new InetSocketAddress(address.getAddress(), port);
                DatagramSource source = kernel ? fromKernel(next) : fromRuntime(next);
                port = source.local().getPort();
                readers.add(new UdpReader(
                        source,
                        config.queueBytes(),
                        context.counters(),
                        context.localOrigin(
                                config.type(), source.local().getAddress().getHostAddress(), port)));
            }
            tellBuffer(readers.getFirst().source().grantedBytes());
            running.set(readers.size());
            done = true;
        } catch (IOException e) {
            throw ListenFailure.of(config.type(), config.listen(), e);
        } finally {
            if (!done) {
                readers.forEach(UdpReader::closeSocket);
            }
        }
    }

    private boolean kernelIsAtHand() {
        if (PacketSocket.isSupported()) {
            return true;
        }
        LOGGER.log(
                System.Logger.Level.INFO,
                "datagrams are received one by one: this process cannot call recvmmsg [collector={0}]: use Linux, and start"
                        + " Java with --enable-native-access=ALL-UNNAMED",
                context.service());
        return false;
    }

    private void tellBuffer(int granted) {
        boolean small = granted < config.receiveBufferBytes();
        LOGGER.log(
                small ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                small
                        ? "kernel granted a smaller receive buffer [collector={0}, asked={1}, granted={2}]: raise"
                                + " net.core.rmem_max when datagrams get lost"
                        : "kernel granted the receive buffer [collector={0}, asked={1}, granted={2}]",
                context.service(),
                Integer.toString(config.receiveBufferBytes()),
                Integer.toString(granted));
    }

    private DatagramSource fromKernel(InetSocketAddress address) throws IOException {
        return new KernelDatagrams(
                PacketSocket.open(
                        address,
                        new PacketSocket.Options(
                                config.receiveBufferBytes(), config.receivers() > 1, config.freeBind())),
                this::origin);
    }

    private DatagramSource fromRuntime(InetSocketAddress address) throws IOException {
        if (config.freeBind()) {
            throw new SocketException("freeBind needs Linux and --enable-native-access=ALL-UNNAMED");
        }
        return NioDatagrams.open(address, config.receiveBufferBytes(), this::origin);
    }

    private EntryOrigin origin(InetAddress peer, int peerPort, InetAddress local) {
        return new EntryOrigin(
                context.tenant(),
                context.service(),
                config.type(),
                peer.getHostAddress(),
                peerPort,
                local.getHostAddress(),
                port,
                "");
    }

    @Override
    public void run() {
        if (readers.isEmpty()) {
            throw new IllegalStateException("connector is not open");
        }
        synchronized (lifecycle) {
            if (closed) {
                return;
            }
            for (UdpReader reader : readers) {
                // A platform thread: it must empty the socket even while all virtual threads are busy parsing.
                threads.add(Thread.ofPlatform()
                        .daemon()
                        .name("udp-" + context.service())
                        .start(() -> reader.receive(context.service())));
            }
        }
        List<Thread> others = new ArrayList<>();
        for (UdpReader reader : readers.subList(1, readers.size())) {
            others.add(
                    Thread.ofVirtual().name("udp-events-" + context.service()).start(() -> serve(reader)));
        }
        serve(readers.getFirst());
        try {
            for (Thread other : others) {
                other.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(UdpReader reader) {
        try {
            handOn(reader, context.sinks().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.decrementAndGet();
            reader.stop();
        }
    }

    private void handOn(UdpReader reader, EventSink sink) throws InterruptedException {
        long dropsAtNanos = System.nanoTime() + DROPS_INTERVAL_NANOS;
        boolean collecting = config.queueBytes() >= COLLECTING_QUEUE_BYTES;
        ProxiedOrigins proxied = config.proxies() == null ? null : new ProxiedOrigins(config.proxies());
        while (!aborted && !reader.isFinished()) {
            DatagramQueue.Chunk chunk = reader.take(TAKE_NANOS);
            if (chunk != null) {
                boolean few = collecting && chunk.count < FEW_DATAGRAMS && chunk.length() < FEW_BYTES;
                sink.begin();
                try {
                    handOn(chunk, sink, proxied);
                } finally {
                    sink.end();
                    reader.giveBack(chunk);
                }
                if (few && !reader.isStopping()) {
                    LockSupport.parkNanos(COLLECT_NANOS);
                }
            }
            reportOverflow(reader, sink);
            if (System.nanoTime() - dropsAtNanos > 0) {
                reportKernelDrops(reader, sink);
                dropsAtNanos = System.nanoTime() + DROPS_INTERVAL_NANOS;
            }
        }
        reportOverflow(reader, sink);
        reportKernelDrops(reader, sink);
    }

    private void handOn(DatagramQueue.Chunk chunk, EventSink sink, @Nullable ProxiedOrigins proxied) {
        int start = 0;
        for (int i = 0; i < chunk.count; i++) {
            int end = chunk.ends[i];
            EntryOrigin origin = chunk.origins[i];
            int header = 0;
            if (proxied != null) {
                header = proxied.read(origin, chunk.bytes, start, end - start);
                if (header < 0) {
                    context.counters().increment(StageCounter.PROXY_HEADER_ERRORS);
                    sink.reject(origin, PROXY_HEADER_MISSING, 1);
                } else {
                    origin = proxied.origin();
                }
            }
            if (header >= 0) {
                split(origin, chunk.bytes, start + header, end, sink);
            }
            start = end;
        }
    }

    private void split(EntryOrigin origin, byte[] bytes, int start, int end, EventSink sink) {
        switch (context.binary() ? UdpConfig.Split.DATAGRAM : config.split()) {
            case DATAGRAM -> accept(origin, bytes, start, end, sink);
            case LF -> {
                int line = start;
                for (int at = start; at < end; at++) {
                    if (bytes[at] == '\n') {
                        accept(origin, bytes, line, at, sink);
                        line = at + 1;
                    }
                }
                accept(origin, bytes, line, end, sink);
            }
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

    private static void reportOverflow(UdpReader reader, EventSink sink) {
        Map<EntryOrigin, Long> dropped = reader.takeOverflow();
        if (dropped.isEmpty()) {
            return;
        }
        sink.begin();
        try {
            dropped.forEach((origin, count) -> sink.reject(origin, QUEUE_FULL, count));
        } finally {
            sink.end();
        }
    }

    private static void reportKernelDrops(UdpReader reader, EventSink sink) {
        long more = reader.takeKernelDrops();
        if (more > 0) {
            sink.begin();
            try {
                sink.reject(reader.anyPeer(), KERNEL_BUFFER_FULL, more);
            } finally {
                sink.end();
            }
        }
    }

    @Override
    public void drain(Duration limit) {
        long untilNanos = System.nanoTime() + limit.toNanos();
        readers.forEach(UdpReader::stop);
        while (running.get() > 0 && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(2_000_000L);
        }
    }

    @Override
    public void close() {
        aborted = true;
        readers.forEach(UdpReader::stop);
        List<Thread> receiving;
        synchronized (lifecycle) {
            closed = true;
            receiving = List.copyOf(threads);
        }
        if (receiving.isEmpty()) {
            readers.forEach(UdpReader::closeSocket);
            running.set(0);
        }
        try {
            // The port is free when this returns.
            for (Thread thread : receiving) {
                thread.join(CLOSE_WAIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public List<String> addresses() {
        return List.of(new Address(
                        config.listen().host(),
                        readers.isEmpty() ? config.listen().port() : port)
                .toString());
    }

    @Override
    public int openSources() {
        return running.get();
    }
}
