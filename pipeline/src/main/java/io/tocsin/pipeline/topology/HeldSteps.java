package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.aggregate.Aggregate;
import io.tocsin.pipeline.aggregate.Aggregator;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.time.SystemClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What happens to events in the second pass: lines are joined and normalized, then the stages look at them, some of
/// which fold them; the rest, and what comes out of the folding, is put into a batch.
///
/// ## The ledger
///
/// An event is counted as received in the batch that says what became of it. So the batches of the second pass balance
/// by themselves, and what is held is the only part of the account that they do not know. Of `n` lines that are joined,
/// `n - 1` count as aggregated; so do `n - 1` of `n` events that are folded. The event that is left stands for the last
/// of them and has its origin and reception time.
///
/// Thread-safety: one thread.
final class HeldSteps {
    private static final long NANOS_PER_MINUTE = 60_000_000_000L;
    private static final byte[] LATE = "assembly.late".getBytes(UTF_8);
    private static final byte[] INCOMPLETE = "assembly.incomplete".getBytes(UTF_8);
    private static final byte[] KEY = "assembly.key".getBytes(UTF_8);
    private static final byte[] TRUE = "true".getBytes(UTF_8);

    /// Quick stages, and behind them an aggregator or nothing.
    ///
    /// @param meter counts for the aggregator
    record Segment(
            StageChain chain,
            @Nullable Aggregator aggregator,
            @Nullable StageMeter meter) {}

    private final String service;
    private final @Nullable Assembler assembler;
    private final @Nullable EventSteps normalizing;
    private final List<Segment> segments;
    private final StageMeter assembling;
    private final StageCounters counters;
    private final AtomicLong sequence;
    private final EventIds ids;
    private final OpenEvent open = new OpenEvent();
    private EventBatch batch = new EventBatch();
    /// Events and bytes that were put in since the batch is new, whatever the stages made of them: the same after a
    /// restart.
    private int events;
    private long bytes;
    private Runnable betweenEvents = () -> {};
    /// Time that the line spent behind the assembler.
    private long behindNanos;

    /// @param assembling counts for the assembler
    /// @param normalizing what makes events of joined lines; null when events come normalized
    HeldSteps(
            String service,
            SystemClock clock,
            @Nullable Assembler assembler,
            StageMeter assembling,
            @Nullable EventSteps normalizing,
            List<Segment> segments,
            StageCounters counters,
            AtomicLong sequence) {
        this.service = service;
        this.assembler = assembler;
        this.assembling = assembling;
        this.normalizing = normalizing;
        this.segments = List.copyOf(segments);
        this.counters = counters;
        this.sequence = sequence;
        this.ids = new EventIds(clock);
    }

    /// The batch that is being filled.
    EventBatch batch() {
        return batch;
    }

    /// Goes on with another, empty batch.
    void batch(EventBatch next) {
        batch = next;
        events = 0;
        bytes = 0;
    }

    /// Calls when an event was given out and no other is open: the batch may be changed then.
    void betweenEvents(Runnable between) {
        betweenEvents = between;
    }

    int events() {
        return events;
    }

