package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.Checkpoint;
import io.tocsin.correlator.checkpoint.CheckpointFile;
import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.RuleSetChange;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Runs an engine from one durable log to another.
///
/// After a crash the engine starts from the last checkpoint and reads again what came after it. It finds the same
/// things again, in the same order, because it is deterministic; as many of them as the output already holds beyond
/// the checkpoint are not appended again. When the rules have changed in between, the order may differ, and what
/// the output already holds is recognised by its identifiers instead.
///
/// Input is released up to the checkpoint before the current one, so that a damaged checkpoint costs time and
/// nothing else.
///
/// Thread-safety: [#run], [#step] and [#checkpoint] belong to one thread; [#stop], [#replaceRules],
/// [#statistics] and [#events] may be called by any.
public final class CorrelatorRunner {
    private static final Logger LOG = System.getLogger(CorrelatorRunner.class.getName());
    private static final Duration WAIT = Duration.ofMillis(200);

    private final CheckpointFile file;
    private final CorrelatorInput input;
    private final CorrelatorOutput output;
    private final InstantSource clock;
    private final Duration checkpointInterval;
    private final EventBatch batch = new EventBatch();
    private final Correlations found = new Correlations();
    private final AtomicReference<@Nullable RuleSet> nextRules = new AtomicReference<>();

    private Engine engine;
    private long rulesHash;
    private byte @Nullable [] position;
    /// Where the checkpoint before the current one stands.
    private byte @Nullable [] releasable;

    /// Findings that the output holds beyond the state: their number, or when rules have changed their identifiers.
    private long toSkip;

    private final Set<Id> known = new HashSet<>();
    private boolean changed;
    private Instant lastCheckpoint;

    private volatile boolean stopping;
    private volatile List<RuleStatistics> statistics;
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong replayedEvents = new AtomicLong();
    private final AtomicLong duplicateEvents = new AtomicLong();
    private final SeenEvents seen = new SeenEvents();

    private record Id(long high, long low) {}

    /// Reads the last checkpoint and gets ready.
    ///
    /// @param folder of the checkpoints
    public CorrelatorRunner(
            RuleSet rules,
            Path folder,
            CorrelatorInput input,
            CorrelatorOutput output,
            InstantSource clock,
            Duration checkpointInterval)
            throws IOException {
        this.file = new CheckpointFile(folder);
        this.input = input;
        this.output = output;
        this.clock = clock;
        this.checkpointInterval = checkpointInterval;
        this.rulesHash = hash(rules);
        this.lastCheckpoint = clock.instant();
        Engine restored = null;
        long from = 0;
        boolean sameRules = false;
        for (Checkpoint checkpoint : file.readAll()) {
            Engine candidate = engine(rules);
            try {
                StateReader state = new StateReader(checkpoint.state());
                readCatchingUp(state);
                List<String> leftOut = candidate.read(state);
                if (!leftOut.isEmpty()) {
                    LOG.log(Logger.Level.INFO, "rules are gone or have changed and begin afresh [rules={0}]", leftOut);
                }
            } catch (DamagedStateException damaged) {
                file.refuseCurrent(damaged);
                continue;
            }
            restored = candidate;
            position = checkpoint.position();
            from = checkpoint.outputSequence();
            sameRules = checkpoint.rulesHash() == rulesHash;
            break;
        }
        if (restored == null) {
            restored = engine(rules);
            toSkip = 0;
            known.clear();
            seen.clear();
        }
        engine = restored;
        statistics = engine.statistics();
        releasable = position;
        input.seek(position);
        if (sameRules) {
            toSkip += Math.max(0, output.nextSequence() - from);
        } else {
            output.readIds(Math.max(0, from - toSkip), (high, low) -> known.add(new Id(high, low)));
            toSkip = 0;
        }
    }

    private void readCatchingUp(StateReader in) {
        toSkip = in.count();
        known.clear();
        int count = in.size();
        for (int i = 0; i < count; i++) {
            known.add(new Id(in.bits(), in.bits()));
        }
        seen.read(in);
    }

    private void writeCatchingUp(StateWriter out) {
        out.count(toSkip);
        out.count(known.size());
        for (Id id : known) {
            out.bits(id.high());
            out.bits(id.low());
        }
        seen.write(out);
    }

    /// Works until [#stop] is called, then makes a last checkpoint.
    public void run() throws IOException, InterruptedException {
        while (!stopping) {
            step(WAIT);
        }
        checkpoint();
    }

    /// Makes [#run] return soon.
    public void stop() {
        stopping = true;
    }

    /// Takes other rules into use at the next step. The state of rules that say the same as before
    /// is kept.
    public void replaceRules(RuleSet rules) {
        nextRules.set(rules);
    }

    /// Counters of every rule as of the last step.
    public List<RuleStatistics> statistics() {
        return statistics;
    }

    /// Number of events processed since the start of the process.
    public long events() {
        return events.get();
    }

    /// Number of events since the start of the process that no rule saw because they were sent
    /// once more on purpose.
    public long replayedEvents() {
        return replayedEvents.get();
    }

    /// Number of events since the start of the process that no rule saw because they had come before.
    public long duplicateEvents() {
        return duplicateEvents.get();
    }

