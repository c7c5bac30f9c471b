package io.tocsin.pipeline.topology;

import static io.tocsin.pipeline.topology.LumberjackPeer.batch;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// F-SLOW-03: five hundred senders of Beats while the pipeline takes nothing for long (input-beats 163, 185, 310; beats
/// 661, 5520).
@Timeout(120)
final class BlockedBeatsTest {
    private static final int PEERS = 500;
    private static final int EVENTS = 8;
    private static final int SIGNS_OF_LIFE = 3;
    private static final List<Integer> FILLING_EVENTS = List.of(500, 40, EVENTS / 4);

    @TempDir
    private Path folder;

    private static final Random RANDOM = new Random(7);

    /// What cannot be made much smaller.
    private static List<String> events(String name, int count) {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder("{\"message\":\"" + name + " " + i + " ");
            RANDOM.longs(64).forEach(each -> text.append(Long.toHexString(each)));
            events.add(text.append("\"}").toString());
        }
        return events;
    }

    /// One sender and what it has to send.
    private static final class Beat {
        final String name;
        final byte[] batch;
        LumberjackPeer peer;

        Beat(String name, CollectorTopology topology) throws IOException {
            this.name = name;
            this.batch = batch(events(name, EVENTS));
            this.peer = new LumberjackPeer(topology);
        }

        void send() throws IOException {
            peer.send(batch);
        }

        void sendAgain(CollectorTopology topology) throws IOException {
            peer.close();
            peer = new LumberjackPeer(topology);
            send();
        }
    }

    private Harness harness() {
        return new Harness(folder, LogOptions.defaults().withReserveBytes(0).withSizes(1 << 20, 3 << 20));
    }

    private static CollectorTopology start(Harness harness, String more) {
        return harness.start("""
                kind: collector
                name: beats
                spec:
                  connector: { type: beats, listen: "127.0.0.1:0", keepAlive: 100ms%s }
                  normalizer: json
                  keepRaw: true
                """.formatted(more));
    }

    /// Sends until the log has no room, not even for a window of few events: as long as it has, it is acknowledged.
    private static List<LumberjackPeer> fill(CollectorTopology topology) throws IOException {
        List<LumberjackPeer> waiting = new ArrayList<>();
        for (int count : FILLING_EVENTS) {
            LumberjackPeer peer = new LumberjackPeer(topology);
            int alive = 0;
            while (alive < SIGNS_OF_LIFE) {
                peer.send(batch(events("filling", count)));
                for (alive = 0; alive < SIGNS_OF_LIFE && peer.acknowledgement() == 0; alive++) {}
            }
            waiting.add(peer);
        }
        return waiting;
    }

    private static void close(List<LumberjackPeer> peers) throws IOException {
        for (LumberjackPeer peer : peers) {
            peer.close();
        }
    }

    private static List<Beat> beats(CollectorTopology topology) throws IOException {
        List<Beat> beats = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            beats.add(new Beat("beat-" + i, topology));
            beats.getLast().send();
        }
        return beats;
    }

    /// Makes room from now on, and counts how often each event of the Beats came.
    ///
    /// Thread-safety: `counts` is for any thread.
    private static final class Drain implements AutoCloseable {
        final Map<String, Integer> counts = new ConcurrentHashMap<>();
        private final LogConsumer consumer;
        private final Thread thread = new Thread(this::run, "drain");
        private volatile boolean ended;

        Drain(LogConsumer consumer) {
            this.consumer = consumer;
            thread.start();
        }

        private void run() {
            EventBatch batch = new EventBatch();
            BatchDecoder decoder = new BatchDecoder();
            Event event = new Event();
            try {
                while (!ended) {
                    for (LogRecord found : consumer.poll(1000, 1 << 20, Duration.ofMillis(50))) {
                        decoder.decode(found.payload(), 0, found.payload().length, batch);
                        for (int i = 0; i < batch.count(); i++) {
                            event.moveTo(batch, i);
                            String text = new String(event.arena(), event.rawOffset(), event.rawLength(), UTF_8);
                            if (text.contains("beat-")) {
                                counts.merge(text, 1, Integer::sum);
                            }
                        }
                        consumer.commit(found.end());
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            ended = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void everyBeatThatWaitsHearsThatItsEventsAreWorkedOnAndNeedsNotSendThemAgain() throws Exception {
        try (Harness harness = harness();
                LogConsumer consumer = harness.log.consumer("storage")) {
            CollectorTopology topology = start(harness, "");
            List<LumberjackPeer> filling = fill(topology);
            List<Beat> beats = beats(topology);
            for (Beat beat : beats) {
                for (int i = 0; i < SIGNS_OF_LIFE; i++) {
                    assertThat(beat.peer.acknowledgement()).as(beat.name).isZero();
                }
            }
            try (Drain drain = new Drain(consumer)) {
                for (Beat beat : beats) {
                    beat.peer.awaitAcknowledgement(EVENTS);
                    beat.peer.close();
                }
                await().until(() -> drain.counts.size() == PEERS * EVENTS);
                assertThat(drain.counts.values()).containsOnly(1);
            }
            close(filling);
            assertThat(Harness.count(topology, StageCounter.CONNECTIONS)).isEqualTo(PEERS + filling.size());
            assertThat(Harness.count(topology, StageCounter.REQUESTS_SENT_AWAY)).isZero();
        }
    }

    @Test
    void beatsThatWereLetGoSendNoMoreThanTheirBatchTwice() throws Exception {
        try (Harness harness = harness();
                LogConsumer consumer = harness.log.consumer("storage")) {
            CollectorTopology topology = start(harness, ", stuckTimeout: 2s");
            List<LumberjackPeer> filling = fill(topology);
            List<Beat> beats = beats(topology);
            for (Beat beat : beats) {
                assertThat(beat.peer.acknowledgement()).as(beat.name).isZero();
                assertThatThrownBy(() -> beat.peer.awaitAcknowledgement(EVENTS))
                        .as(beat.name)
                        .isInstanceOf(SocketException.class);
            }
            close(filling);
            assertThat(Harness.count(topology, StageCounter.REQUESTS_SENT_AWAY))
                    .isBetween((long) PEERS, (long) PEERS + filling.size());
            try (Drain drain = new Drain(consumer)) {
                for (Beat beat : beats) {
                    beat.sendAgain(topology);
                }
                for (Beat beat : beats) {
                    beat.peer.awaitAcknowledgement(EVENTS);
                    beat.peer.close();
                }
                await().until(() -> drain.counts.size() == PEERS * EVENTS);
                assertThat(drain.counts.values()).allMatch(times -> times <= 2);
            }
        }
    }
}
