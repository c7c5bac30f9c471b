package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.aggregate.Aggregate;
import io.tocsin.pipeline.aggregate.Aggregator;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.time.SystemClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What happens to events in the second pass: lines are joined and normalized, then the stages look at them, some of
/// which fold them; the rest, and what comes out of the folding, is put into a batch.
///
/// Thread-safety: one thread.
final class HeldSteps {
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
    private final OpenEvent open = new OpenEvent();
    private final HeldBatch batch;
    private final JoinedLines joined;
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
        this.batch = new HeldBatch(service, clock, counters, sequence);
        this.joined = new JoinedLines(batch, normalizing, counters, this::take);
    }

    /// What events are put into.
    HeldBatch output() {
        return batch;
    }

    /// Calls when an event was given out and no other is open: the batch may be changed then.
    void betweenEvents(Runnable between) {
        betweenEvents = between;
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
            Assembled.Line only = new Assembled.Line(event.origin(), event.receivedNanos(), Hops.of(event));
            if (assembler == null) {
                byte[] text =
                        Arrays.copyOfRange(event.arena(), event.rawOffset(), event.rawOffset() + event.rawLength());
                joined.accept(new Assembled(List.of(only), text, flags, "", false, false, false));
                return;
            }
            assembling.addReceived(1);
            long start = System.nanoTime();
            behindNanos = 0;
            assembler.accept(only, event.arena(), event.rawOffset(), event.rawLength(), flags, this::assembled);
            assembling.addNanos(System.nanoTime() - start - behindNanos);
            return;
        }
        advance(event.receivedNanos());
        batch.open(event);
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
        joined.accept(event);
        behindNanos += System.nanoTime() - start;
    }

    /// Takes an event that was made of joined lines.
    private void take(Outcome outcome, EntryOrigin origin, long receivedNanos) {
        if (outcome.kind() == Outcome.Kind.PASS) {
            run(origin, receivedNanos, 0);
        } else {
            settle(outcome, origin, receivedNanos, 0);
        }
        betweenEvents.run();
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
        batch.commit(origin, receivedNanos);
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
        batch.discard(outcome, origin, receivedNanos);
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
        batch.folded(group);
        EventBuilder builder = batch.open(group);
        aggregator.write(group, builder);
        Hops.put(builder, group.hops());
        run(group.origin(), group.receivedNanos(), segment + 1);
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
