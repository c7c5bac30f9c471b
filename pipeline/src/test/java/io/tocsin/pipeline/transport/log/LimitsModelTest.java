package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random appends, reads, commits, limits, changed settings, restarts and deaths against plain counting: each
/// record is committed once or counted as lost once. Each failure names its seed; repeat it with
/// `-Dtocsin.log.seed=SEED`.
final class LimitsModelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SEEDS = Integer.getInteger("tocsin.log.seeds", 40);
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(5), 4096, 1 << 16, 0, 1 << 14);

    @TempDir
    Path temporary;

    @Test
    void everyRecordIsCommittedOrCountedAsLostExactlyOnce() {
        Long only = Long.getLong("tocsin.log.seed");
        long first = only == null ? System.nanoTime() % 1_000_000_000L * 1000 : only;
        int count = only == null ? SEEDS : 1;
        System.out.println("seeds from " + first + " to " + (first + count - 1));
        for (long seed = first; seed < first + count; seed++) {
            try {
                new Run(temporary.resolve("limits-" + seed), seed).run();
            } catch (Throwable failure) {
                throw new AssertionError("failed with seed " + seed, failure);
            }
        }
    }

    private static final class Run {
        private final Path folder;
        private final Random random;
        private final Set<Long> committed = new HashSet<>();
        private final Deque<LogRecord> inHand = new ArrayDeque<>();
        private long nowMillis = 1_800_000_000_000L;
        private long appended;
        private LogOptions options = OPTIONS;

        Run(Path folder, long seed) {
            this.folder = folder;
            this.random = new Random(seed);
        }

        void run() throws Exception {
            for (int life = 0; life < 5; life++) {
                LyingDisk disk = new LyingDisk();
                DurableLog log = DurableLog.open(folder, options, () -> Instant.ofEpochMilli(nowMillis), disk, random);
                LogConsumer consumer = log.consumer("reader", limits());
                inHand.clear();
                for (int step = random.nextInt(80); step > 0; step--) {
                    act(log, consumer);
                }
                if (life == 4) {
                    finish(log, consumer);
                } else if (random.nextBoolean()) {
                    consumer.close();
                    log.close();
                } else {
                    // The process dies, the machine does not: what was appended stays.
                    disk.die();
                    try {
                        log.close();
                    } catch (LogException dead) {
                        assertThat(dead.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
                    }
                }
            }
        }

        private void act(DurableLog log, LogConsumer consumer) throws Exception {
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> read(consumer);
                case 3, 4 -> commit(consumer);
                case 5 -> log.keepWithinLimits();
                case 6 -> nowMillis += random.nextInt(600_000);
                case 7 -> consumer.limits(limits());
                case 8 -> {
                    SyncMode[] modes = SyncMode.values();
                    options = OPTIONS.withSync(modes[random.nextInt(modes.length)])
                            .withSizes(4096L << random.nextInt(3), 1 << (15 + random.nextInt(3)))
                            .withMaxAge(random.nextBoolean() ? Duration.ZERO : Duration.ofMinutes(30));
                    log.change(options);
                }
                default -> append(log);
            }
        }

        private ConsumerLimits limits() {
            return random.nextInt(3) == 0
                    ? ConsumerLimits.NONE
                    : ConsumerLimits.droppingOldest(
                            8192L << random.nextInt(3), random.nextBoolean() ? Duration.ZERO : Duration.ofMinutes(20));
        }

        private void append(DurableLog log) throws Exception {
            byte[] payload = ByteBuffer.allocate(8 + random.nextInt(3000))
                    .putLong(0, appended)
                    .array();
            int count = random.nextInt(5);
            while (true) {
                try {
                    log.append(payload, count, Duration.ZERO);
                    break;
                } catch (LogException noRoom) {
                    if (noRoom.kind() == LogException.Kind.FULL) {
                        log.dropOldest(payload.length);
                    }
                    // A disk that is behind, or segments that have to be forced before they can go.
                    log.awaitSynced(log.end(), PATIENCE);
                    if (!options.sync().waits()) {
                        Thread.onSpinWait();
                    }
                }
            }
            appended++;
        }

        private void read(LogConsumer consumer) throws InterruptedException {
            for (LogRecord record : consumer.poll(1 + random.nextInt(6), 1 << 16, Duration.ZERO)) {
                assertThat(ByteBuffer.wrap(record.payload()).getLong(0))
                        .isEqualTo(record.position().recordIndex());
                inHand.addLast(record);
            }
        }

        private void commit(LogConsumer consumer) {
            LogRecord last = null;
            for (int count = random.nextInt(4); count > 0 && !inHand.isEmpty(); count--) {
                last = inHand.removeFirst();
                assertThat(committed.add(last.position().recordIndex()))
                        .as("twice: " + last.position())
                        .isTrue();
            }
            if (last != null) {
                consumer.commit(last.end());
            }
        }

        private void finish(DurableLog log, LogConsumer consumer) throws Exception {
            consumer.limits(ConsumerLimits.NONE);
            log.change(OPTIONS.withSync(SyncMode.GROUP));
            log.awaitSynced(log.end(), PATIENCE);
            while (consumer.committed().recordIndex() < appended) {
                read(consumer);
                assertThat(inHand)
                        .as("nothing to read at " + consumer.position())
                        .isNotEmpty();
                commit(consumer);
            }
            assertThat(committed.size() + consumer.lostRecords() + log.metrics().lostRecords())
                    .isEqualTo(appended);
            assertThat(log.end().recordIndex()).isEqualTo(appended);
            consumer.close();
            log.close();
            assertThat(LogCheck.check(folder).sound()).isTrue();
        }
    }
}
