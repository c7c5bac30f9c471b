package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManyConnectionsTest {
    @TempDir
    Path folder;

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    @Test
    @Tag("slow")
    void holdsFiveThousandConnections() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try {
                for (int i = 0; i < 5000; i++) {
                    sockets.add(Harness.connect(topology));
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> topology.figures().openSources() == 5000);
                for (int i = 0; i < 5000; i++) {
                    write(sockets.get(i), "<13>from " + i + "\n<13>half ");
                }
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 5000);
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> topology.figures().openSources() == 0);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(harness.loggedTexts().stream().filter(text -> text.startsWith("<13>from ")))
                    .hasSize(5000)
                    .doesNotHaveDuplicates();
            assertThat(harness.ledger()).isEqualTo(java.util.Map.of("RECEIVED", 10_000L));
        }
    }

    @Test
    void closesWhatIsTooMany() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", maxConnections: 2");
            try (Socket first = Harness.connect(topology);
                    Socket second = Harness.connect(topology)) {
                await().until(() -> topology.figures().openSources() == 2);
                try (Socket third = Harness.connect(topology)) {
                    assertThat(third.getInputStream().read()).isEqualTo(-1);
                }
                assertThat(Harness.count(topology, StageCounter.CONNECTIONS_REFUSED))
                        .isEqualTo(1);
                write(first, "<13>first\n");
                write(second, "<13>second\n");
                await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 2);
            }
            await().until(() -> topology.figures().openSources() == 0);
            try (Socket next = Harness.connect(topology)) {
                write(next, "<13>next\n");
                await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 3);
            }
        }
    }

    @Test
    void leavesRoomForOthersWhenOnePeerOpensConnectionsWithoutEnd() throws IOException {
        List<Socket> greedy = new ArrayList<>();
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", maxConnections: 16");
            int port = Harness.address(topology).getPort();
            try {
                for (int i = 0; i < 40; i++) {
                    greedy.add(Harness.connect(topology));
                }
                await().until(() -> Harness.count(topology, StageCounter.CONNECTIONS_REFUSED) == 26);
                assertThat(topology.figures().openSources()).isEqualTo(14);
                try (Socket other =
                        new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName("127.0.0.9"), 0)) {
                    write(other, "<13>let in\n");
                    await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 1);
                }
            } finally {
                for (Socket socket : greedy) {
                    socket.close();
                }
            }
            await().until(() -> topology.figures().openSources() == 0);
        }
    }

    @Test
    void closesAConnectionThatSendsNothing() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp(", idleTimeout: 200ms");
            try (Socket socket = Harness.connect(topology)) {
                write(socket, "<13>unfinished");
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 1);
        }
    }

    @Test
    void startsAndStopsManyTimesOnOnePort() throws IOException {
        String address = null;
        try (Harness harness = new Harness(folder)) {
            for (int i = 0; i < 50; i++) {
                CollectorTopology topology = harness.start("""
                        kind: collector
                        name: test
                        spec: { connector: { type: tcp, listen: "%s" } }
                        """.formatted(address == null ? "127.0.0.1:0" : address));
                address = topology.addresses().getFirst();
                try (Socket socket = Harness.connect(topology)) {
                    write(socket, "<13>round " + i + "\n");
                    await().until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) == 1);
                    assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
                }
            }
            assertThat(harness.logged()).hasSize(50);
        }
    }
}