    long bytes() {
        return bytes;
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

    /// True when events of the first pass are lines that have to be joined.
    boolean joins() {
        return assembler != null;
    }

    /// Takes an event of the first pass.
    ///
    /// @param line true: a line as it came in, to be joined if this collector does that, and normalized; false: an
    ///     event that is normalized
    void accept(Event event, boolean line) {
        if (line) {
            int flags = event.hasFlag(EventBatch.FLAG_CUT) ? EventBatch.FLAG_CUT : 0;
            if (assembler == null) {
                byte[] text =
                        Arrays.copyOfRange(event.arena(), event.rawOffset(), event.rawOffset() + event.rawLength());
                Assembled.Line only = new Assembled.Line(event.origin(), event.receivedNanos());
                goOn(new Assembled(List.of(only), text, flags, "", false, false, false));
                return;
            }
            assembling.addReceived(1);
            long start = System.nanoTime();
            behindNanos = 0;
            assembler.accept(
                    event.origin(),
                    event.receivedNanos(),
                    event.arena(),
                    event.rawOffset(),
                    event.rawLength(),
                    flags,
                    this::assembled);
            assembling.addNanos(System.nanoTime() - start - behindNanos);
            return;
        }
        advance(event.receivedNanos());
        events++;
        bytes += event.rawLength();
        EventCopy.open(event, batch.builder(), sequence.incrementAndGet());
        run(event.origin(), event.receivedNanos(), 0);
    }

    /// Tells that time has come to `epochNanos`.
    void advance(long epochNanos) {
        if (assembler != null) {
            assembler.advance(epochNanos, this::assembled);
        }
        for (int i = 0; i < segments.size(); i++) {
            Aggregator aggregator = segments.get(i).aggregator();
            if (aggregator != null) {
                aggregator.advance(epochNanos);
                releaseDue(i);
            }
        }
    }

    /// When something is due next if nothing comes, nanoseconds since the epoch, or [Long#MAX_VALUE].
    long nextDeadlineNanos() {
        long deadline = assembler == null ? Long.MAX_VALUE : assembler.nextDeadlineNanos();
        for (Segment segment : segments) {
            Aggregator aggregator = segment.aggregator();
            if (aggregator != null) {
                deadline = Math.min(deadline, aggregator.nextDeadlineNanos());
            }
        }
        return deadline;
    }

    private void assembled(Assembled event) {
        long start = System.nanoTime();
        int parts = event.parts().size();
        if (event.ignored()) {
            assembling.addDropped("says nothing new", parts);
        } else {
            assembling.addSent(1);
            if (parts > 1) {
                assembling.addDropped("joined", parts - 1);
            }
        }
        goOn(event);
        behindNanos += System.nanoTime() - start;
    }

    private void goOn(Assembled event) {
        List<Assembled.Line> parts = event.parts();
        Assembled.Line last = parts.getLast();
        for (int i = 0; i < parts.size() - (event.ignored() ? 0 : 1); i++) {
            Assembled.Line part = parts.get(i);
            count(part.origin(), part.receivedNanos(), BatchLedger.Counter.RECEIVED, "");
            count(part.origin(), part.receivedNanos(), BatchLedger.Counter.AGGREGATED, "");
            counters.increment(StageCounter.AGGREGATED_EVENTS);
        }
        if (event.ignored()) {
            return;
        }
        byte[] text = event.text();
        Normalizer splitting = normalizing == null ? null : normalizing.splitting();
        if (splitting == null) {
            piece(event, last, last.origin(), text, 0, text.length);
        } else {
            split(splitting, event, last);
        }
    }

    /// Takes each event of a joined text that holds several. When the normalizer fails, the rest is one event.
    private void split(Normalizer splitting, Assembled event, Assembled.Line last) {
        byte[] text = event.text();
        int rest = 0;
        int pieces = 0;
        boolean silent = false;
        try {
            splitting.at(last.receivedNanos());
            splitting.open(last.origin(), text, 0, text.length);
            while (splitting.next()) {
                int start = splitting.pieceOffset();
                int size = splitting.pieceLength();
                if (size > 0) {
                    byte[] other = splitting.pieceText();
                    EntryOrigin from = splitting.pieceOrigin();
                    piece(event, last, from == null ? last.origin() : from, other == null ? text : other, start, size);
                    pieces++;
                    rest = other == null ? start + size : rest;
                }
            }
            silent = splitting.silent();
            rest = pieces == 0 ? 0 : text.length;
        } catch (RuntimeException | StackOverflowError e) {
            Objects.requireNonNull(normalizing).normalizerFailed(e);
        }
        if (pieces == 0 && silent) {
            counters.increment(StageCounter.MESSAGES_WITHOUT_EVENTS);
        } else if (rest < text.length) {
            piece(event, last, last.origin(), text, rest, text.length - rest);
        }
    }

    private void piece(Assembled event, Assembled.Line last, EntryOrigin origin, byte[] text, int offset, int length) {
        events++;
        bytes += length;
        ids.next(last.receivedNanos() / 1_000_000);
        EventBuilder builder = batch.builder();
        builder.begin(
                origin, ids.high(), ids.low(), last.receivedNanos(), sequence.incrementAndGet(), text, offset, length);
        Outcome outcome = normalizing == null ? Outcome.PASS : normalizing.process(builder, length, event.flags());
        mark(builder, event);
        if (outcome.kind() == Outcome.Kind.PASS) {
            run(origin, last.receivedNanos(), 0);
        } else {
            settle(outcome, origin, last.receivedNanos(), 0);
        }
        betweenEvents.run();
    }

    private static void mark(EventBuilder builder, Assembled event) {
        if (event.late()) {
            extra(builder, LATE, TRUE);
        }
        if (event.incomplete()) {
            extra(builder, INCOMPLETE, TRUE);
        }
        if (!event.key().isEmpty() && (event.late() || event.incomplete())) {
            extra(builder, KEY, event.key().getBytes(UTF_8));
        }
    }

    private static void extra(EventBuilder builder, byte[] key, byte[] value) {
        int at = builder.append(key, 0, key.length);
        builder.addDynamicSpan(DynamicKind.EXTRA, at, key.length, builder.append(value, 0, value.length), value.length);
    }

    /// Runs the open event through the stages from a segment on.
    private void run(EntryOrigin origin, long receivedNanos, int first) {
        for (int i = first; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            Outcome outcome = chain(segment.chain());
            Aggregator aggregator = segment.aggregator();
            if (outcome.kind() == Outcome.Kind.PASS && aggregator != null) {
                outcome = fold(aggregator, segment.meter());
            }
            if (outcome.kind() != Outcome.Kind.PASS) {
                settle(outcome, origin, receivedNanos, i);
                return;
            }
        }
        batch.builder().commit();
        count(origin, receivedNanos, BatchLedger.Counter.RECEIVED, "");
    }

    private Outcome chain(StageChain chain) {
        if (chain.isEmpty()) {
            return Outcome.PASS;
        }
        Outcome outcome = chain.run(open.on(batch.builder()));
        while (outcome.kind() == Outcome.Kind.WAITING) {
            // Only a slow stage before an aggregation is met here; it is waited for.
            int at = chain.waitingAt();
            try {
                chain.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            outcome = chain.resume(open.on(batch.builder()), at);
        }
        return outcome;
    }

    private Outcome fold(Aggregator aggregator, @Nullable StageMeter meter) {
        long start = System.nanoTime();
        Outcome outcome = aggregator.process(open.on(batch.builder()));
        if (meter != null) {
            meter.addReceived(1);
            meter.addNanos(System.nanoTime() - start);
            if (outcome.kind() == Outcome.Kind.PASS) {
                meter.addSent(1);
            }
        }
        return outcome;
    }

    private void settle(Outcome outcome, EntryOrigin origin, long receivedNanos, int segment) {
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
        releaseDue(segment);
    }

    /// Gives out the groups that are due at a segment.
    private void releaseDue(int segment) {
        Segment at = segments.isEmpty() ? null : segments.get(segment);
        Aggregator aggregator = at == null ? null : at.aggregator();
        if (aggregator == null) {
            return;
        }
        for (Aggregate group = aggregator.poll(); group != null; group = aggregator.poll()) {
            release(aggregator, group, segment);
            if (at != null && at.meter() != null) {
                at.meter().addSent(1);
                at.meter().addDropped("folded", group.count());
            }
            betweenEvents.run();
        }
    }

    private void release(Aggregator aggregator, Aggregate group, int segment) {
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
        events++;
        ids.next(group.receivedNanos() / 1_000_000);
        batch.builder()
                .begin(
                        group.origin(),
                        ids.high(),
                        ids.low(),
                        group.receivedNanos(),
                        sequence.incrementAndGet(),
                        new byte[0],
                        0,
                        0);
        aggregator.write(group, batch.builder());
        run(group.origin(), group.receivedNanos(), segment + 1);
    }

    private static Map<Aggregate.Line, Long> sorted(Aggregate group) {
        Map<Aggregate.Line, Long> lines =
                new TreeMap<>(Comparator.comparingLong(Aggregate.Line::minute).thenComparing(Aggregate.Line::source));
        lines.putAll(group.lines());
        return lines;
    }

    private void count(EntryOrigin origin, long receivedNanos, BatchLedger.Counter counter, String reason) {
        batch.ledger().add(receivedNanos, origin, counter, reason, 1);
    }

    /// Joins and gives out lines that were held when this collector still joined lines.
    void giveOut(Assembler left) {
        left.flush(this::assembled);
    }

    /// Gives out groups of a rule that is not among the stages any more, or not in this form. No stage looks at them:
    /// nobody knows which of them have been meant for it.
    void giveOut(Aggregator left) {
        left.releaseAll();
        for (Aggregate group = left.poll(); group != null; group = left.poll()) {
            release(left, group, segments.size());
            betweenEvents.run();
        }
    }

    /// Gives out everything that is held.
    void releaseAll() {
        if (assembler != null) {
            assembler.flush(this::assembled);
        }
        for (int i = 0; i < segments.size(); i++) {
            Aggregator aggregator = segments.get(i).aggregator();
            if (aggregator != null) {
                aggregator.releaseAll();
                releaseDue(i);
            }
        }
    }

    /// Forgets everything that is held: somebody else has it.
    void forget() {
        if (assembler != null) {
            assembler.forget();
        }
        aggregators().forEach(Aggregator::forget);
    }

    /// Tells the counters what happened since the last call.
    void flush() {
        if (normalizing != null) {
            normalizing.flush();
            normalizing.publish();
        }
        segments.forEach(segment -> segment.chain().flush());
    }

    /// Events that are held.
    long heldEvents() {
        long held = assembler == null ? 0 : assembler.openParts();
        for (Segment segment : segments) {
            Aggregator aggregator = segment.aggregator();
            held += aggregator == null ? 0 : aggregator.heldEvents();
        }
        return held;
    }

    /// What is held, as the ledger counts it.
    List<BatchLedger.Entry> held() {
        BatchLedger ledger = new BatchLedger();
        if (assembler != null) {
            for (Assembled.Line line : assembler.open()) {
                ledger.add(line.receivedNanos(), line.origin(), BatchLedger.Counter.RECEIVED, "", 1);
            }
        }
        for (Segment segment : segments) {
            Aggregator aggregator = segment.aggregator();
            if (aggregator != null) {
                for (Aggregate group : aggregator.held()) {
                    group.lines()
                            .forEach((line, count) -> ledger.add(
                                    line.minute(), service, line.source(), BatchLedger.Counter.RECEIVED, "", count));
                }
            }
        }
        return new ArrayList<>(ledger.entries());
    }

    @Nullable
    Assembler assembler() {
        return assembler;
    }

    List<Aggregator> aggregators() {
        List<Aggregator> all = new ArrayList<>();
        segments.forEach(segment -> {
            if (segment.aggregator() != null) {
                all.add(segment.aggregator());
            }
        });
        return all;
    }
}
