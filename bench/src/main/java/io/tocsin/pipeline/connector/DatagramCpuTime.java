package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.kernel.PacketSocket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// What receiving datagrams costs the receiving thread, from the socket into the queue of the
/// connector: bursts that lie in the socket already, by the way of the kernel and by that of the Java
/// runtime; then a steady rate for some seconds, with what the kernel dropped.
///
/// Arguments: datagrams a second (500,000), seconds (10).
public final class DatagramCpuTime {
    private static final int BURST = 3_200;
    private static final int BURSTS = 300;
    private static final int BUFFER_BYTES = 16 << 20;
    private static final long QUEUE_BYTES = 16 << 20;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private DatagramCpuTime() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 500_000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        for (int bytes : new int[] {120, 300, 1200}) {
            double runtime = bursts(false, bytes);
            double kernel = bursts(true, bytes);
            System.out.printf(
                    Locale.ROOT,
                    "%5d bytes: channel %5.0f ns (%,9.0f/s)  recvmmsg %5.0f ns (%,9.0f/s)%n",
                    bytes,
                    runtime,
                    1e9 / runtime,
                    kernel,
                    1e9 / kernel);
        }
        for (int receivers : new int[] {1, 2}) {
            steady(receivers, rate, seconds, 300);
        }
    }

    private static DatagramSource open(boolean kernel, boolean shared, int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        DatagramSource.Origins origins = (peer, peerPort, local) ->
                new EntryOrigin("", "bench", "udp", peer.getHostAddress(), peerPort, local.getHostAddress(), 0, "");
        return kernel
                ? new KernelDatagrams(
                        PacketSocket.open(address, new PacketSocket.Options(BUFFER_BYTES, shared, false)), origins)
                : NioDatagrams.open(address, BUFFER_BYTES, origins);
    }

    /// @return nanoseconds of processor time for a datagram, median of the second half
    private static double bursts(boolean kernel, int bytes) throws IOException, InterruptedException {
        double[] nanos = new double[BURSTS];
        try (DatagramSource source = open(kernel, false, 0);
                SegmentedSender sender = new SegmentedSender(source.local().getPort(), bytes)) {
            DatagramQueue queue = new DatagramQueue(QUEUE_BYTES);
            int burst = Math.min(BURST, source.grantedBytes() / (bytes + 1_000));
            for (int i = 0; i < BURSTS; i++) {
                int left = burst;
                while (left > 0) {
                    left -= sender.send(left);
                }
                long before = THREADS.getCurrentThreadCpuTime();
                int received = 0;
                while (received < burst) {
                    int count = source.receive();
                    queue.lock();
                    try {
                        for (int j = 0; j < count; j++) {
                            queue.put(source.origin(j), source.datagram(j));
                        }
                    } finally {
                        queue.unlock();
                    }
                    received += count;
                }
                nanos[i] = (double) (THREADS.getCurrentThreadCpuTime() - before) / burst;
                DatagramQueue.Chunk chunk = queue.take(0);
                while (chunk != null) {
                    queue.giveBack(chunk);
                    chunk = queue.take(0);
                }
            }
        }
        Arrays.sort(nanos, BURSTS / 2, BURSTS);
        return nanos[BURSTS * 3 / 4];
    }

    private static void steady(int receivers, int rate, int seconds, int bytes)
            throws IOException, InterruptedException {
        List<DatagramSource> sources = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        AtomicLong received = new AtomicLong();
        List<SegmentedSender> senders = new ArrayList<>();
        try {
            int port = 0;
            for (int i = 0; i < receivers; i++) {
                DatagramSource source = open(true, receivers > 1, port);
                port = source.local().getPort();
                sources.add(source);
                UdpReader reader =
                        new UdpReader(source, QUEUE_BYTES, new StageCounters(), EntryOrigin.local("", "", ""));
                threads.add(Thread.ofPlatform().daemon().start(() -> reader.receive("bench")));
                Thread.ofPlatform().daemon().start(() -> discard(reader, received));
            }
            for (int i = 0; i < 8; i++) {
                senders.add(new SegmentedSender(port, bytes));
            }
            send(senders, rate, 2);
            long[] before = threads.stream()
                    .mapToLong(thread -> THREADS.getThreadCpuTime(thread.threadId()))
                    .toArray();
            long dropped = drops(sources);
            long had = received.get();
            long began = System.nanoTime();
            long sent = send(senders, rate, seconds);
            double wall = (System.nanoTime() - began) / 1e9;
            LockSupport.parkNanos(500_000_000L);
            double cpu = 0;
            double busiest = 0;
            for (int i = 0; i < receivers; i++) {
                double used = (THREADS.getThreadCpuTime(threads.get(i).threadId()) - before[i]) / 1e9;
                cpu += used;
                busiest = Math.max(busiest, used);
            }
            long got = received.get() - had;
            System.out.printf(
                    Locale.ROOT,
                    "%d receivers, %d bytes: sent %,9.0f/s for %.1f s, received %,d, kernel dropped %,d, queue dropped %,d;"
                            + " receiving threads %.0f %% of a core, busiest %.0f %%; %,9.0f a CPU-second%n",
                    receivers,
                    bytes,
                    sent / wall,
                    wall,
                    got,
                    drops(sources) - dropped,
                    sent - got - (drops(sources) - dropped),
                    cpu / wall * 100,
                    busiest / wall * 100,
                    got / cpu);
        } finally {
            senders.forEach(SegmentedSender::close);
            for (DatagramSource source : sources) {
                source.wake();
            }
        }
    }

    private static long drops(List<DatagramSource> sources) throws IOException {
        long drops = 0;
        for (DatagramSource source : sources) {
            drops += source.drops();
        }
        return drops;
    }

    private static long send(List<SegmentedSender> senders, int rate, int seconds) throws IOException {
        long sent = 0;
        long began = System.nanoTime();
        long all = (long) rate * seconds;
        while (sent < all) {
            long due = Math.min(all, (long) ((System.nanoTime() - began) / 1e9 * rate));
            if (sent >= due) {
                LockSupport.parkNanos(200_000L);
            }
            while (sent < due) {
                sent += senders.get((int) (sent / 64 % senders.size())).send((int) Math.min(64, due - sent));
            }
        }
        return sent;
    }

    private static void discard(UdpReader reader, AtomicLong received) {
        try {
            while (!reader.isFinished()) {
                DatagramQueue.Chunk chunk = reader.take(100_000_000L);
                if (chunk != null) {
                    received.addAndGet(chunk.count);
                    reader.giveBack(chunk);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
