package io.tocsin.pipeline.transport.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The 48 bytes before each record's payload. All numbers are big-endian.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TREC` |
/// | 4 | 4 | payload length in bytes |
/// | 8 | 8 | record index |
/// | 16 | 8 | sequence of the first event |
/// | 24 | 4 | number of events |
/// | 28 | 4 | epoch |
/// | 32 | 8 | time of append, epoch milliseconds |
/// | 40 | 4 | CRC32C of the payload |
/// | 44 | 4 | CRC32C of bytes 0 to 43 and of the producer's 8 bytes |
///
/// The payload follows, then zeros up to a multiple of 8, so that every record begins at a multiple of
/// 8. Two checksums instead of one: appenders compute the payload's before they queue up for the log, and a record
/// with a damaged payload still says how long it is and which events are lost with it. The producer, which no
/// sender of events knows, is part of the header's checksum so that bytes inside an event can never pass for a
/// record when the way back is sought after damage.
///
/// Thread-safety: immutable.
record RecordHeader(
        int payloadBytes,
        long recordIndex,
        long firstSequence,
        int eventCount,
        int epoch,
        long appendedAtMillis,
        int payloadChecksum) {
    static final int BYTES = 48;
    static final int ALIGNMENT = 8;
    static final int MAGIC = 0x54524543;
    static final int MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
    private static final int CHECKSUM_OFFSET = 44;

    /// Bytes of the whole record on disk: header, payload, padding.
    static long recordBytes(int payloadBytes) {
        return (BYTES + (long) payloadBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    long recordBytes() {
        return recordBytes(payloadBytes);
    }

    /// First sequence after this record. A record without events takes one sequence as well, so that no two records
    /// begin at the same one and every delivery has a name of its own.
    long endSequence() {
        return firstSequence + Math.max(1, eventCount);
    }

    /// Puts the header at the buffer's position and moves it.
    void write(ByteBuffer target, long producer) {
        int start = target.position();
        target.putInt(MAGIC)
                .putInt(payloadBytes)
                .putLong(recordIndex)
                .putLong(firstSequence)
                .putInt(eventCount)
                .putInt(epoch)
                .putLong(appendedAtMillis)
                .putInt(payloadChecksum);
        target.putInt(headerChecksum(target, start, producer));
    }

    /// Reads the header at an index of the buffer.
    ///
    /// @return null when these bytes are no header or a damaged one
    static @Nullable RecordHeader read(ByteBuffer source, int at, long producer) {
        if (source.getInt(at) != MAGIC || source.getInt(at + CHECKSUM_OFFSET) != headerChecksum(source, at, producer)) {
            return null;
        }
        RecordHeader header = new RecordHeader(
                source.getInt(at + 4),
                source.getLong(at + 8),
                source.getLong(at + 16),
                source.getInt(at + 24),
                source.getInt(at + 28),
                source.getLong(at + 32),
                source.getInt(at + 40));
        boolean possible = header.payloadBytes >= 0
                && header.payloadBytes <= MAX_PAYLOAD_BYTES
                && header.recordIndex >= 0
                && header.firstSequence >= 0
                && header.eventCount >= 0
                && header.epoch >= 1
                && header.firstSequence < Long.MAX_VALUE - header.eventCount;
        return possible ? header : null;
    }

    private static int headerChecksum(ByteBuffer source, int start, long producer) {
        CRC32C checksum = new CRC32C();
        checksum.update(source.slice(start, CHECKSUM_OFFSET));
        checksum.update((int) (producer >>> 56));
        checksum.update((int) (producer >>> 48));
        checksum.update((int) (producer >>> 40));
        checksum.update((int) (producer >>> 32));
        checksum.update((int) (producer >>> 24));
        checksum.update((int) (producer >>> 16));
        checksum.update((int) (producer >>> 8));
        checksum.update((int) producer);
        return (int) checksum.getValue();
    }

    static int checksum(ByteBuffer source, int start, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(source.slice(start, length));
        return (int) checksum.getValue();
    }

    static int checksum(byte[] bytes, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, offset, length);
        return (int) checksum.getValue();
    }
}
