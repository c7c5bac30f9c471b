package io.tocsin.app.up;

import io.tocsin.correlator.run.CorrelatorInput;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.EventBatch;
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

/// The node log as the correlator reads it. Batches of collectors that do not name the correlator as a destination,
/// and batches that cannot be read, come as empty ones: the position goes on.
///
/// Thread-safety: one thread, but for [#reached()].
final class NodeLogInput implements CorrelatorInput {
    private static final Logger LOG = System.getLogger(NodeLogInput.class.getName());
    private static final int RECORDS_PER_POLL = 32;
    private static final long BYTES_PER_POLL = 8 << 20;

    private final LogConsumer consumer;
    private final Predicate<String> routes;
    private final BatchDecoder decoder = new BatchDecoder();
    private final Deque<LogRecord> fetched = new ArrayDeque<>();
    private volatile LogPosition reached;

    /// @param routes true for the collectors whose batches the correlator takes
    NodeLogInput(LogConsumer consumer, Predicate<String> routes) {
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
        // Without a position of its own the consumer stands at what it committed last, which is the oldest that is
        // kept.
        if (position != null) {
            consumer.seek(decode(position));
            reached = decode(position);
        }
    }

    @Override
    public byte @Nullable [] next(EventBatch into, Duration wait) throws InterruptedException {
        if (fetched.isEmpty()) {
            fetched.addAll(consumer.poll(RECORDS_PER_POLL, BYTES_PER_POLL, wait));
        }
        LogRecord logged = fetched.pollFirst();
        if (logged == null) {
            return null;
        }
        byte[] payload = logged.payload();
        try {
            if (routes.test(BatchHeader.read(payload, 0, payload.length).route())) {
                decoder.decode(payload, 0, payload.length, into);
            }
        } catch (BatchFormatException damaged) {
            LOG.log(
                    Logger.Level.ERROR,
                    "a batch cannot be read and is passed over [position={0}, reason={1}]",
                    logged.position(),
                    damaged.getMessage());
        }
        reached = logged.end();
        return encode(logged.end());
    }

    @Override
    public void release(byte[] position) {
        LogPosition end = decode(position);
        if (end.compareTo(consumer.committed()) > 0) {
            consumer.commit(end);
        }
    }

    private static byte[] encode(LogPosition position) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(position.recordIndex())
                .putLong(position.sequence())
                .array();
    }

    private static LogPosition decode(byte[] position) {
        ByteBuffer buffer = ByteBuffer.wrap(position);
        return new LogPosition(buffer.getLong(), buffer.getLong());
    }
}
