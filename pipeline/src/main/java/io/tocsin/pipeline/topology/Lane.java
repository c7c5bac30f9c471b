package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.connector.EventSink;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One of the parallel ways through a collector: an open batch with everything that is needed to fill it. A stream
/// sticks to its lane, which keeps its order. The lock is taken once per run of events, not per event, and handed
/// over fairly, so that a busy stream does not starve the others.
///
/// Every event ends as exactly one of: logged, filtered, rejected. Counts for the ledger are collected per run and
/// source, and written into the batch that is appended with (or, when everything was filtered, after) the events
/// that they speak of.
///
/// Thread-safety: runs exclude each other by the lock.
final class Lane implements EventSink {
    private static final String INTERNAL_ERROR = "internal error";
    private static final EntryOrigin ANYONE = EntryOrigin.local("", "", "");
    private static final byte[] NO_BYTES = {};
    private static final int BATCH_EVENTS = 4096;
    private static final int BATCH_BYTES = 1 << 20;
    /// Ledger entries come with sources; a flood of forged ones must not fill the memory between two batches.
    private static final int MAXIMUM_LEDGER_CALLS = 8192;

    private final ReentrantLock lock = new ReentrantLock(true);
    private final String service;
    private final SystemClock clock;
    private final EventSteps steps;
    private final AtomicLong sequence;
    private final StageCounters counters;
    private final StageMeter receiving;
    private final BatchTarget target;
    private final EventIds ids;
    private EventBatch batch = new EventBatch(BATCH_EVENTS, BATCH_BYTES + (BATCH_BYTES >> 2));
    private EventBuilder builder = batch.builder();

    private List<Consumer<LogPosition>> durable = new ArrayList<>();
    /// A number that a filtered event did not need, or -1: events that go on are numbered without
    /// gaps.
    private long spareNumber = -1;
    private int ledgerCalls;

    private long nowNanos;
    private long nowMillis;
    private @Nullable EntryOrigin runOrigin;
    /// Identifier that the text came with; not one when both halves are 0.
    private long givenHigh;

    private long givenLow;
    /// Events of the text that have an identifier.
    private long givenUsed;
    private List<String> givenHops = List.of();
    /// When the text came here that had entered elsewhere; 0 for one that enters here.
    private long hopBeganNanos;

    private @Nullable Passing passing;
    private final Event passed = new Event();
    private long runReceived;
    private long runFiltered;

    /// When the oldest thing in the batch came, by the clock's counter.
    private volatile long oldestNanos;

    private volatile boolean filled;

    /// Somebody waits to hear that what is open is durable.
    private volatile boolean promised;

    private volatile int openEvents;

    /// What is needed for batches of others; most lanes never see one.
    private record Passing(BatchDecoder decoder, EventBatch batch) {}

    /// @param service name of the collector
    /// @param receiving counts what the connector could not hand over
    Lane(
            String service,
            SystemClock clock,
            EventSteps steps,
            AtomicLong sequence,
            StageCounters counters,
            StageMeter receiving,
            BatchTarget target) {
        this.service = service;
        this.clock = clock;
        this.steps = steps;
        this.sequence = sequence;
        this.counters = counters;
        this.receiving = receiving;
        this.target = target;
        this.ids = new EventIds(clock);
    }

    @Override
    public void begin() {
        lock.lock();
        nowNanos = clock.epochNanos();
        nowMillis = Math.floorDiv(nowNanos, 1_000_000L);
    }

    @Override
    public void accept(EntryOrigin origin, byte[] buffer, int offset, int length, int flags) {
        markFilled();
        try {
            Normalizer splitting = steps.splitting();
            if (splitting != null) {
                split(splitting, origin, buffer, offset, length, flags);
            } else {
                received(origin);
                write(origin, buffer, offset, length, flags);
            }
        } catch (RuntimeException | Error e) {
            builder.discard();
            ledger(origin, BatchLedger.Counter.REJECTED, INTERNAL_ERROR, 1);
            counters.addRejected(INTERNAL_ERROR, 1);
            steps.broken(INTERNAL_ERROR);
            throw e;
        }
        sealWhenFull();
    }

