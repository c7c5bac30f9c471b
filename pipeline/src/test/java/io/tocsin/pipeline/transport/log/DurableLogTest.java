package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LogOptions SMALL =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(20), 4096, 1 << 20, 0, 1 << 18);

    @TempDir
    Path temporary;

    private final LyingDisk disk = new LyingDisk();
    private long nowMillis = 1_800_000_000_000L;
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);

    private DurableLog open(LogOptions options) {
        return DurableLog.open(temporary, options, clock, disk, new Random(7));
    }

    private static byte[] payload(int number, int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) number);
        ByteBuffer.wrap(bytes).putInt(0, number);
        return bytes;
    }

    private static List<Integer> numbers(List<LogRecord> records) {
        return records.stream()
                .map(record -> ByteBuffer.wrap(record.payload()).getInt())
                .toList();
    }

    private static List<Integer> drain(LogReader reader) throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        List<LogRecord> records = reader.poll(100, 1 << 20, Duration.ZERO);
        while (!records.isEmpty()) {
            all.addAll(numbers(records));
            records = reader.poll(100, 1 << 20, Duration.ZERO);
        }
        return all;
    }

    private static void append(DurableLog log, int from, int to, int size) throws InterruptedException {
        for (int number = from; number < to; number++) {
            log.append(payload(number, size), 10, PATIENCE);
        }
        log.awaitSynced(log.end(), PATIENCE);
    }

    private static List<Integer> range(int from, int to) {
        List<Integer> numbers = new ArrayList<>();
        for (int number = from; number < to; number++) {
            numbers.add(number);
        }
        return numbers;
    }

    @Test
    void isSpaciousUntilItBeginsToFillAndNeverWhenItIsSmall() throws InterruptedException {
        try (DurableLog small = open(SMALL)) {
            assertThat(small.isSpacious()).isFalse();
        }
        LogOptions large = LogOptions.defaults().withReserveBytes(0).withSizes(64 << 20, 256 << 20);
        try (DurableLog log = DurableLog.open(temporary.resolve("large"), large, clock, disk, new Random(7))) {
            append(log, 0, 15, 1 << 20);
            assertThat(log.isSpacious()).isTrue();
            append(log, 15, 17, 1 << 20);
            assertThat(log.isSpacious()).isFalse();
        }
    }

    @Test
    void continuesIndexesAndSequencesOverRestarts() throws Exception {
        long producer;
        try (DurableLog log = open(SMALL)) {
            producer = log.producer();
            append(log, 0, 7, 100);
            assertThat(log.end()).isEqualTo(new LogPosition(7, 70));
        }
        try (DurableLog log = open(SMALL)) {
            assertThat(log.producer()).isEqualTo(producer);
            assertThat(log.epoch()).isEqualTo(1);
            assertThat(log.append(payload(7, 100), 3, PATIENCE)).isEqualTo(new LogPosition(8, 73));
        }
    }

    @Test
    void consumerGoesOnAtItsLastCommit() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("storage")) {
            append(log, 0, 50, 300);
            List<LogRecord> records = consumer.poll(20, 1 << 20, PATIENCE);
            consumer.commit(records.get(11).end());
        }
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("storage")) {
            assertThat(numbers(consumer.poll(100, 1 << 20, PATIENCE))).isEqualTo(range(12, 50));
        }
    }

    @Test
    void remembersTheIntendedRangeUntilTheCommit() throws Exception {
        LogRange range = new LogRange(1, new LogPosition(0, 0), new LogPosition(3, 30));
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("storage")) {
            append(log, 0, 5, 100);
            consumer.intend(range);
        }
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("storage")) {
            assertThat(consumer.intended()).contains(range);
            assertThat(consumer.committed()).isEqualTo(LogPosition.START);
            consumer.commit(range.end());
            assertThat(consumer.intended()).isEmpty();
        }
    }

    @Test
    void keepsTheTotalOrderOfManyAppenders() throws Exception {
        int appenders = 8;
        int each = 300;
        try (DurableLog log = open(SMALL.withSizes(4096, 1 << 26));
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int appender = 0; appender < appenders; appender++) {
                int base = appender * each;
                done.add(executor.submit(() -> {
                    for (int number = base; number < base + each; number++) {
                        LogPosition end = log.append(payload(number, 4 + number % 700), 1, PATIENCE);
                        if (number % 50 == 0) {
                            log.awaitSynced(end, PATIENCE);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
            log.awaitSynced(log.end(), PATIENCE);
            Map<Integer, Integer> last = new HashMap<>();
            List<Integer> all = drain(log.reader(LogPosition.START));
            assertThat(all).hasSize(appenders * each);
            for (int number : all) {
                Integer before = last.put(number / each, number);
                assertThat(number).isEqualTo(before == null ? number / each * each : before + 1);
            }
        }
    }

    @Test
    void showsRecordsOnlyAfterTheyWereForced() throws Exception {
        try (DurableLog log = open(SMALL.withSyncInterval(Duration.ofMinutes(1)));
                LogConsumer consumer = log.consumer("c")) {
            LogPosition end = log.append(payload(1, 10), 1, PATIENCE);
            assertThat(consumer.poll(1, 100, Duration.ofMillis(50))).isEmpty();
            log.awaitSynced(end, PATIENCE);
            assertThat(numbers(consumer.poll(1, 100, Duration.ZERO))).containsExactly(1);
        }
    }

    @Test
    void forcesByItselfAtTheInterval() throws Exception {
        try (DurableLog log = open(SMALL.withSync(SyncMode.OS));
                LogConsumer consumer = log.consumer("c")) {
            for (int number = 0; number < 100; number++) {
                log.append(payload(number, 200), 1, PATIENCE);
                assertThat(numbers(consumer.poll(1, 1000, PATIENCE))).containsExactly(number);
            }
        }
    }

    @Test
    void showsRecordsAtOnceWhenItNeverForces() throws Exception {
        try (DurableLog log = open(SMALL.withSync(SyncMode.NONE));
                LogConsumer consumer = log.consumer("c")) {
            int before = disk.syncs();
            for (int number = 0; number < 100; number++) {
                LogPosition end = log.append(payload(number, 200), 1, PATIENCE);
                log.awaitSynced(end, Duration.ZERO);
                assertThat(numbers(consumer.poll(1, 1000, Duration.ZERO))).containsExactly(number);
            }
            assertThat(disk.syncs()).isEqualTo(before);
        }
    }

    @Test
    void forcesTogetherForAllWhoWait() throws Exception {
        try (DurableLog log = open(SMALL.withSizes(1 << 20, 1 << 22).withSyncInterval(Duration.ofMinutes(1)));
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            int before = disk.syncs();
            List<Future<?>> done = new ArrayList<>();
            for (int number = 0; number < 2000; number++) {
                int mine = number;
                done.add(executor.submit(() -> {
                    log.awaitSynced(log.append(payload(mine, 100), 1, PATIENCE), PATIENCE);
                    return null;
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
            assertThat(disk.syncs() - before).isBetween(1, 1000);
        }
    }

    @Test
    void deletesSegmentsThatAllConsumersHavePassed() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer fast = log.consumer("fast");
                LogConsumer slow = log.consumer("slow")) {
            append(log, 0, 100, 500);
            int all = log.metrics().segments();
            fast.poll(100, 1 << 20, PATIENCE);
            fast.commit(fast.position());
            assertThat(log.metrics().segments()).isEqualTo(all);
            slow.poll(100, 1 << 20, PATIENCE);
            slow.commit(slow.position());
            assertThat(log.metrics().segments()).isEqualTo(1);
            assertThat(segmentFiles()).hasSize(1);
        }
    }

    @Test
    void aForgottenConsumerHoldsNothingBack() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer fast = log.consumer("fast")) {
            log.consumer("gone").close();
            append(log, 0, 100, 500);
            fast.poll(100, 1 << 20, PATIENCE);
            fast.commit(fast.position());
            assertThat(log.metrics().segments()).isGreaterThan(1);
            log.forget("gone");
            assertThat(log.metrics().segments()).isEqualTo(1);
        }
    }

    @Test
    void blocksAtItsLimitUntilConsumersCatchUp() throws Exception {
        try (DurableLog log = open(SMALL.withSizes(4096, 16_384));
                LogConsumer consumer = log.consumer("c");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            int count = 0;
            while (true) {
                try {
                    log.append(payload(count, 1000), 1, Duration.ZERO);
                    count++;
                } catch (LogException full) {
                    assertThat(full.kind()).isEqualTo(LogException.Kind.FULL);
                    assertThat(full.retriable()).isTrue();
                    break;
                }
            }
            assertThat(count).isBetween(10, 16);
            assertThat(log.metrics().bytes()).isLessThanOrEqualTo(16_384);
            int waiting = count;
            Future<LogPosition> blocked = executor.submit(() -> log.append(payload(waiting, 1000), 1, PATIENCE));
            Awaitility.await().until(() -> log.metrics().fullWaits() > 0);
            assertThat(blocked.isDone()).isFalse();
            List<Integer> seen = new ArrayList<>();
            while (seen.size() <= waiting) {
                seen.addAll(numbers(consumer.poll(100, 1 << 20, PATIENCE)));
                consumer.commit(consumer.position());
            }
            assertThat(blocked.get().recordIndex()).isEqualTo(waiting + 1);
            assertThat(seen).isEqualTo(range(0, waiting + 1));
        }
    }

    @Test
    void keepsTheLimitAfterARestartWithAFullLog() throws Exception {
        LogOptions limited = SMALL.withSizes(4096, 16_384);
        int count = 0;
        try (DurableLog log = open(limited)) {
            log.consumer("c").close();
            while (true) {
                try {
                    log.append(payload(count, 1000), 1, Duration.ZERO);
                    count++;
                } catch (LogException full) {
                    break;
                }
            }
        }
        try (DurableLog log = open(limited);
                LogConsumer consumer = log.consumer("c")) {
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> log.append(payload(0, 1000), 1, Duration.ZERO));
            assertThat(numbers(consumer.poll(100, 1 << 20, PATIENCE))).isEqualTo(range(0, count));
            consumer.commit(consumer.position());
            log.append(payload(count, 1000), 1, PATIENCE);
        }
        try (DurableLog log = open(SMALL.withSizes(4096, 8192))) {
            assertThat(log.metrics().consumers().getFirst().records()).isEqualTo(1);
        }
    }

    @Test
    void aFullDiskDamagesNothingAndIsLeftBehindWhenSpaceReturns() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 3, 500);
            disk.setSpaceLeft(700);
            append(log, 3, 4, 500);
            LogException full = catchThrowableOfType(
                    LogException.class, () -> log.append(payload(99, 500), 1, Duration.ofMillis(50)));
            assertThat(full.kind()).isEqualTo(LogException.Kind.FULL);
            List<LogRecord> records = consumer.poll(10, 1 << 20, PATIENCE);
            assertThat(numbers(records)).isEqualTo(range(0, 4));
            consumer.commit(records.get(1).end());
            disk.setSpaceLeft(Long.MAX_VALUE);
            append(log, 4, 20, 500);
            assertThat(drain(log.reader(LogPosition.START))).isEqualTo(range(0, 20));
            assertThat(log.metrics().lostRecords()).isZero();
        }
        try (DurableLog log = open(SMALL)) {
            assertThat(log.metrics().cutBytes()).isZero();
            assertThat(log.consumer("c").committed().recordIndex()).isEqualTo(2);
        }
    }

    @Test
    void keepsTheReserveFree() throws Exception {
        try (DurableLog log = open(SMALL.withReserveBytes(1_000_000))) {
            disk.setSpaceLeft(1_000_100);
            LogException full =
                    catchThrowableOfType(LogException.class, () -> log.append(payload(0, 500), 1, Duration.ZERO));
            assertThat(full.kind()).isEqualTo(LogException.Kind.FULL);
            disk.setSpaceLeft(2_000_000);
            log.append(payload(0, 500), 1, Duration.ZERO);
        }
    }

    @Test
    void takesBackAHalfWrittenRecordEvenWhenCuttingFailsAtFirst() throws Exception {
        disk.setShortWriteBytes(100);
        try (DurableLog log = open(SMALL)) {
            append(log, 0, 2, 300);
            disk.setSpaceLeft(150);
            disk.setTruncationsFail(true);
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> log.append(payload(9, 300), 1, Duration.ZERO));
            disk.setSpaceLeft(Long.MAX_VALUE);
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> log.append(payload(9, 300), 1, Duration.ZERO));
            disk.setTruncationsFail(false);
            append(log, 2, 5, 300);
            assertThat(drain(log.reader(LogPosition.START))).isEqualTo(range(0, 5));
        }
    }

    @Test
    void aFailedForceIsRepairedInANewFileThatIsReallyOnDisk() throws Exception {
        DurableLog log = open(SMALL.withSyncInterval(Duration.ofMinutes(1)));
        append(log, 0, 5, 500);
        for (int number = 5; number < 25; number++) {
            log.append(payload(number, 500), 10, PATIENCE);
        }
        disk.failSyncs(1);
        log.awaitSynced(log.end(), PATIENCE);
        assertThat(log.metrics().syncFailures()).isEqualTo(1);
        LogReader reader = log.reader(LogPosition.START);
        assertThat(drain(reader)).isEqualTo(range(0, 25));
        disk.die();
        assertThatExceptionOfType(LogException.class).isThrownBy(log::close);
        disk.losePower(new Random(1));
        try (DurableLog again = DurableLog.open(temporary, SMALL, clock)) {
            assertThat(drain(again.reader(LogPosition.START))).isEqualTo(range(0, 25));
        }
    }

    @Test
    void aFailedForceIsNeverReportedAsSuccess() throws Exception {
        try (DurableLog log = open(SMALL.withSyncInterval(Duration.ofMinutes(1)));
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 3, 500);
            LogPosition end = log.append(payload(3, 500), 10, PATIENCE);
            disk.failSyncs(Integer.MAX_VALUE);
            LogException failed =
                    catchThrowableOfType(LogException.class, () -> log.awaitSynced(end, Duration.ofSeconds(5)));
            assertThat(failed.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> log.append(payload(4, 500), 10, Duration.ZERO));
            assertThat(log.metrics().lastError()).contains("failed to force");
            assertThat(numbers(consumer.poll(10, 1 << 20, Duration.ZERO))).isEqualTo(range(0, 3));
            assertThatExceptionOfType(LogException.class).isThrownBy(() -> consumer.commit(consumer.position()));
            disk.failSyncs(0);
            log.append(payload(4, 500), 10, PATIENCE);
            log.awaitSynced(log.end(), PATIENCE);
            assertThat(numbers(consumer.poll(10, 1 << 20, PATIENCE))).isEqualTo(range(3, 5));
            consumer.commit(consumer.position());
            assertThat(log.metrics().lastError()).isNull();
        }
    }

    @Test
    void closeTellsWhenTheLastForceFailed() throws Exception {
        DurableLog log = open(SMALL.withSyncInterval(Duration.ofMinutes(1)));
        log.append(payload(0, 10), 1, PATIENCE);
        disk.failSyncs(Integer.MAX_VALUE);
        assertThatExceptionOfType(LogException.class).isThrownBy(log::close);
        disk.failSyncs(0);
        open(SMALL).close();
    }

    @Test
    void survivesInterruptsOfAppendersAndReaders() throws Exception {
        try (DurableLog log = DurableLog.open(temporary, SMALL, clock)) {
            for (int number = 0; number < 30; number++) {
                Thread appender = Thread.ofVirtual().unstarted(() -> {
                    try {
                        log.append(payload(1, 900), 1, PATIENCE);
                    } catch (InterruptedException expected) {
                        Thread.currentThread().interrupt();
                    }
                });
                appender.start();
                appender.interrupt();
                appender.join();
            }
            long appended = log.end().recordIndex();
            log.append(payload(2, 900), 1, PATIENCE);
            log.awaitSynced(log.end(), PATIENCE);
            assertThat(drain(log.reader(LogPosition.START))).hasSize((int) appended + 1);
        }
    }

    @Test
    void refusesASecondOpener() {
        try (DurableLog first = open(SMALL)) {
            LogException locked = catchThrowableOfType(LogException.class, () -> open(SMALL));
            assertThat(locked.kind()).isEqualTo(LogException.Kind.LOCKED);
            assertThat(locked).hasMessageContaining(first.folder().getFileName().toString());
        }
        open(SMALL).close();
    }

    @Test
    void refusesAFormatItDoesNotKnowAndLeavesItAlone() throws Exception {
        open(SMALL).close();
        Path identity = temporary.resolve(LogIdentity.FILE_NAME);
        ByteBuffer newer = ByteBuffer.wrap(Files.readAllBytes(identity));
        newer.putInt(4, 2);
        newer.putInt(28, RecordHeader.checksum(newer, 0, 28));
        Files.write(identity, newer.array());
        LogException unreadable = catchThrowableOfType(LogException.class, () -> open(SMALL));
        assertThat(unreadable.kind()).isEqualTo(LogException.Kind.UNREADABLE);
        assertThat(Files.readAllBytes(identity)).isEqualTo(newer.array());
    }

    @Test
    void cutsATornTailAtEveryByteOfTheLastRecord() throws Exception {
        try (DurableLog log = open(SMALL.withSizes(1 << 16, 1 << 20))) {
            append(log, 0, 4, 60);
        }
        Path file = segmentFiles().getFirst();
        byte[] whole = Files.readAllBytes(file);
        int lastRecord = (int) RecordHeader.recordBytes(60);
        for (int cut = 1; cut <= lastRecord; cut++) {
            Files.write(file, Arrays.copyOf(whole, whole.length - cut));
            try (DurableLog log = open(SMALL.withSizes(1 << 16, 1 << 20))) {
                assertThat(log.end()).isEqualTo(new LogPosition(3, 30));
                assertThat(log.metrics().cutBytes()).isEqualTo(lastRecord - cut);
                append(log, 100, 101, 60);
                assertThat(drain(log.reader(LogPosition.START))).containsExactly(0, 1, 2, 100);
            }
        }
    }

    @Test
    void beginsANewEpochWhenRecordsThatWerePassedOnAreGone() throws Exception {
        long producer;
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            producer = log.producer();
            append(log, 0, 30, 500);
            consumer.poll(20, 1 << 20, PATIENCE);
            consumer.commit(consumer.position());
            consumer.intend(new LogRange(1, new LogPosition(20, 200), new LogPosition(25, 250)));
        }
        for (Path file : segmentFiles()) {
            Files.delete(file);
        }
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            assertThat(log.producer()).isEqualTo(producer);
            assertThat(log.epoch()).isEqualTo(2);
            assertThat(log.end()).isEqualTo(new LogPosition(25, 250));
            append(log, 40, 42, 500);
            List<LogRecord> records = consumer.poll(20, 1 << 20, PATIENCE);
            assertThat(numbers(records)).containsExactly(40, 41);
            assertThat(records).allSatisfy(record -> assertThat(record.epoch()).isEqualTo(2));
            assertThat(log.metrics().lostEvents()).isEqualTo(50);
        }
    }

    @Test
    void rebuildsALostIdentityFromTheSegments() throws Exception {
        long producer;
        try (DurableLog log = open(SMALL)) {
            producer = log.producer();
            append(log, 0, 3, 50);
        }
        Files.delete(temporary.resolve(LogIdentity.FILE_NAME));
        try (DurableLog log = open(SMALL)) {
            assertThat(log.producer()).isEqualTo(producer);
            assertThat(log.epoch()).isEqualTo(2);
            append(log, 3, 5, 50);
            assertThat(drain(log.reader(LogPosition.START))).isEqualTo(range(0, 5));
        }
    }

    @Test
    void reportsAMissingSegmentAndGoesOnBehindIt() throws Exception {
        try (DurableLog log = open(SMALL)) {
            append(log, 0, 40, 500);
        }
        List<Path> files = segmentFiles();
        long missing = Long.parseLong(files.get(3).getFileName().toString().substring(0, 16), 16)
                - Long.parseLong(files.get(2).getFileName().toString().substring(0, 16), 16);
        Files.delete(files.get(2));
        LogReport report = LogCheck.check(temporary);
        assertThat(report.sound()).isFalse();
        assertThat(report.findings().getFirst().lostRecords()).isEqualTo(missing);
        try (DurableLog log = open(SMALL)) {
            assertThat(drain(log.reader(LogPosition.START)))
                    .hasSize((int) (40 - missing))
                    .endsWith(39);
            drain(log.reader(LogPosition.START));
            assertThat(log.metrics().lostRecords()).isEqualTo(missing);
            assertThat(log.metrics().lostEvents()).isEqualTo(missing * 10);
        }
    }

    @Test
    void aDamagedCursorStartsAtTheOldestRecord() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 5, 100);
            consumer.poll(3, 1 << 20, PATIENCE);
            consumer.commit(consumer.position());
        }
        Path cursor = temporary.resolve("cursors/c.cursor");
        for (byte[] content : List.of(new byte[0], new byte[10], new byte[8192], new byte[] {1, 2, 3})) {
            Files.write(cursor, content);
            try (DurableLog log = open(SMALL);
                    LogConsumer consumer = log.consumer("c")) {
                assertThat(log.metrics().damagedCursors()).isEqualTo(1);
                assertThat(numbers(consumer.poll(10, 1 << 20, PATIENCE))).isEqualTo(range(0, 5));
            }
        }
    }

    @Test
    void aTornCursorWriteLeavesTheStateBefore() throws Exception {
        LogPosition first;
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 5, 100);
            first = consumer.poll(1, 1 << 20, PATIENCE).getFirst().end();
            consumer.commit(first);
            consumer.poll(1, 1 << 20, PATIENCE);
            consumer.commit(consumer.position());
        }
        Path cursor = temporary.resolve("cursors/c.cursor");
        byte[] content = Files.readAllBytes(cursor);
        int newest = content[15] > content[4096 + 15] ? 0 : 4096;
        content[newest + 20] ^= 1;
        Files.write(cursor, content);
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            assertThat(consumer.committed()).isEqualTo(first);
        }
    }

    @Test
    void opensWithoutReadingOldSegments() throws Exception {
        LogOptions many = SMALL.withSync(SyncMode.NONE).withSizes(4096, 1 << 30);
        try (DurableLog log = DurableLog.open(temporary, many, clock)) {
            byte[] bytes = payload(1, 4096);
            for (int number = 0; number < 3000; number++) {
                log.append(bytes, 1, PATIENCE);
            }
            assertThat(log.metrics().segments()).isEqualTo(3000);
        }
        int before = disk.opens();
        try (DurableLog log = open(many)) {
            assertThat(disk.opens() - before).isLessThan(30);
            assertThat(log.end().recordIndex()).isEqualTo(3000);
        }
    }

    @Test
    void tellsBacklogAndAgePerConsumer() throws Exception {
        try (DurableLog log = open(SMALL);
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 10, 1000);
            nowMillis += 5000;
            append(log, 10, 20, 1000);
            nowMillis += 1000;
            LogMetrics.ConsumerBacklog all = log.metrics().consumers().getFirst();
            assertThat(all.records()).isEqualTo(20);
            assertThat(all.events()).isEqualTo(200);
            assertThat(all.oldestAgeMillis()).isEqualTo(6000);
            assertThat(all.bytes()).isEqualTo(20 * RecordHeader.recordBytes(1000));
            consumer.poll(12, 1 << 20, PATIENCE);
            consumer.commit(consumer.position());
            LogMetrics.ConsumerBacklog rest = log.metrics().consumers().getFirst();
            assertThat(rest.records()).isEqualTo(8);
            assertThat(rest.oldestAgeMillis()).isEqualTo(1000);
            assertThat(rest.bytes()).isEqualTo(8 * RecordHeader.recordBytes(1000));
        }
    }

    @Test
    void refusesImpossibleRecordsAndNames() {
        try (DurableLog log = open(SMALL)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> log.append(new byte[(1 << 18) + 1], 1, Duration.ZERO));
            assertThatIllegalArgumentException().isThrownBy(() -> log.consumer("../x"));
            assertThatIllegalStateException().isThrownBy(() -> {
                try (LogConsumer first = log.consumer("c");
                        LogConsumer second = log.consumer("c")) {
                    assertThat(first).isSameAs(second);
                }
            });
        }
    }

    @Test
    void failsClearlyAfterClose() {
        DurableLog log = open(SMALL);
        LogConsumer consumer = log.consumer("c");
        log.close();
        assertThat(catchThrowableOfType(LogException.class, () -> log.append(payload(0, 9), 1, PATIENCE))
                        .kind())
                .isEqualTo(LogException.Kind.CLOSED);
        assertThat(catchThrowableOfType(LogException.class, () -> consumer.poll(1, 1, PATIENCE))
                        .kind())
                .isEqualTo(LogException.Kind.CLOSED);
    }

    @Test
    void checkFindsNothingInASoundLogAndNamesDamage() throws Exception {
        try (DurableLog log = open(SMALL)) {
            log.consumer("c").close();
            append(log, 0, 20, 500);
            assertThat(LogCheck.check(temporary).sound()).isTrue();
        }
        LogReport sound = LogCheck.check(temporary);
        assertThat(sound.findings()).isEmpty();
        assertThat(sound.records()).isEqualTo(20);
        assertThat(sound.events()).isEqualTo(200);
        assertThat(sound.consumers()).hasSize(1);
        List<LogReport.SegmentReport> old =
                sound.segments().subList(0, sound.segments().size() - 1);
        assertThat(old).isNotEmpty();
        assertThat(sound.consumers().getFirst().keptBytes())
                .isEqualTo(
                        old.stream().mapToLong(LogReport.SegmentReport::bytes).sum());
        Path file = segmentFiles().getFirst();
        byte[] content = Files.readAllBytes(file);
        content[Segment.HEADER_BYTES + (int) RecordHeader.recordBytes(500) + 100] ^= 4;
        Files.write(file, content);
        LogReport damaged = LogCheck.check(temporary);
        assertThat(damaged.sound()).isFalse();
        assertThat(damaged.findings()).hasSize(1);
        LogReport.Finding finding = damaged.findings().getFirst();
        assertThat(finding.offset()).isEqualTo(Segment.HEADER_BYTES + RecordHeader.recordBytes(500));
        assertThat(finding.lostRecords()).isEqualTo(1);
        assertThat(finding.lostEvents()).isEqualTo(10);
        assertThat(damaged.records()).isEqualTo(19);
    }

    private List<Path> segmentFiles() throws IOException {
        try (var files = Files.list(temporary)) {
            return files.filter(file -> file.toString().endsWith(Segment.SUFFIX))
                    .sorted()
                    .toList();
        }
    }
}