    /// Processes one record, if one comes in time, and makes a checkpoint when one is due.
    ///
    /// @return true when there was a record
    public boolean step(Duration wait) throws IOException, InterruptedException {
        RuleSet rules = nextRules.getAndSet(null);
        if (rules != null) {
            switchTo(rules);
        }
        batch.clear();
        byte[] next = input.next(batch, wait);
        if (next != null) {
            found.clear();
            int received = batch.count();
            removeRepeated();
            engine.process(batch, found);
            write();
            position = next;
            changed = true;
            events.addAndGet(received);
        } else {
            // Whatever an earlier process had found, it had found in what is read by now.
            known.clear();
        }
        Instant now = clock.instant();
        if (changed && !now.isBefore(lastCheckpoint.plus(checkpointInterval))) {
            checkpoint();
        }
        return next != null;
    }

    /// What is sent once more on purpose, to fill a gap in the storage, does not raise alerts once more, and what comes
    /// twice by accident does not count twice.
    private void removeRepeated() {
        BitSet repeated = new BitSet();
        int replayed = 0;
        for (int i = 0; i < batch.count(); i++) {
            boolean isReplayed = batch.hasFlag(i, EventBatch.FLAG_REPLAYED);
            replayed += isReplayed ? 1 : 0;
            if (isReplayed || !seen.add(batch.idHigh(i), batch.idLow(i))) {
                repeated.set(i);
            }
        }
        if (!repeated.isEmpty()) {
            replayedEvents.addAndGet(replayed);
            duplicateEvents.addAndGet(repeated.cardinality() - replayed);
            batch.remove(repeated);
        }
    }

    /// Makes everything up to here durable.
    public void checkpoint() throws IOException, InterruptedException {
        lastCheckpoint = clock.instant();
        takeStatistics();
        byte[] at = position;
        if (!changed || at == null) {
            return;
        }
        output.sync();
        StateWriter state = new StateWriter();
        writeCatchingUp(state);
        engine.write(state);
        file.write(at, output.nextSequence(), rulesHash, state);
        changed = false;
        byte[] release = releasable;
        if (release != null) {
            input.release(release);
        }
        releasable = at;
    }

    /// Says loudly which rules have forgotten keys before their time.
    private void takeStatistics() {
        Map<String, Long> before = new HashMap<>();
        statistics.forEach(each -> before.put(each.ruleId(), each.evictedKeys()));
        statistics = engine.statistics();
        List<String> shedding = statistics.stream()
                .filter(each -> each.evictedKeys() > before.getOrDefault(each.ruleId(), 0L))
                .map(each -> each.ruleId() + ": " + each.evictedKeys() + " so far, " + each.keys() + " held in "
                        + (each.heldBytes() >> 10) + " KB")
                .toList();
        if (!shedding.isEmpty()) {
            LOG.log(
                    Logger.Level.WARNING,
                    "rules forgot keys before their time, what they count may be missed; give the correlator more"
                            + " memory or let these rules count fewer keys [heldMegabytes={0}, limitMegabytes={1},"
                            + " rules={2}]",
                    engine.heldBytes() >> 20,
                    memoryBytes() >> 20,
                    shedding);
        }
    }

    /// The share of the heap that keys may take: the rest of it belongs to batches, indexes and whatever else runs in
    /// the process.
    private static long memoryBytes() {
        return Runtime.getRuntime().maxMemory() / 3;
    }

    private static Engine engine(RuleSet rules) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        engine.limitMemory(memoryBytes());
        return engine;
    }

    private void write() throws IOException, InterruptedException {
        EventBatch fresh = known.isEmpty() ? found.events() : withoutKnown(found.events());
        if (fresh.isEmpty()) {
            return;
        }
        if (toSkip == 0) {
            output.append(fresh);
        } else if (toSkip >= fresh.count()) {
            toSkip -= fresh.count();
        } else {
            throw new IOException("the output holds a part of what one record makes: it is not the log that belongs to"
                    + " this checkpoint [beyond=" + toSkip + ", found=" + fresh.count() + "]; remove the checkpoint to"
                    + " start afresh");
        }
    }

    private EventBatch withoutKnown(EventBatch events) {
        boolean[] isKnown = new boolean[events.count()];
        int count = 0;
        Event event = new Event();
        for (int i = 0; i < events.count(); i++) {
            event.moveTo(events, i);
            isKnown[i] = known.remove(new Id(event.idHigh(), event.idLow()));
            count += isKnown[i] ? 1 : 0;
        }
        return count == 0 ? events : BatchCopy.without(events, isKnown);
    }

    private void switchTo(RuleSet rules) throws IOException, InterruptedException {
        StateWriter state = new StateWriter();
        engine.write(state);
        Engine next = engine(rules);
        List<String> leftOut = next.read(new StateReader(state.toBytes()));
        RuleSetChange change = RuleSetChange.between(new RuleSet(engine.rules()), rules);
        LOG.log(
                Logger.Level.INFO,
                "rules are replaced [rules={0}, {1}, begunAfresh={2}]",
                rules.rules().size(),
                change,
                leftOut);
        engine = next;
        rulesHash = hash(rules);
        if (toSkip > 0) {
            // What is still to be found again may come in another order now.
            output.readIds(output.nextSequence() - toSkip, (high, low) -> known.add(new Id(high, low)));
            toSkip = 0;
        }
        statistics = engine.statistics();
        changed = position != null;
        checkpoint();
    }

    /// A hash of what the rules of a set say, in their order.
    static long hash(RuleSet rules) {
        Hash128 hash = new Hash128();
        for (Rule rule : rules.rules()) {
            hash.add(rule.id()).add(rule.contentHash());
        }
        return hash.low();
    }
}
