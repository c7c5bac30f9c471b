package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.diagnostics.SourceFigures;
import io.tocsin.pipeline.stage.StageMeter;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageFiguresTest {
    @TempDir
    Path folder;

    private static CollectorTopology run(Harness harness, String yaml, String text, long events) throws IOException {
        CollectorTopology topology = harness.start(yaml);
        try (Socket socket = Harness.connect(topology)) {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() -> topology.figures().counts().getOrDefault(StageCounter.RECEIVED_EVENTS, 0L) >= events);
        assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
        return topology;
    }

    private static List<String> way(CollectorTopology topology) {
        return topology.figures().way().stream()
                .map(stage -> stage.name() + " " + stage.received() + " " + stage.sent() + " " + stage.dropped() + " "
                        + stage.errors())
                .toList();
    }

    @Test
    void showsEveryStageInTheOrderInWhichAnEventMeetsThem() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = run(
                    harness,
                    """
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: json
                      filter: { drop: "Name = 'noise'" }
                      stages:
                        - { type: filter, keep: "Name != 'never'" }
                    """,
                    "{\"Name\":\"noise\"}\n{\"Name\":\"signal\",\"SourcePort\":\"x\"}\nno json\n{\"Name\":\"noise\"}\n",
                    4);
            assertThat(way(topology))
                    .satisfiesExactly(
                            stage -> assertThat(stage).isEqualTo("receive 4 4 {} 0"),
                            stage -> assertThat(stage).isEqualTo("normalize 4 4 {} 1"),
                            stage ->
                                    assertThat(stage).startsWith("filter 4 2 {").endsWith("=2} 0"),
                            stage -> assertThat(stage).isEqualTo("filter-2 2 2 {} 0"),
                            stage -> assertThat(stage).isEqualTo("log 2 2 {} 0"));
            List<StageMeter.Figures> stages = topology.figures().way();
            assertThat(stages.getFirst().nanos()).isEqualTo(StageMeter.NOT_MEASURED);
            assertThat(stages.stream().skip(1)).allMatch(stage -> stage.nanos() > 0);
            assertThat(stages.get(1).details()).containsEntry("partial", 1L);
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("tocsin_stage_received_total{collector=\"test\",stage=\"normalize\"} 4\n")
                    .doesNotContain("tocsin_stage_seconds_total{collector=\"test\",stage=\"receive\"}");
        }
    }

    /// W14: the numbers of two senders, of which some never come.
    @Test
    void showsMessagesThatDidNotComeForTheCollectorAndForEachSource() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= 1000; i++) {
            if (i % 100 != 50) {
                text.append(numbered("web1", i));
            }
            if (i != 7) {
                text.append(numbered("web2", 5000 + i));
            }
        }
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = run(harness, """
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: syslog
                    """, text.toString(), 1989);
            // Ten and one, without those that may still be late: three have fewer than 256 messages behind them.
            assertThat(topology.figures().counts()).containsEntry(StageCounter.SEQUENCE_GAPS, 8L);
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("tocsin_collector_sequence_gaps_total{collector=\"test\"} 8\n");
            assertThat(topology.sources())
                    .singleElement()
                    .satisfies(source -> assertThat(source.missing()).isEqualTo(8));
        }
    }

    private static String numbered(String host, int number) {
        return "<13>1 2026-11-23T10:00:00Z " + host + " app 1 - [meta sequenceId=\"" + number + "\"] text\n";
    }

    @Test
    void showsWhatIsHeldAndJoined() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = run(harness, """
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      assemble: auditd
                      normalizer: kv
                    """, """
                    type=SYSCALL msg=audit(10.000:1): arch=c000003e syscall=2 success=yes items=0
                    type=PROCTITLE msg=audit(10.000:1): proctitle="x"
                    """, 2);
            assertThat(way(topology))
                    .containsExactly(
                            "receive 2 2 {} 0",
                            "hold 2 2 {} 0",
                            "assemble 2 1 {joined=1} 0",
                            "normalize 1 1 {} 0",
                            "log 1 1 {} 0");
            assertThat(topology.sources())
                    .singleElement()
                    .satisfies(source -> assertThat(source.events()).isEqualTo(1));
        }
    }

    @Test
    void tellsHowWellTheTextsOfEachPeerAreUnderstood() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = run(
                    harness, """
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: cef
                    """, "CEF:0|V|P|1|1|n|5|src=10.0.0.1 spt=x\nCEF:0|V|P|1|1|n|5|src=10.0.0.1\nwords\n", 3);
            SourceFigures source = Objects.requireNonNull(topology.source(SourceFigures.id("127.0.0.1")));
            assertThat(List.of(source.events(), source.parsed(), source.partial(), source.failed()))
                    .containsExactly(3L, 1L, 1L, 1L);
            assertThat(source.normalizers()).containsExactly(new SourceFigures.Way("cef", 2));
            assertThat(source.failures())
                    .extracting(SourceFigures.Failure::sample)
                    .contains("words");
            assertThat(source.fields()).extracting(SourceFigures.Fill::field).contains("SourceAddress", "DeviceVendor");
            assertThat(topology.sources()).extracting(SourceFigures::id).containsExactly(source.id());
        }
    }
}
