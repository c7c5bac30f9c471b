package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.core.ledger.LogPlaces;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An event is found wherever the installation holds it.
final class EventFinderTest {
    private static final String SECRET = "s".repeat(64);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private DurableLog centre;
    private DurableLog edge;
    private ServiceListener collector;

    @BeforeEach
    void start() throws IOException {
        centre = log("centre");
        edge = log("edge");
        EventFinder there =
                new EventFinder(Map.of("node log", edge), List.of(folder.resolve("edge-dead")), RemoteFinders.NONE);
        collector = ServiceListener.open(
                ListenAddress.parse("127.0.0.1:0"),
                Map.of(EventPlaces.PATH, new EventPlaces(there, SECRET)),
                () -> true,
                () -> "");
    }

    @AfterEach
    void stop() {
        collector.close();
        centre.close();
        edge.close();
    }

    private DurableLog log(String name) {
        return DurableLog.open(folder.resolve(name), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
    }

    private static byte[] batch(UUID id) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        event.begin(
                new EntryOrigin("", "syslog", "udp", "", -1, "10.0.0.1", -1, ""),
                id.getMostSignificantBits(),
                id.getLeastSignificantBits(),
                SystemClock.process().epochNanos(),
                0,
                new byte[0],
                0,
                0);
        event.commit();
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(batch, "syslog");
        return Arrays.copyOf(encoder.buffer(), length);
    }

    private EventFinder finder(String secret, URI... sites) {
        return new EventFinder(
                Map.of("node log", centre), List.of(folder.resolve("dead")), new RemoteFinders(List.of(sites), secret));
    }

    private URI collectorAddress() {
        return URI.create(collector.address() + "/");
    }

    private void write(String file, byte[] bytes) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, bytes);
    }

    @Test
    void findsWhatCollectorsOfOtherProcessesHoldAndPutAside() throws Exception {
        UUID logged = UUID.randomUUID();
        UUID putAside = UUID.randomUUID();
        edge.awaitSynced(edge.append(batch(logged), 1, LIMIT), LIMIT);
        write("edge-dead/kafka/1-1-0-1.batch", batch(putAside));
        EventFinder finder = finder(SECRET, collectorAddress());
        // It is seen when it is forced.
        await().atMost(LIMIT).until(() -> !finder.find(logged, null).places().isEmpty());
        LogPlaces waiting = finder.find(logged, null);
        assertThat(waiting.places()).singleElement().satisfies(place -> {
            assertThat(place.log())
                    .isEqualTo("node log of " + collectorAddress().getAuthority());
            assertThat(place.route()).isEqualTo("syslog");
        });
        assertThat(waiting.notAsked()).isEmpty();
        assertThat(finder.find(putAside, null).deadLetters())
                .singleElement()
                .asString()
                .contains("edge-dead/kafka/1-1-0-1.batch at ");
        assertThat(finder.find(UUID.randomUUID(), 0L)).isEqualTo(LogPlaces.NONE);
    }

    @Test
    void findsWhatPeersOfDestinationsHaveRefused() throws Exception {
        UUID batch = UUID.randomUUID();
        UUID named = UUID.randomUUID();
        UUID text = UUID.randomUUID();
        write("dead/events/1-1-0-1.batch", batch(batch));
        write("dead/archive/" + named + ".cef", new byte[] {1});
        write(
                "dead/archive/other.json",
                ("{\"ID\":\"" + text + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8));
        EventFinder finder = finder(SECRET);
        for (UUID id : List.of(batch, named, text)) {
            assertThat(finder.find(id, null).deadLetters()).as(id.toString()).hasSize(1);
        }
        assertThat(finder.find(UUID.randomUUID(), null).deadLetters()).isEmpty();
    }

    @Test
    void namesWhoCouldNotBeAsked() throws Exception {
        URI away;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            away = URI.create("http://127.0.0.1:" + free.getLocalPort() + "/");
        }
        LogPlaces places = finder("another", collectorAddress(), away).find(UUID.randomUUID(), null);
        assertThat(places.notAsked()).hasSize(2);
        assertThat(places.notAsked().get(0)).contains("refuses the secret");
        assertThat(places.notAsked().get(1)).startsWith(away.getAuthority()).contains("does not answer");
    }
}
