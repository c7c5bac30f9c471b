package io.tocsin.pipeline.transport;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.log.LogGap;
import io.tocsin.pipeline.transport.log.LostEvents.Reason;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// What is delivered in the place of events that are lost: a batch without events whose ledger counts them as
/// received and as rejected. It takes the sequences of what is lost, in the same run, so the receiver counts it
/// once like everything else, whatever is repeated.
///
/// Thread-safety: no state.
final class LostBatch {
    /// The collector in the ledger when nobody knows any more which one it was; the source is empty
    /// then.
    static final String UNKNOWN_COLLECTOR = "(unknown)";

    private static final long MILLIS_PER_MINUTE = 60_000;

    private LostBatch() {}

    private record Key(long minute, String service, String source) {}

    /// What the disk has lost. When the counts of a batch are still sound they tell the sources.
    static byte[] damaged(LogGap gap) {
        byte[] remains = gap.remains();
        EventBatch counts = new EventBatch();
        if (remains != null) {
            int at = ReceivedRun.isRun(remains) ? ReceivedRun.HEADER_BYTES : 0;
            if (addBatches(remains, at, Reason.DAMAGED, counts)) {
                return encoded(counts);
            }
            counts.clear();
        }
        addUnknown(gap.events(), gap.aboutMillis(), Reason.DAMAGED, counts);
        return encoded(counts);
    }

    /// What the receiver refuses for good.
    ///
    /// @param events in it, when it cannot be read here either
    static byte[] refused(byte[] payload, long events, long aboutMillis) {
        EventBatch counts = new EventBatch();
        if (!addBatches(payload, 0, Reason.DEAD_LETTER, counts)) {
            counts.clear();
            addUnknown(events, aboutMillis, Reason.DEAD_LETTER, counts);
        }
        return encoded(counts);
    }

    /// What the receiver asks for and the log does not hold any more.
    static byte[] unavailable(long events, long aboutMillis) {
        EventBatch counts = new EventBatch();
        addUnknown(events, aboutMillis, Reason.UNAVAILABLE, counts);
        return encoded(counts);
    }

    /// Adds what batches count, and their events as rejected.
    ///
    /// @return false when one of them does not even tell its counts
    private static boolean addBatches(byte[] payload, int offset, Reason reason, EventBatch counts) {
        int at = offset;
        try {
            while (at < payload.length) {
                BatchHeader header = BatchHeader.read(payload, at, payload.length - at);
                add(header, reason, counts.ledger());
                at = header.totalLength();
            }
        } catch (BatchFormatException unreadable) {
            return false;
        }
        return at > offset;
    }

    private static void add(BatchHeader header, Reason reason, BatchLedger counts) {
        Map<Key, Long> left = new LinkedHashMap<>();
        for (BatchLedger.Entry entry : header.ledger()) {
            counts.add(entry.minute(), entry.service(), entry.source(), entry.counter(), entry.reason(), entry.value());
            long sign = entry.counter() == BatchLedger.Counter.RECEIVED ? 1 : -1;
            left.merge(new Key(entry.minute(), entry.service(), entry.source()), sign * entry.value(), Long::sum);
        }
        left.forEach((key, events) -> {
            if (events > 0) {
                counts.add(
                        key.minute(), key.service(), key.source(), BatchLedger.Counter.REJECTED, reason.text(), events);
            }
        });
    }

    private static void addUnknown(long events, long aboutMillis, Reason reason, EventBatch counts) {
        if (events > 0) {
            long minute = Math.floorDiv(aboutMillis, MILLIS_PER_MINUTE);
            counts.ledger().add(minute, UNKNOWN_COLLECTOR, "", BatchLedger.Counter.RECEIVED, "", events);
            counts.ledger().add(minute, UNKNOWN_COLLECTOR, "", BatchLedger.Counter.REJECTED, reason.text(), events);
        }
    }

    private static byte[] encoded(EventBatch counts) {
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(counts, UNKNOWN_COLLECTOR, false);
        return Arrays.copyOf(encoder.buffer(), length);
    }
}