    @Override
    public void accept(EntryOrigin origin, long idHigh, long idLow, byte[] buffer, int offset, int length, int flags) {
        givenHigh = idHigh;
        givenLow = idLow;
        givenUsed = 0;
        try {
            accept(origin, buffer, offset, length, flags);
        } finally {
            givenHigh = 0;
            givenLow = 0;
        }
    }

    @Override
    public void accept(
            EntryOrigin origin,
            long idHigh,
            long idLow,
            long receivedNanos,
            List<String> hops,
            byte[] buffer,
            int offset,
            int length,
            int flags) {
        // The ledger counts by the minute of reception.
        flushRun();
        long beganNanos = nowNanos;
        nowNanos = receivedNanos;
        nowMillis = Math.floorDiv(receivedNanos, 1_000_000L);
        givenHigh = idHigh;
        givenLow = idLow;
        givenUsed = 0;
        hopBeganNanos = beganNanos;
        givenHops = hops;
        try {
            accept(origin, buffer, offset, length, flags);
        } finally {
            hopBeganNanos = 0;
            givenHops = List.of();
            givenHigh = 0;
            givenLow = 0;
            flushRun();
            nowNanos = beganNanos;
            nowMillis = Math.floorDiv(beganNanos, 1_000_000L);
        }
    }

    @Override
    public int acceptBatch(byte[] encoded, int offset, int length, int flags) {
        Passing way = passing;
        if (way == null) {
            way = new Passing(new BatchDecoder(), new EventBatch());
            passing = way;
        }
        EventBatch from = way.batch();
        way.decoder().decode(encoded, offset, length, from);
        int events = from.count();
        if (flags != 0) {
            from.setFlagOfAll(flags);
        }
        if (batch.count() + events > BATCH_EVENTS) {
            sealNow();
        }
        markFilled();
        for (BatchLedger.Entry entry : from.ledger().entries()) {
            LogTarget.addEntry(batch.ledger(), entry);
        }
        ledgerCalls += from.ledger().entries().size();
        for (int i = 0; i < events; i++) {
            passOn(passed.moveTo(from, i));
        }
        from.clear();
        counters.add(StageCounter.RECEIVED_EVENTS, events);
        steps.flush();
        sealWhenFull();
        return events;
    }

    private void passOn(Event event) {
        EventCopy.open(event, builder, event.sequence());
        Outcome outcome = steps.stages(builder);
        Hops.add(builder, service, nowNanos, clock.epochNanos());
        switch (outcome.kind()) {
            case PASS -> builder.commit();
            case FILTERED -> {
                builder.discard();
                counters.increment(StageCounter.FILTERED_EVENTS);
                passedCount(event, BatchLedger.Counter.FILTERED, "");
            }
            case REJECTED -> {
                builder.discard();
                counters.addRejected(outcome.reason(), 1);
                passedCount(event, BatchLedger.Counter.REJECTED, outcome.reason());
            }
            case WAITING, HELD ->
                throw new IllegalStateException("a quick stage answered that the event waits or is held");
        }
    }

    private void passedCount(Event event, BatchLedger.Counter counter, String reason) {
        batch.ledger().add(event.receivedNanos(), event.origin(), counter, reason, 1);
        ledgerCalls++;
    }

    @SuppressWarnings(
            "ReferenceEquality") // A stream hands in the same object each time; an equal other one only costs a flush.
    private void received(EntryOrigin origin) {
        if (origin != runOrigin) {
            flushRun();
            runOrigin = origin;
        }
        runReceived++;
    }

    private void sealWhenFull() {
        if (batch.count() >= BATCH_EVENTS || batch.arenaLength() >= BATCH_BYTES) {
            seal();
        }
    }

