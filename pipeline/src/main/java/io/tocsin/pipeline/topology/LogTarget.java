package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.WhenFull;
import io.tocsin.time.SystemClock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Encodes batches and appends them to the node log.
///
/// Thread-safety: one thread at a time.
final class LogTarget implements BatchTarget {
    private static final System.Logger LOGGER = System.getLogger(LogTarget.class.getName());
    private static final String TOO_LARGE = "batch too large";
    private static final String ABANDONED = "log full at the end";
    /// Events that the policy of the input let go.
    private static final String BUFFER_FULL = "buffer full";
    /// Let-go batches after which their counts are written, or folded when there is no room even for
    /// that.
    private static final int MAX_UNWRITTEN = 256;

    private final String route;
    private final String instance;
    private final SystemClock clock;
    private final StageCounters counters;
    private final StageMeter meter;
    private final LogWriter writer;
    private final Acknowledger acknowledger;
    private final Supplier<WhenFull> whenFull;
    private final BatchEncoder encoder = new BatchEncoder();
    /// Counts of batches that were let go; they travel with the next batch that the log takes.
    private BatchLedger unwritten = new BatchLedger();
    private int unwrittenBatches;
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
        this(route, clock, counters, meter, writer, acknowledger, logEnd, () -> WhenFull.BLOCK);
    }

    /// @param whenFull asked for each batch
    LogTarget(
            String route,
            SystemClock clock,
            StageCounters counters,
            StageMeter meter,
            LogWriter writer,
            Acknowledger acknowledger,
            LogPosition logEnd,
            Supplier<WhenFull> whenFull) {
        this.whenFull = whenFull;
        this.route = route;
        this.instance = writer.instance();
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
            addUnwritten(batch);
            batch.enteredAt(writer.service(), instance);
            int length = encoder.encode(batch, route, writer.wantsCompression());
            switch (writer.append(encoder.buffer(), length, events, whenFull.get())) {
                case LogWriter.Outcome.Appended(LogPosition end) -> {
                    meter.addSent(events);
                    appended(end, durable);
                }
                case LogWriter.Outcome.GivenUp() -> {
                    if (events > 0) {
                        meter.addDropped(ABANDONED, events);
                    }
                    appended(null, durable);
                }
                case LogWriter.Outcome.Dropped() -> {
                    dropped(batch);
                    // They are dealt with: a sender that is never answered would send them again for ever.
                    appended(lastPosition, durable);
                }
            }
        } catch (BatchFormatException | IllegalArgumentException e) {
            rejectBatch(batch, e, durable);
        } finally {
            batch.clear();
            meter.addNanos(System.nanoTime() - start);
        }
        return batch;
    }

    private void addUnwritten(EventBatch batch) {
        if (unwrittenBatches > 0) {
            for (BatchLedger.Entry entry : unwritten.entries()) {
                addEntry(batch.ledger(), entry);
            }
            unwritten = new BatchLedger();
            unwrittenBatches = 0;
        }
    }

    /// Keeps what a batch counts, its own events as rejected.
    private void dropped(EventBatch batch) {
        int events = batch.count();
        for (BatchLedger.Entry entry : batch.ledger().entries()) {
            addEntry(unwritten, entry);
        }
        Map<EntryOrigin, Integer> byOrigin = new HashMap<>();
        for (int i = 0; i < events; i++) {
            byOrigin.merge(batch.origin(i), 1, Integer::sum);
        }
        long nowNanos = clock.epochNanos();
        byOrigin.forEach(
                (origin, count) -> unwritten.add(nowNanos, origin, BatchLedger.Counter.REJECTED, BUFFER_FULL, count));
        if (events > 0) {
            counters.addRejected(BUFFER_FULL, events);
            meter.addDropped(BUFFER_FULL, events);
        }
        if (++unwrittenBatches >= MAX_UNWRITTEN && !writeCounts()) {
            foldUnwritten();
        }
    }

    /// Writes the counts of what was let go as a batch of their own.
    ///
    /// @return false when the log had no room even for that
    private boolean writeCounts() {
        if (unwrittenBatches == 0) {
            return true;
        }
        EventBatch counts = new EventBatch();
        for (BatchLedger.Entry entry : unwritten.entries()) {
            addEntry(counts.ledger(), entry);
        }
        int length = encoder.encode(counts, route, false);
        LogPosition end = writer.appendCounts(encoder.buffer(), length);
        if (end == null) {
            return false;
        }
        lastPosition = end;
        unwritten = new BatchLedger();
        unwrittenBatches = 0;
        return true;
    }

    /// Gives up minutes and sources of what is not written, never the counts, so that an outage of days takes no
    /// more memory than one of minutes.
    private void foldUnwritten() {
        BatchLedger folded = new BatchLedger();
        long minute = Long.MIN_VALUE;
        for (BatchLedger.Entry entry : unwritten.entries()) {
            minute = Math.max(minute, entry.minute());
        }
        for (BatchLedger.Entry entry : unwritten.entries()) {
            folded.add(minute, entry.service(), "", entry.counter(), entry.reason(), entry.value());
        }
        unwritten = folded;
        unwrittenBatches = 1;
    }

    /// A batch that is longer than the format or the log allows, which takes a log with a tiny limit: the ledger
    /// says so.
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
    public void flush() {
        if (!writeCounts()) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "counts of events that were let go could not be written, the ledger lacks them [route={0}]",
                    route);
        }
    }
}
