package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Ends the process, with and without loss of power, at every named point, several times in a row (F-KILL-07): the
/// next one starts, finds everything that was forced, and leaves no files behind.
final class CrashPointsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMinutes(1), 4096, 1 << 24, 0, 1 << 20);

    @TempDir
    Path temporary;

    /// One process: appends, forces, reads and commits until it dies or has done its work.
    private static final class Life {
        private final LyingDisk disk = new LyingDisk();
        private final Path folder;
        private final Random random;
        private long synced;
        private long committed;
        private boolean died;

        Life(Path folder, Random random) {
            this.folder = folder;
            this.random = random;
        }

        void run(CrashPoint point, int times) throws Exception {
            disk.dieAt(point, times);
            DurableLog log;
            try {
                log = DurableLog.open(folder, OPTIONS, InstantSource.system(), disk, random);
            } catch (LogException diedWhileOpening) {
                died = true;
                return;
            }
            try {
                work(log);
            } catch (LogException e) {
                assertThat(disk.isDead()).as(e.getMessage()).isTrue();
                died = true;
            } finally {
                close(log);
            }
        }

        private void work(DurableLog log) throws InterruptedException {
            try (LogConsumer consumer = log.consumer("reader")) {
                for (int step = 0; step < 40; step++) {
                    byte[] payload = ByteBuffer.allocate(1100)
                            .putLong(0, log.end().recordIndex())
                            .array();
                    LogPosition end = log.append(payload, 3, Duration.ZERO);
                    // Now and then a force fails, so that records have to be saved elsewhere.
                    disk.failSyncs(step % 9 == 8 ? 1 : 0);
                    log.awaitSynced(end, Duration.ofSeconds(3));
                    disk.failSyncs(0);
                    synced = end.recordIndex();
                    if (step % 3 == 2) {
                        for (LogRecord record : consumer.poll(2, 1 << 20, Duration.ZERO)) {
                            assertThat(ByteBuffer.wrap(record.payload()).getLong(0))
                                    .isEqualTo(record.position().recordIndex());
                            consumer.commit(record.end());
                            committed = record.end().recordIndex();
                        }
                    }
                }
            }
        }

        private static void close(DurableLog log) {
            try {
                log.close();
            } catch (LogException dead) {
                assertThat(dead.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void startsAgainAndLosesNothingThatWasForced(CrashPoint point) throws Exception {
        boolean reached = false;
        for (int times = 1; times <= 3; times++) {
            for (boolean power : new boolean[] {false, true}) {
                long seed = 31L * point.ordinal() + times;
                Random random = new Random(seed);
                Path folder = temporary.resolve(point.text() + "-" + times + "-" + power);
                long synced = 0;
                long committed = 0;
                for (int life = 0; life < 3; life++) {
                    Life one = new Life(folder, random);
                    // The identity is written once only: it dies there at once, or never.
                    one.run(
                            point,
                            point.name().startsWith("CHECKPOINT_RENAMED")
                                            || point.name().startsWith("CHECKPOINT_TEMP")
                                    ? 1
                                    : times);
                    synced = Math.max(synced, one.synced);
                    committed = Math.max(committed, one.committed);
                    reached |= one.died;
                    if (power) {
                        one.disk.losePower(random);
                    }
                    // Died between its name and its first segment: nothing was in it, it begins anew.
                    boolean nameless = point == CrashPoint.CHECKPOINT_RENAMED;
                    assertThat(assertAllThere(folder, synced, committed, seed)).isLessThanOrEqualTo(nameless ? 4 : 1);
                }
            }
        }
        assertThat(reached).as("reached " + point.text()).isTrue();
    }

    /// @return the epoch
    private static int assertAllThere(Path folder, long synced, long committed, long seed) throws Exception {
        int epoch;
        try (DurableLog log =
                        DurableLog.open(folder, OPTIONS, InstantSource.system(), new LyingDisk(), new Random(seed));
                LogConsumer consumer = log.consumer("reader")) {
            assertThat(log.end().recordIndex()).as("seed " + seed).isGreaterThanOrEqualTo(synced);
            assertThat(consumer.committed().recordIndex()).isGreaterThanOrEqualTo(committed);
            long expected = consumer.committed().recordIndex();
            List<LogRecord> records = consumer.poll(100, 1 << 20, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    assertThat(record.position().recordIndex()).isEqualTo(expected);
                    assertThat(ByteBuffer.wrap(record.payload()).getLong(0)).isEqualTo(expected++);
                }
                records = consumer.poll(100, 1 << 20, Duration.ZERO);
            }
            assertThat(expected).isEqualTo(log.end().recordIndex());
            assertThat(log.metrics().lostRecords()).isZero();
            consumer.commit(log.end());
            epoch = log.epoch();
        }
        assertThat(files(folder)).noneMatch(name -> name.endsWith(".new"));
        assertThat(files(folder).stream().filter(name -> name.endsWith(Segment.SUFFIX)))
                .hasSizeLessThanOrEqualTo(2);
        return epoch;
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    /// A real process with the switch.
    static final class Victim {
        public static void main(String[] arguments) throws InterruptedException {
            DurableLog log = DurableLog.open(Path.of(arguments[0]), OPTIONS, InstantSource.system());
            while (true) {
                log.awaitSynced(log.append(new byte[1000], 1, PATIENCE), PATIENCE);
            }
        }
    }

    @Test
    void theSwitchHaltsARealProcessAtThePoint() throws Exception {
        Path folder = temporary.resolve("real");
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-D" + CrashPoint.PROPERTY + "=segment-created:3",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(victim.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(victim.exitValue()).isEqualTo(137);
        } finally {
            victim.destroyForcibly();
        }
        assertThat(files(folder).stream().filter(name -> name.endsWith(Segment.SUFFIX)))
                .hasSize(4);
        try (DurableLog log = DurableLog.open(folder, OPTIONS, InstantSource.system())) {
            assertThat(log.end().recordIndex()).isEqualTo(9);
        }
    }
}
