package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.diagnostics.ParseDiagnostics;
import io.tocsin.pipeline.pair.PairMember;
import io.tocsin.pipeline.pair.PairReplica;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The second half of a collector that holds events over, to join or to fold them.
///
/// The first half appends what it receives to the node log, on a route that nobody else reads; from there on nothing
/// can be lost. This half reads it back in order and appends what it makes of it. It is deterministic: what it does
/// depends on the records alone, also on their times; when nothing comes and something is due, it appends an empty
/// record and acts when it reads it. For each record read it appends at most one record, or one for so many events.
///
/// So exactly once needs two numbers only. The state of the holders is saved together with the place up to which the
/// log was read and the place behind everything released until then. After a restart, reading goes on from the first
/// place; as many released records as lie behind the second one are made again and thrown away.
///
/// ## When the collector is changed
///
/// What was held by stages that are not there any more, or have other fields now, is given out at the start as it
/// stands, with a warning; so is everything, at the end, of a collector that was removed, was disabled or holds
/// nothing over any more. Then the consumer of the log is forgotten, which would keep the log from shrinking. What was
/// released in the last second before a kill cannot be made again exactly by other stages: it is released twice rather
/// than lost, and a warning says so.
///
/// Thread-safety: one thread runs; figures come from any.
final class SecondPass {
    private static final System.Logger LOGGER = System.getLogger(SecondPass.class.getName());
    private static final int RECORDS = 64;
    private static final long BYTES = 8L << 20;
    private static final int BATCH_EVENTS = 4096;
    private static final long BATCH_BYTES = 4L << 20;
    private static final Duration WAIT = Duration.ofMillis(50);
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(10);
    private static final long SAVE_NANOS = 1_000_000_000L;
    private static final long PUBLISH_NANOS = 200_000_000L;
    /// So many sequences behind the end of the log, the first pass has to wait: what is held over must not fill the
    /// log alone, or nothing could be released.
    private static final long FARTHEST_BEHIND = 500_000;
    /// Records may still be on their way when their time has passed.
    private static final long SLACK_NANOS = 250_000_000L;

    /// How long there will be something to hold over.
    enum End {
        /// For as long as the collector is configured as it is.
        NEVER,
        /// Until the collector stops: its stages hold nothing over any more.
        AT_STOP,
        /// Until the log is read: nobody writes to it any more.
        AT_ONCE
    }

    /// Where second passes work.
    ///
    /// @param positions folder of the states
    /// @param sequence running number of the last event
    /// @param counters those of the collector
    /// @param fixed what its stages count
    /// @param diagnostics how well it understands its sources
    /// @param writer appends what is released
    /// @param pair one of two collectors that hold for each other, or null
    record Place(
            DurableLog log,
            SystemClock clock,
            Path positions,
            AtomicLong sequence,
            StageCounters counters,
            FixedStages fixed,
            ParseDiagnostics diagnostics,
            LogWriter writer,
            Acknowledger acknowledger,
            @Nullable PairMember pair) {
        Path state(String collector) {
            return HeldTraces.state(positions, collector);
        }
    }

    private final String collector;
    private final String heldRoute;
    private final DurableLog log;
    private final SystemClock clock;
    private final Path file;
    private final HeldSteps steps;
    private final LogTarget released;
    private final BatchTarget target;
    private final LogWriter ticks;
    private final HeldParts parts;
    private final End end;
    private final LogConsumer consumer;
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch input = new EventBatch();
    private final Event cursor = new Event();
    private final BatchEncoder tickEncoder = new BatchEncoder();
    private final @Nullable PairedPass paired;

    private RepeatedRelease repeated;
    /// True while what comes out is what the other one of a pair has given out.
    private boolean discarding;
    private LogPosition replayEnd;
    private boolean unsaved = true;
    private long publishedAtNanos;
    private LogPosition saved;
    private long savedAtNanos;
    private volatile boolean failed;
    private volatile boolean forgotten;
    private volatile LogPosition position;
    private volatile List<BatchLedger.Entry> held = List.of();
    private volatile long heldEvents;
    private volatile Map<String, Long> assembly = Map.of();
    private volatile boolean stopping;
    private volatile long stopAtNanos;
    private @Nullable Thread thread;

