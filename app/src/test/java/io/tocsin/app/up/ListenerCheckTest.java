package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorFigures;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ListenerCheckTest {
    @TempDir
    private Path folder;

    private DurableLog log;
    private CollectorTopology stream;
    private CollectorTopology datagrams;

    @BeforeEach
    void open() {
        log = DurableLog.open(folder.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
        stream = collector("tcp", "0.0.0.0:0");
        datagrams = collector("udp", "127.0.0.1:0");
        stream.start();
        datagrams.start();
    }

    @AfterEach
    void close() {
        stream.close();
        datagrams.close();
        log.close();
    }

    private CollectorTopology collector(String type, String listen) {
        Problems problems = new Problems();
        CollectorConfig config = CollectorConfig.read(
                Objects.requireNonNull(YamlReader.read("test.yaml", """
                        kind: collector
                        name: %s
                        spec: { connector: { type: %s, listen: "%s" }, normalizer: syslog }
                        """.formatted(type, type, listen), problems)),
                new NormalizerLoader(ZoneOffset.UTC),
                Set.of("storage", "correlator"),
                problems);
        problems.throwIfAny();
        return CollectorTopology.open(
                Objects.requireNonNull(config), log, folder.resolve("positions"), SystemClock.process());
    }

    private ListenerCheck check(long reserveBytes) {
        return new ListenerCheck(() -> List.of(stream.figures(), datagrams.figures()), log, reserveBytes);
    }

    @Test
    void isWellWhileEveryPortIsOursAndAccepts() {
        ListenerCheck check = check(0);
        for (int i = 0; i < 3; i++) {
            ListenerCheck.Verdict verdict = check.check();
            assertThat(verdict.faults()).isEmpty();
            assertThat(verdict.text())
                    .isEqualTo("ok pid=" + ProcessHandle.current().pid() + " listeners=2\n");
        }
    }

    @Test
    void failsWhenAPortIsNotHeld() {
        datagrams.close();

        assertThat(check(0).check().faults())
                .anyMatch(fault -> fault.contains("udp: is down"))
                .anyMatch(fault -> fault.contains("not held by this process"));
    }

    @Test
    void failsWhileTheLogTakesNothing() {
        ListenerCheck.Verdict verdict = check(Long.MAX_VALUE).check();

        assertThat(verdict.healthy()).isFalse();
        assertThat(verdict.text()).startsWith("failed pid=").contains("the disk of the log is full");
    }

    /// P29: whoever is sent elsewhere can see why, port by port.
    @Test
    void saysOfEachListenerWhyItTakesNothingAndWhatWaitsInTheLog() throws Exception {
        log.consumer("storage").close();
        log.append(new byte[100], 7, Duration.ofSeconds(5));
        log.awaitSynced(log.end(), Duration.ofSeconds(10));
        ServiceListener listener = ServiceListener.open(
                ListenAddress.parse("127.0.0.1:0"),
                Map.of(ListenerCheck.PATH, ServiceListener.health(check(0))),
                () -> true,
                () -> "");
        try (HttpClient client = HttpClient.newHttpClient()) {
            JsonNode well = document(client, listener, 200);
            assertThat(well.path("healthy").asBoolean(false)).isTrue();
            assertThat(well.path("listeners"))
                    .hasSize(2)
                    .allMatch(each -> each.path("accepts").asBoolean(false));
            assertThat(well.path("collectors").path(0).path("state").asString(""))
                    .isEqualTo("up");
            assertThat(well.path("log").path("state").asString("")).isEqualTo("green");
            JsonNode waiting = well.path("log").path("waiting").path(0);
            assertThat(waiting.path("destination").asString("")).isEqualTo("storage");
            assertThat(waiting.path("events").asLong(0)).isEqualTo(7);

            datagrams.close();
            JsonNode ill = document(client, listener, 503);
            assertThat(ill.path("healthy").asBoolean(true)).isFalse();
            assertThat(ill.path("listeners").path(0).path("accepts").asBoolean(false))
                    .isTrue();
            assertThat(ill.path("listeners").path(1).path("reason").asString(""))
                    .startsWith("the port is not held by this process");
            assertThat(ill.path("faults")).hasSize(2);
        } finally {
            listener.close();
        }
    }

    private static JsonNode document(HttpClient client, ServiceListener listener, int status) throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(listener.address().resolve(ListenerCheck.DOCUMENT_PATH))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JsonMapper.shared().readTree(answer.body());
    }

    /// P28: the port answers, but another process answers.
    @Test
    void failsWhenAnotherProcessHoldsThePort() throws IOException, InterruptedException {
        stream.drain(Duration.ofSeconds(1));
        CollectorFigures as = stream.figures();
        String address = as.addresses().getFirst();
        stream.close();
        Process foreign = new ProcessBuilder(
                        "python3", "-c", """
                import socket, sys
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("0.0.0.0", %s)); s.listen(); print("up", flush=True); sys.stdin.read()
                """.formatted(address.substring(address.lastIndexOf(':') + 1)))
                .redirectErrorStream(true)
                .start();
        try {
            Assumptions.assumeTrue(
                    foreign.inputReader().readLine().equals("up"), "skipped: no python3 that takes the port");
            assertThat(new ListenerCheck(() -> List.of(as), log, 0).check().faults())
                    .anyMatch(fault -> fault.contains("not held by this process"));
        } finally {
            foreign.destroy();
        }
    }

    @Test
    void seesSocketsThatAreOpenedAndClosedLater() throws IOException {
        OwnSockets sockets = new OwnSockets();
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
            assertThat(sockets.look().streams()).contains(port);
            assertThat(sockets.look().datagrams()).contains(socket.getLocalPort());
        }
        assertThat(sockets.look().streams()).doesNotContain(port);
    }
}
