package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.aggregate.Aggregate;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.time.SystemClock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// The batch that the second pass fills: gives events their identifiers and numbers, and says in the ledger what became
/// of them.
///
/// ## The ledger
///
/// An event is counted as received in the batch that says what became of it. So the batches of the second pass balance
/// by themselves, and what is held is the only part of the account that they do not know. Of `n` lines that are joined,
/// `n - 1` count as aggregated; so do `n - 1` of `n` events that are folded. The event that is left stands for the last
/// of them and has its origin, hops and reception time.
///
/// Thread-safety: one thread.
final class HeldBatch {
    private static final long NANOS_PER_MINUTE = 60_000_000_000L;
    private static final byte[] NO_TEXT = new byte[0];

    private final String service;
    private final StageCounters counters;
    private final AtomicLong sequence;
    private final EventIds ids;
    private EventBatch batch = new EventBatch();
    /// Events and bytes that were put in since the batch is new, whatever the stages made of them: the same after a
    /// restart.
    private int events;
    private long bytes;

    /// @param sequence the number of the newest event
    HeldBatch(String service, SystemClock clock, StageCounters counters, AtomicLong sequence) {
        this.service = service;
        this.counters = counters;
        this.sequence = sequence;
        this.ids = new EventIds(clock);
    }

    EventBatch batch() {
        return batch;
    }

    /// Goes on with another, empty batch.
    void batch(EventBatch next) {
        batch = next;
        events = 0;
        bytes = 0;
    }

    EventBuilder builder() {
        return batch.builder();
    }

    int events() {
        return events;
    }

    long bytes() {
        return bytes;
    }

    /// Opens a new event of a text.
    EventBuilder open(EntryOrigin origin, long receivedNanos, byte[] text, int offset, int length) {
        events++;
        bytes += length;
        ids.next(receivedNanos / 1_000_000);
        EventBuilder builder = batch.builder();
        builder.begin(origin, ids.high(), ids.low(), receivedNanos, sequence.incrementAndGet(), text, offset, length);
        return builder;
    }

    /// Opens the event that stands for a group.
    EventBuilder open(Aggregate group) {
        return open(group.origin(), group.receivedNanos(), NO_TEXT, 0, 0);
    }

    /// Opens an event that is there already.
    void open(Event event) {
        events++;
        bytes += event.rawLength();
        EventCopy.open(event, batch.builder(), sequence.incrementAndGet());
    }

    /// The open event goes out.
    void commit(EntryOrigin origin, long receivedNanos) {
        batch.builder().commit();
        count(origin, receivedNanos, BatchLedger.Counter.RECEIVED, "");
    }

    /// The open event ends here.
    void discard(Outcome outcome, EntryOrigin origin, long receivedNanos) {
        batch.builder().discard();
        switch (outcome.kind()) {
            case FILTERED -> {
                counters.increment(StageCounter.FILTERED_EVENTS);
                count(origin, receivedNanos, BatchLedger.Counter.RECEIVED, "");
                count(origin, receivedNanos, BatchLedger.Counter.FILTERED, "");
            }
            case REJECTED -> {
                counters.addRejected(outcome.reason(), 1);
                count(origin, receivedNanos, BatchLedger.Counter.RECEIVED, "");
                count(origin, receivedNanos, BatchLedger.Counter.REJECTED, outcome.reason());
            }
            case HELD -> {}
            case PASS, WAITING -> throw new IllegalStateException("an event that goes on was settled");
        }
    }

    /// A line is part of an event that stands for several, and not the last one.
    void joined(EntryOrigin origin, long receivedNanos) {
        count(origin, receivedNanos, BatchLedger.Counter.RECEIVED, "");
        count(origin, receivedNanos, BatchLedger.Counter.AGGREGATED, "");
        counters.increment(StageCounter.AGGREGATED_EVENTS);
    }

    /// The events of a group are folded into one, all but the last.
    void folded(Aggregate group) {
        long lastMinute = Math.floorDiv(group.receivedNanos(), NANOS_PER_MINUTE);
        String lastSource = group.origin().source();
        for (Map.Entry<Aggregate.Line, Long> line : sorted(group).entrySet()) {
            long minute = line.getKey().minute();
            String source = line.getKey().source();
            boolean last = minute == lastMinute && source.equals(lastSource);
            long folded = line.getValue() - (last ? 1 : 0);
            if (folded > 0) {
                batch.ledger().add(minute, service, source, BatchLedger.Counter.RECEIVED, "", folded);
                batch.ledger().add(minute, service, source, BatchLedger.Counter.AGGREGATED, "", folded);
                counters.add(StageCounter.AGGREGATED_EVENTS, folded);
            }
        }
    }

    private static Map<Aggregate.Line, Long> sorted(Aggregate group) {
        Map<Aggregate.Line, Long> lines =
                new TreeMap<>(Comparator.comparingLong(Aggregate.Line::minute).thenComparing(Aggregate.Line::source));
        lines.putAll(group.lines());
        return lines;
    }

    /// Takes over the counts of an input batch that are final: what was filtered and rejected in the first pass.
    void forward(List<BatchLedger.Entry> entries) {
        for (BatchLedger.Entry entry : entries) {
            if (entry.counter() != BatchLedger.Counter.RECEIVED) {
                batch.ledger()
                        .add(
                                entry.minute(),
                                entry.service(),
                                entry.source(),
                                BatchLedger.Counter.RECEIVED,
                                "",
                                entry.value());
                LogTarget.addEntry(batch.ledger(), entry);
            }
        }
    }

    private void count(EntryOrigin origin, long receivedNanos, BatchLedger.Counter counter, String reason) {
        batch.ledger().add(receivedNanos, origin, counter, reason, 1);
    }
}
