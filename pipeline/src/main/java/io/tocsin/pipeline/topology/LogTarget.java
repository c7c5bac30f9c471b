package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Encodes batches and appends them to the node log.
///
/// Thread-safety: one thread at a time.
final class LogTarget implements BatchTarget {
    private static final System.Logger LOGGER = System.getLogger(LogTarget.class.getName());
    private static final String TOO_LARGE = "batch too large";
    private static final String ABANDONED = "log full at the end";

    private final String route;
    private final SystemClock clock;
    private final StageCounters counters;
    private final StageMeter meter;
    private final LogWriter writer;
    private final Acknowledger acknowledger;
    private final BatchEncoder encoder = new BatchEncoder();
    private LogPosition lastPosition;
    private boolean gap;

    /// @param route what the batches carry for those who choose among them
    /// @param meter counts for the log
    LogTarget(
            String route,
            SystemClock clock,
            StageCounters counters,
            StageMeter meter,
            LogWriter writer,
            Acknowledger acknowledger,
            LogPosition logEnd) {
        this.route = route;
        this.clock = clock;
        this.counters = counters;
        this.meter = meter;
        this.writer = writer;
        this.acknowledger = acknowledger;
        this.lastPosition = logEnd;
    }

    @Override
    public EventBatch take(EventBatch batch, List<Consumer<LogPosition>> durable) {
        int events = batch.count();
        long start = System.nanoTime();
        meter.addReceived(events);
        try {
            int length = encoder.encode(batch, route, writer.wantsCompression());
            LogPosition end = writer.append(encoder.buffer(), length, events);
            if (end != null) {
                meter.addSent(events);
            } else if (events > 0) {
                meter.addDropped(ABANDONED, events);
            }
            appended(end, durable);
        } catch (BatchFormatException | IllegalArgumentException e) {
            rejectBatch(batch, e, durable);
        } finally {
            batch.clear();
            meter.addNanos(System.nanoTime() - start);
        }
        return batch;
    }

    /// A batch that is longer than the format or the log allows, which takes a log with a tiny limit: the
    /// ledger says so.
    private void rejectBatch(EventBatch batch, RuntimeException reason, List<Consumer<LogPosition>> durable) {
        int events = batch.count();
        LOGGER.log(
                System.Logger.Level.ERROR,
                "batch does not fit into the log, its events are rejected [route={0}, events={1}, reason={2}]",
                route,
                events,
                reason.getMessage());
        List<BatchLedger.Entry> entries = batch.ledger().entries();
        EntryOrigin[] origins = new EntryOrigin[events];
        for (int i = 0; i < events; i++) {
            origins[i] = batch.origin(i);
        }
        batch.clear();
        for (BatchLedger.Entry entry : entries) {
            addEntry(batch.ledger(), entry);
        }
        long nowNanos = clock.epochNanos();
        for (EntryOrigin origin : origins) {
            batch.ledger().add(nowNanos, origin, BatchLedger.Counter.REJECTED, TOO_LARGE, 1);
        }
        counters.addRejected(TOO_LARGE, events);
        meter.addDropped(TOO_LARGE, events);
        int length = encoder.encode(batch, route, writer.wantsCompression());
        appended(writer.append(encoder.buffer(), length, 0), durable);
    }

    /// Adds an entry to another ledger.
    static void addEntry(BatchLedger ledger, BatchLedger.Entry entry) {
        ledger.add(entry.minute(), entry.service(), entry.source(), entry.counter(), entry.reason(), entry.value());
    }

    private void appended(@Nullable LogPosition end, List<Consumer<LogPosition>> durable) {
        if (end == null) {
            // Something is missing from here on: nothing behind it may count as durable.
            gap = true;
            return;
        }
        lastPosition = end;
        if (!gap) {
            durable.forEach(whenDurable -> acknowledger.whenSynced(end, whenDurable));
        }
    }

    @Override
    public void whenDurable(Consumer<LogPosition> durable) {
        if (!gap) {
            acknowledger.whenSynced(lastPosition, durable);
        }
    }

    /// Behind what was appended last.
    LogPosition lastPosition() {
        return lastPosition;
    }

    /// True after a batch was given up.
    boolean hasGap() {
        return gap;
    }

    @Override
    public int openEvents() {
        return 0;
    }

    @Override
    public void flush() {}
}
