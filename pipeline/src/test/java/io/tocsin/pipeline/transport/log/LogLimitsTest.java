package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Limits of the log and of single consumers, and what is lost by them.
final class LogLimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int RECORD_BYTES = 1000;
    private static final int EVENTS = 10;

    /// Three records fill a segment.
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(20), 4096, 1 << 20, 0, 1 << 18);

    @TempDir
    Path temporary;

    private final LyingDisk disk = new LyingDisk();
    private final AtomicLong nowMillis = new AtomicLong(1_800_000_000_000L);
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMillis.get());

    private DurableLog open(LogOptions options) {
        return DurableLog.open(temporary, options, clock, disk, new Random(7));
    }

    private static void append(DurableLog log, int from, int to) throws InterruptedException {
        for (int number = from; number < to; number++) {
            log.append(ByteBuffer.allocate(RECORD_BYTES).putInt(0, number).array(), EVENTS, PATIENCE);
        }
        log.awaitSynced(log.end(), PATIENCE);
    }

    private static List<Integer> numbers(List<LogRecord> records) {
        return records.stream()
                .map(record -> ByteBuffer.wrap(record.payload()).getInt())
                .toList();
    }

    private static List<Integer> rest(LogConsumer consumer) throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        List<LogRecord> records = consumer.poll(7, 1 << 20, Duration.ZERO);
        while (!records.isEmpty()) {
            all.addAll(numbers(records));
            consumer.commit(records.getLast().end());
            records = consumer.poll(7, 1 << 20, Duration.ZERO);
        }
        return all;
    }

    @Test
    void segmentsThatWaitForAForceDoNotStandInTheWayWhenForcingIsGivenUp() throws Exception {
        LogOptions rarely = OPTIONS.withSync(SyncMode.OS).withSyncInterval(Duration.ofMinutes(1));
        byte[] most = new byte[3_000];
        try (DurableLog log = open(rarely)) {
            for (int i = 0; i < LogRecovery.MAX_UNSYNCED_SEGMENTS; i++) {
                log.append(most, 1, PATIENCE);
            }
            log.change(rarely.withSync(SyncMode.NONE));
            log.append(most, 1, PATIENCE);
            assertThat(log.end().recordIndex()).isEqualTo(LogRecovery.MAX_UNSYNCED_SEGMENTS + 1);
        }
    }

    @Test
    void aDeadDestinationHoldsNoMoreThanItsLimitAndLearnsExactlyWhatItLost() throws Exception {
        try (DurableLog log = open(OPTIONS);
                LogConsumer dead = log.consumer("dead", ConsumerLimits.droppingOldest(20_000, Duration.ZERO));
                LogConsumer alive = log.consumer("alive")) {
            append(log, 0, 100);
            assertThat(rest(alive)).hasSize(100);
            log.keepWithinLimits();

            LogMetrics metrics = log.metrics();
            assertThat(metrics.bytes()).isLessThan(20_000 + 2 * 4096);
            List<LogLoss> losses = dead.takeLosses();
            long lost = losses.stream().mapToLong(LogLoss::records).sum();
            List<Integer> rest = rest(dead);
            assertThat(rest).hasSize(100 - (int) lost).endsWith(99).startsWith((int) lost);
            assertThat(losses.stream().mapToLong(LogLoss::events).sum()).isEqualTo(EVENTS * lost);
            assertThat(losses.getFirst().start()).isEqualTo(LogPosition.START);
            assertThat(losses.getFirst().cause()).isEqualTo(LogLoss.Cause.CONSUMER_SIZE);
            assertThat(dead.lostEvents()).isEqualTo(EVENTS * lost);
            assertThat(metrics.letGoEvents()).isEqualTo(EVENTS * lost);
            assertThat(metrics.lostEvents()).isZero();
            assertThat(dead.takeLosses()).isEmpty();
        }
    }

    @Test
    void whatAConsumerHoldsInMemoryIsNotLostWhenItIsMovedForward() throws Exception {
        try (DurableLog log = open(OPTIONS);
                LogConsumer slow = log.consumer("slow", ConsumerLimits.droppingOldest(20_000, Duration.ZERO))) {
            append(log, 0, 10);
            List<LogRecord> inHand = slow.poll(5, 1 << 20, PATIENCE);
            LogRange run = new LogRange(1, LogPosition.START, inHand.getLast().end());
            slow.intend(run);
            append(log, 10, 100);
            log.keepWithinLimits();

            LogLoss loss = slow.takeLosses().getFirst();
            assertThat(loss.start()).isEqualTo(inHand.getLast().end());
            assertThat(slow.intended()).contains(run);
            assertThat(slow.committed()).isEqualTo(LogPosition.START);
            slow.commit(run.end());
            LogPosition farthest = slow.committed();
            assertThat(farthest.recordIndex()).isEqualTo(5 + slow.lostRecords());
            List<Integer> rest = rest(slow);
            assertThat(5 + slow.lostRecords() + rest.size()).isEqualTo(100);
        }
        try (DurableLog log = open(OPTIONS);
                LogConsumer slow = log.consumer("slow")) {
            assertThat(slow.committed().recordIndex()).isEqualTo(100);
            assertThat(slow.takeLosses()).isEmpty();
            assertThat(log.metrics().lostRecords()).isZero();
        }
    }

    @Test
    void whatTheProcessHeldInMemoryAtItsDeathCountsAsLostExactlyOnce() throws Exception {
        long counted;
        DurableLog first = open(OPTIONS);
        // The log ends before its consumer, as in a process that dies: nobody looks at limits in between.
        try (LogConsumer slow = first.consumer("slow", ConsumerLimits.droppingOldest(20_000, Duration.ZERO));
                DurableLog log = first) {
            append(log, 0, 10);
            slow.poll(5, 1 << 20, PATIENCE);
            append(log, 10, 60);
            log.keepWithinLimits();
            slow.poll(2, 1 << 20, PATIENCE);
            append(log, 60, 100);
            log.keepWithinLimits();
            counted = slow.lostRecords();
        }
        for (int round = 0; round < 2; round++) {
            try (DurableLog log = open(OPTIONS);
                    LogConsumer slow = log.consumer("slow")) {
                assertThat(slow.lostRecords()).isEqualTo(counted + 7);
                assertThat(slow.lostEvents()).isEqualTo(EVENTS * (counted + 7));
                assertThat(slow.takeLosses()).hasSize(round == 0 ? 1 : 0);
                assertThat(100 - slow.committed().recordIndex()).isEqualTo(100 - counted - 7);
            }
        }
    }

    @Test
    void tellsTheListenerWhileTheRecordsCanStillBeRead() throws Exception {
        List<Integer> told = new ArrayList<>();
        try (DurableLog log = open(OPTIONS);
                LogConsumer dead = log.consumer("dead", ConsumerLimits.droppingOldest(20_000, Duration.ZERO))) {
            dead.onLoss((loss, records) -> {
                try {
                    while (records.position().compareTo(loss.end()) < 0) {
                        told.addAll(numbers(records.poll(1, 1 << 20, Duration.ZERO)));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            append(log, 0, 100);
            log.keepWithinLimits();
            List<Integer> all = new ArrayList<>(told);
            all.addAll(rest(dead));
            assertThat(told).isNotEmpty();
            assertThat(all).hasSize(100).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void aConsumerWithABlockingLimitMakesAppendersWaitUntilItCatchesUp() throws Exception {
        try (DurableLog log = open(OPTIONS);
                LogConsumer slow = log.consumer("slow", new ConsumerLimits(20_000, Duration.ZERO, WhenFull.BLOCK))) {
            int appended = 0;
            while (appended < 100) {
                try {
                    log.append(
                            ByteBuffer.allocate(RECORD_BYTES)
                                    .putInt(0, appended)
                                    .array(),
                            EVENTS,
                            Duration.ZERO);
                    appended++;
                } catch (LogException full) {
                    assertThat(full.kind()).isEqualTo(LogException.Kind.FULL);
                    assertThat(full).hasMessageContaining("consumer=slow");
                    break;
                }
                log.awaitSynced(log.end(), PATIENCE);
            }
            assertThat(appended).isBetween(19, 25);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.RED);
            assertThat(rest(slow)).hasSize(appended);
            log.append(new byte[RECORD_BYTES], EVENTS, PATIENCE);
            assertThat(slow.lostRecords()).isZero();
        }
    }

    @Test
    void letsUnreadRecordsGoWhenTheirTimeIsOverWhateverTheSize() throws Exception {
        try (DurableLog log = open(OPTIONS.withMaxAge(Duration.ofHours(8)));
                LogConsumer slow = log.consumer("slow")) {
            for (int hour = 0; hour < 24; hour++) {
                append(log, hour, hour + 1);
                nowMillis.addAndGet(Duration.ofHours(1).toMillis());
                log.keepWithinLimits();
            }
            List<LogLoss> losses = slow.takeLosses();
            assertThat(losses).isNotEmpty().allMatch(loss -> loss.cause() == LogLoss.Cause.AGE);
            // Hours 16 to 23 are younger than eight; a segment takes an eighth of the age.
            List<Integer> rest = rest(slow);
            assertThat(rest).endsWith(23).contains(16).doesNotContain(13);
            assertThat(slow.lostEvents()).isEqualTo(EVENTS * (24L - rest.size()));
        }
    }

    @Test
    void movesAConsumerThatIsNotOpenAndTellsItLater() throws Exception {
        try (DurableLog log = open(OPTIONS.withMaxAge(Duration.ofHours(1)))) {
            log.consumer("gone").close();
            append(log, 0, 30);
            nowMillis.addAndGet(Duration.ofMinutes(10).toMillis());
            log.keepWithinLimits();
            nowMillis.addAndGet(Duration.ofHours(1).toMillis());
            append(log, 30, 31);
            log.keepWithinLimits();
            try (LogConsumer gone = log.consumer("gone")) {
                assertThat(gone.lostRecords()).isEqualTo(30);
                assertThat(rest(gone)).containsExactly(30);
            }
        }
    }

    @Test
    void theOldestMakeRoomForANewRecordWhenAnInputAsksForIt() throws Exception {
        LogOptions small = OPTIONS.withSizes(4096, 16_384);
        try (DurableLog log = open(small);
                LogConsumer slow = log.consumer("slow")) {
            int appended = 0;
            for (int round = 0; round < 100; round++) {
                byte[] payload =
                        ByteBuffer.allocate(RECORD_BYTES).putInt(0, round).array();
                while (true) {
                    try {
                        log.append(payload, EVENTS, Duration.ZERO);
                        appended++;
                        break;
                    } catch (LogException full) {
                        log.dropOldest(RECORD_BYTES);
                        log.awaitSynced(log.end(), PATIENCE);
                    }
                }
                assertThat(log.metrics().bytes()).isLessThanOrEqualTo(16_384);
            }
            log.awaitSynced(log.end(), PATIENCE);
            assertThat(appended).isEqualTo(100);
            List<Integer> rest = rest(slow);
            assertThat(rest).endsWith(99).isSorted();
            assertThat(slow.lostRecords() + rest.size()).isEqualTo(100);
            assertThat(slow.lostEvents()).isEqualTo(EVENTS * slow.lostRecords());
            assertThat(slow.takeLosses()).allMatch(loss -> loss.cause() == LogLoss.Cause.FULL);
        }
    }

    @Test
    void marksYellowAtSeventyPercentAndRedAtNinety() throws Exception {
        try (DurableLog log = open(OPTIONS.withSizes(4096, 100_000));
                LogConsumer slow = log.consumer("slow")) {
            append(log, 0, 60);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.GREEN);
            assertThat(log.metrics().pressureReason()).isEmpty();
            append(log, 60, 72);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.YELLOW);
            append(log, 72, 88);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.RED);
            assertThat(log.metrics().pressureReason()).contains("maxBytes=100000");
            rest(slow);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.GREEN);
        }
    }

    @Test
    void marksByAgeTooAndByTheLimitsOfAConsumer() throws Exception {
        try (DurableLog log = open(OPTIONS.withMaxAge(Duration.ofHours(10)));
                LogConsumer slow = log.consumer("slow")) {
            append(log, 0, 1);
            nowMillis.addAndGet(Duration.ofHours(7).toMillis());
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.YELLOW);
            nowMillis.addAndGet(Duration.ofHours(2).toMillis());
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.RED);
            assertThat(log.metrics().pressureReason()).contains("consumer=slow");
            rest(slow);
            assertThat(log.metrics().pressure()).isEqualTo(LogPressure.GREEN);
            slow.limits(ConsumerLimits.droppingOldest(4000, Duration.ZERO));
            append(log, 1, 4);
            assertThat(log.metrics().consumers().getFirst().pressure()).isEqualTo(LogPressure.YELLOW);
        }
    }

    @Test
    void theReserveTakesLocalEventsAndLastBatchesWhenTheLogIsFull() throws Exception {
        LogOptions options = OPTIONS.withSizes(4096, 64_000).withReserveBytes(1000);
        try (DurableLog log = open(options);
                LogConsumer slow = log.consumer("slow")) {
            byte[] payload = new byte[RECORD_BYTES];
            assertThatExceptionOfType(LogException.class).isThrownBy(() -> {
                while (true) {
                    log.append(payload, EVENTS, Duration.ZERO);
                    log.awaitSynced(log.end(), PATIENCE);
                }
            });
            int reserved = 0;
            try {
                while (true) {
                    log.appendReserved(payload, 0, 100, 1);
                    reserved++;
                }
            } catch (LogException usedUp) {
                assertThat(usedUp.kind()).isEqualTo(LogException.Kind.FULL);
            }
            assertThat(reserved).isPositive();
            log.awaitSynced(log.end(), PATIENCE);
            assertThat(log.metrics().bytes()).isLessThanOrEqualTo(64_000 + 4000);
            List<LogRecord> all = slow.poll(1000, 1 << 20, PATIENCE);
            assertThat(all).hasSizeGreaterThan(reserved);
            slow.commit(all.getLast().end());
            assertThat(log.metrics().lostRecords()).isZero();
        }
    }

    @Test
    void keepsLimitsByItselfWithoutBeingAsked() throws Exception {
        try (DurableLog log = open(OPTIONS);
                LogConsumer dead = log.consumer("dead", ConsumerLimits.droppingOldest(20_000, Duration.ZERO))) {
            append(log, 0, 100);
            Awaitility.await().atMost(PATIENCE).until(() -> log.metrics().bytes() < 20_000 + 2 * 4096);
            assertThat(dead.lostRecords()).isPositive();
        }
    }

    @Test
    void refusesLimitsThatMeanNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConsumerLimits(1, Duration.ZERO, WhenFull.DROP_NEWEST));
        assertThatIllegalArgumentException().isThrownBy(() -> new ConsumerLimits(-1, Duration.ZERO, WhenFull.BLOCK));
        assertThatIllegalArgumentException().isThrownBy(() -> WhenFull.of("drop"));
        assertThat(WhenFull.of("drop-oldest")).isEqualTo(WhenFull.DROP_OLDEST);
        assertThat(SyncMode.of("each")).isEqualTo(SyncMode.EACH);
    }
}
