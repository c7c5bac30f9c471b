package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.transport.DeliveryMetrics;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectorTopologyTest {
    @TempDir
    Path folder;

    private static void send(CollectorTopology topology, String text) throws IOException {
        try (Socket socket = Harness.connect(topology)) {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }
    }

    private static void awaitReceived(CollectorTopology topology, long events) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Harness.count(topology, StageCounter.RECEIVED_EVENTS) >= events);
    }

    @Test
    void logsLinesOfOneConnectionInOrder() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            List<String> lines = IntStream.range(0, 20_000)
                    .mapToObj(i -> "<13>Nov 22 10:00:00 host app[1]: message " + i)
                    .toList();
            send(topology, String.join("\n", lines) + "\n");
            awaitReceived(topology, lines.size());
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(harness.loggedTexts()).isEqualTo(lines);
            assertThat(harness.logged())
                    .allMatch(event -> !event.parseFailed() && event.source().equals("127.0.0.1"));
            assertThat(harness.logged()).allMatch(event -> event.route().equals("test"));
            assertThat(harness.ledger()).containsOnly(java.util.Map.entry("RECEIVED", 20_000L));
        }
    }

    @Test
    void sealsAQuietLaneByAge() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try (Socket socket = Harness.connect(topology)) {
                socket.getOutputStream().write("<13>alone\n".getBytes(UTF_8));
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> Harness.count(topology, StageCounter.LOGGED_EVENTS) == 1);
            }
            assertThat(harness.loggedTexts()).containsExactly("<13>alone");
        }
    }

    @Test
    void keepsALineThatNoParserUnderstands() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: cef
                    """);
            send(topology, "just words \u0001\u00ff\n");
            awaitReceived(topology, 1);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged()).singleElement().satisfies(event -> {
                assertThat(event.raw()).isEqualTo("just words \u0001\u00ff");
                assertThat(event.parseFailed()).isTrue();
            });
        }
    }

    @Test
    void cutsATenMegabyteLineAndKeepsItsNeighbours() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            String big = "<13>" + "a".repeat(10 << 20);
            send(topology, "<13>before\n" + big + "\n<13>after\n" + big.length() + " " + big + "10 <13>behind");
            awaitReceived(topology, 5);
            topology.drain(Duration.ofSeconds(20));
            List<Harness.Logged> events = harness.logged();
            assertThat(events).hasSize(5);
            assertThat(events.get(0).raw()).isEqualTo("<13>before");
            assertThat(events.get(1).raw()).hasSize(4 << 20);
            assertThat(events.get(1).cut()).isTrue();
            assertThat(events.get(2).raw()).isEqualTo("<13>after");
            assertThat(events.get(3).raw()).hasSize(4 << 20);
            assertThat(events.get(4).raw()).isEqualTo("<13>behind");
        }
    }

    @Test
    void keepsHalfAFrameMarked() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            send(topology, "<13>whole\n<13>ha");
            awaitReceived(topology, 2);
            topology.drain(Duration.ofSeconds(5));
            assertThat(harness.logged()).extracting(Harness.Logged::raw).containsExactly("<13>whole", "<13>ha");
            assertThat(harness.logged()).extracting(Harness.Logged::cut).containsExactly(false, true);
        }
    }

    @Test
    void survivesGarbageAndConnectionsWithoutData() throws IOException {
        Random random = new Random(7);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            for (int i = 0; i < 50; i++) {
                byte[] garbage = new byte[random.nextInt(100_000)];
                random.nextBytes(garbage);
                try (Socket socket = Harness.connect(topology)) {
                    // A connection that is closed with data unread is reset.
                    socket.setSoLinger(i % 2 == 0, 0);
                    socket.getOutputStream().write(garbage);
                } catch (IOException resetMeanwhile) {
                    // The next one follows.
                }
            }
            send(topology, "<13>still alive\n");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> topology.figures().openSources() == 0);
            topology.drain(Duration.ofSeconds(10));
            assertThat(harness.loggedTexts()).contains("<13>still alive");
            assertThat(harness.ledger().get("RECEIVED"))
                    .isEqualTo(harness.logged().size());
        }
    }

    /// Fluent Bit 2274: stopping lost what was in memory.
    @Test
    void fluentBit2274DrainsWhatLiesInTheKernelBuffers() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            try (Socket socket = Harness.connect(topology)) {
                String text = IntStream.range(0, 5000)
                        .mapToObj(i -> "<13>line " + i + "\n")
                        .collect(Collectors.joining());
                socket.getOutputStream().write(text.getBytes(UTF_8));
                // The connection stays open; drain must not wait for its end.
                long before = System.nanoTime();
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
                assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
            }
            assertThat(harness.logged()).hasSize(5000);
        }
    }

    @Test
    void drainsAtOnceWhenItNeverStarted() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = CollectorTopology.open(
                    Harness.config("""
                            kind: collector
                            name: test
                            spec:
                              connector: { type: tcp, listen: "127.0.0.1:0" }
                            """), harness.log, folder.resolve("positions"), SystemClock.process());
            long before = System.nanoTime();
            assertThat(topology.drain(Duration.ofSeconds(60))).isTrue();
            assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
        }
    }

    @Test
    void drainsConnectionsThatNobodyHasAcceptedYet() throws IOException {
        int peers = 200;
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < peers; i++) {
                    Socket socket = Harness.connect(topology);
                    sockets.add(socket);
                    socket.getOutputStream().write(("<13>peer " + i + "\n").getBytes(UTF_8));
                }
                assertThat(topology.drain(Duration.ofSeconds(20))).isTrue();
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            assertThat(harness.logged()).hasSize(peers);
        }
    }

    /// Fluent Bit 10436: pausing an input lost what TCP had delivered.
    @Test
    void fluentBit10436StopsReadingWhileTheLogIsFullAndLosesNothing() throws Exception {
        LogOptions small = LogOptions.defaults().withReserveBytes(0).withSizes(64 << 10, 256 << 10);
        try (Harness harness = new Harness(folder, small);
                LogConsumer consumer = harness.log.consumer("slow")) {
            CollectorTopology topology = harness.startTcp("");
            int lines = 60_000;
            AtomicLong sent = new AtomicLong();
            Thread sender = Thread.ofVirtual().start(() -> {
                Random random = new Random(3);
                try (Socket socket = Harness.connect(topology)) {
                    OutputStream out = socket.getOutputStream();
                    for (int i = 0; i < lines; i++) {
                        out.write(("<13>line " + i + " "
                                        + Long.toHexString(random.nextLong()).repeat(20) + "\n")
                                .getBytes(UTF_8));
                        sent.incrementAndGet();
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> topology.figures().waitingForLog());
            long stuckAt = sent.get();
            assertThat(stuckAt).isLessThan(lines);
            List<String> read = new ArrayList<>();
            io.tocsin.event.EventBatch batch = new io.tocsin.event.EventBatch();
            while (read.size() < lines) {
                List<LogRecord> records = consumer.poll(10, 1 << 20, Duration.ofSeconds(20));
                assertThat(records).isNotEmpty();
                for (LogRecord found : records) {
                    new io.tocsin.event.BatchDecoder().decode(found.payload(), 0, found.payload().length, batch);
                    for (int i = 0; i < batch.count(); i++) {
                        io.tocsin.event.Event event = new io.tocsin.event.Event().moveTo(batch, i);
                        String raw = new String(event.arena(), event.rawOffset(), event.rawLength(), UTF_8);
                        read.add(raw.substring(0, raw.lastIndexOf(' ')));
                    }
                    consumer.commit(found.end());
                }
            }
            sender.join();
            assertThat(read)
                    .isEqualTo(IntStream.range(0, lines)
                            .mapToObj(i -> "<13>line " + i)
                            .toList());
            assertThat(Harness.count(topology, StageCounter.APPEND_RETRIES)).isPositive();
        }
    }

    @Test
    void balancesUnderConcurrency() throws Exception {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            List<Thread> senders = new ArrayList<>();
            for (int sender = 0; sender < 16; sender++) {
                int id = sender;
                senders.add(Thread.ofVirtual().start(() -> {
                    String text = IntStream.range(0, 3000)
                            .mapToObj(i -> "<13>sender " + id + " line " + i + "\n")
                            .collect(Collectors.joining());
                    try {
                        send(topology, text);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }));
            }
            for (Thread sender : senders) {
                sender.join();
            }
            awaitReceived(topology, 48_000);
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            List<Harness.Logged> events = harness.logged();
            assertThat(events).hasSize(48_000);
            assertThat(events.stream().map(Harness.Logged::sequence).distinct()).hasSize(48_000);
            assertThat(harness.ledger()).containsOnly(java.util.Map.entry("RECEIVED", 48_000L));
            for (int sender = 0; sender < 16; sender++) {
                String prefix = "<13>sender " + sender + " ";
                assertThat(events.stream().map(Harness.Logged::raw).filter(raw -> raw.startsWith(prefix)))
                        .containsExactlyElementsOf(IntStream.range(0, 3000)
                                .mapToObj(i -> prefix + "line " + i)
                                .toList());
            }
        }
    }

    @Test
    void logsDatagrams() throws Exception {
        try (Harness harness = new Harness(folder);
                DatagramSocket socket = new DatagramSocket()) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: udp, listen: "127.0.0.1:0", maxEventSize: 1000B }
                      keepRaw: true
                    """);
            for (String text : List.of("<13>one\n", "<13>two\nlines", "\n", "x".repeat(1500))) {
                byte[] bytes = text.getBytes(UTF_8);
                socket.send(new DatagramPacket(bytes, bytes.length, Harness.address(topology)));
            }
            awaitReceived(topology, 3);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
            assertThat(harness.loggedTexts()).containsExactly("<13>one", "<13>two\nlines", "x".repeat(1000));
            assertThat(harness.logged()).extracting(Harness.Logged::cut).containsExactly(false, false, true);
            assertThat(harness.logged()).allMatch(event -> event.source().equals("127.0.0.1"));
        }
    }

    @Test
    void countsEveryDatagramThatItCouldNotKeep() throws Exception {
        LogOptions small = LogOptions.defaults().withReserveBytes(0).withSizes(1 << 20, 3 << 20);
        try (Harness harness = new Harness(folder, small);
                LogConsumer consumer = harness.log.consumer("slow");
                DatagramSocket socket = new DatagramSocket()) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: udp, listen: "127.0.0.1:0", queue: 512KiB, receiveBuffer: 64KiB }
                      normalizer: syslog
                      keepRaw: true
                    """);
            Random random = new Random(5);
            byte[] bytes = new byte[1000];
            int datagrams = 0;
            int more = 2000;
            long until = System.nanoTime() + 20_000_000_000L;
            while (more > 0 && System.nanoTime() < until) {
                random.nextBytes(bytes);
                bytes[0] = '<';
                bytes[999] = 'x';
                socket.send(new DatagramPacket(bytes, bytes.length, Harness.address(topology)));
                datagrams++;
                more -= topology.figures().waitingForLog() ? 1 : 0;
            }
            assertThat(topology.figures().waitingForLog()).isTrue();
            // The log takes records again; what was dropped meanwhile must show up in the ledger.
            long received = 0;
            long rejected = 0;
            long logged = 0;
            Thread drain = null;
            while (received < datagrams) {
                for (LogRecord found : consumer.poll(10, 1 << 20, Duration.ofSeconds(10))) {
                    logged += io.tocsin.event.BatchHeader.read(found.payload(), 0, found.payload().length)
                            .count();
                    for (var entry : io.tocsin.event.BatchHeader.read(found.payload(), 0, found.payload().length)
                            .ledger()) {
                        switch (entry.counter()) {
                            case RECEIVED -> received += entry.value();
                            case REJECTED -> rejected += entry.value();
                            case FILTERED, AGGREGATED -> throw new AssertionError(entry);
                        }
                    }
                    consumer.commit(found.end());
                }
                if (drain == null && logged > 0) {
                    drain = Thread.ofVirtual().start(() -> topology.drain(Duration.ofSeconds(20)));
                }
            }
            assertThat(rejected).isPositive();
            assertThat(received).isEqualTo(datagrams).isEqualTo(logged + rejected);
        }
    }

    @Test
    void countsWhatTheFilterDrops() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: json
                      filter: { drop: "Name = 'noise'" }
                      keepRaw: true
                    """);
            send(topology, "{\"Name\":\"noise\"}\n{\"Name\":\"signal\"}\nno json\n{\"Name\":\"noise\"}\n");
            awaitReceived(topology, 4);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
            assertThat(harness.loggedTexts()).containsExactly("{\"Name\":\"signal\"}", "no json");
            assertThat(harness.ledger()).isEqualTo(java.util.Map.of("RECEIVED", 4L, "FILTERED", 2L));
        }
    }

    @Test
    void writesFiguresAsOpenMetrics() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            send(topology, "<13>one\n");
            awaitReceived(topology, 1);
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("# TYPE tocsin_collector_received_events counter\n")
                    .contains("\ntocsin_collector_received_events_total{collector=\"test\"} 1\n")
                    .contains("\ntocsin_collector_up{collector=\"test\"} 1\n");
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("# TYPE tocsin_normalizer_unreadable_times counter\n")
                    .contains("\ntocsin_normalizer_texts_total{collector=\"test\"} 1\n")
                    .contains("\ntocsin_normalizer_unreadable_times_total{collector=\"test\"} 0\n")
                    .doesNotContain("tocsin_flow_packets_total{");
            assertThat(CollectorMetrics.text("collector", harness.log.metrics()))
                    .contains("\ntocsin_log_segments{log=\"collector\"} 1\n");
        }
    }

    @Test
    void countsTimesThatNobodyReads() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec: { connector: { type: tcp, listen: "127.0.0.1:0" }, normalizer: kv }
                    """);
            send(topology, "StartTime=yesterday Message=a\nStartTime=1700000000 Message=b\n");
            awaitReceived(topology, 2);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
            assertThat(CollectorMetrics.text(List.of(topology.figures())))
                    .contains("\ntocsin_normalizer_unreadable_times_total{collector=\"test\"} 1\n")
                    .contains("\ntocsin_normalizer_unconverted_values_total{collector=\"test\"} 1\n");
        }
    }

    @Test
    void writesFiguresOfDeliveries() {
        DeliveryMetrics metrics = new DeliveryMetrics(DeliveryMetrics.State.IDLE, 1, 2, 3, 4, 5, 6, 7, 8, 9, null);
        assertThat(CollectorMetrics.deliveries(Map.of("events", metrics)))
                .contains("\ntocsin_delivery_events_total{delivery=\"events\"} 3\n")
                .contains("\ntocsin_delivery_retries_total{delivery=\"events\"} 6\n")
                .contains("\ntocsin_delivery_dead_letters_total{delivery=\"events\"} 7\n")
                .contains("\ntocsin_delivery_in_flight_events{delivery=\"events\"} 9\n");
    }

    @Test
    void tellsTheLedgerWhenEverythingWasFiltered() throws IOException {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: tcp, listen: "127.0.0.1:0" }
                      normalizer: json
                      filter: { keep: "Name = 'never'" }
                    """);
            send(topology, "{\"Name\":\"noise\"}\n".repeat(1000));
            awaitReceived(topology, 1000);
            assertThat(topology.drain(Duration.ofSeconds(5))).isTrue();
            assertThat(harness.logged()).isEmpty();
            assertThat(harness.ledger()).isEqualTo(java.util.Map.of("RECEIVED", 1000L, "FILTERED", 1000L));
            // It covers a sequence, or a delivery could not name it.
            assertThat(harness.log.end().sequence()).isPositive();
        }
    }

    @Test
    void saysWhichPortIsTaken() {
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.startTcp("");
            String taken = topology.addresses().getFirst();
            assertThatThrownBy(() -> harness.start("""
                    kind: collector
                    name: second
                    spec:
                      connector: { type: tcp, listen: "%s" }
                    """.formatted(taken)))
                    .isInstanceOfSatisfying(
                            TocsinException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ADDRESS_IN_USE))
                    .hasMessageContaining(taken);
        }
    }
}
