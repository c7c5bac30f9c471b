package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A destination that is slow or stands still takes nothing from another one, although events come as fast as the
/// log takes them.
final class SlowDestinationTest {
    private static final int BATCHES = 200;
    private static final int EVENTS_PER_BATCH = 1000;
    private static final int EVENTS = BATCHES * EVENTS_PER_BATCH;
    private static final long BUFFER_BYTES = 1 << 20;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    /// Counts lines as fast as they come.
    ///
    /// Thread-safety: any thread.
    private static final class Counter implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        private final AtomicLong lines = new AtomicLong();

        Counter() throws IOException {
            Thread.ofPlatform().daemon().start(this::take);
        }

        private void take() {
            byte[] buffer = new byte[1 << 16];
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    int ends = 0;
                    for (int i = 0; i < read; i++) {
                        ends += buffer[i] == '\n' ? 1 : 0;
                    }
                    lines.addAndGet(ends);
                }
            } catch (IOException closed) {
                // The test is over.
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static String spec(String address) {
        return "{ type: tcp, urls: [ \"" + address + "\" ], format: raw, holdBack: 0s, flushInterval: 10ms,"
                + " buffer: 1MiB, batch: 64KiB, timeout: 60s }";
    }

    @Test
    void takesNothingFromAnotherOneAtFullSpeedAndKeepsItsEventsOnTheDisk() throws Exception {
        try (NumberedEvents events = new NumberedEvents(folder);
                LineReceiver silent = new LineReceiver();
                LineReceiver slow = new LineReceiver();
                Counter counter = new Counter()) {
            silent.fallSilent();
            slow.slow(1);
            try (RunningDestination stalled = events.start("stalled", spec(silent.address()));
                    RunningDestination trickling = events.start("trickling", spec(slow.address()));
                    RunningDestination quick =
                            events.start("quick", spec("127.0.0.1:" + counter.server.getLocalPort()))) {
                events.append(BATCHES, EVENTS_PER_BATCH);
                await().atMost(LONG).until(() -> counter.lines.get() >= EVENTS);
                await().atMost(LONG).until(() -> quick.figures().backlogEvents() == 0);
                assertThat(stalled.figures().deliveredEvents()).isLessThan(EVENTS / 2);
                for (DestinationFigures late : List.of(stalled.figures(), trickling.figures())) {
                    assertThat(late.inFlightBytes()).as("memory").isLessThanOrEqualTo(BUFFER_BYTES);
                    assertThat(late.backlogEvents()).as("on the disk").isGreaterThan(EVENTS / 2);
                    assertThat(late.retries()).as("work that it did meanwhile").isZero();
                    assertThat(late.lostEvents()).isZero();
                }
                silent.readAgain();
                slow.slow(0);
                assertThat(stalled.drain(LONG)).isTrue();
                assertThat(trickling.drain(LONG)).isTrue();
                await().atMost(LONG).until(() -> silent.numbers().size() == EVENTS);
                await().atMost(LONG).until(() -> slow.numbers().size() == EVENTS);
                assertThat(silent.numbers().stream().mapToInt(Integer::intValue).toArray())
                        .as("in the order in which they came")
                        .isEqualTo(IntStream.range(0, EVENTS).toArray());
            }
        }
    }
}
