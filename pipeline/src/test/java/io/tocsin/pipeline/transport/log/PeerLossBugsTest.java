package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Ways in which buffers of other products lost events or did not start again, each as a test of this log, named
/// after where it was reported. The whole list: `docs/specs/known-loss-bugs.md`.
@Timeout(60)
final class PeerLossBugsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(20), 4096, 1 << 22, 0, 1 << 18);

    @TempDir
    Path folder;

    private DurableLog open(LogOptions options) {
        return DurableLog.open(folder, options, InstantSource.system());
    }

    private DurableLog open() {
        return open(OPTIONS);
    }

    private static void append(DurableLog log, int from, int to) throws InterruptedException {
        for (int number = from; number < to; number++) {
            log.append(ByteBuffer.allocate(1000).putInt(0, number).array(), 2, PATIENCE);
        }
        log.awaitSynced(log.end(), PATIENCE);
    }

    private static List<Integer> read(LogConsumer consumer) throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        List<LogRecord> records = consumer.poll(50, 1 << 20, Duration.ZERO);
        while (!records.isEmpty()) {
            records.forEach(record -> all.add(ByteBuffer.wrap(record.payload()).getInt()));
            consumer.commit(records.getLast().end());
            records = consumer.poll(50, 1 << 20, Duration.ZERO);
        }
        return all;
    }

    private List<Integer> readAll() throws InterruptedException {
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            return read(consumer);
        }
    }

    /// Reads without moving the cursor.
    private List<Integer> peek() throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            List<LogRecord> records = consumer.poll(50, 1 << 20, Duration.ZERO);
            while (!records.isEmpty()) {
                records.forEach(
                        record -> all.add(ByteBuffer.wrap(record.payload()).getInt()));
                records = consumer.poll(50, 1 << 20, Duration.ZERO);
            }
        }
        return all;
    }

    private static List<Integer> range(int from, int to) {
        return Stream.iterate(from, number -> number + 1).limit(to - from).toList();
    }

    private Path cursor() {
        return folder.resolve("cursors").resolve("c.cursor");
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(Segment.SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private static void overwrite(Path file, long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    private void fill(int to) throws InterruptedException {
        try (DurableLog log = open()) {
            log.consumer("c").close();
            append(log, 0, to);
        }
    }

    @Test
    void rsyslog5771MissingStateFileNeverStartsOverTheSegments() throws Exception {
        fill(30);
        Files.delete(folder.resolve(LogIdentity.FILE_NAME));
        Files.delete(cursor());
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            append(log, 30, 33);
            assertThat(read(consumer)).isEqualTo(range(0, 33));
            assertThat(log.metrics().lostRecords()).isZero();
        }
    }

    @Test
    void rsyslog921ShortStateFileOfEveryLengthStartsAndLosesNothing() throws Exception {
        fill(5);
        byte[] whole = Files.readAllBytes(cursor());
        byte[] identity = Files.readAllBytes(folder.resolve(LogIdentity.FILE_NAME));
        for (int length : new int[] {0, 1, 50, 103, 104, 175, 176, 4095, 4096, 4150, 4199, whole.length - 1}) {
            Files.write(cursor(), Arrays.copyOf(whole, length));
            Files.write(
                    folder.resolve(LogIdentity.FILE_NAME), Arrays.copyOf(identity, Math.min(identity.length, length)));
            assertThat(peek()).as("length " + length).isEqualTo(range(0, 5));
            Files.write(cursor(), whole);
        }
    }

    @Test
    void rsyslog868CountMismatchNeverLosesTheLastMessage() throws Exception {
        for (int count = 0; count < 12; count++) {
            int from = count;
            try (DurableLog log = open();
                    LogConsumer consumer = log.consumer("c")) {
                append(log, from, from + 1);
                if (count % 3 == 2) {
                    assertThat(read(consumer)).endsWith(count);
                }
            }
        }
        try (DurableLog log = open()) {
            assertThat(log.end().recordIndex()).isEqualTo(12);
        }
    }

    @Test
    void rsyslog2655TwoWritersNeverInterleaveARecord() throws Exception {
        try (DurableLog log = open(OPTIONS.withSizes(4096, 1 << 26));
                LogConsumer consumer = log.consumer("c");
                ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                byte fill = (byte) (writer + 1);
                done.add(executor.submit(() -> {
                    Random random = new Random(fill);
                    for (int i = 0; i < 200; i++) {
                        byte[] payload = new byte[1 + random.nextInt(20_000)];
                        Arrays.fill(payload, fill);
                        log.append(payload, 1, PATIENCE);
                    }
                    return null;
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
            log.awaitSynced(log.end(), PATIENCE);
            int found = 0;
            List<LogRecord> records = consumer.poll(100, 1 << 24, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    byte[] expected = new byte[record.payload().length];
                    Arrays.fill(expected, record.payload()[0]);
                    assertThat(Arrays.equals(record.payload(), expected)).isTrue();
                    found++;
                }
                records = consumer.poll(100, 1 << 24, Duration.ZERO);
            }
            assertThat(found).isEqualTo(800);
        }
    }

    @Test
    void vector16231LastRecordBehindTheLedgerIsFastForwarded() throws Exception {
        fill(10);
        // The place where reading goes on is a hint only: one that is behind, ahead or nonsense changes nothing.
        for (long hint : new long[] {-1, 0, 64, 1120, 100_000, Long.MAX_VALUE}) {
            try (CursorFile file = CursorFile.open(new OperatingSystemDisk(), cursor())) {
                CursorFile.State now = Objects.requireNonNull(CursorFile.read(new OperatingSystemDisk(), cursor()));
                file.write(new CursorFile.State(
                        now.generation() + 1, new LogPosition(4, 8), 8, 0, hint, null, null, 0, 0));
            }
            assertThat(peek()).as("hint " + hint).isEqualTo(range(4, 10));
        }
    }

    @Test
    void vector16463PointerAheadOfTheLastRecordBeginsANewEpochInsteadOfWaitingForEver() throws Exception {
        fill(10);
        try (CursorFile file = CursorFile.open(new OperatingSystemDisk(), cursor())) {
            file.write(new CursorFile.State(99, new LogPosition(500, 1000), 1000, -1, -1, null, null, 0, 0));
        }
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            assertThat(log.epoch()).isEqualTo(2);
            append(log, 500, 503);
            assertThat(read(consumer)).isEqualTo(range(500, 503));
        }
    }

    @Test
    void vector17644CorruptionAnywhereNeverLoopsNorStopsTheStart() throws Exception {
        fill(9);
        Random random = new Random(17644);
        List<Path> segments = segments();
        for (int round = 0; round < 60; round++) {
            Path wounded = segments.get(random.nextInt(segments.size()));
            byte[] sound = Files.readAllBytes(wounded);
            int at = random.nextInt(sound.length);
            byte[] flipped = sound.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(wounded, flipped);
            byte[] cursorBefore = Files.readAllBytes(cursor());
            try (DurableLog log = DurableLog.open(folder, OPTIONS, InstantSource.system());
                    LogReader reader = log.reader(LogPosition.START)) {
                int found = 0;
                List<LogRecord> records = reader.poll(100, 1 << 20, Duration.ZERO);
                while (!records.isEmpty()) {
                    found += records.size();
                    records = reader.poll(100, 1 << 20, Duration.ZERO);
                }
                assertThat(found).as("bit at " + at + " of " + wounded).isGreaterThanOrEqualTo(8);
            }
            // Opening may have cut a wounded tail: back to the start.
            for (Path file : segments()) {
                if (!segments.contains(file)) {
                    Files.delete(file);
                }
            }
            Files.write(wounded, sound);
            Files.write(cursor(), cursorBefore);
        }
    }

    @Test
    void vector18336AReaderOfADamagedLogCanBeInterrupted() throws Exception {
        fill(9);
        for (Path segment : segments()) {
            overwrite(segment, Segment.HEADER_BYTES, new byte[2000]);
        }
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            Thread reading = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        consumer.poll(10, 1 << 20, Duration.ofHours(1));
                    }
                } catch (InterruptedException told) {
                    Thread.currentThread().interrupt();
                }
            });
            reading.interrupt();
            assertThat(reading.join(PATIENCE)).isTrue();
        }
    }

    @Test
    void vectorPr25570UnlinkBeforeThePointerIsWrittenDoesNotCrashTheNextStart() throws Exception {
        fill(30);
        // What a crash between the two would leave if they came in the wrong order: the pointer still at a file that
        // is gone.
        List<Path> segments = segments();
        Files.delete(segments.get(0));
        Files.delete(segments.get(1));
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            List<Integer> rest = read(consumer);
            assertThat(rest).isEqualTo(range(6, 30));
            assertThat(log.metrics().lostRecords()).isEqualTo(6);
        }
        assertThat(readAll()).isEmpty();
    }

    @Test
    void vector26198OneOversizeRecordCostsNobodyElse() throws Exception {
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            append(log, 0, 1);
            assertThatIllegalArgumentException().isThrownBy(() -> log.append(new byte[1 << 19], 1, PATIENCE));
            append(log, 1, 3);
            assertThat(read(consumer)).isEqualTo(range(0, 3));
        }
    }

    @Test
    void fluentBit3060TheSizeLimitHoldsAfterARestart() throws Exception {
        LogOptions small = OPTIONS.withSizes(4096, 32_768);
        try (DurableLog log = open(small)) {
            log.consumer("c").close();
            assertThatExceptionOfType(LogException.class).isThrownBy(() -> {
                for (int number = 0; true; number++) {
                    log.append(ByteBuffer.allocate(1000).putInt(0, number).array(), 2, Duration.ZERO);
                    log.awaitSynced(log.end(), PATIENCE);
                }
            });
        }
        try (DurableLog log = open(small);
                LogConsumer consumer = log.consumer("c")) {
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> log.append(new byte[1000], 2, Duration.ZERO))
                    .matches(full -> full.kind() == LogException.Kind.FULL);
            List<Integer> held = read(consumer);
            assertThat(held).isEqualTo(range(0, held.size()));
            append(log, 0, 5);
        }
    }

    @Test
    void fluentBit9997And5166TenThousandSegmentsAreAllDeliveredAndOpenAtOnce() throws Exception {
        int count = 10_000;
        LogOptions options = new LogOptions(SyncMode.NONE, Duration.ofMillis(20), 4096, 1L << 30, 0, 1 << 18);
        try (DurableLog log = open(options)) {
            log.consumer("c").close();
            for (int number = 0; number < count; number++) {
                log.append(ByteBuffer.allocate(3000).putInt(0, number).array(), 2, PATIENCE);
            }
            assertThat(log.metrics().segments()).isEqualTo(count);
        }
        long start = System.nanoTime();
        try (DurableLog log = open(options);
                LogConsumer consumer = log.consumer("c")) {
            Duration opened = Duration.ofNanos(System.nanoTime() - start);
            log.append(ByteBuffer.allocate(3000).putInt(0, count).array(), 2, PATIENCE);
            System.out.println("opened a log of " + count + " segments in " + opened.toMillis() + " ms");
            assertThat(opened).isLessThan(Duration.ofSeconds(10));
            assertThat(read(consumer)).isEqualTo(range(0, count + 1));
            assertThat(log.metrics().segments()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void logstash8218ZeroByteCheckpointUsesWhatIsLeft() throws Exception {
        fill(9);
        Files.write(cursor(), new byte[0]);
        assertThat(readAll()).isEqualTo(range(0, 9));
        // Reading has moved the cursor: one slot is gone, the other counts.
        byte[] both = Files.readAllBytes(cursor());
        for (int slot : new int[] {0, 4096}) {
            byte[] one = both.clone();
            Arrays.fill(one, slot, slot + 176, (byte) 0);
            Files.write(cursor(), one);
            assertThat(readAll()).as("slot " + slot + " lost").isSubsetOf(range(0, 9));
        }
    }

    @Test
    void logstash16389ChecksumMismatchOfTheCheckpointUsesThePreviousOne() throws Exception {
        fill(9);
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            consumer.commit(consumer.poll(1, 1 << 20, PATIENCE).getLast().end());
            consumer.commit(consumer.poll(1, 1 << 20, PATIENCE).getLast().end());
        }
        CursorFile.State now = Objects.requireNonNull(CursorFile.read(new OperatingSystemDisk(), cursor()));
        overwrite(cursor(), (now.generation() % 2 == 0 ? 0 : 4096) + 20, new byte[] {77});
        assertThat(readAll()).isEqualTo(range(1, 9));
    }

    @Test
    void logstash12040APageOfZerosAfterAHardResetIsPassedOver() throws Exception {
        fill(9);
        Path newest = segments().getLast();
        Files.write(newest, new byte[4096]);
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            List<Integer> before = read(consumer);
            assertThat(before).isEqualTo(range(0, before.size())).hasSizeGreaterThanOrEqualTo(6);
            append(log, 100, 103);
            assertThat(read(consumer)).isEqualTo(range(100, 103));
        }
    }

    @Test
    void logstash7538AndSyslogNg4069SizesChangeWithDataInside() throws Exception {
        fill(30);
        long[][] sizes = {{65_536, 1 << 24}, {4096, 8192}, {1 << 20, 1 << 22}, {8192, 32_768}};
        int end = 30;
        for (long[] size : sizes) {
            LogOptions changed = OPTIONS.withSizes(size[0], size[1]);
            try (DurableLog log = open(changed)) {
                try {
                    log.append(ByteBuffer.allocate(1000).putInt(0, end).array(), 2, Duration.ZERO);
                    end++;
                } catch (LogException smaller) {
                    assertThat(smaller.kind()).isEqualTo(LogException.Kind.FULL);
                }
                log.change(OPTIONS);
                append(log, end, end + 3);
                end += 3;
                log.change(changed);
            }
        }
        assertThat(readAll()).isEqualTo(range(0, end));
    }

    @Test
    void syslogNg5714ContentIsDeliveredAfterARebootWithTheTargetAway() throws Exception {
        fill(20);
        for (int boot = 0; boot < 3; boot++) {
            // The target is away: what is polled is never committed.
            try (DurableLog log = open();
                    LogConsumer consumer = log.consumer("c")) {
                consumer.intend(new LogRange(
                        log.epoch(),
                        consumer.committed(),
                        consumer.poll(5, 1 << 20, PATIENCE).getLast().end()));
            }
        }
        assertThat(readAll()).isEqualTo(range(0, 20));
    }

    @Test
    void syslogNg4430WritesAgainAfterItWasFullAndDrained() throws Exception {
        LogOptions small = OPTIONS.withSizes(4096, 12_288);
        try (DurableLog log = open(small);
                LogConsumer consumer = log.consumer("c")) {
            int number = 0;
            for (int round = 0; round < 20; round++) {
                List<Integer> expected = new ArrayList<>();
                try {
                    while (true) {
                        log.append(ByteBuffer.allocate(1000).putInt(0, number).array(), 2, Duration.ZERO);
                        expected.add(number++);
                        log.awaitSynced(log.end(), PATIENCE);
                    }
                } catch (LogException full) {
                    assertThat(full.kind()).isEqualTo(LogException.Kind.FULL);
                }
                assertThat(expected).as("round " + round).isNotEmpty();
                assertThat(read(consumer)).isEqualTo(expected);
                log.awaitSynced(log.end(), PATIENCE);
            }
        }
    }

    @Test
    void syslogNg1770AFileThatCannotBeDecodedIsNoReasonToDie() throws Exception {
        fill(9);
        byte[] noise = new byte[5000];
        new Random(1770).nextBytes(noise);
        Files.write(segments().get(1), noise);
        Files.write(folder.resolve("cursors").resolve("other.cursor"), noise);
        Files.write(folder.resolve("notes.txt"), noise);
        Files.write(folder.resolve("zzzzzzzzzzzzzzzz.segment"), noise);
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            assertThat(read(consumer)).containsExactly(0, 1, 2, 6, 7, 8);
            assertThat(log.metrics().lostRecords()).isEqualTo(3);
            assertThat(log.metrics().lostEvents()).isEqualTo(6);
        }
    }
}
