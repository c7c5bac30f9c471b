package io.tocsin.app.up;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.correlator.table.SharingStep;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.time.SystemClock;
import java.util.Arrays;

/// Makes records of a log of the steps by which correlators come to share lists.
///
/// Thread-safety: one thread.
final class StepEncoder {
    private static final EntryOrigin ORIGIN =
            new EntryOrigin("", CorrelatorTables.ROUTE, "sharing", "", -1, "", -1, "");

    private final SystemClock clock;
    private final EventIds ids;
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch events = new EventBatch(1, 1 << 12);

    StepEncoder(SystemClock clock) {
        this.clock = clock;
        this.ids = new EventIds(clock);
    }

    /// A step for a log that goes to storage: it is counted as received.
    byte[] counted(SharingStep step) {
        return encode(step, true);
    }

    /// A step for a log that only a correlator reads.
    byte[] uncounted(SharingStep step) {
        return encode(step, false);
    }

    private byte[] encode(SharingStep step, boolean isCounted) {
        long nanos = clock.epochNanos();
        events.clear();
        ids.next();
        step.addTo(events, ORIGIN, ids.high(), ids.low(), nanos);
        if (isCounted) {
            events.ledger().add(nanos, ORIGIN, BatchLedger.Counter.RECEIVED, "", 1);
        }
        int length = encoder.encode(events, CorrelatorTables.ROUTE);
        return Arrays.copyOf(encoder.buffer(), length);
    }
}
