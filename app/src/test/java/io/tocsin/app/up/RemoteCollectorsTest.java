package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.core.service.ServiceState;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.pair.NoWitness;
import io.tocsin.pipeline.pair.PairNode;
import io.tocsin.pipeline.pair.PairOptions;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The services page of `up` over collectors of other processes, here two real ones that are a pair.
final class RemoteCollectorsTest {
    private static final String SECRET = "s".repeat(64);
    private static final Duration LIMIT = Duration.ofSeconds(40);

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    /// Starts a collector of a pair and returns its listener.
    private ServiceListener start(String node, @Nullable InetSocketAddress listen, @Nullable InetSocketAddress peer)
            throws IOException {
        return start(node, listen, peer, "kv");
    }

    private ServiceListener start(
            String node, @Nullable InetSocketAddress listen, @Nullable InetSocketAddress peer, String normalizer)
            throws IOException {
        Path home = Files.createDirectory(folder.resolve(node));
        Path own = Files.createDirectory(home.resolve("resources"));
        Files.writeString(own.resolve("all.yaml"), """
                kind: collector
                name: edge
                spec:
                  connector: { type: tcp, listen: "127.0.0.1:0" }
                  assemble: auditd
                  normalizer: %s
                """.formatted(normalizer));
        Problems problems = new Problems();
        CollectorSet collectors = CollectorSet.read(Resources.load(own, null, _ -> null, problems), problems);
        problems.throwIfAny();
        DurableLog log =
                DurableLog.open(home.resolve("log"), LogOptions.defaults().withReserveBytes(0), SystemClock.process());
        open.push(log);
        PairNode pair = PairNode.open(
                new PairOptions(listen, peer, SECRET, Duration.ofSeconds(3), false, 1 << 20),
                new NoWitness(),
                name -> {
                    ResourceFingerprint found = collectors.fingerprints().get(name);
                    return found == null ? null : found.parts();
                },
                SystemClock.process());
        open.push(collectors);
        open.push(pair);
        collectors.open(log, home.resolve("positions"), SystemClock.process(), _ -> {}, pair);
        collectors.start();
        ServiceListener listener = ServiceListener.open(
                ListenAddress.parse("127.0.0.1:0"),
                Map.of(
                        CollectorRoutes.PATH,
                        new CollectorRoutes(
                                new LocalCollectors(collectors::topologies, collectors::fingerprints), SECRET)),
                () -> true,
                () -> "");
        open.push(listener);
        return listener;
    }

    private MonitoringEvents monitoring() {
        return new MonitoringEvents(centre(), SystemClock.process());
    }

