package io.tocsin.app.up;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Resources that change while collectors run (behaviour P11).
final class ResourceWatchTest {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(250);

    @TempDir
    private Path folder;

    private Path own = Path.of("");
    private Path shipped = Path.of("");
    private @Nullable DurableLog log;
    private @Nullable CollectorSet collectors;
    private @Nullable ResourceWatch watch;

    @BeforeEach
    void makeFolders() throws IOException {
        own = Files.createDirectory(folder.resolve("own"));
        shipped = Files.createDirectory(folder.resolve("shipped"));
    }

    @AfterEach
    void stop() {
        if (watch != null) {
            watch.close();
        }
        if (collectors != null) {
            collectors.close();
        }
        if (log != null) {
            log.close();
        }
    }

    private void write(String name, String connector, String normalizer) throws IOException {
        write(own, name, connector, normalizer);
    }

    private static void write(Path folder, String name, String connector, String normalizer) throws IOException {
        Files.writeString(
                folder.resolve(name + ".yaml"),
                "kind: collector\nname: " + name + "\nspec:\n  connector: " + connector + "\n  normalizer: "
                        + normalizer + "\n");
    }

    private static String tcp(int port) {
        return "{ type: tcp, listen: \"127.0.0.1:" + port + "\" }";
    }

    private Resources load(Problems problems) {
        return Resources.load(shipped, own, _ -> null, problems);
    }

    private CollectorSet begin() {
        Problems problems = new Problems();
        CollectorSet read = CollectorSet.read(load(problems), problems);
        problems.throwIfAny();
        DurableLog opened = DurableLog.open(
                folder.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
        log = opened;
        collectors = read;
        read.open(opened, folder.resolve("positions"), SystemClock.process(), _ -> {});
        read.start();
        watch = ResourceWatch.start(own, this::load, List.of(read), LOOK);
        return read;
    }

    private @Nullable String trouble() {
        return watch == null ? null : watch.trouble();
    }

    private static @Nullable CollectorTopology find(CollectorSet collectors, String name) {
        return collectors.topologies().stream()
                .filter(each -> each.config().name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static CollectorTopology awaitRunning(CollectorSet collectors, String name) {
        return await().atMost(LONGEST).until(() -> find(collectors, name), each -> each != null);
    }

    private static int port(CollectorTopology collector) {
        String address = collector.addresses().getFirst();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private static Socket connect(CollectorTopology collector) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port(collector));
    }

    private static void send(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
    }

    private static long received(CollectorTopology collector) {
        return collector.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L);
    }

    @Test
    void addingAPortLeavesTheConnectionsOfOtherPortsAloneAndRemovingOneDrainsIt() throws Exception {
        write("first", tcp(0), "kv");
        CollectorSet running = begin();
        CollectorTopology first = awaitRunning(running, "first");
        try (Socket connection = connect(first)) {
            send(connection, "a=1");
            await().atMost(LONGEST).until(() -> received(first) == 1);

            write("second", tcp(0), "kv");
            CollectorTopology second = awaitRunning(running, "second");
            assertThat(find(running, "first")).isSameAs(first);
            send(connection, "a=2");
            await().atMost(LONGEST).until(() -> received(first) == 2);

            try (Socket leaving = connect(second)) {
                send(leaving, "a=3");
                Files.delete(own.resolve("second.yaml"));
                await().atMost(LONGEST).until(() -> find(running, "second") == null);
                assertThat(received(second))
                        .as("read before the port was closed")
                        .isEqualTo(1);
            }
            send(connection, "a=4");
            await().atMost(LONGEST).until(() -> received(first) == 3);
        }
    }

    @Test
    void aChangedNormalizerIsTakenByThoseThatNameIt() throws Exception {
        Files.writeString(
                own.resolve("n.yaml"), "kind: normalizer\nname: mine\nspec: { format: kv, keepRaw: never }\n");
        write("named", tcp(0), "mine");
        write("other", tcp(0), "kv");
        CollectorSet running = begin();
        CollectorTopology named = awaitRunning(running, "named");
        CollectorTopology other = awaitRunning(running, "other");
        Files.writeString(
                own.resolve("n.yaml"), "kind: normalizer\nname: mine\nspec: { format: kv, keepRaw: always }\n");
        await().atMost(LONGEST).until(() -> find(running, "named"), each -> each != null && each != named);
        assertThat(find(running, "other")).isSameAs(other);
    }

    @Test
    void aMistakeAnywhereChangesNothingAndIsTold() throws Exception {
        write("first", tcp(0), "kv");
        CollectorSet running = begin();
        CollectorTopology first = awaitRunning(running, "first");
        // Both at once, so that no look finds only one of them.
        Path more = Files.createDirectory(folder.resolve("more"));
        write(more, "second", tcp(0), "kv");
        write(more, "third", "{ type: tpc }", "kv");
        more = Files.move(more, own.resolve("more"));
        await().atMost(LONGEST).until(() -> trouble() != null);
        assertThat(trouble()).contains("third.yaml", "tpc");
        assertThat(running.topologies()).containsExactly(first);
        write(more, "third", tcp(0), "kv");
        awaitRunning(running, "third");
        awaitRunning(running, "second");
        await().atMost(LONGEST).until(() -> trouble() == null);
    }

    @Test
    void aTakenPortIsToldAndTriedAgain() throws Exception {
        write("first", tcp(0), "kv");
        CollectorSet running = begin();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            write("second", tcp(taken.getLocalPort()), "kv");
            await().atMost(LONGEST).until(() -> trouble() != null);
            assertThat(trouble()).contains("second", String.valueOf(taken.getLocalPort()));
            assertThat(find(running, "second")).isNull();
        }
        awaitRunning(running, "second");
        await().atMost(LONGEST).until(() -> trouble() == null);
    }

    @Test
    void oneThatCannotBeOpenedAsItIsConfiguredNowGoesOnAsItWas() throws Exception {
        write("first", tcp(0), "kv");
        CollectorSet running = begin();
        CollectorTopology before = awaitRunning(running, "first");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            write("first", tcp(taken.getLocalPort()), "kv");
            await().atMost(LONGEST).until(() -> trouble() != null);
            CollectorTopology now = awaitRunning(running, "first");
            assertThat(now).isNotSameAs(before);
            try (Socket connection = connect(now)) {
                send(connection, "a=1");
                await().atMost(LONGEST).until(() -> received(now) == 1);
            }
        }
    }
}
