package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an acknowledgement is worth at each level, and what a disk that refuses does to it.
final class DurabilityTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SEEDS = 20;
    private static final int RECORDS = 12;

    @TempDir
    Path temporary;

    private static LogOptions options(SyncMode mode, Duration interval) {
        return new LogOptions(mode, interval, 4096, 1 << 22, 0, 1 << 18);
    }

    private static byte[] payload(int number) {
        return ByteBuffer.allocate(1000).putInt(0, number).array();
    }

    private static void die(DurableLog log, LyingDisk disk) {
        disk.die();
        try {
            log.close();
        } catch (LogException dead) {
            assertThat(dead.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
        }
    }

    private static int survivors(Path folder, LogOptions options) throws InterruptedException {
        try (DurableLog log = DurableLog.open(folder, options, InstantSource.system());
                LogReader reader = log.reader(LogPosition.START)) {
            int expected = 0;
            for (LogRecord record : reader.poll(1000, 1 << 24, Duration.ZERO)) {
                assertThat(ByteBuffer.wrap(record.payload()).getInt()).isEqualTo(expected++);
            }
            return expected;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyLevelSurvivesTheDeathOfTheProcess(SyncMode mode) throws Exception {
        LogOptions options = options(mode, Duration.ofMinutes(1));
        LyingDisk disk = new LyingDisk();
        DurableLog log = DurableLog.open(temporary, options, InstantSource.system(), disk, new Random(1));
        for (int number = 0; number < RECORDS; number++) {
            log.append(payload(number), 1, PATIENCE);
        }
        die(log, disk);
        assertThat(survivors(temporary, options)).isEqualTo(RECORDS);
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "EACH"})
    void whatWasAcknowledgedAtALevelThatForcesSurvivesLossOfPower(SyncMode mode) throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path folder = temporary.resolve(mode + "-" + seed);
            LogOptions options = options(mode, Duration.ofMinutes(1));
            LyingDisk disk = new LyingDisk();
            DurableLog log = DurableLog.open(folder, options, InstantSource.system(), disk, new Random(seed));
            int acknowledged = 0;
            for (int number = 0; number < RECORDS; number++) {
                LogPosition end = log.append(payload(number), 1, PATIENCE);
                if (mode == SyncMode.EACH) {
                    acknowledged = number + 1;
                } else if (number % 4 == 2) {
                    log.awaitSynced(end, PATIENCE);
                    acknowledged = number + 1;
                }
            }
            die(log, disk);
            disk.losePower(new Random(seed));
            assertThat(survivors(folder, options)).as("seed " + seed).isGreaterThanOrEqualTo(acknowledged);
        }
    }

    @Test
    void levelOsAcknowledgesAtOnceAndLosesNoMoreThanAnInterval() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path folder = temporary.resolve("os-" + seed);
            LogOptions options = options(SyncMode.OS, Duration.ofMillis(10));
            LyingDisk disk = new LyingDisk();
            DurableLog log = DurableLog.open(folder, options, InstantSource.system(), disk, new Random(seed));
            for (int number = 0; number < RECORDS; number++) {
                // Does not wait for anything: it could not if it wanted to while the disk says no.
                log.awaitSynced(log.append(payload(number), 1, PATIENCE), Duration.ZERO);
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> log.metrics().synced().equals(log.end()));
            die(log, disk);
            disk.losePower(new Random(seed));
            assertThat(survivors(folder, options)).as("seed " + seed).isEqualTo(RECORDS);
        }
    }

    /// Otherwise a disk is asked for one force after another, each for the little that came during the one before.
    @Test
    void restsAsLongAsAForceTookWhenSendersWroteMeanwhile() throws Exception {
        LogOptions options = new LogOptions(SyncMode.GROUP, Duration.ofMinutes(1), 1 << 22, 1 << 23, 0, 1 << 18);
        LyingDisk disk = new LyingDisk();
        List<Long> begun = Collections.synchronizedList(new ArrayList<>());
        List<Long> ended = Collections.synchronizedList(new ArrayList<>());
        try (DurableLog log = DurableLog.open(temporary, options, InstantSource.system(), disk, new Random(1))) {
            disk.setWhileForcing(() -> {
                begun.add(System.nanoTime());
                if (begun.size() <= 5) {
                    append(log, new byte[80 << 10]);
                    LockSupport.parkNanos(2_000_000);
                }
                ended.add(System.nanoTime());
            });
            for (int i = 0; i < 6; i++) {
                log.awaitSynced(log.append(payload(i), 1, PATIENCE), PATIENCE);
                int forces = i + 1;
                Awaitility.await().atMost(PATIENCE).until(() -> ended.size() >= forces);
            }
            disk.setWhileForcing(null);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(begun.get(i + 1) - ended.get(i))
                    .as("rest after force %s", i)
                    .isGreaterThanOrEqualTo(Math.min(ended.get(i) - begun.get(i), 5_000_000));
        }
    }

    private static void append(DurableLog log, byte[] payload) {
        try {
            LogPosition ignored = log.append(payload, 1, PATIENCE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void levelNoneAcknowledgesAtOnceAndOpensAfterAnyLoss() throws Exception {
        int lost = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Path folder = temporary.resolve("none-" + seed);
            LogOptions options = options(SyncMode.NONE, Duration.ofMillis(1));
            LyingDisk disk = new LyingDisk();
            DurableLog log = DurableLog.open(folder, options, InstantSource.system(), disk, new Random(seed));
            int before = disk.syncs();
            for (int number = 0; number < RECORDS; number++) {
                log.awaitSynced(log.append(payload(number), 1, PATIENCE), Duration.ZERO);
            }
            assertThat(disk.syncs()).isEqualTo(before);
            die(log, disk);
            disk.losePower(new Random(seed));
            try (DurableLog again = DurableLog.open(folder, options, InstantSource.system())) {
                lost += again.end().recordIndex() < RECORDS ? 1 : 0;
            }
        }
        // Otherwise this disk forgets nothing and the other tests say nothing.
        assertThat(lost).isPositive();
    }

    @Test
    void eachForcesOnceForEveryRecord() throws Exception {
        LyingDisk disk = new LyingDisk();
        LogOptions options = options(SyncMode.EACH, Duration.ofMinutes(1));
        try (DurableLog log = DurableLog.open(temporary, options, InstantSource.system(), disk, new Random(1))) {
            for (int number = 0; number < RECORDS; number++) {
                LogPosition end = log.append(payload(number), 1, PATIENCE);
                assertThat(log.metrics().synced()).isEqualTo(end);
            }
            assertThat(log.metrics().syncs()).isGreaterThanOrEqualTo(RECORDS);
        }
    }

    @Test
    void theLevelRisesWhileTheLogIsOpenAndThenHoldsForWhatWasNeverForced() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path folder = temporary.resolve("rise-" + seed);
            LyingDisk disk = new LyingDisk();
            LogOptions none = options(SyncMode.NONE, Duration.ofMinutes(1));
            DurableLog log = DurableLog.open(folder, none, InstantSource.system(), disk, new Random(seed));
            for (int number = 0; number < RECORDS; number++) {
                log.append(payload(number), 1, PATIENCE);
            }
            log.change(none.withSync(SyncMode.GROUP));
            log.awaitSynced(log.end(), PATIENCE);
            die(log, disk);
            disk.losePower(new Random(seed));
            assertThat(survivors(folder, none)).as("seed " + seed).isEqualTo(RECORDS);
        }
    }

    @Test
    void aDiskThatRefusesIsRedAcknowledgesNothingAndGoesOnInANewFile() throws Exception {
        LyingDisk disk = new LyingDisk();
        LogOptions options = options(SyncMode.GROUP, Duration.ofMillis(10)).withSizes(1 << 20, 1 << 22);
        try (DurableLog log = DurableLog.open(temporary, options, InstantSource.system(), disk, new Random(1));
                LogConsumer consumer = log.consumer("c")) {
            log.awaitSynced(log.append(payload(0), 1, PATIENCE), PATIENCE);
            int segments = log.metrics().segments();
            disk.setWritesFail(true);
            LogException refused =
                    catchThrowableOfType(LogException.class, () -> log.append(payload(1), 1, Duration.ofMillis(300)));
            assertThat(refused.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.RED);
            assertThat(log.metrics().lastError()).contains("cannot append");
            disk.setWritesFail(false);
            log.awaitSynced(log.append(payload(1), 1, PATIENCE), PATIENCE);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.GREEN);
            assertThat(log.metrics().segments()).isEqualTo(segments + 1);
            List<Integer> numbers = new ArrayList<>();
            for (LogRecord record : consumer.poll(10, 1 << 20, PATIENCE)) {
                numbers.add(ByteBuffer.wrap(record.payload()).getInt());
            }
            assertThat(numbers).containsExactly(0, 1);
        }
        assertThat(LogCheck.check(temporary).sound()).isTrue();
    }

    @Test
    void aFileThatCannotEvenBeCutIsLeftBehind() throws Exception {
        LyingDisk disk = new LyingDisk();
        LogOptions options = options(SyncMode.GROUP, Duration.ofMillis(10)).withSizes(1 << 20, 1 << 22);
        try (DurableLog log = DurableLog.open(temporary, options, InstantSource.system(), disk, new Random(1))) {
            log.awaitSynced(log.append(payload(0), 1, PATIENCE), PATIENCE);
            disk.setTruncationsFail(true);
            disk.setShortWriteBytes(100);
            disk.setWritesFail(true);
            assertThat(catchThrowableOfType(
                            LogException.class, () -> log.append(payload(1), 1, Duration.ofMillis(300))))
                    .isNotNull();
            disk.setWritesFail(false);
            disk.setTruncationsFail(false);
            log.awaitSynced(log.append(payload(1), 1, PATIENCE), PATIENCE);
            log.awaitSynced(log.append(payload(2), 1, PATIENCE), PATIENCE);
        }
        assertThat(survivors(temporary, options)).isEqualTo(3);
        assertThat(LogCheck.check(temporary).sound()).isTrue();
    }
}
