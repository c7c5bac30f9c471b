package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.aggregate.Aggregator;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private static final String ASSEMBLER = "assemble";

    private final String collector;
    private final String heldRoute;
    private final String releasedRoute;
    private final DurableLog log;
    private final SystemClock clock;
    private final Path file;
    private final HeldSteps steps;
    private final LogTarget released;
    private final BatchTarget target;
    private final LogWriter ticks;
    private final LogConsumer consumer;
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch input = new EventBatch();
    private final Event cursor = new Event();
    private final BatchEncoder tickEncoder = new BatchEncoder();

    private long repeated;
    private LogPosition replayEnd;
    private long publishedAtNanos;
    private LogPosition saved;
    private long savedAtNanos;
    private volatile boolean failed;
    private volatile LogPosition position;
    private volatile List<BatchLedger.Entry> held = List.of();
    private volatile long heldEvents;
    private volatile boolean stopping;
    private volatile long stopAtNanos;
    private @Nullable Thread thread;

    /// @param released appends what comes out
    /// @param target `released`, or what stands before it
    /// @param ticks appends records on the held route
    SecondPass(
            String collector,
            DurableLog log,
            SystemClock clock,
            Path file,
            HeldSteps steps,
            LogTarget released,
            BatchTarget target,
            LogWriter ticks) {
        this.collector = collector;
        this.heldRoute = Routes.held(collector);
        this.releasedRoute = Routes.released(collector);
        this.log = log;
        this.clock = clock;
        this.file = file;
        this.steps = steps;
        this.released = released;
        this.target = target;
        this.ticks = ticks;
        this.consumer = log.consumer(consumerName(collector));
        this.position = consumer.committed();
        this.saved = position;
        this.replayEnd = position;
        restore();
    }

    /// The name of the log's consumer: lower case, as the log wants it.
    static String consumerName(String collector) {
        StringBuilder name = new StringBuilder("held.");
        for (int i = 0; i < collector.length(); i++) {
            char c = collector.charAt(i);
            name.append(c >= 'A' && c <= 'Z' ? "_" + (char) (c + 32) : String.valueOf(c));
        }
        return name.toString();
    }

    private void restore() {
        LogPosition logEnd = position;
        try {
            HeldState state = HeldState.read(file);
            if (state != null && state.read().compareTo(log.end()) <= 0) {
                takeOver(state.parts());
                position = state.read();
                logEnd = state.logEnd();
            } else if (state != null) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "held events belong to another log and are given up [collector={0}, path={1}]",
                        collector,
                        file);
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "held events cannot be read and are given up [collector=" + collector + ", path=" + file + "]",
                    e);
        }
        consumer.seek(position);
        replayEnd = log.end();
        saved = position;
        repeated = releasedSince(logEnd);
        publish();
    }

    private void takeOver(Map<String, byte[]> parts) throws IOException {
        Assembler assembler = steps.assembler();
        byte[] lines = parts.get(ASSEMBLER);
        if (assembler != null && lines != null) {
            assembler.read(new DataInputStream(new ByteArrayInputStream(lines)));
        }
        for (Aggregator aggregator : steps.aggregators()) {
            byte[] groups = parts.get("aggregate." + aggregator.name());
            if (groups != null && !aggregator.read(new DataInputStream(new ByteArrayInputStream(groups)))) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "the rule was changed, what it held is given up [collector={0}, rule={1}]",
                        collector,
                        aggregator.name());
            }
        }
    }

    /// Records on the route of released events from a place of the log on.
    private long releasedSince(LogPosition from) {
        long count = 0;
        LogPosition end = log.end();
        try (LogReader reader = log.reader(from)) {
            while (reader.position().compareTo(end) < 0) {
                List<LogRecord> records = reader.poll(RECORDS, BYTES, SYNC_LIMIT);
                if (records.isEmpty()) {
                    break;
                }
                for (LogRecord found : records) {
                    if (found.position().compareTo(end) < 0 && releasedRoute.equals(route(found))) {
                        count++;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return count;
    }

    private static @Nullable String route(LogRecord found) {
        try {
            return BatchHeader.read(found.payload(), 0, found.payload().length).route();
        } catch (BatchFormatException _) {
            return null;
        }
    }

    /// Begins to work in a thread of its own.
    void start() {
        savedAtNanos = clock.counterNanos();
        thread = Thread.ofVirtual().name("second-pass-" + collector).start(this::run);
    }

    private void run() {
        try {
            while (!isDone()) {
                List<LogRecord> records = consumer.poll(RECORDS, BYTES, WAIT);
                for (LogRecord found : records) {
                    process(found);
                    position = found.end();
                }
                if (records.isEmpty()) {
                    tickIfDue();
                }
                if (records.isEmpty() || clock.counterNanos() - publishedAtNanos >= PUBLISH_NANOS) {
                    publish();
                }
                if (repeated > 0 && position.compareTo(replayEnd) >= 0) {
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "what was released before the restart could not be made again exactly [collector={0},"
                                    + " records={1}]",
                            collector,
                            repeated);
                    repeated = 0;
                }
                if (clock.counterNanos() - savedAtNanos >= SAVE_NANOS) {
                    save();
                }
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
        }
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
        return stopping && (clock.counterNanos() - stopAtNanos >= 0 || position.compareTo(log.end()) >= 0);
    }

    private void process(LogRecord found) {
        if (ReceivedRun.isRun(found.payload())) {
            return;
        }
        try {
            BatchHeader header = BatchHeader.read(found.payload(), 0, found.payload().length);
            if (!header.route().equals(heldRoute)) {
                return;
            }
            decoder.decode(found.payload(), 0, found.payload().length, input);
            if (header.count() == 0 && header.ledger().isEmpty()) {
                steps.advance(found.appendedAtMillis() * 1_000_000);
            }
            steps.forward(header.ledger());
        } catch (BatchFormatException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "held events cannot be read and are passed over [collector={0}, position={1}, reason={2}]",
                    collector,
                    found.position(),
                    e.getMessage());
            return;
        }
        for (int i = 0; i < input.count(); i++) {
            cursor.moveTo(input, i);
            steps.accept(cursor);
            if (steps.events() >= BATCH_EVENTS || steps.bytes() >= BATCH_BYTES) {
                seal();
            }
        }
        seal();
    }

    private void seal() {
        steps.flush();
        EventBatch batch = steps.batch();
        if (batch.isEmpty() && batch.ledger().isEmpty()) {
            steps.batch(batch);
            return;
        }
        if (repeated > 0) {
            repeated--;
            batch.clear();
            steps.batch(batch);
        } else {
            steps.batch(target.take(batch, List.of()));
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

    private void publish() {
        held = steps.held();
        heldEvents = steps.heldEvents();
        publishedAtNanos = clock.counterNanos();
    }

    private void save() throws InterruptedException {
        savedAtNanos = clock.counterNanos();
        if (position.equals(saved) || repeated > 0) {
            return;
        }
        target.flush();
        if (released.hasGap()) {
            return;
        }
        try {
            LogPosition end = log.end();
            log.awaitSynced(end, SYNC_LIMIT);
            new HeldState(position, end, parts()).write(file);
            consumer.commit(position);
            saved = position;
        } catch (IOException | LogException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "what is held was not saved, it is tried again [collector={0}, path={1}, reason={2}]",
                    collector,
                    file,
                    e.getMessage());
        }
    }

    private Map<String, byte[]> parts() throws IOException {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        Assembler assembler = steps.assembler();
        if (assembler != null) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            assembler.write(new DataOutputStream(bytes));
            parts.put(ASSEMBLER, bytes.toByteArray());
        }
        for (Aggregator aggregator : steps.aggregators()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            aggregator.write(new DataOutputStream(bytes));
            parts.put("aggregate." + aggregator.name(), bytes.toByteArray());
        }
        return parts;
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

    /// Events that were read and are held, as the ledger counts them.
    List<BatchLedger.Entry> held() {
        return held;
    }

    long heldEvents() {
        return heldEvents;
    }
}
