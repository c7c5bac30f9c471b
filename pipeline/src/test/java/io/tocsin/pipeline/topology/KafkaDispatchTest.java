package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.destination.DestinationContext;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RunningDestination;
import io.tocsin.pipeline.kafka.EntryHeaders;
import io.tocsin.pipeline.kafka.KafkaCluster;
import io.tocsin.pipeline.kafka.SharedKafka;
import io.tocsin.pipeline.stage.StageResources;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real listeners that share one topic of real brokers, and the collectors behind it that take each their part.
@Tag("slow")
final class KafkaDispatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int LINES = 1000;
    private static final KafkaCluster CLUSTER = SharedKafka.cluster();

    @TempDir
    Path folder;

    private static String listener(String name) {
        return """
            kind: collector
            name: %s
            spec: { connector: { type: tcp, listen: "127.0.0.1:0" }, keepRaw: true }
            """.formatted(name);
    }

    private static String taker(String name, String only) {
        return """
            kind: collector
            name: %s
            spec:
              connector: { type: kafka, brokers: "%s", topics: shared, only: %s }
              keepRaw: true
            """.formatted(name, CLUSTER.addresses().getFirst(), only);
    }

    private static RunningDestination toTopic(Harness edge, Path folder) {
        Problems problems = new Problems();
        ConfigNode node =
                YamlReader.read("test.yaml", """
            kind: destination
            name: site
            spec: { type: kafka, brokers: "%s", topic: shared, format: raw, flushInterval: 20ms }
            """.formatted(CLUSTER.addresses().getFirst()), problems);
        DestinationPlan plan = Objects.requireNonNull(
                DestinationPlan.read(Objects.requireNonNull(node), StageResources.NONE, problems));
        problems.throwIfAny();
        return plan.config()
                .start(new DestinationContext(
                        "site",
                        edge.log,
                        DestinationPlan.consumer("site"),
                        RecordRouting.of(_ -> true),
                        plan.filters(),
                        folder.resolve("dead-letters"),
                        "secret"));
    }

    private static void send(CollectorTopology listener, int first, int lines) throws IOException {
        try (Socket socket = Harness.connect(listener)) {
            for (int i = first; i < first + lines; i++) {
                socket.getOutputStream().write((listener.config().name() + " " + i + "\n").getBytes(UTF_8));
            }
        }
    }

    private static List<String> texts(Harness centre, String route) {
        return centre.logged().stream()
                .filter(event -> event.route().equals(route))
                .map(Harness.Logged::raw)
                .toList();
    }

    private static List<String> numbered(String name, int lines) {
        return IntStream.range(0, lines).mapToObj(i -> name + " " + i).toList();
    }

    /// P8 and P9.
    @Test
    void bringsThreeListenersThroughOneTopicAndLeavesNothingBetweenThoseWhoTakeThemApart() throws Exception {
        CLUSTER.createTopic("shared", 1);
        try (Harness edge = new Harness(folder.resolve("edge"))) {
            List<CollectorTopology> listeners =
                    edge.startTogether(List.of(listener("httpd"), listener("sourcefire"), listener("other")));
            int[] ports = listeners.stream()
                    .mapToInt(listener -> Harness.address(listener).getPort())
                    .toArray();
            try (RunningDestination destination = toTopic(edge, folder)) {
                for (CollectorTopology listener : listeners) {
                    send(listener, 0, LINES);
                }
                await().atMost(LIMIT).until(() -> destination.figures().deliveredEvents() == 3 * LINES);
                Map<Integer, Integer> byPort = new HashMap<>();
                for (ConsumerRecord<byte[], byte[]> found : CLUSTER.read("shared")) {
                    EntryHeaders entry = Objects.requireNonNull(EntryHeaders.read(found.headers()));
                    byPort.merge(entry.origin().localPort(), 1, Integer::sum);
                }
                assertThat(byPort).isEqualTo(Map.of(ports[0], LINES, ports[1], LINES, ports[2], LINES));

                try (Harness centre = new Harness(folder.resolve("centre"))) {
                    List<CollectorTopology> takers = centre.startTogether(List.of(
                            taker("takes-httpd", "{ ports: %d }".formatted(ports[0])),
                            taker("takes-sourcefire", "{ ports: %d }".formatted(ports[1])),
                            taker("takes-rest", "{ rest: true }")));
                    await().atMost(LIMIT).until(() -> centre.logged().size() == 3 * LINES);
                    assertThat(texts(centre, "takes-httpd")).isEqualTo(numbered("httpd", LINES));
                    assertThat(texts(centre, "takes-sourcefire")).isEqualTo(numbered("sourcefire", LINES));
                    assertThat(texts(centre, "takes-rest")).isEqualTo(numbered("other", LINES));
                    CollectorTopology rest = takers.getLast();
                    assertThat(Objects.requireNonNull(rest.kafka())
                                    .unnamedPorts()
                                    .get())
                            .isEqualTo(Map.of(Integer.toString(ports[2]), (long) LINES));

                    // A collector that names the port has come: the default route leaves it from now on.
                    List<CollectorConfig> others = new ArrayList<>(takers.stream()
                            .filter(other -> other != rest)
                            .map(CollectorTopology::config)
                            .toList());
                    others.add(Harness.config(taker("takes-other", "{ ports: %d }".formatted(ports[2]))));
                    rest.others(others);
                    send(listeners.getLast(), LINES, 10);
                    await().atMost(LIMIT)
                            .until(() -> rest.figures().counts().getOrDefault(StageCounter.PASSED_OVER_MESSAGES, 0L)
                                    == 2 * LINES + 10);
                    assertThat(texts(centre, "takes-rest")).hasSize(LINES);
                }
            }
        }
    }
}
