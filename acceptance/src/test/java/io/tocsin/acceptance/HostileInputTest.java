package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever arrives, the process stays up, answers clearly and goes on taking good events.
@Tag("acceptance")
final class HostileInputTest {
    private static final long SEED = 20_261_122;

    @TempDir
    static Path folder;

    private static TocsinProcess tocsin;

    @BeforeAll
    static void start() {
        tocsin = new TocsinProcess(folder.resolve("data")).start();
    }

    @AfterAll
    static void stop() {
        tocsin.close();
    }

    @Test
    void survivesGarbageOnEveryPort() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int port : List.of(tocsin.syslogPort, tocsin.httpPort)) {
            for (int i = 0; i < 50; i++) {
                byte[] garbage = new byte[random.nextInt(1, 20_000)];
                random.nextBytes(garbage);
                try (Socket socket = connect(port)) {
                    socket.getOutputStream().write(garbage);
                } catch (IOException closedByServer) {
                    // Its right.
                }
            }
        }
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 200; i++) {
                byte[] garbage = new byte[random.nextInt(0, 60_000)];
                random.nextBytes(garbage);
                socket.send(new DatagramPacket(
                        garbage, garbage.length, InetAddress.getLoopbackAddress(), tocsin.syslogPort));
            }
        }
        takesGoodEvents("after-garbage");
    }

    @Test
    void cutsAndMarksALineOfTenMegabytesAndStaysInStep() throws IOException {
        try (Socket socket = connect(tocsin.syslogPort)) {
            OutputStream out = socket.getOutputStream();
            byte[] block = new byte[1 << 20];
            Arrays.fill(block, (byte) 'x');
            out.write("<134>2026-11-22T10:00:00Z h big: marker=ten-megabytes ".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 10; i++) {
                out.write(block);
            }
            out.write("\n<134>2026-11-22T10:00:00Z h small: marker=behind-ten-megabytes\n"
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            socket.shutdownOutput();
            awaitCount("SELECT count() FROM events WHERE Message LIKE 'marker=behind-ten-megabytes%'", 1);
        }
        awaitCount("SELECT count() FROM events WHERE Raw LIKE '%marker=ten-megabytes%' AND length(Raw) >= 1000000", 1);
    }

    @Test
    void keepsHalfFramesAsEvents() throws IOException {
        try (Socket socket = connect(tocsin.syslogPort)) {
            socket.getOutputStream()
                    .write("<134>2026-11-22T10:00:00Z h half: marker=half-frame without an end"
                            .getBytes(StandardCharsets.US_ASCII));
        }
        try (Socket socket = connect(tocsin.syslogPort)) {
            socket.getOutputStream()
                    .write("900 <134>2026-11-22T10:00:00Z h half: marker=half-octets"
                            .getBytes(StandardCharsets.US_ASCII));
        }
        awaitCount("SELECT count() FROM events WHERE Raw LIKE '%marker=half-frame%'", 1);
        awaitCount("SELECT count() FROM events WHERE Raw LIKE '%marker=half-octets%'", 1);
    }

    @Test
    void holdsFiveThousandConnections() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 5000; i++) {
                sockets.add(connect(tocsin.syslogPort));
            }
            for (int i = 0; i < sockets.size(); i++) {
                sockets.get(i)
                        .getOutputStream()
                        .write(("<134>2026-11-22T10:00:00Z h many: marker=five-thousand i=" + i + "\n")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            awaitCount("SELECT uniqExact(Message) FROM events WHERE Message LIKE 'marker=five-thousand%'", 5000);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void answersBadQueriesWithTheReasonAndNeverWithAStackTrace() {
        for (String sql : List.of(
                "",
                "SELEC 1",
                "SELECT nothing FROM events",
                "DROP TABLE events",
                "SELECT * FROM file('/etc/passwd')",
                "SELECT * FROM system.tables",
                "SELECT 1; SELECT 2",
                "INSERT INTO events (Name) VALUES ('x')",
                "SELECT * FROM events INTO OUTFILE '/tmp/x'",
                "\u0000\u0001")) {
            HttpResponse<byte[]> answer = tocsin.query(sql);
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            assertThat(answer.statusCode()).as("%s -> %s", sql, body).isBetween(400, 422);
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
            assertThat(body).contains("\"detail\"").doesNotContain("\tat ").doesNotContain("root:");
        }
        takesGoodEvents("after-bad-queries");
    }

    @Test
    void refusesBadResourcesWithFileLineAndColumn() throws IOException {
        Path resources = Files.createDirectories(folder.resolve("bad-resources"));
        Files.writeString(resources.resolve("collector.yaml"), """
                kind: collector
                name: broken
                spec:
                  connector: { type: tpc, listen: "127.0.0.1:1" }
                  normaliser: syslog
                """);
        CommandResult result = CommandResult.run(
                java.util.Map.of("TOCSIN_HTTP_LISTEN", "127.0.0.1:" + FreePorts.next()),
                "up",
                "--data",
                folder.resolve("bad").toString(),
                "--resources",
                resources.toString());
        assertThat(result.exitCode()).as(result.error()).isEqualTo(3);
        assertThat(result.error())
                .contains("collector.yaml:4:")
                .contains("tpc")
                .contains("did you mean")
                .contains("normaliser");
        assertThat(result.error()).doesNotContain("\tat ");
    }

    @Test
    void saysWhichPortIsTaken() {
        CommandResult result = CommandResult.run(
                java.util.Map.of(
                        "TOCSIN_HTTP_LISTEN",
                        "127.0.0.1:" + FreePorts.next(),
                        "TOCSIN_SYSLOG_LISTEN",
                        "127.0.0.1:" + tocsin.syslogPort),
                "up",
                "--data",
                folder.resolve("second").toString());
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.error()).contains(Integer.toString(tocsin.syslogPort)).doesNotContain("\tat ");
        CommandResult sameFolder = CommandResult.run(
                java.util.Map.of(
                        "TOCSIN_HTTP_LISTEN",
                        "127.0.0.1:" + FreePorts.next(),
                        "TOCSIN_SYSLOG_LISTEN",
                        "127.0.0.1:" + FreePorts.next()),
                "up",
                "--data",
                tocsin.data.toString());
        assertThat(sameFolder.exitCode()).isEqualTo(3);
        assertThat(sameFolder.error()).contains(tocsin.data.toString());
    }

    private static void takesGoodEvents(String marker) {
        try (Socket socket = connect(tocsin.syslogPort)) {
            socket.getOutputStream()
                    .write(("<134>2026-11-22T10:00:00Z h good: marker=" + marker + "\n")
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        awaitCount("SELECT count() FROM events WHERE Message = 'marker=" + marker + "'", 1);
    }

    private static void awaitCount(String sql, long expected) {
        Awaitility.await(sql)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> tocsin.count(sql) == expected);
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
        return socket;
    }
}
