package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogRepairTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(20), 4096, 1 << 22, 0, 1 << 18);

    @TempDir
    Path folder;

    private DurableLog open() {
        return DurableLog.open(folder, OPTIONS, InstantSource.system());
    }

    private void fill(int count) throws InterruptedException {
        try (DurableLog log = open()) {
            log.consumer("c").close();
            for (int number = 0; number < count; number++) {
                log.append(ByteBuffer.allocate(1000).putInt(0, number).array(), 2, PATIENCE);
            }
        }
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(Segment.SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private List<Integer> readAll() throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        try (DurableLog log = open();
                LogConsumer consumer = log.consumer("c")) {
            List<LogRecord> records = consumer.poll(100, 1 << 20, Duration.ZERO);
            while (!records.isEmpty()) {
                records.forEach(
                        record -> all.add(ByteBuffer.wrap(record.payload()).getInt()));
                records = consumer.poll(100, 1 << 20, Duration.ZERO);
            }
        }
        return all;
    }

    /// Every byte of the folder that is part of the log, to see that none is gone afterwards.
    private Set<String> contents(Path of) throws IOException {
        Set<String> contents = new TreeSet<>();
        try (Stream<Path> files = Files.walk(of)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith(FolderLock.FILE_NAME) && !file.endsWith(KnownGaps.FILE_NAME)) {
                    contents.add(HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        }
        return contents;
    }

    @Test
    void doesNothingToASoundLog() throws Exception {
        fill(10);
        Set<String> before = contents(folder);
        LogRepair.Result result = LogRepair.repair(folder, InstantSource.system());
        assertThat(result.actions()).isEmpty();
        assertThat(result.lost()).isEmpty();
        assertThat(result.quarantine()).isNull();
        assertThat(result.after().sound()).isTrue();
        assertThat(contents(folder)).isEqualTo(before);
    }

    @Test
    void savesWhatIsSoundKeepsWhatIsNotAndNamesWhatIsLost() throws Exception {
        fill(10);
        Path wounded = segments().get(1);
        byte[] bytes = Files.readAllBytes(wounded);
        bytes[Segment.HEADER_BYTES + 1048 + 200] ^= 1;
        Files.write(wounded, bytes);
        assertThat(LogCheck.check(folder).sound()).isFalse();

        LogRepair.Result result = LogRepair.repair(folder, InstantSource.system());
        assertThat(result.after().sound()).isTrue();
        assertThat(result.actions()).hasSize(1);
        assertThat(result.actions().getFirst().savedRecords()).isEqualTo(2);
        assertThat(result.actions().getFirst().savedEvents()).isEqualTo(4);
        assertThat(result.lost()).hasSize(1);
        LogReport.Finding lost = result.lost().getFirst();
        assertThat(lost.gapFrom()).isEqualTo(new LogPosition(4, 8));
        assertThat(lost.gapTo()).isEqualTo(new LogPosition(5, 10));
        assertThat(Objects.requireNonNull(result.quarantine()).resolve(wounded.getFileName()))
                .hasBinaryContent(bytes);
        assertThat(readAll()).containsExactly(0, 1, 2, 3, 5, 6, 7, 8, 9);
        assertThat(LogRepair.repair(folder, InstantSource.system()).lost()).isEmpty();
    }

    @Test
    void takesAMissingSegmentForWhatItIsOnce() throws Exception {
        fill(12);
        Files.delete(segments().get(1));
        LogRepair.Result result = LogRepair.repair(folder, InstantSource.system());
        assertThat(result.lost()).hasSize(1);
        assertThat(result.lost().getFirst().lostEvents()).isEqualTo(6);
        assertThat(result.after().sound()).isTrue();
        assertThat(LogCheck.check(folder).sound()).isTrue();
    }

    @Test
    void refusesWhileTheLogIsInUse() throws Exception {
        fill(3);
        try (DurableLog log = open()) {
            assertThat(log.end().recordIndex()).isEqualTo(3);
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> LogRepair.repair(folder, InstantSource.system()))
                    .matches(locked -> locked.kind() == LogException.Kind.LOCKED);
        }
    }

    @Test
    void putsUnreadableCursorsAndIdentitiesAside() throws Exception {
        fill(5);
        Files.write(folder.resolve("cursors").resolve("c.cursor"), new byte[20]);
        Files.write(folder.resolve(LogIdentity.FILE_NAME), new byte[20]);
        LogRepair.Result result = LogRepair.repair(folder, InstantSource.system());
        assertThat(result.actions()).extracting(LogRepair.Action::file).contains("identity", "cursors/c.cursor");
        assertThat(readAll()).containsExactly(0, 1, 2, 3, 4);
        assertThat(LogCheck.check(folder).sound()).isTrue();
    }

    @Test
    void neverDeletesAByteWhateverIsBroken() throws Exception {
        Long only = Long.getLong("tocsin.log.seed");
        long first = only == null ? System.nanoTime() % 1_000_000_000L * 1000 : only;
        int count = only == null ? Integer.getInteger("tocsin.log.seeds", 30) : 1;
        System.out.println("seeds from " + first + " to " + (first + count - 1));
        for (long seed = first; seed < first + count; seed++) {
            Random random = new Random(seed);
            fill(8 + random.nextInt(8));
            for (int wounds = 1 + random.nextInt(3); wounds > 0; wounds--) {
                wound(random);
            }
            Set<String> before = contents(folder);
            LogReport found = LogCheck.check(folder);
            LogRepair.Result result = LogRepair.repair(folder, InstantSource.system());
            assertThat(contents(folder)).as("seed " + seed).containsAll(before);
            // More when the identity and a header were damaged: repair looks for the producer in all segments first.
            assertThat(result.after().records()).as("seed " + seed).isGreaterThanOrEqualTo(found.records());
            List<Integer> records = readAll();
            assertThat(records).as("seed " + seed).isSorted().hasSize((int)
                    result.after().records());
            assertThat(LogCheck.check(folder).sound()).as("seed " + seed).isTrue();
            clear();
        }
    }

    private void wound(Random random) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(FolderLock.FILE_NAME))
                    .sorted()
                    .toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        byte[] content = Files.readAllBytes(file);
        if (content.length > 0) {
            int at = random.nextInt(content.length);
            byte[] noise = new byte[Math.min(content.length - at, 1 + random.nextInt(1500))];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, content, at, noise.length);
            Files.write(file, content);
        }
    }

    private void clear() throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder())
                    .filter(path -> !path.equals(folder))
                    .toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void dumpsTheRecordsOfARangeAndPassesOverDamage() throws Exception {
        fill(10);
        Path wounded = segments().get(1);
        byte[] bytes = Files.readAllBytes(wounded);
        bytes[Segment.HEADER_BYTES + 1048 + 200] ^= 1;
        Files.write(wounded, bytes);
        List<Long> found = new ArrayList<>();
        LogDump.records(
                folder, 5, 15, (_, _, record) -> found.add(record.position().recordIndex()));
        assertThat(found).containsExactly(2L, 3L, 5L, 6L, 7L);
        found.clear();
        LogDump.records(folder, 0, Long.MAX_VALUE, (_, _, record) -> {
            found.add(record.position().recordIndex());
            return found.size() < 2;
        });
        assertThat(found).containsExactly(0L, 1L);
    }
}
