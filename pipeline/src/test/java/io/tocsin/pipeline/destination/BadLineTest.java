package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Deliveries between services over lines that are silent, cut, narrow or rough.
final class BadLineTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final int NOISE_BYTES = 700;

    @TempDir
    private Path folder;

    private final Random random = new Random(5);
    private NumberedEvents events;
    private ServiceReceiver receiver;
    private BadLine line;

    @BeforeEach
    void open() throws Exception {
        events = new NumberedEvents(folder.resolve("edge"));
        receiver = new ServiceReceiver(folder.resolve("centre"));
        line = new BadLine(URI.create(receiver.url()).getPort());
    }

    @AfterEach
    void close() throws Exception {
        line.close();
        receiver.close();
        events.close();
    }

    /// Events that cannot be compressed.
    private void appendNoise(int batches, int eventsPerBatch) throws InterruptedException {
        byte[] noise = new byte[NOISE_BYTES];
        for (int i = 0; i < batches; i++) {
            for (int j = 0; j < eventsPerBatch; j++) {
                random.nextBytes(noise);
                events.addNext(noise);
            }
            events.append();
        }
    }

    private RunningDestination start(String more) {
        return events.start("centre", "{ type: internal, urls: [\"" + line.url() + "\"" + more + " }");
    }

    /// F-NET-02 with the times that a service destination has when nobody sets any.
    @Test
    void goesOnElsewhereWithinFifteenSecondsWhenTheLineFallsSilent() throws Exception {
        try (ServiceReceiver other = new ServiceReceiver(folder.resolve("other"));
                RunningDestination out = start(", \"" + other.url() + "\"]")) {
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            line.become(BadLine.State.SILENT);
            long before = System.nanoTime();
            events.append(5, 100);
            assertThat(out.drain(LONG)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
            // What lay in the line arrives as well, when it is back; storage keeps one of each.
            List<String> all = new ArrayList<>(receiver.events());
            all.addAll(other.events());
            assertThat(new TreeSet<>(all)).hasSize(1_000);
            assertThat(other.events()).hasSize(500);
        }
    }

    /// F-NET-04, an hour in small: what has piled up goes out oldest first and at least three times as fast as more
    /// comes in.
    @Test
    void catchesUpOldestFirstAtThreeTimesTheInput() throws Exception {
        try (RunningDestination out = start("], timeout: 1s, checkInterval: 300ms")) {
            events.append(1, 100);
            assertThat(out.drain(LONG)).isTrue();
            line.become(BadLine.State.SILENT);
            events.append(300, 1_000);
            AtomicBoolean stop = new AtomicBoolean();
            int[] came = new int[1];
            Thread input = Thread.ofVirtual().start(() -> {
                try {
                    while (!stop.get()) {
                        events.append(1, 500);
                        came[0] += 500;
                        Thread.sleep(25);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            line.become(BadLine.State.GOOD);
            line.cut();
            long before = System.nanoTime();
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> out.figures().backlogEvents() < 1_000);
            double seconds = (System.nanoTime() - before) / 1e9;
            stop.set(true);
            input.join();
            double inputRate = came[0] / seconds;
            double rate = (300_000 + came[0]) / seconds;
            System.out.printf("caught up at %.0f events/s, input %.0f events/s%n", rate, inputRate);
            assertThat(rate).isGreaterThan(3 * inputRate);
            assertThat(out.drain(LONG)).isTrue();
            List<String> all = receiver.events();
            assertThat(all).hasSize(300_100 + came[0]);
            assertThat(numbers(all)).isSorted().doesNotHaveDuplicates();
        }
    }

    private static List<Integer> numbers(List<String> texts) {
        List<Integer> numbers = new ArrayList<>(texts.size());
        for (String text : texts) {
            int at = text.indexOf("n=") + 2;
            numbers.add(Integer.parseInt(text.substring(at, text.indexOf(';', at))));
        }
        return numbers;
    }

    /// F-NET-06 as far as TCP shows it: small segments that come late, in gusts, and connections that end at any
    /// moment.
    @ParameterizedTest
    @ValueSource(strings = {"none", "zstd"})
    void deliversEveryEventOnceOverARoughLine(String compression) throws Exception {
        line.become(new BadLine.State(false, 0, 536, 4));
        try (RunningDestination out = start("], timeout: 2s, checkInterval: 100ms, compression: " + compression)) {
            for (int round = 0; round < 12; round++) {
                events.append(4, 100);
                Thread.sleep(random.nextInt(60));
                if (round % 2 == 0) {
                    line.cut();
                }
            }
            assertThat(out.drain(LONG)).isTrue();
            assertThat(receiver.events()).hasSize(4_800).doesNotHaveDuplicates();
            assertThat(line.connections()).isGreaterThan(3);
        }
    }

    /// F-NET-08: what the line does not carry within the time-out has to arrive all the same.
    @Test
    void makesProgressOverALineThatCarriesNoWholeRunWithinTheTimeout() throws Exception {
        appendNoise(40, 30);
        // 840 kB at 300 kB/s; a run of half a megabyte takes more than six times as long as it is waited for.
        line.become(BadLine.State.narrow(300_000));
        try (RunningDestination out = start("], timeout: 250ms, checkInterval: 100ms")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(receiver.events()).hasSize(1_200).doesNotHaveDuplicates();
        }
    }

    /// A record alone is larger than what the line carries within the time-out.
    @Test
    void deliversARecordThatTakesManyTimesTheTimeout() throws Exception {
        appendNoise(1, 700);
        line.become(BadLine.State.narrow(400_000));
        try (RunningDestination out = start("], timeout: 200ms, checkInterval: 100ms")) {
            assertThat(out.drain(LONG)).isTrue();
            assertThat(receiver.events()).hasSize(700).doesNotHaveDuplicates();
        }
    }
}
