package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Peers behind real proxies: tinyproxy for HTTP and `CONNECT`, microsocks for SOCKS 5.
@Tag("slow")
final class ProxyTest {
    private static final Path TINYPROXY = Path.of("/usr/bin/tinyproxy");
    private static final Path MICROSOCKS = Path.of("/usr/bin/microsocks");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private NumberedEvents events;
    private int port;
    private @Nullable Process proxy;

    @BeforeEach
    void open() throws IOException {
        events = new NumberedEvents(folder.resolve("edge"));
        port = FreePorts.next();
    }

    @AfterEach
    void close() throws InterruptedException {
        events.close();
        kill();
    }

    private void kill() throws InterruptedException {
        if (proxy != null) {
            proxy.destroyForcibly();
            proxy.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void start(String... command) throws IOException {
        proxy = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("proxy.txt").toFile())
                .start();
        await().atMost(LONG).ignoreExceptions().until(() -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            }
        });
    }

    private void startTinyproxy() throws IOException {
        assumeTrue(Files.isExecutable(TINYPROXY), "tinyproxy is not installed: apt-get install tinyproxy-bin");
        Path config = Files.writeString(
                folder.resolve("tinyproxy.conf"), """
                    Port %d
                    Listen 127.0.0.1
                    Timeout 60
                    MaxClients 20
                    LogFile "%s"
                    LogLevel Connect
                    """.formatted(port, folder.resolve("tinyproxy.log")));
        start(TINYPROXY.toString(), "-d", "-c", config.toString());
    }

    private void startMicrosocks() throws IOException {
        assumeTrue(Files.isExecutable(MICROSOCKS), "microsocks is not installed: apt-get install microsocks");
        start(MICROSOCKS.toString(), "-i", "127.0.0.1", "-p", Integer.toString(port));
    }

    private RunningDestination tcp(LineReceiver peer, String scheme) {
        return events.start(
                "siem",
                "{ type: tcp, checkInterval: 300ms, flushInterval: 10ms, holdBack: 500ms, batch: 4KiB, urls: [\""
                        + peer.address() + "\"], proxy: \"" + scheme + "://127.0.0.1:" + port + "\" }");
    }

    private static Set<Integer> upTo(int count) {
        return new TreeSet<>(IntStream.range(0, count).boxed().toList());
    }

    /// What was on its way when the proxy died is sent again when it is back.
    private void losesNothingWhenTheProxyDies(String scheme, IoAction again) throws Exception {
        try (LineReceiver peer = new LineReceiver();
                RunningDestination out = tcp(peer, scheme)) {
            events.append(5, 100);
            await().atMost(LONG).until(() -> peer.distinct().size() == 500);
            kill();
            events.append(5, 100);
            await().atMost(LONG).until(() -> out.figures().lastError() != null);
            again.run();
            events.append(5, 100);
            assertThat(out.drain(LONG)).as("%s", out.figures().lastError()).isTrue();
            await().atMost(LONG).until(() -> peer.distinct().equals(upTo(1_500)));
        }
    }

    @FunctionalInterface
    private interface IoAction {
        void run() throws IOException;
    }

    @Test
    void tcpGoesThroughConnect() throws Exception {
        startTinyproxy();
        losesNothingWhenTheProxyDies("http", this::startTinyproxy);
        assertThat(folder.resolve("tinyproxy.log")).content().contains("CONNECT 127.0.0.1:");
    }

    @Test
    void tcpGoesThroughSocks() throws Exception {
        startMicrosocks();
        losesNothingWhenTheProxyDies("socks5", this::startMicrosocks);
        assertThat(folder.resolve("proxy.txt")).content().contains("connected to 127.0.0.1:");
    }

    @Test
    void httpGoesThroughAProxy() throws Exception {
        startTinyproxy();
        try (HttpReceiver peer = new HttpReceiver()) {
            events.append(5, 100);
            try (RunningDestination out = events.start(
                    "web",
                    "{ type: http, checkInterval: 300ms, flushInterval: 10ms, batch: 4KiB, compression: zstd, urls: [\""
                            + peer.url() + "\"], proxy: \"http://127.0.0.1:" + port + "\" }")) {
                assertThat(out.drain(LONG)).as("%s", out.figures().lastError()).isTrue();
                kill();
                events.append(5, 100);
                await().atMost(LONG).until(() -> out.figures().lastError() != null);
                startTinyproxy();
                assertThat(out.drain(LONG)).isTrue();
            }
            assertThat(peer.distinct()).isEqualTo(upTo(1_000));
        }
        assertThat(folder.resolve("tinyproxy.log")).content().contains("POST http://127.0.0.1:");
    }
}
