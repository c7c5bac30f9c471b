package io.tocsin.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.app.fault.UnfinishedEvents;
import io.tocsin.app.fault.UnfinishedEvents.Protocol;
import io.tocsin.pipeline.port.FreePorts;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A collector with little memory, to which more is sent than it could hold.
@Tag("acceptance")
final class MemoryLimitTest {
    private static final int CONNECTIONS = 1_500;
    private static final int SENT_BYTES = 256 << 10;
    private static final String HEAP = "256m";
    /// Longer than what a connection holds anyway.
    private static final int LONG_LINE_BYTES = 60_000;

    private static final int LONG_LINES = 20;

    private static final int WINDOWS = 40;
    private static final int WINDOW_EVENTS = 50;

    @TempDir
    private static Path folder;

    private static final int LINES_PORT = FreePorts.next();
    private static final int RELP_PORT = FreePorts.next();
    private static final int BEATS_PORT = FreePorts.next();
    private static final int SERVED_RELP_PORT = FreePorts.next();
    private static final int SERVED_BEATS_PORT = FreePorts.next();
    private static final int HEALTH_PORT = FreePorts.next();
    private static ServiceProcess collector;

    @BeforeAll
    static void start() throws IOException {
        Path resources = Files.createDirectories(folder.resolve("resources"));
        StringBuilder yaml = new StringBuilder("""
                kind: destination
                name: files
                spec: { type: file, path: "%s", fileSize: 2MiB, buffer: 4MiB }
                """.formatted(folder.resolve("files")));
        Map<String, Integer> listeners = Map.of(
                "lines",
                LINES_PORT,
                "relp",
                RELP_PORT,
                "beats",
                BEATS_PORT,
                "served-relp",
                SERVED_RELP_PORT,
                "served-beats",
                SERVED_BEATS_PORT);
        listeners.forEach((name, port) -> yaml.append("""
                ---
                kind: collector
                name: %s
                spec:
                  connector: { type: %s, listen: "127.0.0.1:%d" }
                  normalizer: %s
                  destinations: [ files ]
                """.formatted(
                        name,
                        name.equals("lines") ? "tcp" : name.replace("served-", ""),
                        port,
                        name.endsWith("beats") ? "json" : "syslog")));
        Files.writeString(resources.resolve("collectors.yaml"), yaml);
        collector = new ServiceProcess(
                "collector",
                Files.createDirectories(folder.resolve("logs")),
                Map.of("TOCSIN_HEAP", HEAP),
                "--data",
                folder.resolve("data").toString(),
                "--resources",
                resources.toString(),
                "--reserve-megabytes",
                "16",
                "--listen",
                "127.0.0.1:" + HEALTH_PORT);
        collector.start();
    }

    @AfterAll
    static void stop() {
        collector.close();
    }

    private static double metric(String name, String collector) {
        return ServiceProcess.request("GET", URI.create("http://127.0.0.1:" + HEALTH_PORT + "/metrics"), Map.of(), "")
                .body()
                .lines()
                .filter(line -> line.startsWith(name) && (collector.isEmpty() || line.contains('"' + collector + '"')))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static void othersAreServed(String when) throws IOException {
        List<String> texts = IntStream.range(0, LONG_LINES)
                .mapToObj(i ->
                        "<13>1 2026-11-23T10:00:00Z h app - - - " + when + " " + i + " " + "y".repeat(LONG_LINE_BYTES))
                .toList();
        AcknowledgedLines.send(new InetSocketAddress("127.0.0.1", SERVED_RELP_PORT), texts);
        sendWindow(1);
        assertThat(metric("tocsin_collector_cut_events", "served-relp")).isZero();
    }

    /// Sends a window of long events and waits until it is acknowledged.
    private static void sendWindow(int events) throws IOException {
        byte[] json = ("{\"message\":\"" + "z".repeat(LONG_LINE_BYTES) + "\"}").getBytes(US_ASCII);
        ByteBuffer window = ByteBuffer.allocate(6 + events * (10 + json.length));
        window.put((byte) '2').put((byte) 'W').putInt(events);
        for (int i = 1; i <= events; i++) {
            window.put((byte) '2').put((byte) 'J').putInt(i).putInt(json.length).put(json);
        }
        try (Socket socket = new Socket("127.0.0.1", SERVED_BEATS_PORT)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(window.array());
            DataInputStream answers = new DataInputStream(socket.getInputStream());
            int acknowledged = 0;
            while (acknowledged == 0) {
                assertThat(answers.readShort()).isEqualTo((short) ('2' << 8 | 'A'));
                acknowledged = answers.readInt();
            }
            assertThat(acknowledged).isEqualTo(events);
        }
    }

    /// F-KILL-11: a peer begins more and longer events than the heap could hold, and ends none of them.
    @Test
    void thousandsOfUnfinishedEventsEndNeitherTheProcessNorTheServiceOfOthers() throws IOException {
        InetAddress host = InetAddress.getByName("127.0.0.1");
        try (UnfinishedEvents unfinished = UnfinishedEvents.begin(
                InetAddress.getByName("127.0.0.2"),
                Map.of(
                        Protocol.LINES, new InetSocketAddress(host, LINES_PORT),
                        Protocol.RELP, new InetSocketAddress(host, RELP_PORT),
                        Protocol.BEATS, new InetSocketAddress(host, BEATS_PORT)),
                CONNECTIONS,
                SENT_BYTES)) {
            boolean sending = true;
            while (sending) {
                sending = unfinished.send();
            }
            othersAreServed("during");
            Awaitility.await("connections that hold memory for nothing are closed")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        unfinished.send();
                        return metric("tocsin_collector_stalled_events", "") > 0
                                && metric("tocsin_collector_framing_errors", "beats") > 0;
                    });
            othersAreServed("afterwards");
            assertThat(collector.errors()).doesNotContain("OutOfMemory");
        }
    }

    /// Windows that wait for each other, each with memory for a part of it, would wait for ever.
    @Test
    void windowsThatTogetherAreLargerThanTheMemoryAreAllAcknowledged() throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < WINDOWS; i++) {
                sent.add(senders.submit(() -> {
                    sendWindow(WINDOW_EVENTS);
                    return null;
                }));
            }
        }
        for (Future<?> each : sent) {
            each.get();
        }
        assertThat(metric("tocsin_collector_requests_sent_away", "served-beats"))
                .isZero();
    }
}
