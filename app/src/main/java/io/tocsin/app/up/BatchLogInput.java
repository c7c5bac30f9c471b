package io.tocsin.app.up;

import io.tocsin.correlator.run.CorrelatorInput;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A log of batches as the correlator reads it: batches of the collectors of this process, one a record, and runs
/// that collectors of other processes delivered, several batches a record. Batches of own collectors that do not name
/// the correlator as a destination, and batches that cannot be read, come as empty ones: the position goes on.
///
/// A position is the place of a record and the number of bytes of it that are read.
///
/// Thread-safety: one thread, but for [#reached()].
final class BatchLogInput implements CorrelatorInput {
    private static final Logger LOG = System.getLogger(BatchLogInput.class.getName());
    private static final int RECORDS_PER_POLL = 32;
    private static final long BYTES_PER_POLL = 8 << 20;

    private final LogConsumer consumer;
    private final Predicate<String> routes;
    private final BatchDecoder decoder = new BatchDecoder();
    private final Deque<LogRecord> fetched = new ArrayDeque<>();
    /// How much of the first of `fetched`, or of the record that is read next, is dealt with.
    private int doneBytes;

    private volatile LogPosition reached;

    /// @param routes true for the own collectors whose batches the correlator takes
    BatchLogInput(LogConsumer consumer, Predicate<String> routes) {
        this.consumer = consumer;
        this.routes = routes;
        this.reached = consumer.position();
    }

    /// Everything before is read; any thread may ask. The cursor of the consumer follows later, with the
    /// checkpoints.
    LogPosition reached() {
        return reached;
    }

    @Override
    public void seek(byte @Nullable [] position) {
        fetched.clear();
        doneBytes = 0;
        // Without a position of its own the consumer stands at what it committed last, which is the oldest that is
        // kept.
        if (position != null) {
            Place place = Place.decode(position);
            consumer.seek(place.record());
            doneBytes = place.doneBytes();
            reached = place.record();
        }
    }

    @Override
    public byte @Nullable [] next(EventBatch into, Duration wait) throws InterruptedException {
        if (fetched.isEmpty()) {
            fetched.addAll(consumer.poll(RECORDS_PER_POLL, BYTES_PER_POLL, wait));
        }
        LogRecord logged = fetched.peekFirst();
        if (logged == null) {
            return null;
        }
        byte[] payload = logged.payload();
        ReceivedRun run = ReceivedRun.of(logged);
        int at = doneBytes > 0 ? doneBytes : run == null ? 0 : run.bodyOffset();
        int end = payload.length;
        try {
            BatchHeader header = BatchHeader.read(payload, at, payload.length - at);
            end = header.totalLength();
            String collector = Routes.deliverable(header.route());
            if (run != null || (collector != null && routes.test(collector))) {
                decoder.decode(payload, at, payload.length - at, into);
            }
        } catch (BatchFormatException damaged) {
            end = payload.length;
            LOG.log(
                    Logger.Level.ERROR,
                    "a batch cannot be read and is passed over [position={0}, reason={1}]",
                    logged.position(),
                    damaged.getMessage());
        }
        if (end < payload.length) {
            doneBytes = end;
            return new Place(logged.position(), end).encode();
        }
        fetched.removeFirst();
        doneBytes = 0;
        reached = logged.end();
        return new Place(logged.end(), 0).encode();
    }

    @Override
    public void release(byte[] position) {
        LogPosition end = Place.decode(position).record();
        if (end.compareTo(consumer.committed()) > 0) {
            consumer.commit(end);
        }
    }

    /// @param doneBytes bytes of the record that begins there that are dealt with
    private record Place(LogPosition record, int doneBytes) {
        byte[] encode() {
            return ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
                    .putLong(record.recordIndex())
                    .putLong(record.sequence())
                    .putInt(doneBytes)
                    .array();
        }

        static Place decode(byte[] position) {
            ByteBuffer buffer = ByteBuffer.wrap(position);
            LogPosition record = new LogPosition(buffer.getLong(), buffer.getLong());
            return new Place(record, buffer.hasRemaining() ? buffer.getInt() : 0);
        }
    }
}