    private SecondPass(
            String collector,
            String way,
            HeldSteps steps,
            LogTarget released,
            BatchTarget target,
            Place place,
            End end) {
        this.collector = collector;
        this.heldRoute = Routes.held(collector);
        this.parts = new HeldParts(collector, way, steps);
        this.end = end;
        this.log = place.log();
        this.clock = place.clock();
        this.file = place.state(collector);
        this.steps = steps;
        this.released = released;
        this.target = target;
        this.ticks = new LogWriter(log, collector, place.counters(), true, () -> false);
        String name = HeldTraces.consumer(collector);
        boolean isNew = !log.consumerNames().contains(name);
        this.consumer = log.consumer(name);
        // Records of an earlier collector of this name that lie in the log still were dealt with by it.
        this.position = isNew ? log.end() : consumer.committed();
        this.saved = position;
        this.replayEnd = position;
        this.repeated = RepeatedRelease.none(collector);
        steps.betweenEvents(this::sealIfFull);
        PairMember pair = place.pair();
        this.paired = pair == null ? null : new PairedPass(this, collector, pair, log, consumer, ticks);
        restore(isNew);
        if (paired != null) {
            paired.begin(replayEnd);
        }
    }

    /// Makes the second pass of a collector.
    ///
    /// @param way see [CollectorConfig#way()]
    /// @param assembler joins lines, null: events come normalized
    /// @param normalizing what makes events of lines
    static SecondPass of(
            String collector,
            String way,
            @Nullable Assembler assembler,
            EventSteps normalizing,
            CollectorStages.HeldStages stages,
            Place place,
            End end) {
        HeldSteps steps = new HeldSteps(
                collector,
                place.clock(),
                assembler,
                place.fixed().assemble,
                normalizing,
                stages.segments(),
                place.counters(),
                place.sequence());
        LogTarget released = new LogTarget(
                Routes.released(collector),
                place.clock(),
                place.counters(),
                place.fixed().log,
                place.writer(),
                place.acknowledger(),
                place.log().end());
        BatchTarget target = stages.slow().isEmpty()
                ? released
                : new SlowStages(collector, stages.slow(), released, place.counters());
        return new SecondPass(collector, way, steps, released, target, place, end);
    }

    /// @param isNew true: the log does not know this pass, so its places are those of another log when that says so
    private void restore(boolean isNew) {
        LogPosition logEnd = position;
        try {
            HeldState state = HeldState.read(file);
            if (state != null) {
                parts.takeOver(state.parts());
                if (paired != null) {
                    paired.restore(state.parts());
                }
                boolean placesHold = !isNew || state.isOf(log.producer());
                if (placesHold && state.read().compareTo(log.end()) <= 0) {
                    position = state.read();
                    logEnd = state.logEnd();
                } else {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "the log was made anew, what was held goes on at its beginning [collector={0}, path={1}]",
                            collector,
                            file);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "held events cannot be read and are given up, the file is kept beside [collector=" + collector
                            + ", path=" + file + "]",
                    e);
            keepDamaged();
        }
        consumer.seek(position);
        replayEnd = log.end();
        saved = position;
        repeated = RepeatedRelease.since(logEnd, log, collector);
        if (parts.areOfOtherStages() && repeated.records() > 0) {
            repeated.giveUpForOtherStages();
        }
        publish();
    }

    private void keepDamaged() {
        try {
            Files.move(file, file.resolveSibling(file.getFileName() + ".damaged"), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.WARNING, "cannot keep the damaged file [path=" + file + "]", e);
        }
    }

    /// Begins to work in a thread of its own.
    void start() {
        savedAtNanos = clock.counterNanos();
        thread = Thread.ofVirtual().name("second-pass-" + collector).start(this::run);
    }

