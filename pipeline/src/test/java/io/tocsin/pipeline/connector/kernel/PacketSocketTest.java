package io.tocsin.pipeline.connector.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PacketSocketTest {
    private static final PacketSocket.Options USUAL = new PacketSocket.Options(1 << 20, false, false);

    @BeforeEach
    void needsLinux() {
        Assumptions.assumeTrue(PacketSocket.isSupported(), "recvmmsg is a call of Linux");
    }

    private static PacketSocket open(String host, PacketSocket.Options options) throws IOException {
        return PacketSocket.open(new InetSocketAddress(host, 0), options);
    }

    private static void send(DatagramSocket from, String host, PacketSocket to, byte[] bytes) throws IOException {
        from.send(new DatagramPacket(
                bytes, bytes.length, InetAddress.getByName(host), to.local().getPort()));
    }

    private static String text(ByteBuffer datagram) {
        byte[] bytes = new byte[datagram.remaining()];
        datagram.get(bytes);
        return new String(bytes, UTF_8);
    }

    @Test
    void takesWhatHasComeInOneCallWithSenderAndPlace() throws IOException {
        try (PacketSocket socket = open("0.0.0.0", USUAL);
                DatagramSocket sender = new DatagramSocket(0, InetAddress.getByName("127.0.0.9"))) {
            send(sender, "127.0.0.1", socket, "one".getBytes(UTF_8));
            send(sender, "127.0.0.2", socket, new byte[0]);
            send(sender, "127.0.0.3", socket, "three".getBytes(UTF_8));
            assertThat(socket.receive()).isEqualTo(3);
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                assertThat(socket.peerPort(i)).isEqualTo(sender.getLocalPort());
                seen.add(text(socket.datagram(i)) + " "
                        + socket.peer(i).getHostAddress() + " "
                        + socket.localAddress(i).getHostAddress());
            }
            assertThat(seen)
                    .containsExactly("one 127.0.0.9 127.0.0.1", " 127.0.0.9 127.0.0.2", "three 127.0.0.9 127.0.0.3");
            assertThat(socket.localLow(1)).isEqualTo(0x7f000002L);
        }
    }

    @Test
    void takesBothFamiliesOnOneSocket() throws IOException {
        try (PacketSocket socket = open("::", USUAL);
                DatagramSocket sender = new DatagramSocket()) {
            send(sender, "::1", socket, "six".getBytes(UTF_8));
            send(sender, "127.0.0.2", socket, "four".getBytes(UTF_8));
            assertThat(socket.receive()).isEqualTo(2);
            assertThat(socket.peer(0)).isEqualTo(InetAddress.getByName("::1"));
            assertThat(socket.localAddress(0)).isEqualTo(InetAddress.getByName("::1"));
            assertThat(socket.localAddress(1)).isEqualTo(InetAddress.getByName("127.0.0.2"));
            assertThat(text(socket.datagram(1))).isEqualTo("four");
        }
    }

    @Test
    void keepsDatagramsOfEverySizeInOrder() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (PacketSocket socket = open("127.0.0.1", new PacketSocket.Options(4 << 20, false, false));
                DatagramSocket sender = new DatagramSocket()) {
            for (int round = 0; round < 30; round++) {
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String text = "x".repeat(random.nextInt(random.nextBoolean() ? 65_507 : 300)) + (char) ('a' + i);
                    text = text.substring(Math.max(0, text.length() - 65_507));
                    send(sender, "127.0.0.1", socket, text.getBytes(UTF_8));
                    sent.add(text);
                }
                List<String> received = new ArrayList<>();
                while (received.size() < sent.size()) {
                    int count = socket.receive();
                    for (int i = 0; i < count; i++) {
                        received.add(text(socket.datagram(i)));
                    }
                }
                assertThat(received).as("seed %d", seed).isEqualTo(sent);
            }
            assertThat(socket.drops()).isZero();
        }
    }

    @Test
    void countsWhatTheKernelThrewAway() throws IOException {
        int received = 0;
        PacketSocket socket = open("127.0.0.1", new PacketSocket.Options(8 << 10, false, false));
        try {
            try (DatagramSocket sender = new DatagramSocket()) {
                for (int i = 0; i < 300; i++) {
                    send(sender, "127.0.0.1", socket, new byte[500]);
                }
            }
            int count = socket.receive();
            while (count > 0) {
                received += count;
                socket.wake();
                count = socket.receive();
            }
            assertThat(received).isPositive();
            assertThat(socket.drops()).isPositive().isEqualTo(300 - received);
        } finally {
            socket.close();
        }
        assertThat(socket.drops()).isEqualTo(300 - received);
    }

    @Test
    void wakesAWaitAndHandsOutWhatCameBefore() throws IOException, InterruptedException {
        PacketSocket socket = open("127.0.0.1", USUAL);
        AtomicInteger waits = new AtomicInteger();
        AtomicInteger received = new AtomicInteger();
        Thread receiver = Thread.ofPlatform().start(() -> {
            try {
                int count = 1;
                while (count > 0 || waits.get() < 1000) {
                    count = socket.receive();
                    received.addAndGet(count);
                    waits.incrementAndGet();
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        try (DatagramSocket sender = new DatagramSocket()) {
            send(sender, "127.0.0.1", socket, "one".getBytes(UTF_8));
            await().until(() -> received.get() == 1);
        }
        // From now on it does not wait: a thousand waits of a second each would last.
        socket.wake();
        assertThat(receiver.join(Duration.ofSeconds(10))).isTrue();
        assertThat(received.get()).isEqualTo(1);
        socket.close();
        socket.close();
        socket.wake();
    }

    @Test
    void saysWhyItCannotBind() throws IOException {
        try (PacketSocket first = open("127.0.0.1", USUAL)) {
            assertThatThrownBy(() -> PacketSocket.open(first.local(), USUAL))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
        }
        assertThatThrownBy(() -> open("203.0.113.77", USUAL)).hasMessageContaining("Cannot assign");
        try (PacketSocket free = open("203.0.113.77", new PacketSocket.Options(1 << 20, false, true));
                PacketSocket six = open("2001:db8::77", new PacketSocket.Options(1 << 20, false, true))) {
            assertThat(free.local().getAddress()).isEqualTo(InetAddress.getByName("203.0.113.77"));
            assertThat(six.local().getAddress()).isEqualTo(InetAddress.getByName("2001:db8::77"));
        }
    }
}