    /// Writes each event of a text that holds several. A text may hold none, such as one of templates, or one that
    /// waits for its template.
    private void split(Normalizer normalizer, EntryOrigin origin, byte[] buffer, int offset, int length, int flags) {
        boolean open = false;
        try {
            normalizer.at(nowNanos);
            normalizer.open(origin, buffer, offset, length);
            open = true;
        } catch (RuntimeException | StackOverflowError e) {
            steps.normalizerFailed(e);
        }
        int pieces = open ? writePieces(normalizer, origin, buffer, offset, length, flags) : 0;
        if (pieces == 0 && open && normalizer.silent()) {
            counters.increment(StageCounter.MESSAGES_WITHOUT_EVENTS);
        } else if (pieces == 0) {
            received(origin);
            write(origin, buffer, offset, length, flags);
        }
    }

    /// When the normalizer fails, the rest of the text is one event: nothing is lost.
    private int writePieces(
            Normalizer normalizer, EntryOrigin origin, byte[] buffer, int offset, int length, int flags) {
        int rest = offset;
        int pieces = 0;
        while (true) {
            try {
                if (!normalizer.next()) {
                    return pieces;
                }
            } catch (RuntimeException | StackOverflowError e) {
                steps.normalizerFailed(e);
                if (rest < offset + length) {
                    received(origin);
                    write(origin, buffer, rest, offset + length - rest, flags);
                    pieces++;
                }
                return pieces;
            }
            int start = normalizer.pieceOffset();
            int size = normalizer.pieceLength();
            if (size > 0) {
                if (pieces++ > 0) {
                    sealWhenFull();
                    markFilled();
                }
                byte[] text = normalizer.pieceText();
                EntryOrigin from = normalizer.pieceOrigin();
                received(from == null ? origin : from);
                write(from == null ? origin : from, text == null ? buffer : text, start, size, flags);
                if (text == null) {
                    rest = start + size;
                }
            }
        }
    }

    private void write(EntryOrigin origin, byte[] buffer, int offset, int length, int flags) {
        long idHigh = givenHigh;
        long idLow = givenUsed == 0 ? givenLow : EventIds.derived(givenLow, 0, givenUsed);
        if ((idHigh | idLow) == 0) {
            ids.next(nowMillis);
            idHigh = ids.high();
            idLow = ids.low();
        } else {
            givenUsed++;
        }
        long number = spareNumber >= 0 ? spareNumber : sequence.incrementAndGet();
        spareNumber = -1;
        builder.begin(origin, idHigh, idLow, nowNanos, number, buffer, offset, length);
        Outcome outcome = steps.process(builder, length, flags);
        if (hopBeganNanos != 0) {
            Hops.put(builder, givenHops);
            Hops.add(builder, service, hopBeganNanos, clock.epochNanos());
        }
        switch (outcome.kind()) {
            case PASS -> builder.commit();
            case FILTERED -> {
                builder.discard();
                spareNumber = number;
                runFiltered++;
            }
            case REJECTED -> {
                builder.discard();
                spareNumber = number;
                ledger(origin, BatchLedger.Counter.REJECTED, outcome.reason(), 1);
                counters.addRejected(outcome.reason(), 1);
            }
            case WAITING, HELD ->
                throw new IllegalStateException("a quick stage answered that the event waits or is held");
        }
    }

    @Override
    public void streamBegins(EntryOrigin origin) {
        steps.streamBegins(origin);
    }

    @Override
    public void known(EntryOrigin origin, byte[] buffer, int offset, int length) {
        steps.known(origin, nowNanos, buffer, offset, length);
    }

    @Override
    public void reject(EntryOrigin origin, String reason, long events) {
        markFilled();
        ledger(origin, BatchLedger.Counter.RECEIVED, "", events);
        ledger(origin, BatchLedger.Counter.REJECTED, reason, events);
        counters.add(StageCounter.RECEIVED_EVENTS, events);
        counters.addRejected(reason, events);
        receiving.addDropped(reason, events);
    }

