package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.Checkpoint;
import io.tocsin.correlator.checkpoint.CheckpointStore;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.RuleSetChange;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.TenantShares;
import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs an engine from one durable log to another.
///
/// After a crash the engine starts from the last checkpoint and reads again what came after it. It
/// finds the same things again, in the same order, because it is deterministic; as many of them as the
/// output already holds beyond the checkpoint are not appended again. When the rules have changed in
/// between, the order may differ, and what the output already holds is recognised by its identifiers
/// instead.
///
/// Input is released up to the checkpoint before the current one, so that a damaged checkpoint costs
/// time and nothing else.
///
/// Thread-safety: [#run], [#step] and [#checkpoint] belong to one thread; [#stop], [#replaceRules],
/// [#ask], [#statistics] and [#events] may be called by any.
public final class CorrelatorRunner {
    private static final Logger LOG = System.getLogger(CorrelatorRunner.class.getName());
    private static final Duration WAIT = Duration.ofMillis(200);
    private static final Duration COVERAGE_INTERVAL = Duration.ofSeconds(10);

    private final CheckpointWriting checkpoints;
    private final CorrelatorInput input;
    private final CorrelatorOutput output;
    private final InstantSource clock;
    private final Duration checkpointInterval;
    private final EventBatch batch = new EventBatch();
    private final Correlations found = new Correlations();
    private final AtomicReference<@Nullable RuleSet> nextRules = new AtomicReference<>();
    private final Queue<Runnable> questions = new ConcurrentLinkedQueue<>();

    private Engine engine;
    private RuleSet current;
    private long rulesHash;
    private byte @Nullable [] position;
    private final CatchingUp catchingUp = new CatchingUp();
    private boolean changed;
    private Instant lastCheckpoint;

    private volatile Supplier<TenantShares> tenantShares = () -> TenantShares.ALL;
    private TenantShares sharesInUse = TenantShares.ALL;
    /// Identity among the correlators that share tables; 0 for alone.
    private long sharer;

    private Tables.ContentsTaker contentsTaker = (_, _) -> {};

    private volatile Consumer<List<Tables.Figures>> fullTables = full -> {};
    private volatile Consumer<List<RuleStatistics>> shedding = rules -> {};
    private volatile Consumer<IOException> failedCheckpoint = reason -> {};
    private volatile @Nullable Exception failure;
    private volatile boolean stopping;
    private volatile List<RuleStatistics> statistics;
    private volatile List<Tables.Figures> tableFigures;
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong replayedEvents = new AtomicLong();
    private final AtomicLong duplicateEvents = new AtomicLong();
    private final SeenEvents seen = new SeenEvents();

    private final CoverageObserver observer;
    private Instant coverageTaken = Instant.EPOCH;
    private volatile Coverage coverage;

    /// Whether rules can fire, as far as was seen since the first checkpoint.
    ///
    /// @param observedEvents events that were looked at for this
    /// @param events that were read; more than observed under heavy load, when only one in so many is
    /// looked at
    public record Coverage(long observedEvents, long events, List<RuleCoverage.Row> rows) {
        public Coverage {
            rows = List.copyOf(rows);
        }
    }

