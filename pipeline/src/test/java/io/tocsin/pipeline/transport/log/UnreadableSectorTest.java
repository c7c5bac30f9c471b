package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that does not give back some sectors costs what lies in them, not everything behind them.
final class UnreadableSectorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int RECORDS = 60;
    private static final int PAYLOAD_BYTES = 2_000;
    private static final LogOptions SMALL =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(10), 32_768, 1 << 26, 0, 1 << 20);

    @TempDir
    Path folder;

    private final LyingDisk disk = new LyingDisk();
    private final List<LostEvents> told = new CopyOnWriteArrayList<>();

    private DurableLog open() {
        DurableLog log = DurableLog.open(folder, SMALL, InstantSource.system(), disk, new Random(5));
        log.onLostEvents(told::add);
        return log;
    }

    private static void append(DurableLog log, int from, int to) throws InterruptedException {
        for (int number = from; number < to; number++) {
            byte[] payload = new byte[PAYLOAD_BYTES];
            Arrays.fill(payload, (byte) number);
            log.awaitSynced(log.append(payload, 10, PATIENCE), PATIENCE);
        }
    }

    private List<String> segments() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(Segment.SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private static List<Integer> readAll(LogConsumer consumer, LogPosition end) throws InterruptedException {
        return readAll(consumer, end, true);
    }

    /// Reads on, with as many attempts as a destination that pauses makes, and returns what it was
    /// given.
    ///
    /// @param goesBack true: after a failure from where it is certain, as deliveries do; false: from
    ///     where it is
    private static List<Integer> readAll(LogConsumer consumer, LogPosition end, boolean goesBack)
            throws InterruptedException {
        List<Integer> numbers = new ArrayList<>();
        for (int attempt = 0; attempt < 20 && consumer.position().compareTo(end) < 0; attempt++) {
            try {
                for (LogRecord record : consumer.poll(10, 1 << 20, Duration.ZERO)) {
                    numbers.add((int) record.payload()[0]);
                    consumer.commit(record.end());
                }
            } catch (LogException notGivenBack) {
                assertThat(notGivenBack.kind()).isEqualTo(LogException.Kind.UNAVAILABLE);
                if (goesBack) {
                    consumer.seek(consumer.committed());
                }
            }
        }
        return numbers;
    }

    @Test
    void skipsWhatTheDiskDoesNotGiveBackAndDeliversTheRest() throws Exception {
        try (DurableLog log = open()) {
            LogConsumer consumer = log.consumer("storage");
            append(log, 0, RECORDS);
            String second = segments().get(1);
            disk.setUnreadable(second, 8_192, 12_288);
            List<Integer> read = readAll(consumer, log.end());
            assertThat(consumer.position()).isEqualTo(log.end());
            assertThat(read).as("one page holds at most three records").hasSizeBetween(RECORDS - 4, RECORDS - 2);
            assertThat(read).startsWith(0, 1, 2).endsWith(RECORDS - 2, RECORDS - 1);
            long lost = 10L * (RECORDS - read.size());
            assertThat(log.metrics().lostEvents()).isEqualTo(lost);
            assertThat(consumer.takeGaps()).extracting(LogGap::events).containsExactly(lost);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(told).extracting(LostEvents::events).containsExactly(lost));
            append(log, RECORDS, RECORDS + 40);
            assertThat(readAll(consumer, log.end())).hasSize(40);
            assertThat(segments()).as("nobody needs it any more").doesNotContain(second);
            disk.setUnreadable(null, 0, 0);
            assertThat(folder.resolve("quarantine").resolve("unreadable").resolve(second))
                    .as("somebody may read it with better means")
                    .isRegularFile();
            consumer.close();
        }
    }

    @Test
    void skipsASegmentOfWhichNothingIsGivenBack() throws Exception {
        try (DurableLog log = open()) {
            LogConsumer consumer = log.consumer("storage");
            append(log, 0, RECORDS);
            disk.setUnreadable(segments().get(1), 0, 1 << 20);
            List<Integer> read = readAll(consumer, log.end(), false);
            assertThat(consumer.position()).isEqualTo(log.end());
            assertThat(read).startsWith(0, 1, 2).endsWith(RECORDS - 2, RECORDS - 1);
            assertThat(log.metrics().lostEvents()).isEqualTo(10L * (RECORDS - read.size()));
            consumer.close();
        }
    }

    @Test
    void losesNothingWhenTheDiskGivesItBackAfterAll() throws Exception {
        try (DurableLog log = open()) {
            LogConsumer consumer = log.consumer("storage");
            append(log, 0, RECORDS);
            disk.setUnreadable(segments().get(0), 0, 1 << 20);
            for (int i = 0; i < LogReader.READ_ATTEMPTS - 1; i++) {
                assertThatThrownBy(() -> consumer.poll(10, 1 << 20, Duration.ZERO))
                        .isInstanceOf(LogException.class);
            }
            disk.setUnreadable(null, 0, 0);
            assertThat(readAll(consumer, log.end())).hasSize(RECORDS);
            assertThat(log.metrics().lostEvents()).isZero();
            assertThat(told).isEmpty();
            consumer.close();
        }
    }

    @Test
    void opensWhenTheEndOfTheLogIsNotGivenBackAndCutsNothingOff() throws Exception {
        long end;
        try (DurableLog log = open()) {
            append(log, 0, RECORDS);
            end = log.end().recordIndex();
        }
        String newest = segments().getLast();
        long bytes = Files.size(folder.resolve(newest));
        disk.setUnreadable(newest, bytes - 4_000, bytes);
        try (DurableLog log = open()) {
            assertThat(log.end().recordIndex()).isBetween(end - 4, end - 1);
            assertThat(log.epoch()).as("what was there may have been passed on").isEqualTo(2);
            assertThat(folder.resolve(newest)).hasSize(bytes);
            append(log, 0, 5);
            LogConsumer consumer = log.consumer("storage");
            assertThat(readAll(consumer, log.end())).endsWith(0, 1, 2, 3, 4);
            consumer.close();
        }
    }
}
