package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.connector.Connector;
import io.tocsin.pipeline.connector.ConnectorContext;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.diagnostics.ParseDiagnostics;
import io.tocsin.pipeline.diagnostics.SourceFigures;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerFigures;
import io.tocsin.pipeline.pair.PairFigures;
import io.tocsin.pipeline.pair.PairMember;
import io.tocsin.pipeline.pair.PairNode;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.WhenFull;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A running collector: its connector, one lane per processor, and the node log behind them.
///
/// [#open] binds the port, [#start()] begins to receive, [#drain(Duration)] takes nothing new, hands on
/// what has arrived and syncs the log. A collector does not own the log; several share it, and their
/// batches are told apart by the route in the batch header, which is the collector's name.
///
/// Thread-safety: any thread.
public final class CollectorTopology implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(CollectorTopology.class.getName());
    private static final long BATCH_AGE_NANOS = 100_000_000L;
    /// Batches of a collector with a second pass are sealed sooner: the way is twice as long.
    private static final long HELD_AGE_NANOS = 20_000_000L;
    private static final long COUNTS_AGE_NANOS = 5_000_000_000L;
    private static final Duration TICK = Duration.ofMillis(25);
    private static final int TICKS_PER_SAVE = 40;
    private static final int RATE_SECONDS = 5;

    private final CollectorConfig config;
    private final DurableLog log;
    private final SystemClock clock;
    private final StageCounters counters = new StageCounters();
    private final ParseDiagnostics diagnostics = new ParseDiagnostics();
    private final FixedStages fixed;
    private final LogWriter writer;
    private final Acknowledger acknowledger;
    private final MemoryFile memory;
    private final CollectorStages stages;
    /// The first stage of the second pass.
    private final int firstHeld;
    private final boolean holds;
    private final @Nullable PairNode pairs;
    /// One of two collectors that hold for each other.
    private final @Nullable PairMember pair;
    private final @Nullable SecondPass secondPass;
    /// Appends what the lanes make: `writer` itself unless there is a second pass.
    private final LogWriter firstWriter;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Normalizer> normalizers = new ArrayList<>();
    private final AtomicInteger nextLane = new AtomicInteger();
    private final Connector connector;
    private final Rate rate = new Rate();

    private volatile WhenFull whenFull;
    private volatile CollectorFigures.State state = CollectorFigures.State.STARTING;
    private volatile Instant since;
    private @Nullable Thread timer;

    private CollectorTopology(
            CollectorConfig config,
            DurableLog log,
            Path positions,
            SystemClock clock,
            @Nullable PairNode pairs,
            int lanes) {
        this.pairs = pairs;
        this.config = config;
        this.whenFull = BufferConfig.defaultPolicy(config.connector().type());
        this.log = log;
        this.clock = clock;
        this.since = clock.instant();
        this.writer = new LogWriter(log, config.name(), counters);
        AssembleConfig assemble = config.assemble();
        this.fixed = new FixedStages(
                config.connector().type(), config.normalizer().name(), assemble == null ? "" : assemble.preset());
        this.acknowledger = new Acknowledger(log, this::isReplicated);
        this.memory =
                new MemoryFile(config.name(), positions, config.normalizer().memory());
        memory.load();
        // Above what earlier processes gave: only events that go on are numbered, and the log has counted
        // those that arrived there. Spare numbers of the lanes are passed over.
        this.stages = CollectorStages.open(config.stages(), new StageContext(config.name(), clock, positions));
        AtomicLong sequence = new AtomicLong(log.end().sequence() + lanes);
        this.firstHeld = firstHeld(config, stages);
        // What an earlier process left is worked off even when nothing is held over any more.
        boolean holding = config.assemble() != null || firstHeld < stages.count();
        this.holds = holding || HeldTraces.areLeft(config.name(), log, positions);
        this.pair = pairs == null || !holding ? null : pairs.join(config.name(), positions, log);
        this.secondPass =
                holds ? secondPass(sequence, positions, holding ? SecondPass.End.NEVER : SecondPass.End.AT_STOP) : null;
        SecondPass pass = secondPass;
        if (pass != null) {
            String name = config.name();
            log.onLoss(HeldTraces.consumer(name), new LossLedger(log, route -> name.equals(Routes.holder(route))));
        }
        this.firstWriter = pass == null ? writer : new LogWriter(log, config.name(), counters, true, pass::isFarBehind);
        for (int i = 0; i < lanes; i++) {
            this.lanes.add(lane(sequence));
        }
        this.connector = config.connector()
                .connector(new ConnectorContext(
                        config.name(),
                        config.tenant(),
                        positions,
                        () -> this.lanes.get(Math.floorMod(nextLane.getAndIncrement(), this.lanes.size())),
                        counters,
                        new LogScan(log, config.name()),
                        config.normalizer().binary()));
    }

    private Lane lane(AtomicLong sequence) {
        CollectorStages.Chains chains = stages.create(firstHeld);
        Normalizer normalizer =
                config.assemble() != null ? null : config.normalizer().create();
        if (normalizer != null) {
            normalizers.add(normalizer);
        }
        EventSteps steps = new EventSteps(
                config.name(),
                normalizer,
                config.keepRaw(),
                chains.quick(),
                counters,
                config.assemble() == null ? fixed.normalize : new StageMeter("", ""),
                diagnostics.recorder());
        String route = holds ? Routes.held(config.name()) : config.name();
        BatchTarget target = new LogTarget(
                route,
                clock,
                counters,
                holds ? fixed.hold : fixed.log,
                firstWriter,
                acknowledger,
                log.end(),
                this::batchPolicy);
        if (!chains.slow().isEmpty()) {
            target = new SlowStages(config.name(), chains.slow(), target, counters);
        }
        return new Lane(config.name(), clock, steps, sequence, counters, fixed.receive, target);
    }

    private SecondPass secondPass(AtomicLong sequence, Path positions, SecondPass.End end) {
        Normalizer normalizer = config.normalizer().create();
        normalizers.add(normalizer);
        return secondPass(
                config,
                normalizer,
                stages,
                new SecondPass.Place(
                        log, clock, positions, sequence, counters, fixed, diagnostics, writer, acknowledger, pair),
                end);
    }

    /// The second pass of a collector.
    ///
    /// @param normalizer reads joined lines
    static SecondPass secondPass(
            CollectorConfig config,
            Normalizer normalizer,
            CollectorStages stages,
            SecondPass.Place place,
            SecondPass.End end) {
        AssembleConfig assemble = config.assemble();
        EventSteps normalizing = new EventSteps(
                config.name(),
                normalizer,
                config.keepRaw(),
                new StageChain(List.of()),
                place.counters(),
                place.fixed().normalize,
                place.diagnostics().recorder());
        return SecondPass.of(
                config.name(),
                config.way(),
                assemble == null ? null : assemble.create(),
                normalizing,
                stages.createHeld(firstHeld(config, stages)),
                place,
                end);
    }

    /// True when a place of the log is as safe as an input wants it before it is acknowledged.
    private boolean isReplicated(LogPosition place) {
        PairMember member = pair;
        SecondPass pass = secondPass;
        return member == null
                || pass == null
                || !member.acknowledgesReplicated()
                || pass.hasFailed()
                || pass.position().compareTo(place) >= 0;
    }

    private static int firstHeld(CollectorConfig config, CollectorStages stages) {
        return config.assemble() != null ? 0 : stages.firstAggregator();
    }

    /// Makes a collector and binds its port, so that a port that is taken shows before anything is started.
    ///
    /// @param log the node log, open until after [#close()]
    /// @param positions folder for positions of file connectors
    /// @throws io.tocsin.error.TocsinException when the connector cannot be opened
    public static CollectorTopology open(CollectorConfig config, DurableLog log, Path positions, SystemClock clock) {
        return open(config, log, positions, clock, null);
    }

    /// Makes a collector that may be one of a pair.
    ///
    /// @param pairs where it finds the other one when it holds events over; null: it is alone
    /// @throws io.tocsin.error.TocsinException when the connector cannot be opened
    public static CollectorTopology open(
            CollectorConfig config, DurableLog log, Path positions, SystemClock clock, @Nullable PairNode pairs) {
        return open(config, log, positions, clock, pairs, Runtime.getRuntime().availableProcessors());
    }

    static CollectorTopology open(
            CollectorConfig config, DurableLog log, Path positions, SystemClock clock, int lanes) {
        return open(config, log, positions, clock, null, lanes);
    }

    private static CollectorTopology open(
            CollectorConfig config,
            DurableLog log,
            Path positions,
            SystemClock clock,
            @Nullable PairNode pairs,
            int lanes) {
        CollectorTopology topology = new CollectorTopology(config, log, positions, clock, pairs, lanes);
        boolean done = false;
        try {
            topology.connector.open();
            done = true;
            return topology;
        } finally {
            if (!done) {
                topology.stages.close();
                topology.leavePair();
                if (topology.secondPass != null) {
                    topology.secondPass.stop(Duration.ZERO);
                }
            }
        }
    }

    /// Begins to receive.
    public synchronized void start() {
        if (state != CollectorFigures.State.STARTING) {
            throw new IllegalStateException("collector was started before [collector=" + config.name() + "]");
        }
        enter(CollectorFigures.State.UP);
        if (secondPass != null) {
            secondPass.start();
        }
        Thread.ofVirtual().name("collector-" + config.name()).start(this::receive);
        timer = Thread.ofVirtual().name("batch-timer-" + config.name()).start(this::tick);
    }

    private void receive() {
        try {
            connector.run();
        } catch (RuntimeException | Error e) {
            LOGGER.log(System.Logger.Level.ERROR, "connector ended by an error [collector=" + config.name() + "]", e);
            enter(CollectorFigures.State.DOWN);
        }
    }

    private void tick() {
        try {
            for (long ticks = 1; true; ticks++) {
                Thread.sleep(TICK);
                long countsAge = state == CollectorFigures.State.UP ? COUNTS_AGE_NANOS : 0;
                for (Lane lane : lanes) {
                    lane.sealOlderThan(holds ? HELD_AGE_NANOS : BATCH_AGE_NANOS, countsAge);
                }
                if (ticks % TICKS_PER_SAVE == 0) {
                    memory.save();
                }
                rate.look(clock.counterNanos(), counters.get(StageCounter.RECEIVED_EVENTS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes nothing new, hands on what has arrived, seals and syncs, within the time; then stops.
    ///
    /// @return true when everything received is on disk
    public synchronized boolean drain(Duration limit) {
        if (state == CollectorFigures.State.DOWN) {
            return true;
        }
        boolean received = state != CollectorFigures.State.STARTING;
        enter(CollectorFigures.State.DRAINING);
        long until = clock.counterNanos() + limit.toNanos();
        // Sockets get half of the time: a peer that never stops sending must not eat that of the log.
        if (received) {
            connector.drain(limit.dividedBy(2));
        }
        connector.close();
        boolean sealed = sealAll(until);
        if (secondPass != null) {
            sealed &= secondPass.stop(Duration.ofNanos(Math.max(1, until - clock.counterNanos())));
        }
        boolean synced = false;
        try {
            log.awaitSynced(log.end(), Duration.ofNanos(Math.max(1, until - clock.counterNanos())));
            synced = true;
        } catch (LogException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "log was not synced in time [collector={0}, reason={1}]",
                    config.name(),
                    e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
        return sealed && synced && counters.get(StageCounter.ABANDONED_EVENTS) == 0;
    }

    /// Seals all lanes; gives the log up when it does not take them in time.
    private boolean sealAll(long untilNanos) {
        Thread sealing = Thread.ofVirtual().name("seal-" + config.name()).start(() -> lanes.forEach(Lane::sealAll));
        try {
            boolean done = sealing.join(Duration.ofNanos(Math.max(1, untilNanos - clock.counterNanos())));
            if (!done) {
                firstWriter.giveUp();
                writer.giveUp();
                sealing.join();
            }
            return done;
        } catch (InterruptedException e) {
            writer.giveUp();
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Stops at once. What was received and not yet appended is tried once more and then let go; call
    /// [#drain] before.
    @Override
    public synchronized void close() {
        if (state == CollectorFigures.State.DOWN) {
            return;
        }
        firstWriter.giveUp();
        writer.giveUp();
        connector.close();
        if (timer != null) {
            timer.interrupt();
        }
        lanes.forEach(Lane::sealAll);
        if (secondPass != null) {
            secondPass.stop(Duration.ZERO);
        }
        leavePair();
        memory.save();
        acknowledger.close();
        stages.close();
        enter(CollectorFigures.State.DOWN);
    }

    private void leavePair() {
        if (pairs != null && pair != null) {
            pairs.leave(pair);
        }
    }

    /// How it stands with the other one of its pair; null when it has none.
    public @Nullable PairFigures pair() {
        return pair == null ? null : pair.figures();
    }

    private void enter(CollectorFigures.State next) {
        state = next;
        since = clock.instant();
    }

    /// Connectors for datagrams drop the newest by themselves, and later: they have a queue for as long as it lasts.
    private WhenFull batchPolicy() {
        WhenFull policy = whenFull;
        return policy == WhenFull.DROP_NEWEST
                        && BufferConfig.isDatagrams(config.connector().type())
                ? WhenFull.BLOCK
                : policy;
    }

    /// Says from now on what becomes of events when the log has no room.
    public void whenFull(WhenFull policy) {
        whenFull = policy;
    }

    /// What becomes of events when the log has no room.
    public WhenFull whenFull() {
        return whenFull;
    }

    /// What the collector was made of.
    public CollectorConfig config() {
        return config;
    }

    /// Says which other collectors of this process run, before the start and whenever that changes.
    public void others(List<CollectorConfig> configs) {
        connector.others(configs.stream().map(CollectorConfig::connector).toList());
    }

    /// What it uses of a Kafka cluster; null when it does not.
    public @Nullable KafkaUse kafka() {
        return connector.kafka();
    }

    /// Where it listens or reads, with real ports.
    public List<String> addresses() {
        return connector.addresses();
    }

    /// What was received and is held over, to be joined or folded, as the ledger counts it; without what lies in the
    /// log behind [#heldFrom()].
    public List<BatchLedger.Entry> held() {
        return secondPass == null ? List.of() : secondPass.held();
    }

    /// From this place of the log on, batches on the route of this collector for held events are not dealt with; null
    /// when it holds nothing over.
    public @Nullable LogPosition heldFrom() {
        return secondPass == null ? null : secondPass.position();
    }

    /// How well the texts of each source are understood, last seen first.
    public List<SourceFigures> sources() {
        return diagnostics.sources(clock.millis());
    }

    /// The same for one source, or null when it is not known.
    ///
    /// @param id see [SourceFigures#id(String)]
    public @Nullable SourceFigures source(String id) {
        return diagnostics.source(id, clock.millis());
    }

    /// Sources that were forgotten because there were too many.
    public ParseDiagnostics.Forgotten forgottenSources() {
        return diagnostics.forgotten();
    }

    /// What the collector looks like now.
    public CollectorFigures figures() {
        Map<StageCounter, Long> counts = new EnumMap<>(StageCounter.class);
        for (StageCounter counter : StageCounter.values()) {
            counts.put(counter, counters.get(counter));
        }
        List<StageMeter.Figures> configured = stages.figures();
        return new CollectorFigures(
                config.name(),
                config.connector().type(),
                state,
                since,
                connector.addresses(),
                config.destinations(),
                connector.openSources(),
                state == CollectorFigures.State.UP ? rate.perSecond() : 0,
                lanes.stream().mapToLong(Lane::openEvents).sum() + (secondPass == null ? 0 : secondPass.heldEvents()),
                writer.isWaiting() || firstWriter.isWaiting(),
                counts,
                counters.rejectedByReason(),
                secondPass == null ? 0 : secondPass.heldEvents(),
                NormalizerFigures.of(normalizers),
                config.normalizer().name(),
                secondPass == null ? Map.of() : secondPass.assembly(),
                configured,
                fixed.figures(configured, firstHeld, holds, config.assemble() != null, counters));
    }

    /// Events per second, mean of the last few seconds.
    ///
    /// Thread-safety: one writer, any reader.
    private static final class Rate {
        private final long[] counts = new long[RATE_SECONDS + 1];
        private final long[] nanos = new long[RATE_SECONDS + 1];
        private int looks;
        private volatile double perSecond;

        void look(long nowNanos, long count) {
            int last = Math.floorMod(looks - 1, counts.length);
            if (looks > 0 && nowNanos - nanos[last] < 1_000_000_000L) {
                return;
            }
            int slot = looks % counts.length;
            counts[slot] = count;
            nanos[slot] = nowNanos;
            looks++;
            int first = looks <= counts.length ? 0 : looks % counts.length;
            long elapsed = nowNanos - nanos[first];
            perSecond = elapsed <= 0 ? 0 : (count - counts[first]) * 1e9 / elapsed;
        }

        double perSecond() {
            return perSecond;
        }
    }
}