    /// How long a checkpoint took.
    ///
    /// @param length how long it held events up: the state was taken into memory
    /// @param untilDurable how long after its begin it was found to be durable
    /// @param written what it wrote
    public record Pause(Duration length, Duration untilDurable, CheckpointStore.Written written) {}

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
        this(rules, folder, input, output, clock, checkpointInterval, CorrelatorRunner::inThread);
    }

    /// @param writing runs what writes checkpoints
    CorrelatorRunner(
            RuleSet rules,
            Path folder,
            CorrelatorInput input,
            CorrelatorOutput output,
            InstantSource clock,
            Duration checkpointInterval,
            Executor writing)
            throws IOException {
        this.input = input;
        this.output = output;
        this.clock = clock;
        this.checkpointInterval = checkpointInterval;
        this.current = rules;
        this.rulesHash = hash(rules);
        this.lastCheckpoint = clock.instant();
        CheckpointStore store = new CheckpointStore(folder);
        observer = new CoverageObserver(rules);
        Recovery.Start start = new Recovery(store, () -> engine(rules), seen, observer, catchingUp).start();
        engine = start.engine();
        Checkpoint checkpoint = start.checkpoint();
        position = checkpoint == null ? null : checkpoint.position();
        boolean sameRules = checkpoint != null && start.isWhole() && checkpoint.rulesHash() == rulesHash;
        coverage = observer.coverage();
        statistics = engine.statistics();
        tableFigures = engine.tables().figures();
        checkpoints = new CheckpointWriting(store, input, output, writing, position);
        input.seek(position);
        catchingUp.begin(checkpoint == null ? 0 : checkpoint.outputSequence(), sameRules, output);
    }

    private static void inThread(Runnable task) {
        Thread.ofPlatform().daemon().name("correlator-checkpoint").start(task);
    }

    /// Works until [#stop] is called, then makes a last checkpoint.
    public void run() throws IOException, InterruptedException {
        try {
            work();
        } catch (IOException | RuntimeException reason) {
            if (!stopping) {
                failure = reason;
            }
            throw reason;
        }
    }

    /// Why [#run] ended without being told to; null while it has not. What it did not do is done at the next start.
    public @Nullable Exception failure() {
        return failure;
    }

    private void work() throws IOException, InterruptedException {
        while (!stopping) {
            boolean hadTrouble = checkpoints.trouble() != null;
            step(WAIT);
            IOException trouble = checkpoints.trouble();
            if (trouble != null && !hadTrouble) {
                failedCheckpoint.accept(trouble);
            }
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

    /// Asks the engine something between two records; what is asked must change nothing.
    ///
    /// @return completed by the thread of the correlator; never when that has ended
    public <T> CompletableFuture<T> ask(Function<Engine, T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        questions.add(() -> {
            try {
                answer.complete(question.apply(engine));
            } catch (RuntimeException failed) {
                answer.completeExceptionally(failed);
            }
        });
        return answer;
    }

    private void answer() {
        for (Runnable next = questions.poll(); next != null; next = questions.poll()) {
            next.run();
        }
    }

    /// Says who shares out the memory for keys among tenants; asked at each checkpoint.
    public void shareMemory(Supplier<TenantShares> shares) {
        tenantShares = shares;
    }

    /// Tells from now on, among the findings, what rules write to shared tables. Before [#run].
    ///
    /// @param correlator identity of this correlator, the same after each restart
    public void share(long correlator) {
        sharer = correlator;
        engine.share(correlator);
    }

    /// Says who takes contents of shared tables for correlators that join. Before [#run].
    public void onJoin(Tables.ContentsTaker taker) {
        contentsTaker = taker;
        engine.tables().onJoin(taker);
    }

    /// Says who hears of tables that have lost records since the last checkpoint because they were full, or memory was
    /// short. Called by the thread of the correlator, which waits for it.
    public void onFullTables(Consumer<List<Tables.Figures>> listener) {
        fullTables = listener;
    }

    /// Says who hears that a checkpoint could not be written, once until one could. Called by the thread of the
    /// correlator, which waits for it.
    public void onFailedCheckpoint(Consumer<IOException> listener) {
        failedCheckpoint = listener;
    }

    /// Says who hears of rules that may have missed something since the last checkpoint: they forgot keys before their
    /// time, took events before their time, or did not show findings to other rules, because it was too much.
    /// Called by the thread of the correlator, which waits for it.
    public void onShedding(Consumer<List<RuleStatistics>> listener) {
        shedding = listener;
    }

    /// Counters of every rule as of the last step.
    public List<RuleStatistics> statistics() {
        return statistics;
    }

    /// Whether rules can fire, as of a few seconds ago.
    public Coverage coverage() {
        return coverage;
    }

    /// What the last checkpoint took; null before the first one.
    public @Nullable Pause lastPause() {
        return checkpoints.lastPause();
    }

    /// Why the last checkpoint could not be written; null when it could, or there was none yet. Events go on,
    /// but the log of events grows meanwhile.
    public @Nullable IOException checkpointTrouble() {
        return checkpoints.trouble();
    }

    /// Checkpoints that could not be written since the start of the process.
    public long failedCheckpoints() {
        return checkpoints.failures();
    }

    /// Figures of active lists and context tables as of the last checkpoint.
    public List<Tables.Figures> tableFigures() {
        return tableFigures;
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

    /// Processes one record, if one comes in time, and begins a checkpoint when one is due and none is
    /// on its way.
    ///
    /// @return true when there was a record
    public boolean step(Duration wait) throws IOException, InterruptedException {
        RuleSet rules = nextRules.getAndSet(null);
        if (rules != null) {
            switchTo(rules);
        }
        answer();
        batch.clear();
        byte[] next = input.next(batch, wait);
        if (next != null) {
            found.clear();
            int received = batch.count();
            removeRepeated();
            engine.process(batch, found);
            catchingUp.append(found.events(), output);
            observer.observe(batch);
            position = next;
            changed = true;
            events.addAndGet(received);
        } else {
            catchingUp.inputRead();
        }
        changed |= !checkpoints.settle();
        Instant now = clock.instant();
        if (changed && !checkpoints.isBusy() && !now.isBefore(lastCheckpoint.plus(checkpointInterval))) {
            beginCheckpoint();
        }
        return next != null;
    }

    /// What is sent once more on purpose, to fill a gap in the storage, does not raise alerts once
    /// more, and what comes twice by accident does not count twice.
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
    ///
    /// @throws IOException when the disk does not take it; what it took before still holds
    public void checkpoint() throws IOException, InterruptedException {
        beginCheckpoint();
        boolean durable = checkpoints.await() && !changed;
        IOException trouble = checkpoints.trouble();
        if (!durable && trouble != null) {
            changed = true;
            throw new IOException("no checkpoint could be written: " + trouble.getMessage(), trouble);
        }
    }

    private void beginCheckpoint() throws IOException, InterruptedException {
        lastCheckpoint = clock.instant();
        TenantShares shares = tenantShares.get();
        if (!shares.equals(sharesInUse)) {
            sharesInUse = shares;
            engine.limitMemory(memoryBytes(), shares);
        }
        takeStatistics();
        byte[] at = position;
        if (changed && at != null) {
            StateWriter head = new StateWriter();
            catchingUp.write(head);
            changed = !checkpoints.begin(at, rulesHash, head, Recovery.parts(engine, seen, observer));
        }
    }

    /// Says loudly which rules have shed something.
    private void takeStatistics() {
        if (Duration.between(coverageTaken, lastCheckpoint).compareTo(COVERAGE_INTERVAL) >= 0) {
            takeCoverage();
        }
        takeTableFigures();
        Map<String, Long> before = new HashMap<>();
        statistics.forEach(each -> before.put(each.ruleId(), each.shed()));
        statistics = engine.statistics();
        List<RuleStatistics> more = statistics.stream()
                .filter(each -> each.shed() > before.getOrDefault(each.ruleId(), 0L))
                .toList();
        if (!more.isEmpty()) {
            shedding.accept(more);
            LOG.log(
                    Logger.Level.WARNING,
                    "rules forgot keys or took events before their time, or led to too many findings, so they may miss"
                            + " something; give the correlator more memory, let these rules count fewer keys, or let"
                            + " them not feed each other [heldMegabytes={0}, limitMegabytes={1}, rules={2},"
                            + " keysByTenant={3}]",
                    engine.heldBytes() >> 20,
                    memoryBytes() >> 20,
                    more.stream().map(CorrelatorRunner::shed).toList(),
                    engine.memory().evictedByTenant());
        }
    }

    private static String shed(RuleStatistics rule) {
        return rule.ruleId() + ": " + rule.evictedKeys() + " keys forgotten, " + rule.settledEarly()
                + " times taken early, " + rule.unlooped() + " findings not shown so far, " + rule.keys()
                + " keys held in "
                + (rule.heldBytes() >> 10) + " KB";
    }

    /// Says loudly which lists have lost records because there were too many.
    private void takeTableFigures() {
        Map<String, Long> before = new HashMap<>();
        tableFigures.forEach(each -> before.put(each.definition().name(), each.evicted()));
        tableFigures = engine.tables().figures();
        List<Tables.Figures> losing = tableFigures.stream()
                .filter(each ->
                        each.evicted() > before.getOrDefault(each.definition().name(), 0L))
                .toList();
        if (!losing.isEmpty()) {
            List<String> full = losing.stream()
                    .map(each -> each.definition().name() + ": " + each.evicted() + " so far, " + each.records()
                            + " held of " + each.definition().maximumRecords() + ", " + (each.bytes() >> 10) + " KB")
                    .toList();
            fullTables.accept(losing);
            LOG.log(
                    Logger.Level.WARNING,
                    "lists are full and lost the records that were written longest ago; raise maximumRecords, shorten"
                            + " ttl, or give the correlator more memory [limitMegabytes={0}, lists={1}]",
                    ((memoryBytes() / 4) * 3) >> 20,
                    full);
        }
    }

    private void takeCoverage() {
        coverageTaken = lastCheckpoint;
        coverage = observer.coverage();
    }

    /// The share of the heap that keys may take: the rest of it belongs to batches, indexes and
    /// whatever else runs in the process.
    private static long memoryBytes() {
        return Runtime.getRuntime().maxMemory() / 3;
    }

    private static Engine engine(RuleSet rules) {
        Engine engine = new Engine(rules, Engine.Mode.STREAM);
        engine.limitMemory(memoryBytes());
        engine.measureCosts(System::nanoTime);
        return engine;
    }

    private void switchTo(RuleSet rules) throws IOException, InterruptedException {
        Engine next = engine(rules);
        next.limitMemory(memoryBytes(), sharesInUse);
        next.share(sharer);
        next.tables().onJoin(contentsTaker);
        List<String> leftOut = next.takeOver(engine);
        RuleSetChange change = RuleSetChange.between(current, rules);
        LOG.log(
                Logger.Level.INFO,
                "rules are replaced [rules={0}, {1}, begunAfresh={2}]",
                rules.rules().size(),
                change,
                leftOut);
        engine = next;
        current = rules;
        rulesHash = hash(rules);
        observer.replaceRules(rules);
        takeCoverage();
        catchingUp.rulesChanged(output);
        statistics = engine.statistics();
        changed = position != null;
        beginCheckpoint();
        changed |= !checkpoints.await();
    }

    /// A hash of what the rules of a set say, in their order, with the tables that no rule changes.
    static long hash(RuleSet rules) {
        Hash128 hash = new Hash128();
        for (Rule rule : rules.rules()) {
            hash.add(rule.id()).add(rule.contentHash());
        }
        for (FixedTable table : rules.fixedTables()) {
            hash.add(table.contentHash());
        }
        for (TableDefinition table : rules.tables()) {
            hash.add(table.toString());
        }
        return hash.low();
    }
}
