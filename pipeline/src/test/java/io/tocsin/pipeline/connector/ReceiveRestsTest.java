package io.tocsin.pipeline.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.kernel.PacketSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When a thread that empties a socket rests.
final class ReceiveRestsTest {
    private static final long LARGE = 8L << 20;
    private static final long MILLI = 1_000_000L;

    @Test
    void takesAtOnceWhatComesAfterAPauseAndRestsWhenDatagramsComeOften() {
        ReceiveRests rests = new ReceiveRests(LARGE);
        assertThat(rests.after(1, 100, false, 0)).isZero();
        assertThat(rests.after(1, 100, false, 1000 * MILLI)).isZero();
        assertThat(rests.after(1, 100, false, 1001 * MILLI)).isEqualTo(ReceiveRests.LONGEST_NANOS);
        assertThat(rests.after(1, 100, false, 2000 * MILLI)).isZero();
    }

    @Test
    void neverRestsWhileThereIsMoreOrTheBufferIsSmall() {
        ReceiveRests rests = new ReceiveRests(LARGE);
        ReceiveRests small = new ReceiveRests(ReceiveRests.SMALLEST_BUFFER_BYTES - 1);
        for (int i = 0; i < 100; i++) {
            assertThat(rests.after(128, 128 * 100, true, i * MILLI)).isZero();
            assertThat(small.after(1, 100, false, i * MILLI)).isZero();
        }
    }

    /// What lies in the socket at most while a thread that takes a datagram in 1.3 µs, and wakes up 100 µs late,
    /// follows
    /// a rate that begins at once.
    @ParameterizedTest
    @CsvSource({
        "100000, 120, 8388608",
        "500000, 300, 8388608",
        "700000, 120, 8388608",
        "500000, 120, 2097152",
        "100000, 1400, 2097152",
        "8000, 60000, 8388608"
    })
    void neverLetsTheBufferFillHalfAtAnyRateThatItCanBear(double perSecond, int bytes, long buffer) {
        ReceiveRests rests = new ReceiveRests(buffer);
        long charged = 2L * bytes + 1024;
        double now = 0;
        double taken = 0;
        double most = 0;
        while (now < 2e9) {
            double held = now * perSecond / 1e9 - taken;
            most = Math.max(most, held * charged);
            int count = (int) Math.min(PacketSocket.BATCH, Math.max(1, held));
            now = Math.max(now, (taken + count) * 1e9 / perSecond) + count * 1300;
            taken += count;
            long rest = rests.after(count, (long) count * bytes, count == PacketSocket.BATCH, (long) now);
            now += rest == 0 ? 0 : rest + 100_000;
        }
        assertThat(most).isLessThan(buffer / 2.0);
    }

    /// Counts the calls of a real socket.
    private record Counted(DatagramSource source, AtomicInteger calls, AtomicInteger datagrams)
            implements DatagramSource {
        @Override
        public int receive() throws IOException {
            int count = source.receive();
            if (count > 0) {
                calls.incrementAndGet();
                datagrams.addAndGet(count);
            }
            return count;
        }

        @Override
        public int capacity() {
            return source.capacity();
        }

        @Override
        public ByteBuffer datagram(int index) {
            return source.datagram(index);
        }

        @Override
        public EntryOrigin origin(int index) throws IOException {
            return source.origin(index);
        }

        @Override
        public InetSocketAddress local() {
            return source.local();
        }

        @Override
        public int grantedBytes() {
            return source.grantedBytes();
        }

        @Override
        public long drops() throws IOException {
            return source.drops();
        }

        @Override
        public void wake() throws IOException {
            source.wake();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    @Test
    void takesManyDatagramsOfASteadyRateWithEachWakeUp() throws Exception {
        Assumptions.assumeTrue(PacketSocket.isSupported(), "this process cannot call recvmmsg");
        Counted source = new Counted(
                new KernelDatagrams(
                        PacketSocket.open(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                new PacketSocket.Options(4 << 20, false, false)),
                        (_, _, _) -> EntryOrigin.local("", "udp", "")),
                new AtomicInteger(),
                new AtomicInteger());
        Assumptions.assumeTrue(
                2L * source.grantedBytes() >= ReceiveRests.SMALLEST_BUFFER_BYTES,
                "the kernel grants too small a buffer");
        UdpReader reader = new UdpReader(source, 16 << 20, new StageCounters(), EntryOrigin.local("", "udp", ""));
        Thread receiving = Thread.ofPlatform().daemon().start(() -> reader.receive("test"));
        try (DatagramSocket sender = new DatagramSocket()) {
            DatagramPacket packet = new DatagramPacket(new byte[100], 100, source.local());
            long began = System.nanoTime();
            for (int i = 1; i <= 5000; i++) {
                sender.send(packet);
                while (System.nanoTime() - began < i * 20_000L) {
                    LockSupport.parkNanos(i * 20_000L + began - System.nanoTime());
                }
            }
        } finally {
            reader.stop();
            receiving.join();
        }
        assertThat(source.drops()).isZero();
        assertThat(source.datagrams()).hasValue(5000);
        assertThat(source.calls().get()).isLessThan(5000 / 4);
    }

    /// Has one datagram more each time it is asked.
    ///
    /// Thread-safety: one thread receives.
    private static final class Trickle implements DatagramSource {
        private final AtomicInteger calls = new AtomicInteger();
        private volatile boolean woken;

        @Override
        public int receive() {
            calls.incrementAndGet();
            return woken ? 0 : 1;
        }

        @Override
        public int capacity() {
            return 128;
        }

        @Override
        public ByteBuffer datagram(int index) {
            return ByteBuffer.allocate(100);
        }

        @Override
        public EntryOrigin origin(int index) {
            return EntryOrigin.local("", "udp", "");
        }

        @Override
        public InetSocketAddress local() {
            return new InetSocketAddress(0);
        }

        @Override
        public int grantedBytes() {
            return 4 << 20;
        }

        @Override
        public long drops() {
            return 0;
        }

        @Override
        public void wake() {
            woken = true;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    /// A rest takes a millisecond at least, however loaded the machine is.
    @Test
    void asksNoOftenerThanOnceAMillisecondWhileLittleComes() throws Exception {
        Trickle source = new Trickle();
        UdpReader reader = new UdpReader(source, 16 << 20, new StageCounters(), EntryOrigin.local("", "udp", ""));
        long began = System.nanoTime();
        Thread receiving = Thread.ofPlatform().daemon().start(() -> reader.receive("test"));
        LockSupport.parkNanos(300 * MILLI);
        reader.stop();
        receiving.join();
        long millis = (System.nanoTime() - began) / MILLI;
        assertThat((long) source.calls.get()).isGreaterThan(2).isLessThan(millis + 5);
    }
}
