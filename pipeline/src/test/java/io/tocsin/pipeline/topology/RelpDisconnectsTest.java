package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.ClientTlsContext;
import io.tocsin.pipeline.tls.TestCertificates;
import io.tocsin.pipeline.tls.TlsVersion;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// RELP over TLS with senders whose connections end at any octet.
final class RelpDisconnectsTest {
    private static final int CONNECTIONS = 60;
    private static final int WINDOW = 20;
    private static final int MESSAGES = 2_000;

    @TempDir
    private Path folder;

    private final Set<Integer> acknowledged = new TreeSet<>();

    private static String frame(int number, String command, String data) {
        return number + " " + command + " " + data.length() + (data.isEmpty() ? "\n" : " " + data + "\n");
    }

    /// F-NET-06, rsyslog 4724: connections that ended at random made the receiver stop without a word. Here they end
    /// by a reset in the handshake, in a record of TLS, in a frame, between frames and before the answers, and the
    /// sender sends again what was not answered; a sender that keeps its connection is served all the while.
    @Test
    void rsyslog4724RandomDisconnectsOfRelpOverTlsNeverEndTheReceiver() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        TestCertificates certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1");
        ClientTlsContext tls = new ClientTls(
                        ClientTls.Verify.FULL, certificates.authority(), null, null, null, TlsVersion.TLS_1_2)
                .open();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology =
                    harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector:
                        type: relp
                        listen: "127.0.0.1:0"
                        tls: { certificate: '%s', key: '%s' }
                      keepRaw: true
                    """.formatted(certificates.certificate("server"), certificates.key("server")));
            try (Socket steady = tls.socket(Harness.connect(topology), "localhost", 0)) {
                InputStream answers = offer(steady);
                int sent = 0;
                for (int connection = 0; connection < CONNECTIONS; connection++) {
                    breakAtAnyOctet(topology, tls, random);
                    steady.getOutputStream()
                            .write(frame(connection + 2, "syslog", "<13>steady " + connection)
                                    .getBytes(ISO_8859_1));
                    assertThat(line(answers)).isEqualTo((connection + 2) + " rsp 6 200 OK");
                    sent++;
                }
                assertThat(sent).isEqualTo(CONNECTIONS);
            }
            // Nobody is left behind, and whoever comes now is served to the end.
            try (Socket last = tls.socket(Harness.connect(topology), "localhost", 0)) {
                deliver(last, Integer.MAX_VALUE, random);
            }
            assertThat(acknowledged).hasSize(MESSAGES);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> topology.figures().openSources() == 0);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            List<String> texts = harness.loggedTexts();
            Set<Integer> stored = new HashSet<>();
            texts.stream()
                    .filter(text -> text.startsWith("<13>message "))
                    .forEach(text -> stored.add(Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1))));
            assertThat(stored).containsAll(acknowledged).doesNotContain(999_999);
            assertThat(texts.stream().filter(text -> text.startsWith("<13>steady ")))
                    .hasSize(CONNECTIONS);
            // Sent again is at most what was not answered when a connection ended.
            assertThat(texts.size()).isLessThanOrEqualTo(MESSAGES + CONNECTIONS + CONNECTIONS * WINDOW);
            assertThat(topology.figures().counts().getOrDefault(StageCounter.CONNECTION_ERRORS, 0L))
                    .isLessThanOrEqualTo(2L * CONNECTIONS);
        }
    }

    private void breakAtAnyOctet(CollectorTopology topology, ClientTlsContext tls, Random random) throws IOException {
        Socket plain = Harness.connect(topology);
        plain.setSoLinger(true, 0);
        if (random.nextInt(4) == 0) {
            // In the handshake.
            byte[] hello = {0x16, 3, 1, 0, (byte) 200, 1, 0, 0, (byte) 196, 3, 3};
            plain.getOutputStream().write(Arrays.copyOf(hello, 1 + random.nextInt(hello.length)));
            plain.close();
            return;
        }
        try (plain;
                Socket socket = tls.socket(plain, "localhost", 0)) {
            deliver(socket, 1 + random.nextInt(6), random);
            // In the middle of a frame; nothing of it may count, and closing below TLS is a reset without goodbye.
            byte[] half = frame(WINDOW, "syslog", "<13>message 999999").getBytes(ISO_8859_1);
            socket.getOutputStream().write(half, 0, 1 + random.nextInt(half.length - 1));
            plain.close();
        } catch (IOException reset) {
            // The other end was quicker.
        }
    }

    /// Sends messages that are not acknowledged, windows of them, and notes the answers.
    private void deliver(Socket socket, int windows, Random random) throws IOException {
        InputStream in = offer(socket);
        int number = 2;
        for (int window = 0; window < windows && acknowledged.size() < MESSAGES; window++) {
            StringBuilder frames = new StringBuilder();
            int[] messages = new int[WINDOW];
            int count = 0;
            for (int message = 0; message < MESSAGES && count < WINDOW; message++) {
                if (!acknowledged.contains(message)) {
                    messages[count++] = message;
                    frames.append(frame(number + count - 1, "syslog", "<13>message " + message));
                }
            }
            socket.getOutputStream().write(frames.toString().getBytes(ISO_8859_1));
            int answered = windows == Integer.MAX_VALUE || window + 1 < windows ? count : random.nextInt(count + 1);
            for (int i = 0; i < answered; i++) {
                assertThat(line(in)).isEqualTo((number + i) + " rsp 6 200 OK");
                acknowledged.add(messages[i]);
            }
            if (answered < count) {
                return;
            }
            number += count;
        }
    }

    private static InputStream offer(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        String offers = "relp_version=0\nrelp_software=test,1,x\ncommands=syslog";
        socket.getOutputStream().write(frame(1, "open", offers).getBytes(ISO_8859_1));
        InputStream in = new BufferedInputStream(socket.getInputStream());
        String first = line(in);
        assertThat(first).startsWith("1 rsp ");
        // The offers of the receiver are lines of their own.
        int left = Integer.parseInt(first.split(" ", -1)[2]) - first.split(" ", 4)[3].length();
        in.readNBytes(left);
        return in;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = in.read()) >= 0 && next != '\n') {
            line.append((char) next);
        }
        return line.toString();
    }
}
