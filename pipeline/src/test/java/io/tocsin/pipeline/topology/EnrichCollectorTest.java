package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.enrich.indicator.IndicatorSource;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Enrichments on the way from a socket to the log.
final class EnrichCollectorTest {
    private static final int EVENTS = 3000;

    @TempDir
    private Path folder;

    @Test
    void eventsPassADeadNameServerOnceEachAndSaySo() throws IOException, InterruptedException {
        try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
                Harness harness = new Harness(folder)) {
            CollectorTopology collector = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: cef
                      stages:
                        - type: enrich
                          timeLimit: 100ms
                          rules:
                            - { type: constant, set: { S.site: north } }
                            - { type: dns, timeout: 200ms, servers: "127.0.0.1:%d", names: { SourceHostName: SourceAddress } }
                            - { type: template, template: "{{.SourcePort}}/{{S.site}}", to: Reason }
                        - type: mutate
                          actions: [ { rename: { S.origin: Extra.origin, S.place: S.site } } ]
                    """.formatted(silent.getLocalPort()));
            try (Socket socket = Harness.connect(collector)) {
                StringBuilder lines = new StringBuilder();
                for (int i = 1; i <= EVENTS; i++) {
                    lines.append("CEF:0|v|p|1|id|name|5|src=10.0.")
                            .append(i / 250)
                            .append('.')
                            .append(i % 250)
                            .append(" spt=")
                            .append(i)
                            .append('\n');
                }
                socket.getOutputStream().write(lines.toString().getBytes(UTF_8));
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> collector.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) == EVENTS);
            assertThat(collector.drain(Duration.ofSeconds(30))).isTrue();
            List<String> logged = events(harness);
            assertThat(logged).hasSize(EVENTS);
            for (int i = 1; i <= EVENTS; i++) {
                assertThat(logged.get(i - 1))
                        .contains("\"Reason\":\"" + i + "/north\"", "\"S\":{\"place\":\"north\"}")
                        .containsPattern("\"enrichmentError\":\"dns: (timeout|not asked|failed)\"");
            }
            assertThat(collector.figures().stages())
                    .extracting(stage -> stage.type() + " " + stage.received() + " " + stage.sent())
                    .containsExactly("enrich 3000 3000", "mutate 3000 3000");
            assertThat(collector.figures().stages().getFirst().details())
                    .containsEntry("constant.hits", (long) EVENTS)
                    .containsEntry("dns.hits", 0L);
        }
    }

    private CollectorTopology startWithLists(Harness harness, String name) {
        return harness.start("""
                kind: collector
                name: %s
                spec:
                  connector: { type: tcp, listen: "127.0.0.1:0" }
                  normalizer: cef
                  stages:
                    - type: enrich
                      refresh: 10ms
                      rules:
                        - type: threats
                          indicators: { lists: [ { type: csv, name: own, file: "%s/list.csv", value: value } ] }
                """.formatted(name, folder));
    }

    private static void send(CollectorTopology collector, String address) throws IOException {
        try (Socket socket = Harness.connect(collector)) {
            socket.getOutputStream().write(("CEF:0|v|p|1|id|name|5|src=" + address + "\n").getBytes(UTF_8));
        }
    }

    private static long indicators(CollectorTopology collector) {
        return collector.figures().stages().getFirst().details().getOrDefault("threats.indicators", -1L);
    }

    @Test
    void collectorsShareAThreatListAndItsReloads() throws IOException, InterruptedException {
        Files.writeString(folder.resolve("list.csv"), "value\n10.0.0.1\n");
        int before = IndicatorSource.sharedNow();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology one = startWithLists(harness, "one");
            CollectorTopology two = startWithLists(harness, "two");
            assertThat(IndicatorSource.sharedNow()).isEqualTo(before + 1);
            Files.writeString(folder.resolve("list.csv"), "value\n10.0.0.1\n10.0.0.2\n");
            Awaitility.await().until(() -> indicators(one) == 2 && indicators(two) == 2);
            send(one, "10.0.0.2");
            send(two, "10.0.0.2");
            Awaitility.await()
                    .until(() -> one.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) == 1
                            && two.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) == 1);
            one.drain(Duration.ofSeconds(10));
            assertThat(IndicatorSource.sharedNow()).isEqualTo(before + 1);
            two.drain(Duration.ofSeconds(10));
            assertThat(IndicatorSource.sharedNow()).isEqualTo(before);
            assertThat(events(harness)).hasSize(2).allMatch(event -> event.contains("\"TI\""));
        }
    }

    private static List<String> events(Harness harness) throws InterruptedException {
        List<String> events = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        LogPosition end = harness.log.end();
        try (LogReader reader = harness.log.reader(LogPosition.START)) {
            while (reader.position().compareTo(end) < 0) {
                for (LogRecord found : reader.poll(1000, Long.MAX_VALUE, Duration.ofSeconds(10))) {
                    decoder.decode(found.payload(), 0, found.payload().length, batch);
                    for (int i = 0; i < batch.count(); i++) {
                        events.add(new EventJson().toText(new Event().moveTo(batch, i)));
                    }
                }
            }
        }
        return events;
    }
}
