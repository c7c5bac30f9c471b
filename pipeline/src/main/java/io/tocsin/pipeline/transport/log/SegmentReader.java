package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Reads records of one segment file through a read-ahead window and finds the way back to good records after bad
/// bytes.
///
/// Thread-safety: one thread at a time.
final class SegmentReader implements AutoCloseable {
    private static final int WINDOW_BYTES = 256 * 1024;

    private final LogFile file;
    private final long producer;
    private final Segment.@Nullable Header segmentHeader;
    private final ByteBuffer window;
    private long windowStart;

    /// @param fallbackProducer producer of the records when the segment's own header is damaged
    SegmentReader(LogFile file, Path path, long fallbackProducer) throws IOException {
        this(file, path, fallbackProducer, false);
    }

    /// @param patient true: pages that the disk does not give back are taken for zeros, so that they
    ///     count as damaged
    SegmentReader(LogFile file, Path path, long fallbackProducer, boolean patient) throws IOException {
        this.file = patient ? new PatientFile(file) : file;
        this.segmentHeader = Segment.readHeader(this.file, path);
        this.producer = segmentHeader == null ? fallbackProducer : segmentHeader.producer();
        this.window = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);
    }

    /// The segment's header, null when it is damaged.
    Segment.@Nullable Header segmentHeader() {
        return segmentHeader;
    }

    /// The header at an offset.
    ///
    /// @param limit end of what may be read
    /// @return null when no whole record with a sound header lies there
    @Nullable
    RecordHeader headerAt(long offset, long limit) throws IOException {
        if (offset + RecordHeader.BYTES > limit || !load(offset, RecordHeader.BYTES, limit)) {
            return null;
        }
        RecordHeader header = RecordHeader.read(window, (int) (offset - windowStart), producer);
        return header != null && offset + header.recordBytes() <= limit ? header : null;
    }

    /// The payload of the record at an offset.
    ///
    /// @return null when it is damaged
    byte @Nullable [] payloadAt(long offset, RecordHeader header, long limit) throws IOException {
        byte[] payload = new byte[header.payloadBytes()];
        long start = offset + RecordHeader.BYTES;
        if (payload.length <= WINDOW_BYTES) {
            if (!load(start, payload.length, limit)) {
                return null;
            }
            window.get((int) (start - windowStart), payload);
        } else if (!file.readFully(ByteBuffer.wrap(payload), start)) {
            return null;
        }
        return RecordHeader.checksum(payload, 0, payload.length) == header.payloadChecksum() ? payload : null;
    }

    /// The bytes where the payload of a record should be, whatever has become of them.
    ///
    /// @return null when the file ends before
    byte @Nullable [] remainsAt(long offset, RecordHeader header) throws IOException {
        byte[] remains = new byte[header.payloadBytes()];
        return file.readFully(ByteBuffer.wrap(remains), offset + RecordHeader.BYTES) ? remains : null;
    }

    /// Finds the next whole, sound record.
    ///
    /// @param from first offset to look at, a multiple of 8
    /// @param minRecordIndex records with a smaller index do not count
    /// @return its offset, -1 when there is none before the limit
    long findNext(long from, long limit, long minRecordIndex) throws IOException {
        for (long offset = from; offset + RecordHeader.BYTES <= limit; offset += RecordHeader.ALIGNMENT) {
            if (!load(offset, RecordHeader.BYTES, limit)) {
                return -1;
            }
            if (window.getInt((int) (offset - windowStart)) == RecordHeader.MAGIC) {
                RecordHeader header = headerAt(offset, limit);
                if (header != null
                        && header.recordIndex() >= minRecordIndex
                        && payloadAt(offset, header, limit) != null) {
                    return offset;
                }
            }
        }
        return -1;
    }

    /// Makes the bytes from an offset on available in the window.
    private boolean load(long offset, int bytes, long limit) throws IOException {
        if (offset >= windowStart && offset + bytes <= windowStart + window.limit()) {
            return true;
        }
        window.clear();
        window.limit((int) Math.min(WINDOW_BYTES, Math.max(bytes, limit - offset)));
        windowStart = offset;
        file.readFully(window, offset);
        window.flip();
        return window.limit() >= bytes;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
