package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.StreamConfiguration;
import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Events on their way into a real NATS server.
@Tag("slow")
final class NatsJetstreamDestinationTest {
    private static final Path SERVER = Path.of("/usr/sbin/nats-server");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private int port;
    private Process server;

    @BeforeEach
    void startServer() throws IOException {
        assumeTrue(Files.isExecutable(SERVER), "needs nats-server (Debian package nats-server)");
        port = FreePorts.next();
        launch();
    }

    private void launch() throws IOException {
        server = new ProcessBuilder(
                        SERVER.toString(),
                        "-a",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-js",
                        "-sd",
                        folder.resolve("js").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("nats.txt").toFile())
                .start();
        await().atMost(LIMIT).ignoreExceptions().until(() -> {
            Nats.connect("nats://127.0.0.1:" + port).close();
            return true;
        });
    }

    @AfterEach
    void stopServer() throws InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
    }

    private String spec(String more) {
        return "{ type: nats-jetstream, servers: \"127.0.0.1:" + port
                + "\", subject: \"tocsin.{service}\", flushInterval: 20ms, timeout: 2s, checkInterval: 300ms" + more
                + " }";
    }

    private void stream(String name, String subject) throws Exception {
        Connection connection = Nats.connect("nats://127.0.0.1:" + port);
        connection
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder()
                        .name(name)
                        .subjects(subject)
                        .build());
        connection.close();
    }

    private List<Message> read(int atMost) throws Exception {
        Connection connection = Nats.connect("nats://127.0.0.1:" + port);
        JetStreamSubscription subscription = connection
                .jetStream()
                .subscribe(
                        "tocsin.>",
                        PullSubscribeOptions.builder().durable("test").build());
        List<Message> messages = subscription.fetch(atMost, Duration.ofSeconds(2));
        connection.close();
        return messages;
    }

    @Test
    void storesEveryEventOnceAlthoughTheServerDies() throws Exception {
        stream("events", "tocsin.>");
        try (NumberedEvents events = new NumberedEvents(folder.resolve("node"));
                RunningDestination destination = events.start("nats", spec(", batch: 4KiB"))) {
            events.append(10, 50);
            await().atMost(LIMIT).until(() -> destination.figures().deliveredEvents() > 100);
            server.destroyForcibly().waitFor();
            events.append(10, 50);
            launch();
            assertThat(destination.drain(LIMIT)).isTrue();
        }
        List<Message> messages = read(2000);
        TreeSet<String> ids = new TreeSet<>();
        messages.forEach(message -> ids.add(message.getHeaders().getFirst("Nats-Msg-Id")));
        assertThat(ids).hasSize(1000);
        assertThat(messages).hasSize(1000);
        assertThat(messages.getFirst().getSubject()).isEqualTo("tocsin." + NumberedEvents.COLLECTOR);
        assertThat(IntStream.range(0, 1000)
                        .allMatch(i -> new String(messages.get(i).getData(), java.nio.charset.StandardCharsets.UTF_8)
                                .contains("n=" + i + ";")))
                .as("in order")
                .isTrue();
    }

    @Test
    void waitsForAStreamThatIsNotThereAndSaysSo() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder.resolve("node"));
                RunningDestination destination = events.start("nats", spec(""))) {
            events.append(1, 10);
            await().atMost(LIMIT)
                    .until(() ->
                            String.valueOf(destination.figures().lastError()).contains("no stream takes the subject"));
            stream("events", "tocsin.>");
            assertThat(destination.drain(LIMIT)).isTrue();
        }
        assertThat(read(100)).hasSize(10);
    }

    @Test
    void refusesAnotherStreamThanTheExpectedOne() throws Exception {
        stream("other", "tocsin.>");
        try (NumberedEvents events = new NumberedEvents(folder.resolve("node"));
                RunningDestination destination = events.start("nats", spec(", stream: events"))) {
            events.append(1, 10);
            await().atMost(LIMIT)
                    .until(() -> String.valueOf(destination.figures().lastError())
                            .contains("another stream than the expected one"));
            assertThat(destination.figures().deliveredEvents()).isZero();
        }
    }
}
