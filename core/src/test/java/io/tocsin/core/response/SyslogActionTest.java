package io.tocsin.core.response;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.core.http.TlsIdentity;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Over real sockets.
final class SyslogActionTest {
    private static final String HEADER =
            "<\\d+>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z \\S+ tocsin - trial - ";

    @TempDir
    private Path folder;

    private RunResult run(String action, FiredEvent event) throws InterruptedException {
        return Trial.rule("type: syslog\n" + action).action().run(event, Trial.site(folder));
    }

    /// What the next connection brings until its end.
    private static CompletableFuture<String> received(ServerSocket server) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return "broken: " + e;
            }
        });
    }

    @Test
    void sendsCefOverUdp() throws Exception {
        try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            FiredEvent event = Trial.event(Trial.fields(
                            "DeviceVendor",
                            "Tocsin",
                            "DeviceProduct",
                            "Correlator",
                            "DeviceEventClassID",
                            "correlation",
                            "Name",
                            "SSH | brute",
                            "SourceAddress",
                            "10.0.0.5",
                            "Message",
                            "a=b\nc")
                    .put("Priority", 4));
            RunResult result = run("server: 127.0.0.1:" + server.getLocalPort(), event);
            assertThat(result).isEqualTo(RunResult.done("sent", ""));
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            server.setSoTimeout(5_000);
            server.receive(packet);
            String line = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
            assertThat(line).startsWith("<106>1 ").containsPattern(HEADER + "CEF:0\\|Tocsin\\|Correlator\\|");
            assertThat(line)
                    .contains("|correlation|SSH \\| brute|")
                    .contains("src=10.0.0.5")
                    .contains("msg=a\\=b\\nc");

            assertThat(run(
                                    "server: 127.0.0.1:" + server.getLocalPort() + "\nformat: json",
                                    Trial.event("Message", "ü".repeat(100_000)))
                            .outcome())
                    .startsWith("sent, cut to ");
            server.receive(packet);
            assertThat(packet.getLength()).isBetween(59_998, 60_000);
            assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
                    .doesNotContain("\uFFFD");
        }
    }

    @Test
    void keepsOneMessageOneMessage() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            FiredEvent event = Trial.event("Message", "one\n<0>1 forged\r\n" + Trial.HOSTILE);
            CompletableFuture<String> counted = received(server);
            String to = "server: 127.0.0.1:" + server.getLocalPort() + "\ntransport: tcp\nformat: text\nfacility: 4\n";
            assertThat(run(to + "message: 'M {Message}'", event).end()).isEqualTo(RunResult.End.DONE);
            String frame = counted.get();
            int space = frame.indexOf(' ');
            byte[] message = frame.substring(space + 1).getBytes(StandardCharsets.UTF_8);
            assertThat(Integer.parseInt(frame.substring(0, space))).isEqualTo(message.length);
            assertThat(frame.substring(space + 1))
                    .startsWith("<37>1 ")
                    .containsPattern(HEADER + "M one <0>1 forged ")
                    .doesNotContain("\n", "\r", "\u2028");
            CompletableFuture<String> lines = received(server);
            assertThat(run(to + "framing: newline", event).end()).isEqualTo(RunResult.End.DONE);
            assertThat(lines.get()).endsWith("\n");
            assertThat(lines.get().lines()).hasSize(1);
        }
        assertThat(run("server: 127.0.0.1:1\ntransport: tcp", Trial.event()).end())
                .isEqualTo(RunResult.End.LATER);
    }

    @Test
    void speaksTlsWithWhomItKnows() throws Exception {
        TlsIdentity identity = TlsIdentity.openOrMake(folder.resolve("tls"), InstantSource.system());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity.keyStore(), identity.password().toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        try (ServerSocket server =
                context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String to = "server: 127.0.0.1:" + server.getLocalPort() + "\ntransport: tls\n";
            CompletableFuture<String> known = received(server);
            assertThat(run(to + "authorities: " + folder.resolve("tls/certificate.pem"), Trial.event())
                            .end())
                    .isEqualTo(RunResult.End.DONE);
            assertThat(known.get()).contains("CEF:0|");
            CompletableFuture<String> unknown = received(server);
            assertThat(run(to, Trial.event()).outcome()).contains("SSLHandshakeException");
            assertThat(unknown.get()).startsWith("broken");
        }
    }
}
