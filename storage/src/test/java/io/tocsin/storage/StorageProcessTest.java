package io.tocsin.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The storage as a real child process that is really killed.
@Tag("native")
final class StorageProcessTest {
    private static final long START_MILLIS = 1_780_000_020_000L;

    @TempDir
    private Path folder;

    private final List<String> log = new ArrayList<>();

    @BeforeEach
    void fetchLibrary() {
        TestEngine.library();
    }

    private StorageProcess.Options options(Path data) {
        return new StorageProcess.Options(
                Path.of(System.getProperty("java.home")),
                System.getProperty("java.class.path"),
                List.of(),
                List.of(StorageMain.class.getName(), data.toString(), "%PORT%"),
                Duration.ofSeconds(60),
                Duration.ofSeconds(8),
                line -> {
                    synchronized (log) {
                        log.add(line);
                    }
                });
    }

    @Test
    void startsAgainAtTheSameAddressWhenItIsKilled() throws Exception {
        try (StorageProcess process = StorageProcess.start(options(folder), 0)) {
            TestStorage storage = new TestStorage(process.address());
            assertThat(storage.sql("SELECT 1").statusCode()).isEqualTo(200);
            URI address = process.address();
            long pid = process.pid();
            kill(pid);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> process.starts() == 2 && process.state() == StorageProcess.State.UP);
            assertThat(process.address()).isEqualTo(address);
            assertThat(process.pid()).isNotEqualTo(pid);
            assertThat(storage.sql("SELECT 1").statusCode()).isEqualTo(200);
        }
    }

    @Test
    @SuppressWarnings("try") // closed in the middle, because that is what is measured
    void stopsBySignalWithinFiveSecondsAndWithStatusZero() throws Exception {
        try (StorageProcess process = StorageProcess.start(options(folder), 0)) {
            TestStorage storage = new TestStorage(process.address());
            storage.deliver(new DeliveryRun(1, 1, 0, 10), TestStorage.batch(0, 10, START_MILLIS));
            Thread search = Thread.ofVirtual()
                    .start(() -> ignoringFailure(() ->
                            storage.sql("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1")));
            await().atMost(Duration.ofSeconds(10)).until(search::isAlive);
            long startedNanos = System.nanoTime();
            process.close();
            assertThat(Duration.ofNanos(System.nanoTime() - startedNanos)).isLessThan(Duration.ofSeconds(5));
            synchronized (log) {
                assertThat(String.join("\n", log)).doesNotContain("terminate called", "assert", "Exception");
            }
        }
    }

    @Test
    void endsWithItsParent() throws Exception {
        Process child = new ProcessBuilder(command(folder)).start();
        try {
            String line = child.inputReader().readLine();
            assertThat(line).startsWith(StorageChild.READY);
            child.getOutputStream().close();
            assertThat(child.waitFor(8, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isZero();
        } finally {
            child.destroyForcibly();
        }
    }

    /// A stop does not wait for a start: a storage with much to open would be killed in the end.
    @Test
    void endsWithItsParentWhileItIsStillStarting() throws Exception {
        StorageProcess process = StorageProcess.begin(options(folder), 0);
        await().atMost(Duration.ofSeconds(10)).until(() -> process.pid() > 0);
        ProcessHandle child = ProcessHandle.of(process.pid()).orElseThrow();
        process.close();
        assertThat(child.isAlive()).isFalse();
        assertThatThrownBy(process::awaitFirstStart).isInstanceOf(TocsinException.class);
        assertThatThrownBy(process::address).as("it never served").isInstanceOf(IllegalStateException.class);
    }

    private static List<String> command(Path data) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(StorageProcess.jvmArguments());
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), StorageMain.class.getName(), data.toString(), "0"));
        return command; // LD_PRELOAD is that of this JVM
    }

    @Test
    void saysWhyItDoesNotStart() throws Exception {
        try (StorageProcess first = StorageProcess.start(options(folder), 0)) {
            assertThat(first.state()).isEqualTo(StorageProcess.State.UP);
            assertThatThrownBy(() -> StorageProcess.start(options(folder), 0))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining("did not start");
        }
        synchronized (log) {
            assertThat(String.join("\n", log)).contains("another process uses the storage folder");
        }
    }

    /// A sender that repeats every delivery until it is acknowledged, and a storage that is killed at random
    /// moments, also between insert and acknowledgement: each event is stored once.
    @Test
    @Tag("slow")
    void storesEachEventOnceThoughItIsKilledAgainAndAgain() throws Exception {
        int deliveries = 150;
        int size = 400;
        long seed = Long.getLong("seed", System.nanoTime());
        System.getLogger("test").log(System.Logger.Level.INFO, "repeat with -Dseed={0}", Long.toString(seed));
        Random random = new Random(seed);
        try (StorageProcess process = StorageProcess.start(options(folder), 0)) {
            TestStorage storage = new TestStorage(process.address());
            AtomicBoolean sending = new AtomicBoolean(true);
            CountDownLatch killed = new CountDownLatch(4);
            Thread killer = Thread.ofVirtual().start(() -> {
                while (sending.get() && killed.getCount() > 0) {
                    try {
                        long victim = process.pid();
                        TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(700));
                        if (process.state() == StorageProcess.State.UP && victim == process.pid()) {
                            kill(victim);
                            killed.countDown();
                        }
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
            int sent = 0;
            while (sent < deliveries || killed.getCount() > 0) {
                DeliveryRun run = new DeliveryRun(5, 1, (long) sent * size, size);
                byte[] body = TestStorage.batch((long) sent * size, size, START_MILLIS + sent * 1000L);
                deliverUntilAcknowledged(storage, run, body);
                sent++;
            }
            sending.set(false);
            killer.join();
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> storage.sql("SELECT 1").statusCode() == 200);
            int total = sent * size;
            assertThat(storage.sql(
                                    "SELECT count(), uniqExact(ID), min(DeviceCustomNumber1), max(DeviceCustomNumber1) FROM events")
                            .body())
                    .as("seed %d", seed)
                    .contains("[[" + total + ", " + total + ", 0, " + (total - 1) + "]]");
            assertThat(storage.sql("SELECT sum(Value) FROM ledger WHERE Counter = 'received'")
                            .body())
                    .as("seed %d", seed)
                    .contains("[[" + total + "]]");
        }
    }

    private static void deliverUntilAcknowledged(TestStorage storage, DeliveryRun run, byte[] body) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    HttpResponse<String> answer = storage.deliver(run, body);
                    if (answer.statusCode() == 400 || answer.statusCode() == 409) {
                        throw new AssertionError(answer.body());
                    }
                    return answer.statusCode() == 200;
                });
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private interface Call {
        void run() throws Exception;
    }

    private static void ignoringFailure(Call call) {
        try {
            call.run();
        } catch (Exception e) {
            // The storage stops in the middle of it: that is what the test does.
        }
    }
}