    private void run() {
        try {
            parts.giveOutLeft(end != End.AT_ONCE);
            seal();
            save();
            while (!isDone()) {
                boolean empty = step();
                if (empty) {
                    tickIfDue();
                }
                if (empty || clock.counterNanos() - publishedAtNanos >= PUBLISH_NANOS) {
                    publish();
                }
                if (position.compareTo(replayEnd) >= 0) {
                    repeated.mustBeMade();
                }
                if (clock.counterNanos() - savedAtNanos >= SAVE_NANOS) {
                    save();
                }
            }
            if (paired != null && stopping) {
                paired.handOver(() -> clock.counterNanos() - stopAtNanos < 0);
            }
            if (isRead() && end == End.AT_ONCE) {
                steps.releaseAll();
                seal();
                unsaved = true;
            }
            publish();
            save();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LogException e) {
            if (!stopping) {
                fail(e);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            consumer.close();
            forgetWhenOver();
        }
    }

    /// @return true when nothing came
    private boolean step() throws InterruptedException {
        if (paired != null) {
            return paired.step();
        }
        List<LogRecord> records = consumer.poll(RECORDS, BYTES, WAIT);
        for (LogRecord found : records) {
            process(found);
            position = found.end();
        }
        return records.isEmpty();
    }

    /// Lets the log go when there is nothing to hold over any more. In this order a crash in between costs nothing:
    /// the state says that everything was read and nothing is held.
    private void forgetWhenOver() {
        boolean over = end == End.AT_ONCE || (end == End.AT_STOP && stopping);
        if (!over || failed || unsaved || !isRead() || heldEvents > 0 || released.hasGap() || !position.equals(saved)) {
            return;
        }
        try {
            log.forget(consumer.name());
            Files.deleteIfExists(file);
            forgotten = true;
        } catch (IOException | LogException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cannot forget a collector that holds nothing any more, it is tried again at the next start"
                            + " [collector={0}, reason={1}]",
                    collector,
                    e.getMessage());
        }
    }

    private boolean isRead() {
        return position.compareTo(end == End.AT_ONCE ? replayEnd : log.end()) >= 0;
    }

    private void fail(Throwable e) {
        failed = true;
        LOGGER.log(
                System.Logger.Level.ERROR,
                "joining or aggregating ended by an error; events wait in the log until the next start [collector="
                        + collector + "]",
                e);
    }

    private boolean isDone() {
        if (released.hasGap()) {
            return true;
        }
        if (end == End.AT_ONCE && isRead()) {
            return true;
        }
        return stopping && (clock.counterNanos() - stopAtNanos >= 0 || isRead());
    }

    /// True for routes that belong to this pass.
    private boolean isHeld(String route) {
        return route.equals(heldRoute) || collector.equals(Routes.holder(route));
    }

