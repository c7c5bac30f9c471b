package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compares the log with a plain map under random operations, crashes and damage. Each failure names its seed;
/// repeat it with `-Dtocsin.log.seed=SEED`.
final class LogModelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SEEDS = Integer.getInteger("tocsin.log.seeds", 60);

    @TempDir
    Path temporary;

    /// A record as the model knows it.
    @SuppressWarnings("ArrayRecordComponent")
    private record Known(long sequence, int events, byte[] payload) {}

    @Test
    void readsEverySyncedRecordExactlyOnceAfterAnyCrash() throws Exception {
        for (long seed : seeds()) {
            try {
                new Run(temporary.resolve("crash-" + seed), seed).crashes();
            } catch (Throwable failure) {
                throw new AssertionError("failed with seed " + seed, failure);
            }
        }
    }

    @Test
    void deliversEveryUndamagedRecordAndCountsTheOthers() throws Exception {
        for (long seed : seeds()) {
            try {
                new Run(temporary.resolve("damage-" + seed), seed).damage();
            } catch (Throwable failure) {
                throw new AssertionError("failed with seed " + seed, failure);
            }
        }
    }

    private static long[] seeds() {
        Long only = Long.getLong("tocsin.log.seed");
        if (only != null) {
            return new long[] {only};
        }
        long first = System.nanoTime() % 1_000_000_000L * 1000;
        System.out.println("seeds from " + first + " to " + (first + SEEDS - 1));
        return Stream.iterate(first, seed -> seed + 1)
                .limit(SEEDS)
                .mapToLong(Long::longValue)
                .toArray();
    }

    private static final class Run {
        private final Path folder;
        private final Random random;
        private final LogOptions options;
        private final TreeMap<Long, Known> model = new TreeMap<>();
        private LogPosition end = LogPosition.START;
        private LogPosition committed = LogPosition.START;
        private LogPosition synced = LogPosition.START;
        private LyingDisk disk = new LyingDisk();
        private long producer;

        Run(Path folder, long seed) {
            this.folder = folder;
            this.random = new Random(seed);
            this.options = new LogOptions(SyncMode.GROUP, Duration.ofMinutes(1), 4096, 1 << 24, 0, 1 << 20);
        }

        private DurableLog open() {
            return DurableLog.open(
                    folder, options, InstantSource.fixed(Instant.ofEpochMilli(1_800_000_000_000L)), disk, random);
        }

        void crashes() throws Exception {
            for (int life = 0; life < 6; life++) {
                DurableLog log = open();
                if (life == 0) {
                    producer = log.producer();
                }
                assertThat(log.producer()).isEqualTo(producer);
                assertThat(log.epoch()).isEqualTo(1);
                adoptWhatSurvived(log);
                LogConsumer consumer = log.consumer("reader");
                assertThat(consumer.committed()).isEqualTo(committed);
                LogPosition next = committed;
                for (int step = random.nextInt(120); step > 0; step--) {
                    switch (random.nextInt(10)) {
                        case 0 -> {
                            log.awaitSynced(end, PATIENCE);
                            synced = end;
                        }
                        case 1, 2 -> next = read(log, consumer, next);
                        case 3 -> {
                            consumer.commit(next);
                            committed = next;
                        }
                        case 5 -> {
                            // The pages are gone after this, whatever a later force says.
                            disk.failSyncs(random.nextInt(3) == 0 ? 1 : 0);
                            log.awaitSynced(end, PATIENCE);
                            synced = end;
                            disk.failSyncs(0);
                        }
                        case 4 -> disk.setShortWriteBytes(random.nextBoolean() ? 200 + random.nextInt(2000) : 1 << 20);
                        default -> append(log);
                    }
                }
                synced = log.metrics().synced();
                if (random.nextInt(4) == 0) {
                    log.close();
                    synced = end;
                } else {
                    disk.die();
                    closeDead(log);
                    disk.losePower(random);
                    disk = new LyingDisk();
                }
            }
            DurableLog log = open();
            adoptWhatSurvived(log);
            log.close();
            delete(folder);
        }

        void damage() throws Exception {
            DurableLog log = open();
            LogConsumer consumer = log.consumer("reader");
            for (int step = 20 + random.nextInt(100); step > 0; step--) {
                append(log);
            }
            consumer.close();
            log.close();
            int wounds = 1 + random.nextInt(3);
            for (int i = 0; i < wounds; i++) {
                wound();
            }
            log = open();
            LogPosition at = log.start();
            long missing = 0;
            LogReader reader = log.reader(LogPosition.START);
            long expected = 0;
            long expectedSequence = 0;
            while (true) {
                List<LogRecord> records = reader.poll(1 + random.nextInt(9), 10_000, Duration.ZERO);
                if (records.isEmpty()) {
                    break;
                }
                for (LogRecord record : records) {
                    assertThat(record.position().recordIndex()).isGreaterThanOrEqualTo(expected);
                    missing += record.position().recordIndex() - expected;
                    assertEqual(record, known(record));
                    expected = record.end().recordIndex();
                    expectedSequence = record.end().sequence();
                }
            }
            missing += log.end().recordIndex() - expected;
            assertThat(log.metrics().lostRecords()).isEqualTo(missing);
            assertThat(missing).isLessThan(model.size());
            assertThat(at.recordIndex()).isLessThanOrEqualTo(log.end().recordIndex());
            assertThat(log.end().sequence()).isGreaterThanOrEqualTo(expectedSequence);

            byte[] payload = {1, 2, 3};
            LogPosition added = log.append(payload, 1, PATIENCE);
            log.awaitSynced(added, PATIENCE);
            List<LogRecord> last = reader.poll(10, 10_000, PATIENCE);
            assertThat(last).hasSize(1);
            assertThat(last.getFirst().payload()).isEqualTo(payload);
            log.close();
            delete(folder);
        }

        /// Changes, cuts or overwrites some file of the folder.
        private void wound() throws IOException {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder)) {
                files = walk.filter(Files::isRegularFile)
                        .filter(file -> !file.endsWith(FolderLock.FILE_NAME))
                        .sorted(Comparator.comparing(Path::toString))
                        .toList();
            }
            Path file = files.get(random.nextInt(files.size()));
            byte[] content = Files.readAllBytes(file);
            if (content.length == 0) {
                return;
            }
            int at = random.nextInt(content.length);
            switch (random.nextInt(3)) {
                case 0 -> content[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> content = Arrays.copyOf(content, at);
                default -> {
                    byte[] noise = new byte[Math.min(content.length - at, 1 + random.nextInt(300))];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, content, at, noise.length);
                }
            }
            Files.write(file, content);
        }

        private void append(DurableLog log) throws InterruptedException {
            byte[] payload = new byte[random.nextInt(20) == 0 ? random.nextInt(300_000) : random.nextInt(1500)];
            random.nextBytes(payload);
            int events = random.nextInt(20);
            LogPosition start = end;
            end = log.append(payload, events, Duration.ZERO.plus(PATIENCE));
            assertThat(end).isEqualTo(new LogPosition(start.recordIndex() + 1, start.sequence() + Math.max(1, events)));
            model.put(start.recordIndex(), new Known(start.sequence(), events, payload));
        }

        private LogPosition read(DurableLog log, LogConsumer consumer, LogPosition from) throws InterruptedException {
            LogPosition next = from;
            for (LogRecord record : consumer.poll(1 + random.nextInt(20), 20_000, Duration.ZERO)) {
                Map.Entry<Long, Known> wanted = model.ceilingEntry(next.recordIndex());
                assertThat(record.position().recordIndex()).isEqualTo(wanted.getKey());
                assertEqual(record, wanted.getValue());
                next = record.end();
            }
            assertThat(next).isLessThanOrEqualTo(log.metrics().synced());
            return consumer.position();
        }

        /// Reads all that is kept, checks it, and takes it over as the new truth.
        private void adoptWhatSurvived(DurableLog log) throws InterruptedException {
            assertThat(log.end()).isGreaterThanOrEqualTo(synced).isLessThanOrEqualTo(end);
            TreeMap<Long, Known> survived = new TreeMap<>();
            try (LogReader reader = log.reader(log.start())) {
                while (true) {
                    List<LogRecord> records = reader.poll(1000, 1 << 20, Duration.ZERO);
                    if (records.isEmpty()) {
                        break;
                    }
                    for (LogRecord record : records) {
                        assertEqual(record, known(record));
                        survived.put(record.position().recordIndex(), known(record));
                    }
                }
            }
            for (long index : model.headMap(synced.recordIndex()).keySet()) {
                if (index >= committed.recordIndex()) {
                    assertThat(survived).containsKey(index);
                }
            }
            model.clear();
            model.putAll(survived);
            end = log.end();
            synced = end;
        }

        private Known known(LogRecord record) {
            return Objects.requireNonNull(
                    model.get(record.position().recordIndex()), () -> "invented " + record.position());
        }

        private static void assertEqual(LogRecord record, Known known) {
            assertThat(record.payload()).isEqualTo(known.payload);
            assertThat(record.eventCount()).isEqualTo(known.events);
            assertThat(record.position().sequence()).isEqualTo(known.sequence);
        }

        private static void closeDead(DurableLog log) {
            try {
                log.close();
            } catch (LogException expected) {
                assertThat(expected.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
            }
        }

        private static void delete(Path folder) throws IOException {
            try (Stream<Path> walk = Files.walk(folder)) {
                for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
