package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnixConnectorTest {
    private static final Path LOGGER = Path.of("/usr/bin/logger");

    @TempDir
    Path folder;

    private Path socket() {
        return folder.resolve("events.sock");
    }

    private CollectorTopology start(Harness harness, String more) {
        return harness.start("""
            kind: collector
            name: test
            spec:
              connector: { type: unix, path: "%s"%s }
              normalizer: auto
              keepRaw: true
            """.formatted(socket(), more));
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket()));
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Test
    void takesEventsOfSeveralSendersUnderThePathOfTheSocket() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "");
            assertThat(topology.addresses()).containsExactly(socket().toString());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                    .isEqualTo("rw-rw----");
            try (SocketChannel first = connect();
                    SocketChannel second = connect()) {
                write(first, "{\"event_type\":\"alert\",\"flow_id\":1}\n{\"event_type\":");
                write(second, "21 <13>counted\nof others");
                write(first, "\"dns\"}\n");
                await().until(() -> topology.figures().openSources() == 2);
            }
            await().until(() -> topology.figures().openSources() == 0);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.loggedTexts())
                    .containsExactlyInAnyOrder(
                            "{\"event_type\":\"alert\",\"flow_id\":1}",
                            "{\"event_type\":\"dns\"}",
                            "<13>counted\nof others");
            assertThat(harness.origins()).extracting(EntryOrigin::path).containsOnly(socket().toString());
            assertThat(Harness.count(topology, StageCounter.CONNECTION_ERRORS)).isZero();
        }
    }

    @Test
    void takesWhatLoggerSends() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(LOGGER), "logger is not installed: apt-get install bsdutils");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, "");
            Process logger = new ProcessBuilder(
                            LOGGER.toString(),
                            "-T",
                            "-u",
                            socket().toString(),
                            "-p",
                            "auth.notice",
                            "-t",
                            "app",
                            "word")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("logger.txt").toFile())
                    .start();
            assertThat(logger.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(logger.exitValue())
                    .as(Files.readString(folder.resolve("logger.txt")))
                    .isZero();
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 1);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.loggedTexts())
                    .singleElement()
                    .asString()
                    .startsWith("<37>")
                    .endsWith("word");
        }
    }

    @Test
    void readsWhatSendersHadWrittenBeforeItDrained() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, ", framing: lf");
            List<String> texts = IntStream.range(0, 3000)
                    .mapToObj(i -> "event " + i + " " + "x".repeat(i % 40))
                    .toList();
            List<SocketChannel> senders = new ArrayList<>();
            try {
                for (int i = 0; i < 10; i++) {
                    SocketChannel sender = connect();
                    senders.add(sender);
                    write(sender, String.join("\n", texts.subList(i * 300, (i + 1) * 300)) + "\n");
                }
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
                assertThat(senders.getFirst().read(ByteBuffer.allocate(1))).isEqualTo(-1);
            } finally {
                for (SocketChannel sender : senders) {
                    sender.close();
                }
            }
            assertThat(harness.loggedTexts()).containsExactlyInAnyOrderElementsOf(texts);
            assertThat(socket()).doesNotExist();
        }
    }

    @Test
    void marksHalfAnEventAtTheEndOfAConnection() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, ", maxEventSize: 1KiB");
            try (SocketChannel sender = connect()) {
                write(sender, "a".repeat(5000) + "\nwhole\nhal");
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 3);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.logged()).extracting(Harness.Logged::cut).containsExactly(true, false, true);
            assertThat(harness.loggedTexts()).containsExactly("a".repeat(1024), "whole", "hal");
        }
    }

    @Test
    void closesWhatIsIdleOrOneTooMany() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, ", idleTimeout: 300ms, maxConnections: 1");
            try (SocketChannel idle = connect()) {
                await().until(() -> topology.figures().openSources() == 1);
                try (SocketChannel further = connect()) {
                    assertThat(further.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                }
                assertThat(Harness.count(topology, StageCounter.CONNECTIONS_REFUSED))
                        .isEqualTo(1);
                assertThat(idle.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
    }

    @Test
    void replacesTheSocketOfAProcessThatDied() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = start(harness, ", mode: 600");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                    .isEqualTo("rw-------");
            try (SocketChannel sender = connect()) {
                write(sender, "alive\n");
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 1);
        }
        assertThat(socket()).doesNotExist();
    }

    @Test
    void leavesTheSocketOfALivingProcessAlone() throws IOException {
        try (ServerSocketChannel living = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Harness harness = new Harness(folder)) {
            living.bind(UnixDomainSocketAddress.of(socket()));
            assertThatThrownBy(() -> start(harness, ""))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining("another process listens there")
                    .hasMessageContaining(socket().toString())
                    .extracting(e -> ((TocsinException) e).code())
                    .isEqualTo(ErrorCode.ADDRESS_IN_USE);
            // The probe waits in its queue, and so does this one.
            try (SocketChannel sender = connect()) {
                assertThat(sender.isConnected()).isTrue();
            }
        }
        assertThat(socket()).exists();
    }

    @Test
    void leavesFilesOfAnotherKindAlone() throws IOException {
        Files.writeString(socket(), "valuable");
        try (Harness harness = new Harness(folder)) {
            assertThatThrownBy(() -> start(harness, ""))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining("a file that is no socket is there");
        }
        assertThat(socket()).hasContent("valuable");
    }

    @Test
    void leavesAFileAloneThatSomebodyPutInItsPlace() throws IOException {
        try (Harness harness = new Harness(folder)) {
            start(harness, "");
            // Made before the other goes, so that it cannot get the same number.
            Path other = Files.writeString(folder.resolve("other"), "valuable");
            Files.move(other, socket(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(socket()).hasContent("valuable");
    }

    @Test
    void saysWhichFolderIsMissing() {
        try (Harness harness = new Harness(folder)) {
            assertThatThrownBy(() -> harness.start("""
                        kind: collector
                        name: test
                        spec:
                          connector: { type: unix, path: "%s/none/events.sock" }
                        """.formatted(folder)))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining("/none/events.sock")
                    .hasMessageContaining("the folder must be there");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "path: events.sock",
                "path: /run/a.sock, mode: 999",
                "path: /run/a.sock, mode: rw-rw----",
                "path: /run/a.sock, mode: 4660",
                "mode: 660",
            })
    void refusesWhatIsNoPathOrMode(String settings) {
        assertThatThrownBy(() -> Harness.config("""
                        kind: collector
                        name: test
                        spec:
                          connector: { type: unix, %s }
                        """.formatted(settings)))
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining(settings.contains("mode") && settings.contains("path") ? "mode" : "path");
    }
}
