package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// P31: a listener is ready on the virtual address of a pair before this machine holds it.
@Timeout(60)
class FreeBindTest {
    private static final String VIRTUAL = "203.0.113.77";

    @TempDir
    private Path folder;

    private static String collector(String connector) {
        return """
                kind: collector
                name: test
                spec:
                  connector: { %s }
                  normalizer: syslog
                """.formatted(connector);
    }

    @Test
    void listensOnAnAddressThatIsNotHere() {
        Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "free-bind is an option of Linux");
        try (Harness harness = new Harness(folder)) {
            for (String kind : List.of("tcp", "relp", "beats", "udp")) {
                CollectorTopology open =
                        harness.start(collector("type: " + kind + ", listen: \"" + VIRTUAL + ":0\", freeBind: true"));
                assertThat(open.addresses().getFirst())
                        .startsWith(VIRTUAL + ":")
                        .doesNotEndWith(":0");
            }
            CollectorTopology http = harness.start(
                    collector("type: http, listen: \"[2001:db8::77]:0\", freeBind: true, anonymous: true"));
            assertThat(http.addresses().getFirst()).doesNotEndWith(":0");
            assertThatThrownBy(() -> harness.start(collector("type: tcp, listen: \"" + VIRTUAL + ":0\"")))
                    .hasMessageContaining("no such address")
                    .hasMessageContaining("freeBind");
        }
    }

    /// In a network of its own, because only there an address may come and go.
    @Test
    void takesEventsAsSoonAsTheAddressComes() throws IOException, InterruptedException {
        Process probe = new ProcessBuilder("unshare", "-rn", "ip", "link", "set", "lo", "up")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("probe").toFile())
                .start();
        Assumptions.assumeTrue(
                probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0,
                "network namespaces are not allowed here: " + Files.readString(folder.resolve("probe")));
        Path output = folder.resolve("output");
        Process child = new ProcessBuilder(
                        "unshare",
                        "-rn",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.tocsin.pipeline.topology.FreeBindTest$Inside",
                        Files.createDirectory(folder.resolve("inside")).toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(child.waitFor(40, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as(Files.readString(output)).isZero();
            assertThat(Files.readString(output)).contains("both came from " + VIRTUAL);
        } finally {
            child.destroyForcibly();
        }
    }

    /// What runs in the other network.
    static final class Inside {
        private Inside() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            run("link", "set", "lo", "up");
            try (Harness harness = new Harness(Path.of(arguments[0]))) {
                CollectorTopology tcp =
                        harness.start(collector("type: tcp, listen: \"" + VIRTUAL + ":0\", freeBind: true"));
                CollectorTopology udp =
                        harness.start(collector("type: udp, listen: \"" + VIRTUAL + ":0\", freeBind: true"));
                try (Socket _ = new Socket(VIRTUAL, port(tcp))) {
                    throw new IllegalStateException("the address is here already");
                } catch (IOException expected) {
                    run("addr", "add", VIRTUAL + "/32", "dev", "lo");
                }
                byte[] text = "<13>hello\n".getBytes(UTF_8);
                try (Socket socket = new Socket(VIRTUAL, port(tcp));
                        DatagramSocket sender = new DatagramSocket()) {
                    socket.getOutputStream().write(text);
                    sender.send(new DatagramPacket(text, text.length, InetAddress.getByName(VIRTUAL), port(udp)));
                    for (CollectorTopology topology : List.of(tcp, udp)) {
                        Awaitility.await()
                                .until(() -> Long.valueOf(1)
                                        .equals(topology.figures().counts().get(StageCounter.RECEIVED_EVENTS)));
                    }
                }
                tcp.drain(Duration.ofSeconds(5));
                udp.drain(Duration.ofSeconds(5));
                if (harness.origins().stream()
                                .allMatch(origin -> origin.localAddress().equals(VIRTUAL))
                        && harness.origins().size() == 2) {
                    System.out.println("both came from " + VIRTUAL);
                }
            }
            System.exit(0);
        }

        private static int port(CollectorTopology topology) {
            return Harness.address(topology).getPort();
        }

        private static void run(String... ip) throws IOException, InterruptedException {
            List<String> command = new java.util.ArrayList<>(List.of("ip"));
            command.addAll(List.of(ip));
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IOException("ip failed " + command);
            }
        }
    }
}