    void process(LogRecord found) {
        if (ReceivedRun.isRun(found.payload())) {
            return;
        }
        try {
            BatchHeader header = BatchHeader.read(found.payload(), 0, found.payload().length);
            if (!isHeld(header.route())) {
                return;
            }
            if (header.route().equals(Routes.giveOut(collector))) {
                steps.releaseAll();
                seal();
                unsaved = true;
                return;
            }
            decoder.decode(found.payload(), 0, found.payload().length, input);
            if (header.count() == 0 && header.ledger().isEmpty()) {
                steps.advance(found.appendedAtMillis() * 1_000_000);
            }
            steps.output().forward(header.ledger());
        } catch (BatchFormatException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "held events cannot be read and are passed over [collector={0}, position={1}, reason={2}]",
                    collector,
                    found.position(),
                    e.getMessage());
            return;
        }
        boolean lines = found.position().compareTo(replayEnd) < 0 ? parts.werePlainLines() : steps.joins();
        for (int i = 0; i < input.count(); i++) {
            cursor.moveTo(input, i);
            steps.accept(cursor, lines);
            sealIfFull();
        }
        seal();
    }

    private void sealIfFull() {
        if (steps.output().events() >= BATCH_EVENTS || steps.output().bytes() >= BATCH_BYTES) {
            seal();
        }
    }

    private void seal() {
        steps.flush();
        EventBatch batch = steps.output().batch();
        if (batch.isEmpty() && batch.ledger().isEmpty()) {
            steps.output().batch(batch);
            return;
        }
        if (discarding || repeated.records() > 0) {
            if (!discarding) {
                repeated.made();
            }
            batch.clear();
            steps.output().batch(batch);
        } else {
            steps.output().batch(target.take(batch, List.of()));
        }
    }

    private void tickIfDue() {
        long deadline = steps.nextDeadlineNanos();
        if (deadline != Long.MAX_VALUE && clock.epochNanos() - deadline >= SLACK_NANOS && !stopping) {
            input.clear();
            int length = tickEncoder.encode(input, heldRoute);
            ticks.append(tickEncoder.buffer(), length, 0);
        }
    }

    /// Goes on with what the other one of a pair held, as if it had read what that read.
    void install(PairReplica.Content replica) throws IOException {
        parts.takeOver(HeldParts.read(replica.state()));
        parts.giveOutLeft(true);
        seal();
        discarding = true;
        try {
            for (PairReplica.Read read : replica.behind()) {
                process(new LogRecord(replayEnd, 0, 0, read.appendedAtMillis(), read.batch()));
            }
        } finally {
            discarding = false;
        }
        unsaved = true;
    }

    /// Forgets what is held: the other one of a pair has it.
    void forget() {
        repeated.mustBeMade();
        steps.forget();
        unsaved = true;
    }

    /// What is held now.
    byte[] state() throws IOException {
        return HeldParts.bytes(parts.write());
    }

    /// Everything before is dealt with.
    void moveTo(LogPosition place) {
        position = place;
    }

    /// Writes what is held.
    ///
    /// @return false when that failed
    boolean saveNow() throws InterruptedException {
        unsaved = true;
        save();
        return !unsaved && position.equals(saved);
    }

    private void publish() {
        held = steps.held();
        heldEvents = steps.heldEvents();
        Assembler assembler = steps.assembler();
        assembly = assembler == null ? Map.of() : assembler.counts();
        publishedAtNanos = clock.counterNanos();
    }

    private void save() throws InterruptedException {
        savedAtNanos = clock.counterNanos();
        if ((position.equals(saved) && !unsaved) || repeated.records() > 0) {
            return;
        }
        target.flush();
        if (released.hasGap()) {
            return;
        }
        try {
            LogPosition logEnd = log.end();
            log.awaitSynced(logEnd, SYNC_LIMIT);
            Map<String, byte[]> state = parts.write();
            if (paired != null) {
                paired.write(state);
            }
            new HeldState(log.producer(), position, logEnd, state).write(file);
            consumer.commit(position);
            saved = position;
            unsaved = false;
        } catch (IOException | LogException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "what is held was not saved, it is tried again [collector={0}, path={1}, reason={2}]",
                    collector,
                    file,
                    e.getMessage());
        }
    }

    /// Deals with what is in the log already, within the time, saves and ends. What is still held stays for the next
    /// start.
    ///
    /// @return true when nothing was left unread
    boolean stop(Duration limit) {
        stopAtNanos = clock.counterNanos() + limit.toNanos();
        stopping = true;
        Thread running = thread;
        if (running == null) {
            consumer.close();
            return true;
        }
        try {
            if (!running.join(limit.plusSeconds(1))) {
                running.interrupt();
                running.join(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !failed && position.compareTo(saved) == 0;
    }

    /// True when the first pass has to wait.
    boolean isFarBehind() {
        return !failed && log.end().sequence() - position.sequence() > FARTHEST_BEHIND;
    }

    /// Everything before is dealt with, apart from [#held()].
    LogPosition position() {
        return position;
    }

    /// True when an error has ended it.
    boolean hasFailed() {
        return failed;
    }

    /// Waits until it has ended.
    void join() throws InterruptedException {
        Thread running = thread;
        if (running != null) {
            running.join();
        }
    }

    /// True when nothing is kept in the log for it any more.
    boolean isForgotten() {
        return forgotten;
    }

    /// Events that were read and are held, as the ledger counts them.
    List<BatchLedger.Entry> held() {
        return held;
    }

    /// What joining lines counted; empty when lines are not joined.
    Map<String, Long> assembly() {
        return assembly;
    }

    long heldEvents() {
        return heldEvents;
    }

    /// Events that are held, for its own thread.
    long heldNow() {
        return steps.heldEvents();
    }
}
