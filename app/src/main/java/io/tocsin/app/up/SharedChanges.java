package io.tocsin.app.up;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.transport.DeliveryClient;
import io.tocsin.pipeline.transport.ReceivedRun;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/// What of a log goes to those who share lists: the changes of tables in it, and nothing else.
///
/// Thread-safety: one thread.
final class SharedChanges implements DeliveryClient.Selection {
    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch batch = new EventBatch();
    private final EventBatch kept = new EventBatch();
    private final Event event = new Event();

    @Override
    public byte @Nullable [] of(byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = ReceivedRun.isRun(payload) ? ReceivedRun.HEADER_BYTES : 0;
        try {
            while (at < payload.length) {
                at = decoder.decode(payload, at, payload.length - at, batch).totalLength();
                copy(out);
            }
        } catch (BatchFormatException damaged) {
            // The receiver refuses it for good and it ends among the dead letters, which is told.
            out.write(payload, at, payload.length - at);
        }
        return out.size() == 0 ? null : out.toByteArray();
    }

    private void copy(ByteArrayOutputStream out) {
        kept.clear();
        for (int i = 0; i < batch.count(); i++) {
            if (batch.hasFlag(i, EventBatch.FLAG_TABLE_CHANGE)) {
                event.moveTo(batch, i);
                EventCopy.open(event, kept.builder(), event.sequence());
                kept.builder().setFlag(EventBatch.FLAG_TABLE_CHANGE);
                kept.builder().commit();
            }
        }
        if (!kept.isEmpty()) {
            int length = encoder.encode(kept, CorrelatorTables.ROUTE);
            out.write(encoder.buffer(), 0, length);
        }
    }

    /// Says what is wrong with a body that must hold changes of tables and nothing else.
    static @Nullable String problem(EventBatch events) {
        for (int i = 0; i < events.count(); i++) {
            if (!events.hasFlag(i, EventBatch.FLAG_TABLE_CHANGE)) {
                return "an event is no change of a table";
            }
        }
        return null;
    }
}