    @Override
    public void end() {
        try {
            flushRun();
            openEvents = batch.count();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end(Consumer<LogPosition> whenDurable) {
        try {
            flushRun();
            if (!filled) {
                target.whenDurable(whenDurable);
                return;
            }
            durable.add(whenDurable);
            promised = true;
            // Counts without events wait a little for events to travel with.
            if (!batch.isEmpty()) {
                seal();
            }
        } finally {
            openEvents = batch.count();
            lock.unlock();
        }
    }

    private void markFilled() {
        if (!filled) {
            oldestNanos = clock.counterNanos();
            filled = true;
        }
    }

    /// Tells counters and ledger what the run brought so far.
    private void flushRun() {
        EntryOrigin origin = runOrigin;
        if (origin == null) {
            return;
        }
        runOrigin = null;
        ledger(origin, BatchLedger.Counter.RECEIVED, "", runReceived);
        ledger(origin, BatchLedger.Counter.FILTERED, "", runFiltered);
        counters.add(StageCounter.RECEIVED_EVENTS, runReceived);
        counters.add(StageCounter.FILTERED_EVENTS, runFiltered);
        steps.flush();
        runReceived = 0;
        runFiltered = 0;
        if (ledgerCalls > MAXIMUM_LEDGER_CALLS) {
            seal();
        }
    }

    private void ledger(EntryOrigin origin, BatchLedger.Counter counter, String reason, long value) {
        if (value > 0) {
            batch.ledger().add(nowNanos, origin, counter, reason, value);
            ledgerCalls++;
        }
    }

    /// Seals the batch when its oldest part has waited for so long.
    ///
    /// @param countsAgeNanos the same for a batch that holds counts only: a record without events is worth avoiding
    void sealOlderThan(long ageNanos, long countsAgeNanos) {
        Normalizer splitting = steps.splitting();
        if (splitting != null && splitting.holdsUntilNanos() <= clock.epochNanos() && lock.tryLock()) {
            try {
                writeExpired(clock.epochNanos());
            } finally {
                lock.unlock();
            }
        }
        long limitNanos = openEvents > 0 || promised ? ageNanos : countsAgeNanos;
        if (filled && clock.counterNanos() - oldestNanos >= limitNanos && lock.tryLock()) {
            try {
                sealNow();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Writes events of texts that the normalizer kept for too long because they wait for others.
    private void writeExpired(long untilNanos) {
        Normalizer splitting = steps.splitting();
        if (splitting == null
                || splitting.holdsUntilNanos() > untilNanos
                || splitting.holdsUntilNanos() == Long.MAX_VALUE) {
            return;
        }
        nowNanos = clock.epochNanos();
        nowMillis = Math.floorDiv(nowNanos, 1_000_000L);
        markFilled();
        splitting.openExpired(untilNanos);
        writePieces(splitting, ANYONE, NO_BYTES, 0, 0, 0);
        flushRun();
        openEvents = batch.count();
    }

    /// Seals what is there, texts included that wait for others, and returns when it is appended.
    void sealAll() {
        lock.lock();
        try {
            writeExpired(Long.MAX_VALUE);
            sealNow();
            target.flush();
        } finally {
            lock.unlock();
        }
    }

    private void sealNow() {
        nowNanos = clock.epochNanos();
        if (filled) {
            seal();
        }
    }

    /// Hands the open batch over. Blocks while the log has no room.
    private void seal() {
        EntryOrigin origin = runOrigin;
        ledgerCalls = 0;
        flushRun();
        runOrigin = origin;
        steps.publish();
        try {
            batch = target.take(batch, durable);
            builder = batch.builder();
        } finally {
            durable = new ArrayList<>();
            promised = false;
            batch.clear();
            filled = false;
            openEvents = 0;
        }
    }

    /// Events received and not yet appended.
    int openEvents() {
        return openEvents + target.openEvents();
    }
}
