package io.tocsin.pipeline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.pipeline.transport.log.SyncMode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a real sending process in the middle of its deliveries, several times.
final class DeliveryKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "secret-of-the-test";
    /// F-KILL-04: a hundred times in a row with -Dtocsin.killRounds=100.
    private static final int ROUNDS = Integer.getInteger("tocsin.killRounds", 4);
    private static final int LINES_BEFORE_KILL = 400;
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(5), 1 << 18, 1L << 30, 0, 1 << 20);

    @TempDir
    Path temporary;

    /// The process that is killed: appends numbered records, delivers them, and prints each number after it was
    /// forced.
    static final class Sender {
        public static void main(String[] arguments) throws InterruptedException {
            Path folder = Path.of(arguments[0]);
            DurableLog log = DurableLog.open(folder.resolve("sent"), OPTIONS, InstantSource.system());
            DeliveryClient client = client(log, folder, URI.create(arguments[1]));
            while (client.metrics().state() != DeliveryMetrics.State.STOPPED) {
                long number = log.end().recordIndex();
                LogPosition end = log.append(
                        ByteBuffer.allocate(8 + (int) (number % 500))
                                .putLong(0, number)
                                .array(),
                        1,
                        PATIENCE);
                log.awaitSynced(end, PATIENCE);
                System.out.print(number + "\n");
                System.out.flush();
            }
        }
    }

    private static DeliveryClient client(DurableLog log, Path folder, URI target) {
        DeliveryOptions options = DeliveryOptions.defaults(target, SECRET)
                .withRun(17, 1 << 20)
                // The receiver undoes it; what is sent again by the next process goes plain, under the same name.
                .withCompression(true)
                .withTimes(Duration.ofSeconds(20), Duration.ofMillis(5), Duration.ofMillis(100));
        return DeliveryClient.start(log, "storage", options, payload -> payload, folder.resolve("dead"), new Random(3));
    }

    @Test
    void storesEverythingExactlyOnceWhenTheSenderIsKilled() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (DurableLog received = DurableLog.open(temporary.resolve("received"), OPTIONS, InstantSource.system());
                DeliveryReceiver receiver = DeliveryReceiver.open(
                        received, temporary.resolve("known"), SECRET, 1 << 22, (_, _, _) -> null);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            server.setExecutor(executor);
            server.createContext(DeliveryRun.PATH, receiver);
            server.start();
            URI target = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + DeliveryRun.PATH);
            long printed = -1;
            for (int round = 0; round < ROUNDS; round++) {
                printed = runAndKill(target);
            }
            try (DurableLog sent = DurableLog.open(temporary.resolve("sent"), OPTIONS, InstantSource.system());
                    DeliveryClient client = client(sent, temporary, target)) {
                assertThat(client.drain(PATIENCE)).isTrue();
                assertThat(sent.end().recordIndex()).isGreaterThan(printed);
                assertThat(countInOrder(received)).isEqualTo(sent.end().recordIndex());
            }
        } finally {
            server.stop(0);
        }
    }

    private long runAndKill(URI target) throws Exception {
        long printed = -1;
        Process sender = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Sender.class.getName(),
                        temporary.toString(),
                        target.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(sender.getInputStream(), StandardCharsets.US_ASCII))) {
            for (int i = 0; i < LINES_BEFORE_KILL; i++) {
                printed = Long.parseLong(Objects.requireNonNull(lines.readLine(), "sender died by itself"));
            }
        } finally {
            sender.toHandle().destroyForcibly();
            assertThat(sender.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        return printed;
    }

    /// Reads numbers out of all bodies; each record begins with its number and has a length that follows from it.
    private static long countInOrder(DurableLog received) throws InterruptedException {
        long expected = 0;
        try (LogReader reader = received.reader(received.start())) {
            List<LogRecord> records = reader.poll(1000, 1 << 24, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    ReceivedRun run = Objects.requireNonNull(ReceivedRun.of(record));
                    int at = run.bodyOffset();
                    while (at < run.bytes().length) {
                        assertThat(ByteBuffer.wrap(run.bytes()).getLong(at)).isEqualTo(expected);
                        at += 8 + (int) (expected % 500);
                        expected++;
                    }
                }
                records = reader.poll(1000, 1 << 24, Duration.ZERO);
            }
        }
        return expected;
    }
}
