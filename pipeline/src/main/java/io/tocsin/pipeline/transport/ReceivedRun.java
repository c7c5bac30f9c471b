package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A delivery as the receiver keeps it in its log: 32 bytes that name the run, then the body as it came.
///
/// | offset | bytes | |
/// |---|---|---|
/// | 0 | 4 | magic `TRUN` |
/// | 4 | 4 | epoch |
/// | 8 | 8 | producer |
/// | 16 | 8 | first sequence |
/// | 24 | 8 | count |
/// | 32 | | body: encoded batches one after another |
///
/// The name is part of the record so that storing the events and remembering the run are one step.
///
/// Thread-safety: immutable as long as nobody writes to `bytes`.
///
/// @param run the run's name
/// @param bytes the whole log record
@SuppressWarnings("ArrayRecordComponent") // a view of a log record; copying the body would cost a pass over it
public record ReceivedRun(DeliveryRun run, byte[] bytes) {
    /// Bytes before the body.
    public static final int HEADER_BYTES = 32;
    private static final int MAGIC = 0x5452554e;

    /// Whether a log record was written by a receiver.
    public static boolean isRun(byte[] payload) {
        return payload.length >= HEADER_BYTES && ByteBuffer.wrap(payload).getInt() == MAGIC;
    }

    /// Reads a record of a receiver's log.
    ///
    /// @return null when the record was not written by a receiver
    public static @Nullable ReceivedRun of(LogRecord record) {
        byte[] bytes = record.payload();
        if (!isRun(bytes)) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes).position(Integer.BYTES);
        int epoch = header.getInt();
        long producer = header.getLong();
        try {
            return new ReceivedRun(new DeliveryRun(producer, epoch, header.getLong(), header.getLong()), bytes);
        } catch (IllegalArgumentException impossibleNumbers) {
            return null;
        }
    }

    /// Where the body begins in `bytes`.
    public int bodyOffset() {
        return HEADER_BYTES;
    }

    /// Length of the body in bytes.
    public int bodyLength() {
        return bytes.length - HEADER_BYTES;
    }

    static void writeHeader(DeliveryRun run, byte[] target) {
        ByteBuffer.wrap(target)
                .putInt(MAGIC)
                .putInt(run.epoch())
                .putLong(run.producer())
                .putLong(run.firstSequence())
                .putLong(run.count());
    }
}
