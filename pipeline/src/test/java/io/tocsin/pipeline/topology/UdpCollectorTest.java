package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UdpCollectorTest {
    @TempDir
    private Path folder;

    private Harness harness;

    @BeforeEach
    void openLog() {
        harness = new Harness(folder);
    }

    @AfterEach
    void closeLog() {
        harness.close();
    }

    private CollectorTopology start(String listen, String more) {
        return harness.start("""
                kind: collector
                name: test
                spec:
                  connector: { type: udp, listen: "%s"%s }
                  normalizer: syslog
                  keepRaw: true
                """.formatted(listen, more));
    }

    private static void send(DatagramSocket from, String host, CollectorTopology to, byte[] bytes) throws IOException {
        from.send(new DatagramPacket(
                bytes,
                bytes.length,
                InetAddress.getByName(host),
                Harness.address(to).getPort()));
    }

    @Test
    void knowsToWhichAddressADatagramWasSent() throws IOException {
        CollectorTopology topology = start("0.0.0.0:0", "");
        try (DatagramSocket sender = new DatagramSocket()) {
            send(sender, "127.0.0.1", topology, "<13>one".getBytes(UTF_8));
            send(sender, "127.0.0.2", topology, "<13>two".getBytes(UTF_8));
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 2);
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        assertThat(harness.origins())
                .extracting(origin -> origin.localAddress() + " " + origin.peerAddress())
                .containsExactly("127.0.0.1 127.0.0.1", "127.0.0.2 127.0.0.1");
    }

    @Test
    void keepsEveryDatagramOfAnySizeAsItWas() throws IOException {
        CollectorTopology topology = start("127.0.0.1:0", ", receivers: 3");
        Random random = new Random(11);
        List<String> sent = new ArrayList<>();
        try (DatagramSocket first = new DatagramSocket();
                DatagramSocket second = new DatagramSocket()) {
            for (int i = 0; i < 400; i++) {
                int length = i % 20 == 0 ? 65_507 : 10 + random.nextInt(3000);
                String text = "<13>" + i + ' '
                        + "x".repeat(length - 5 - Integer.toString(i).length());
                sent.add(text);
                send(i % 2 == 0 ? first : second, "127.0.0.1", topology, text.getBytes(UTF_8));
                long expected = i + 1L;
                if (i % 50 == 49) {
                    await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == expected);
                }
            }
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        assertThat(harness.loggedTexts()).containsExactlyInAnyOrderElementsOf(sent);
    }

    /// K10: a balancer keeps no session for a receiver that never answers.
    @Test
    void neverSendsADatagram() throws IOException {
        CollectorTopology topology = start("127.0.0.1:0", "");
        try (DatagramSocket sender = new DatagramSocket()) {
            for (int i = 0; i < 100; i++) {
                send(sender, "127.0.0.1", topology, ("<13>" + i).getBytes(UTF_8));
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 100);
            sender.setSoTimeout(100);
            DatagramPacket answer = new DatagramPacket(new byte[10], 10);
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> sender.receive(answer))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void believesTheHeaderOfAProxyAndRefusesDatagramsWithoutOne() throws IOException {
        CollectorTopology topology =
                start("127.0.0.1:0", ", proxyProtocol: true, trustedProxies: [ \"127.0.0.1/32\" ]");
        byte[] text = "<13>hello".getBytes(UTF_8);
        byte[] header = {
            0x0D,
            0x0A,
            0x0D,
            0x0A,
            0x00,
            0x0D,
            0x0A,
            0x51,
            0x55,
            0x49,
            0x54,
            0x0A,
            0x21,
            0x12,
            0,
            12,
            (byte) 198,
            51,
            100,
            7,
            (byte) 192,
            0,
            2,
            1,
            0x12,
            0x67,
            0x14,
            0x14
        };
        byte[] both = java.util.Arrays.copyOf(header, header.length + text.length);
        System.arraycopy(text, 0, both, header.length, text.length);
        try (DatagramSocket sender = new DatagramSocket()) {
            send(sender, "127.0.0.1", topology, both);
            send(sender, "127.0.0.1", topology, text);
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 2);
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        assertThat(harness.logged())
                .singleElement()
                .satisfies(
                        event -> assertThat(event.raw() + " " + event.source()).isEqualTo("<13>hello 198.51.100.7"));
        // P3: the proxy is kept beside the true sender.
        assertThat(harness.loggedJson("test"))
                .singleElement()
                .satisfies(json -> assertThat(json)
                        .contains("\"EntryAddress\":\"198.51.100.7\"")
                        .contains("\"RelayAddress\":\"127.0.0.1\"")
                        .contains("\"RelayPort\":"));
        assertThat(Harness.count(topology, StageCounter.PROXY_HEADER_ERRORS)).isOne();
        assertThat(harness.ledger()).containsEntry("REJECTED proxy header missing or wrong", 1L);
    }

    /// nginx sends a line of version 1 in front of each datagram (`proxy_protocol on`, `proxy_requests 1`).
    @Test
    void knowsTheSendersOfManyDatagramsThroughOneProxy() throws IOException {
        CollectorTopology topology = start("127.0.0.1:0", ", proxyProtocol: true");
        List<String> expected = new ArrayList<>();
        try (DatagramSocket proxy = new DatagramSocket()) {
            for (int i = 0; i < 300; i++) {
                String sender = "198.51.100." + i % 7;
                String line = "PROXY TCP4 " + sender + " 192.0.2.1 " + (40_000 + i % 3) + " 514\r\n<13>text " + i;
                send(proxy, "127.0.0.1", topology, line.getBytes(UTF_8));
                expected.add(sender + ":" + (40_000 + i % 3));
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 300);
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        assertThat(harness.origins())
                .extracting(origin -> origin.peerAddress() + ":" + origin.peerPort())
                .containsExactlyElementsOf(expected);
    }

    @Test
    void believesNoProxyThatIsNotTrusted() throws IOException {
        CollectorTopology topology =
                start("127.0.0.1:0", ", proxyProtocol: true, trustedProxies: [ \"192.0.2.0/24\" ]");
        try (DatagramSocket sender = new DatagramSocket()) {
            byte[] text = "PROXY TCP4 198.51.100.7 192.0.2.1 4711 514\r\n<13>text".getBytes(UTF_8);
            send(sender, "127.0.0.1", topology, text);
            await().until(() -> Harness.count(topology, StageCounter.PROXY_HEADER_ERRORS) == 1);
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        assertThat(harness.logged()).isEmpty();
    }

    /// Two receivers see all senders between them, and each sender in its order.
    @Test
    void keepsTheOrderOfEachSenderWithSeveralReceivers() throws IOException {
        CollectorTopology topology = start("127.0.0.1:0", ", receivers: 2");
        List<DatagramSocket> senders = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                senders.add(new DatagramSocket());
            }
            for (int i = 0; i < 800; i++) {
                send(senders.get(i % 16), "127.0.0.1", topology, ("<13>" + i % 16 + ":" + i).getBytes(UTF_8));
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 800);
        } finally {
            senders.forEach(DatagramSocket::close);
        }
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        int[] last = new int[16];
        for (String text : harness.loggedTexts()) {
            String[] parts = text.substring(4).split(":", -1);
            int sender = Integer.parseInt(parts[0]);
            assertThat(Integer.parseInt(parts[1])).isGreaterThanOrEqualTo(last[sender]);
            last[sender] = Integer.parseInt(parts[1]);
        }
    }

    @Test
    void givesThePortBackWhenItCloses() throws IOException {
        CollectorTopology topology = start("127.0.0.1:0", "");
        int port = Harness.address(topology).getPort();
        topology.close();
        try (DatagramSocket next = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
            assertThat(next.getLocalPort()).isEqualTo(port);
        }
    }
}