    private static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
    }

    /// The log of the installation that asks.
    private DurableLog centre() {
        DurableLog log = DurableLog.open(
                folder.resolve("centre" + open.size()),
                LogOptions.defaults().withReserveBytes(0),
                SystemClock.process());
        open.push(log);
        return log;
    }

    private static List<String> events(DurableLog log) throws InterruptedException {
        List<String> texts = new ArrayList<>();
        log.awaitSynced(log.end(), Duration.ofSeconds(10));
        try (LogReader reader = log.reader(log.start())) {
            while (reader.position().compareTo(log.end()) < 0) {
                for (LogRecord logged : reader.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    EventBatch batch = new EventBatch();
                    new BatchDecoder().decode(logged.payload(), 0, logged.payload().length, batch);
                    texts.add(new EventJson().toText(new Event().moveTo(batch, 0)));
                }
            }
        }
        return texts;
    }

    /// K1: nobody has to ask.
    @Test
    void tellsOnceInWhatCollectorsOfOneNameDiffer() throws Exception {
        ServiceListener one = start("one", freeAddress(), null, "kv");
        ServiceListener two = start("two", freeAddress(), null, "json");
        DurableLog log = centre();
        RemoteCollectors others = RemoteCollectors.start(
                one.address() + "," + two.address(),
                SECRET,
                SystemClock.process(),
                new MonitoringEvents(log, SystemClock.process()),
                Duration.ofMillis(100));
        open.push(others);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(others.states())
                        .hasSize(2)
                        .extracting(ServiceState::detail)
                        .allMatch(detail -> detail != null
                                && detail.startsWith("configured differently than elsewhere")
                                && detail.contains("'tocsin compare': normalizer")));
        assertThat(events(log))
                .singleElement()
                .satisfies(event -> assertThat(event)
                        .contains("\"Type\":5", "\"DeviceEventClassID\":\"collector-mismatch\"")
                        .contains("\"DeviceCustomString1\":\"edge\"", "\"DeviceCustomString3\":\"normalizer\"")
                        .contains(one.address().getAuthority(), two.address().getAuthority()));
    }

    @Test
    void tellsTheBeginAndTheEndOfADifferenceOnceEach() throws Exception {
        DurableLog log = centre();
        Map<String, Map<String, String>> parts = new HashMap<>();
        CollectorComparison comparison =
                new CollectorComparison((site, _) -> parts.get(site), new MonitoringEvents(log, SystemClock.process()));
        var same = List.of(
                new CollectorComparison.Answer("one", Map.of("edge", "a", "alone", "x")),
                new CollectorComparison.Answer("two", Map.of("edge", "a")));
        var other = List.of(same.getFirst(), new CollectorComparison.Answer("two", Map.of("edge", "b")));
        parts.put("one", Map.of("stages", "1", "normalizer auto", "2"));
        comparison.look(same);
        // The change has come to one of them, and to the other before the next look.
        parts.put("two", Map.of("stages", "1", "normalizer auto", "3"));
        comparison.look(other);
        comparison.look(same);
        comparison.look(other);
        assertThat(events(log)).isEmpty();
        comparison.look(other);
        comparison.look(other);
        // One that is away is not alike.
        comparison.look(other.subList(0, 1));
        comparison.look(other);
        assertThat(events(log)).hasSize(1).first().asString().contains("normalizer auto");
        assertThat(comparison.difference("edge")).contains("normalizer auto");
        comparison.look(same);
        comparison.look(same);
        assertThat(comparison.difference("edge")).isNull();
        assertThat(events(log)).hasSize(2).last().asString().contains("collector-match", "alike again");
    }

    @Test
    void showsHowThoseOfAPairStandAndWhoIsAway() throws Exception {
        InetSocketAddress meeting = freeAddress();
        ServiceListener one = start("one", meeting, null);
        ServiceListener two = start("two", null, meeting);
        RemoteCollectors others = RemoteCollectors.start(
                one.address() + "," + two.address(), SECRET, SystemClock.process(), monitoring());
        open.push(others);
        await().atMost(LIMIT).untilAsserted(() -> {
            List<ServiceState> states = others.states();
            assertThat(states).hasSize(2).allMatch(state -> state.status() == ServiceState.Status.UP);
            assertThat(states)
                    .extracting(ServiceState::detail)
                    .anyMatch(detail -> detail != null && detail.startsWith("pair: keeper, the other one is "))
                    .anyMatch(detail -> detail != null && detail.startsWith("pair: helper, the other one is "));
        });
        assertThat(others.states())
                .extracting(ServiceState::name)
                .containsExactly(
                        "edge at " + one.address().getAuthority(),
                        "edge at " + two.address().getAuthority());
        two.close();
        await().atMost(LIMIT).untilAsserted(() -> {
            ServiceState away = others.states().getLast();
            assertThat(away.status()).isEqualTo(ServiceState.Status.DOWN);
            assertThat(away.name()).startsWith("edge at ");
            assertThat(away.detail()).startsWith("does not answer");
        });
        assertThat(others.states().getFirst().status()).isEqualTo(ServiceState.Status.UP);
    }

    @Test
    void saysWhenTheSecretIsAnother() throws Exception {
        ServiceListener one = start("one", freeAddress(), null);
        RemoteCollectors others =
                RemoteCollectors.start(one.address().toString(), "another", SystemClock.process(), monitoring());
        open.push(others);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(others.states())
                        .singleElement()
                        .extracting(ServiceState::detail)
                        .isEqualTo("refuses the secret of this installation"));
    }

    @Test
    void refusesWhatIsNoAddress() {
        assertThatThrownBy(() -> RemoteCollectors.start("10.0.0.1:8446", SECRET, SystemClock.process(), monitoring()))
                .hasMessageContaining("TOCSIN_COLLECTORS=10.0.0.1:8446")
                .hasMessageContaining("http://10.0.0.1:8446");
        assertThat(RemoteCollectors.start(null, SECRET, SystemClock.process(), monitoring())
                        .states())
                .isEmpty();
    }
}
