package io.tocsin.pipeline.topology;

import static io.tocsin.pipeline.normalizer.FlowPackets.flow;
import static io.tocsin.pipeline.normalizer.FlowPackets.flowTemplate;
import static io.tocsin.pipeline.normalizer.FlowPackets.ipfix;
import static io.tocsin.pipeline.normalizer.FlowPackets.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlowCollectorTest {
    private static final String COLLECTOR = """
            kind: collector
            name: flows
            spec:
              connector: { type: udp, listen: "127.0.0.1:0" }
              normalizer: netflow
            """;

    @TempDir
    private Path folder;

    private static void send(CollectorTopology topology, DatagramSocket socket, byte[] packet) throws IOException {
        socket.send(new DatagramPacket(packet, packet.length, Harness.address(topology)));
    }

    private static DatagramSocket socket() throws IOException {
        return new DatagramSocket(0, InetAddress.getLoopbackAddress());
    }

    @Test
    void logsEachRecordOfAPacketAndWhatWaitedForItsTemplate() throws Exception {
        try (Harness harness = new Harness(folder);
                DatagramSocket exporter = socket()) {
            CollectorTopology topology = harness.start(COLLECTOR);
            send(topology, exporter, ipfix(0, 5, set(256, flow(1, 100), flow(2, 0))));
            await().until(() -> Harness.count(topology, StageCounter.MESSAGES_WITHOUT_EVENTS) == 1);
            assertThat(Harness.count(topology, StageCounter.RECEIVED_EVENTS)).isZero();
            // The last record ends with zeros, which belong to it.
            send(topology, exporter, ipfix(2, 5, set(2, flowTemplate(256)), set(256, flow(3, 0))));
            await().until(() -> Harness.count(topology, StageCounter.LOGGED_EVENTS) == 3);
            send(topology, exporter, ipfix(3, 5, set(300, flow(4, 400))));
            await().until(() -> Harness.count(topology, StageCounter.MESSAGES_WITHOUT_EVENTS) == 2);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.logged()).hasSize(4);
            assertThat(harness.logged())
                    .extracting(Harness.Logged::parseFailed)
                    .containsExactly(false, false, false, true);
            assertThat(harness.ledger()).containsEntry("RECEIVED", 4L).doesNotContainKey("REJECTED");
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("# HELP tocsin_flow_expired Kept sets")
                    .contains("\ntocsin_flow_packets_total{collector=\"flows\"} 3\n")
                    .contains("\ntocsin_flow_templates_total{collector=\"flows\"} 1\n")
                    .contains("\ntocsin_flow_held_total{collector=\"flows\"} 2\n")
                    .contains("\ntocsin_flow_released_total{collector=\"flows\"} 1\n")
                    .contains("\ntocsin_flow_expired_total{collector=\"flows\"} 1\n")
                    .contains("\ntocsin_flow_missing_total{collector=\"flows\"} 0\n");
        }
    }

    @Test
    void remembersTemplatesOverARestart() throws Exception {
        try (Harness harness = new Harness(folder);
                DatagramSocket exporter = socket()) {
            CollectorTopology first = harness.start(COLLECTOR);
            send(first, exporter, ipfix(0, 5, set(2, flowTemplate(256))));
            await().until(() -> Harness.count(first, StageCounter.MESSAGES_WITHOUT_EVENTS) == 1);
            first.drain(Duration.ofSeconds(10));
            CollectorTopology second = harness.start(COLLECTOR);
            try (DatagramSocket restarted = socket()) {
                send(second, restarted, ipfix(0, 5, set(256, flow(1, 100), flow(2, 200))));
                await().until(() -> Harness.count(second, StageCounter.LOGGED_EVENTS) == 2);
            }
            second.drain(Duration.ofSeconds(10));
            assertThat(harness.logged()).noneMatch(Harness.Logged::parseFailed);
        }
    }
}
