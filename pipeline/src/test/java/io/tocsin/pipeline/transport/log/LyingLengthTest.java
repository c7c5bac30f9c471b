package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// F-COR-07: a record whose header is sound, its checksum included, and says that an immense payload follows.
final class LyingLengthTest {
    private static final int RECORDS = 50;
    private static final int PAYLOAD_BYTES = 100;
    private static final int LIAR = 20;
    private static final long MOST_BYTES = 8L << 20;
    private static final LogOptions OPTIONS =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(5), 1 << 20, 1 << 24, 0, 1 << 18);

    @TempDir
    private Path folder;

    private DurableLog open() {
        return DurableLog.open(folder, OPTIONS, InstantSource.system());
    }

    private void lie(long producer, int length) throws IOException {
        Path segment;
        try (Stream<Path> files = Files.list(folder)) {
            segment = files.filter(file -> file.toString().endsWith(Segment.SUFFIX))
                    .findFirst()
                    .orElseThrow();
        }
        long at = Segment.HEADER_BYTES + LIAR * RecordHeader.recordBytes(PAYLOAD_BYTES);
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(RecordHeader.BYTES);
            file.read(bytes, at);
            RecordHeader found = Objects.requireNonNull(RecordHeader.read(bytes, 0, producer));
            bytes.clear();
            new RecordHeader(
                            length,
                            found.recordIndex(),
                            found.firstSequence(),
                            found.eventCount(),
                            found.epoch(),
                            found.appendedAtMillis(),
                            found.payloadChecksum())
                    .write(bytes, producer);
            file.write(bytes.flip(), at);
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, RecordHeader.MAX_PAYLOAD_BYTES + 1, 1 << 26, 1 << 20})
    void costsOneRecordAndNoMemory(int length) throws Exception {
        long producer;
        try (DurableLog log = open()) {
            producer = log.producer();
            for (int number = 0; number < RECORDS; number++) {
                log.append(ByteBuffer.allocate(PAYLOAD_BYTES).putInt(0, number).array(), 1, Duration.ofSeconds(5));
            }
        }
        lie(producer, length);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        List<Integer> numbers = new ArrayList<>();
        try (DurableLog log = open();
                LogReader reader = log.reader(LogPosition.START)) {
            log.awaitSynced(log.end(), Duration.ofSeconds(10));
            while (reader.position().compareTo(log.end()) < 0) {
                for (LogRecord record : reader.poll(100, 1 << 20, Duration.ofSeconds(10))) {
                    numbers.add(ByteBuffer.wrap(record.payload()).getInt());
                }
            }
            assertThat(log.metrics().lostRecords()).isEqualTo(1);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MOST_BYTES);
        assertThat(numbers).hasSize(RECORDS - 1).doesNotContain(LIAR);
    }
}
