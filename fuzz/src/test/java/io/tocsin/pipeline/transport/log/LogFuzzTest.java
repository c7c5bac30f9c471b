package io.tocsin.pipeline.transport.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// The files of the durable log (`docs/specs/durable-log.md`) with any content: opening repairs or begins anew, and a
/// record that is read is one that was written whole.
final class LogFuzzTest {
    private static final Path FOLDER = Path.of("/log");
    private static final long NOW_MILLIS = 1_795_341_600_000L;
    private static final long PRODUCER = 0x0123_4567_89AB_CDEFL;

    /// The segment file as it comes.
    @FuzzTest
    void segment(byte[] input) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.put(FOLDER.resolve(Segment.name(0)), input);
        open(disk);
    }

    /// A sound segment of records made of the input (each behind a byte that says how long it is), damaged where the
    /// first eight bytes of the input say: offset of the damage, its length, its value, offset of the end.
    @FuzzTest
    void damage(byte[] input) throws IOException {
        if (input.length < 8) {
            return;
        }
        byte[] file = segmentOf(input);
        ByteBuffer damage = ByteBuffer.wrap(input);
        int at = Short.toUnsignedInt(damage.getShort()) % file.length;
        int length = Math.min(Byte.toUnsignedInt(damage.get()) & 63, file.length - at);
        Arrays.fill(file, at, at + length, damage.get());
        int cut = Short.toUnsignedInt(damage.getShort());
        MemoryDisk disk = new MemoryDisk();
        disk.put(FOLDER.resolve(Segment.name(0)), cut < file.length ? Arrays.copyOf(file, cut) : file);
        open(disk);
    }

    /// Identity and cursor files as they come.
    @FuzzTest
    void cursor(byte[] input) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.put(FOLDER.resolve(Segment.name(0)), segmentOf(new byte[64]));
        disk.put(FOLDER.resolve(LogIdentity.FILE_NAME), Arrays.copyOf(input, Math.min(32, input.length)));
        Path cursor = LogRecovery.cursorFolder(FOLDER).resolve("storage" + CursorFile.SUFFIX);
        disk.put(cursor, input);
        open(disk);
    }

    private static byte[] segmentOf(byte[] input) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(Segment.HEADER_BYTES + input.length * 64 + 64);
        file.put(new Segment.Header(PRODUCER, 0, 0, 1, NOW_MILLIS).encode());
        file.position(Segment.HEADER_BYTES);
        long index = 0;
        long sequence = 0;
        for (int at = 8; at < input.length; ) {
            int length = Math.min(input[at] & 0xff, input.length - at - 1);
            int events = length & 7;
            new RecordHeader(
                            length,
                            index,
                            sequence,
                            events,
                            1,
                            NOW_MILLIS,
                            RecordHeader.checksum(input, at + 1, length))
                    .write(file, PRODUCER);
            file.put(input, at + 1, length);
            file.position((int) (file.position() + RecordHeader.ALIGNMENT - 1L & -RecordHeader.ALIGNMENT));
            index++;
            sequence += Math.max(1, events);
            at += 1 + length;
        }
        return Arrays.copyOf(file.array(), file.position());
    }

    private static void open(MemoryDisk disk) throws IOException {
        LogRecovery.Recovered recovered;
        try {
            recovered = LogRecovery.recover(FOLDER, disk, NOW_MILLIS, new Random(1));
        } catch (LogException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        recovered.activeFile().close();
        for (Segment segment : recovered.segments().values()) {
            read(disk, segment.path);
        }
        // What was repaired needs no second repair.
        LogRecovery.Recovered again = LogRecovery.recover(FOLDER, disk, NOW_MILLIS, new Random(1));
        assertThat(again.end()).isEqualTo(recovered.end());
        assertThat(again.cutBytes()).isZero();
        again.activeFile().close();
    }

    private static void read(MemoryDisk disk, Path path) throws IOException {
        long limit = disk.get(path).length;
        try (SegmentReader reader = new SegmentReader(disk.openForReading(path), path, PRODUCER)) {
            long offset = Segment.HEADER_BYTES;
            long records = 0;
            while (offset < limit) {
                RecordHeader header = reader.headerAt(offset, limit);
                if (header != null) {
                    byte @Nullable [] payload = reader.payloadAt(offset, header, limit);
                    if (payload != null) {
                        assertThat(payload).hasSize(header.payloadBytes());
                    }
                    offset += header.recordBytes();
                } else {
                    long next = reader.findNext(offset + RecordHeader.ALIGNMENT, limit, 0);
                    if (next < 0) {
                        break;
                    }
                    assertThat(next).isGreaterThan(offset);
                    offset = next;
                }
                assertThat(++records).isLessThanOrEqualTo(limit / RecordHeader.BYTES + 1);
            }
        }
    }
}
