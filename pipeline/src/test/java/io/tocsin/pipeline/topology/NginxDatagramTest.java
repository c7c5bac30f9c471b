package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real nginx in front of a UDP collector: the configuration of the guide.
@Timeout(60)
class NginxDatagramTest {
    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final Path STREAM = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

    @TempDir
    private Path folder;

    @Test
    void knowsTheTrueSenderOfEachDatagramBehindNginx() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(NGINX) && Files.exists(STREAM),
                "nginx with its stream module is not installed (Debian packages nginx, libnginx-mod-stream)");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: udp, listen: "127.0.0.1:0", proxyProtocol: true, trustedProxies: [ 127.0.0.0/24 ] }
                      normalizer: syslog
                      keepRaw: true
                    """);
            int front = FreePorts.next();
            Path configuration = folder.resolve("nginx.conf");
            Files.writeString(configuration, """
                    load_module %s;
                    pid %s/nginx.pid;
                    error_log %s/error.log;
                    daemon off;
                    master_process off;
                    events {}
                    stream {
                      server {
                        listen 127.0.0.1:%d udp;
                        proxy_pass 127.0.0.1:%d;
                        proxy_responses 0;
                        proxy_requests 1;
                        proxy_protocol on;
                      }
                    }
                    """.formatted(
                    STREAM, folder, folder, front, Harness.address(topology).getPort()));
            Process nginx = new ProcessBuilder(
                            NGINX.toString(), "-c", configuration.toString(), "-p", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("nginx.out").toFile())
                    .start();
            try (DatagramSocket sender = new DatagramSocket(0, InetAddress.getByName("127.0.0.9"))) {
                byte[] text = "<13>host app: hello".getBytes(UTF_8);
                // Datagrams to a port that nobody has open yet are lost.
                await().atMost(Duration.ofSeconds(30)).until(() -> {
                    assertThat(nginx.isAlive())
                            .as(Files.readString(folder.resolve("nginx.out")))
                            .isTrue();
                    sender.send(new DatagramPacket(text, text.length, InetAddress.getLoopbackAddress(), front));
                    return topology.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) >= 20;
                });
                topology.drain(Duration.ofSeconds(5));
                assertThat(harness.origins())
                        .hasSizeGreaterThanOrEqualTo(20)
                        .allSatisfy(origin -> assertThat(origin.peerAddress() + ":" + origin.peerPort())
                                .isEqualTo("127.0.0.9:" + sender.getLocalPort()))
                        .allSatisfy(origin -> assertThat(origin.relayAddress()).isEqualTo("127.0.0.1"));
                assertThat(harness.loggedTexts()).containsOnly("<13>host app: hello");
            } finally {
                nginx.destroy();
                nginx.waitFor(5, TimeUnit.SECONDS);
            }
        }
    }
}
