package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.DeliveryMetrics.State;
import io.tocsin.pipeline.transport.log.ConsumerLimits;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRange;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The sending end of a delivery: takes records from a durable log in order and brings each to one receiver,
/// exactly once in effect.
///
/// ## How
///
/// 1. Consecutive records of one epoch form a **run**. A run ends at a limit of events or bytes, or where nothing
///    more is waiting: one record that comes alone is sent at once, and what arrives during an attempt makes the
///    next run larger.
/// 2. The run's extent is written durably beside the cursor **before** the first attempt. Whoever repeats it, this
///    process or the next, sends the same run, and the receiver recognises it.
/// 3. After `200` the cursor moves behind the run, in the same write that notes the next run.
/// 4. There is one attempt at a time, so order is kept.
///
/// ## What the answers mean
///
/// | answer | |
/// |---|---|
/// | 200 | stored, or known already |
/// | 409 with `expected` | the receiver continues elsewhere: go there when the log still reaches that far, else say so
/// and go on |
/// | 400, 413, 422 | refused for good: try with half as many records; a single record goes to the dead letters |
/// | 429, 503 | later, as `Retry-After` says |
/// | anything else, or none | later |
///
/// A run covers sequences without a hole: events that were filtered out, damaged or put aside are covered by the
/// next run although its body does not hold them.
///
/// Pitfalls: the selection must give the same answer for the same bytes in the next process, or a repeated run
/// differs.
///
/// Thread-safety: any thread for the public methods; one thread of its own delivers.
public final class DeliveryClient implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DeliveryClient.class.getName());
    private static final Duration IDLE_POLL = Duration.ofMillis(100);
    private static final Duration STOP_GRACE = Duration.ofSeconds(3);
    private static final int MAX_RECORDS = 65_536;

    /// Says what of a log's records a destination gets.
    @FunctionalInterface
    public interface Selection {
        /// The bytes to deliver for a record, mostly the record's own; null when the destination wants nothing of
        /// it. Depends on nothing but the bytes.
        byte @Nullable [] of(byte[] payload);
    }

    private final DurableLog log;
    private final String name;
    private final DeliveryOptions options;
    private final Selection selection;
    private final DeadLetters deadLetters;
    private final RandomGenerator random;
    private final RunSender request;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);

    // Only the delivering thread touches these.
    private final LogConsumer consumer;
    private final ArrayDeque<LogRecord> ahead = new ArrayDeque<>();
    private LogPosition readTo;
    private long coveredSequence;
    private int recordLimit = MAX_RECORDS;
    private int disagreements;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition committedMoved = lock.newCondition();
    private State state = State.IDLE;
    private long deliveredRuns;
    private long deliveredRecords;
    private long deliveredEvents;
    private long deliveredBytes;
    private long filteredRecords;
    private long retries;
    private long deadLetterCount;
    private long unavailableEvents;
    private long inFlightEvents;
    private @Nullable String lastError;

    /// Starts delivering.
    ///
    /// @param log where records come from; must stay open until this client is closed
    /// @param consumerName name of the durable cursor, one per destination
    /// @param options where to and how
    /// @param selection says what of a record this destination gets
    /// @param deadLetterFolder where records go that the receiver refuses for good; made when
    ///     needed
    /// @param random spreads retries
    public static DeliveryClient start(
            DurableLog log,
            String consumerName,
            DeliveryOptions options,
            Selection selection,
            Path deadLetterFolder,
            RandomGenerator random) {
        return start(
                log,
                consumerName,
                ConsumerLimits.NONE,
                options,
                new DeliveryRequest(options),
                selection,
                deadLetterFolder,
                random);
    }

    /// Starts delivering.
    ///
    /// @param log where records come from; must stay open until this client is closed
    /// @param consumerName name of the durable cursor, one per destination
    /// @param limits how much of the log may wait for this destination
    /// @param options sizes of runs and times of retries
    /// @param sender makes the attempts; closed with the client
    /// @param selection says what of a record this destination gets
    /// @param deadLetterFolder where records go that the receiver refuses for good; made when
    ///     needed
    /// @param random spreads retries
    public static DeliveryClient start(
            DurableLog log,
            String consumerName,
            ConsumerLimits limits,
            DeliveryOptions options,
            RunSender sender,
            Selection selection,
            Path deadLetterFolder,
            RandomGenerator random) {
        DeliveryClient client = new DeliveryClient(
                log,
                log.consumer(consumerName, limits),
                options,
                sender,
                selection,
                new DeadLetters(deadLetterFolder),
                random);
        client.thread.start();
        return client;
    }

    private DeliveryClient(
            DurableLog log,
            LogConsumer consumer,
            DeliveryOptions options,
            RunSender request,
            Selection selection,
            DeadLetters deadLetters,
            RandomGenerator random) {
        this.log = log;
        this.name = consumer.name();
        this.options = options;
        this.selection = selection;
        this.deadLetters = deadLetters;
        this.random = random;
        this.request = request;
        this.consumer = consumer;
        this.readTo = consumer.committed();
        this.coveredSequence = consumer.coveredSequence();
        this.thread = Thread.ofVirtual().name("delivery-" + name).unstarted(this::deliverUntilStopped);
    }

    /// Records on their way to the receiver under one name.
    ///
    /// @param range extent in the log
    /// @param records those that this destination wants
    private record Run(LogRange range, List<LogRecord> records, DeliveryRun name) {
        Run(LogRange range, List<LogRecord> records, long producer, long firstSequence) {
            this(
                    range,
                    List.copyOf(records),
                    new DeliveryRun(
                            producer, range.epoch(), firstSequence, range.end().sequence() - firstSequence));
        }

        List<byte[]> bodies() {
            return records.stream().map(LogRecord::payload).toList();
        }

        long bytes() {
            return records.stream().mapToLong(record -> record.payload().length).sum();
        }

        long events() {
            return records.stream().mapToLong(LogRecord::eventCount).sum();
        }
    }

    private void deliverUntilStopped() {
        int failures = 0;
        try {
            while (stopping.getCount() > 0) {
                try {
                    deliver();
                    failures = 0;
                } catch (LogException | IOException e) {
                    if (e instanceof LogException gone && gone.kind() == LogException.Kind.CLOSED) {
                        break;
                    }
                    failed(e.getMessage());
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "delivery cannot use the disk, tries again [name=" + name + "]",
                            e);
                    pause(failures++, Duration.ZERO);
                    startOver();
                } catch (RuntimeException e) {
                    failed(e.toString());
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "delivery failed unexpectedly, tries again [name=" + name + "]",
                            e);
                    pause(failures++, Duration.ZERO);
                    startOver();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            consumer.close();
            request.close();
            setState(State.STOPPED, 0);
        }
    }

    /// Delivers until stopped or until the disk fails.
    private void deliver() throws IOException, InterruptedException {
        LogPosition done = null;
        Run run = intended();
        while (stopping.getCount() > 0) {
            if (run == null) {
                run = form(done == null ? IDLE_POLL : Duration.ZERO);
                if (run != null && done != null) {
                    consumer.commitAndIntend(done, coveredSequence, run.range);
                } else if (run != null) {
                    consumer.intend(run.range);
                } else if (done != null) {
                    consumer.commit(done, coveredSequence);
                }
                if (done != null) {
                    signalCommitted();
                    done = null;
                }
                if (run == null) {
                    commitFiltered();
                    continue;
                }
            }
            done = attempt(run);
            run = null;
        }
        if (done != null) {
            consumer.commit(done, coveredSequence);
            signalCommitted();
        }
    }

    /// The run that was on its way when the last process, or the last attempt of this one, ended.
    private @Nullable Run intended() throws InterruptedException {
        Optional<LogRange> left = consumer.intended();
        if (left.isEmpty()) {
            return null;
        }
        LogRange range = left.get();
        consumer.seek(range.start());
        ahead.clear();
        List<LogRecord> wanted = new ArrayList<>();
        while (consumer.position().compareTo(range.end()) < 0) {
            long missing = range.end().recordIndex() - consumer.position().recordIndex();
            List<LogRecord> records =
                    consumer.poll((int) Math.min(missing, MAX_RECORDS), Long.MAX_VALUE, Duration.ZERO);
            if (records.isEmpty()) {
                break;
            }
            for (LogRecord record : records) {
                LogRecord selected = record.end().compareTo(range.end()) <= 0 ? selected(record) : null;
                if (selected != null) {
                    wanted.add(selected);
                }
            }
        }
        consumer.seek(range.end());
        readTo = range.end();
        coveredSequence = consumer.coveredSequence();
        if (wanted.isEmpty()) {
            consumer.commit(range.end(), coveredSequence);
            signalCommitted();
            return null;
        }
        return new Run(range, wanted, log.producer(), coveredSequence);
    }

    /// Takes the next records together.
    ///
    /// @return null when there are none that this destination wants
    private @Nullable Run form(Duration timeout) throws InterruptedException {
        if (ahead.isEmpty()) {
            setState(State.IDLE, 0);
            ahead.addAll(consumer.poll(recordLimit, options.maxBytes(), timeout));
        }
        List<LogRecord> wanted = new ArrayList<>();
        LogPosition start = readTo;
        int epoch = 0;
        long bytes = 0;
        while (!ahead.isEmpty() && wanted.size() < recordLimit) {
            LogRecord record = ahead.getFirst();
            LogRecord selected = selected(record);
            if (selected == null) {
                ahead.removeFirst();
                readTo = record.end();
                countFiltered();
                continue;
            }
            long covered = record.end().sequence() - coveredSequence;
            boolean fits = wanted.isEmpty()
                    || (record.epoch() == epoch
                            && covered <= options.maxEvents()
                            && bytes + selected.payload().length <= options.maxBytes());
            if (!fits) {
                break;
            }
            ahead.removeFirst();
            wanted.add(selected);
            epoch = record.epoch();
            bytes += selected.payload().length;
            readTo = record.end();
        }
        return wanted.isEmpty()
                ? null
                : new Run(new LogRange(epoch, start, readTo), wanted, log.producer(), coveredSequence);
    }

    /// The record with the bytes that go to the destination, null when nothing of it goes there.
    private @Nullable LogRecord selected(LogRecord record) {
        byte[] bytes = selection.of(record.payload());
        return bytes == null
                ? null
                : new LogRecord(
                        record.position(), record.eventCount(), record.epoch(), record.appendedAtMillis(), bytes);
    }

    /// Moves the cursor over records that nobody wants, so that their segments can go.
    private void commitFiltered() {
        if (ahead.isEmpty() && readTo.compareTo(consumer.committed()) > 0) {
            consumer.commit(readTo, coveredSequence);
            signalCommitted();
        }
    }

    /// Sends a run until the receiver has decided about it.
    ///
    /// @return the place up to which the log is dealt with; null when the run has to be formed anew or the client
    ///     stops
    private @Nullable LogPosition attempt(Run run) throws IOException, InterruptedException {
        for (int failures = 0; stopping.getCount() > 0; failures++) {
            setState(State.SENDING, run.events());
            switch (request.send(run.name, run.bodies(), run.bytes())) {
                case DeliveryOutcome.Stored() -> {
                    delivered(run);
                    disagreements = 0;
                    coveredSequence = run.range.end().sequence();
                    recordLimit = (int) Math.min(MAX_RECORDS, 2L * recordLimit);
                    return run.range.end();
                }
                case DeliveryOutcome.Elsewhere(long expected) -> {
                    return goTo(run, expected);
                }
                case DeliveryOutcome.Refused(String reason) -> {
                    return refused(run, reason);
                }
                case DeliveryOutcome.Later(String reason, Duration pause) -> {
                    failed(reason);
                    if (failures == 0) {
                        LOGGER.log(
                                System.Logger.Level.WARNING,
                                "delivery failed, tries again [name={0}, run={1}, reason={2}]",
                                name,
                                run.name,
                                reason);
                    }
                    pause(failures, pause);
                }
            }
        }
        return null;
    }

    private @Nullable LogPosition refused(Run run, String reason) throws IOException {
        failed(reason);
        if (run.records.size() > 1) {
            recordLimit = run.records.size() / 2;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "receiver refuses a run, tries with fewer records [name={0}, run={1}, records={2}, reason={3}]",
                    name,
                    run.name,
                    run.records.size(),
                    reason);
            readAgain(run.range.start(), coveredSequence);
            return null;
        }
        Path file = deadLetters.put(run.name, run.records.getFirst().payload());
        LOGGER.log(
                System.Logger.Level.ERROR,
                "receiver refuses a record for good, it was put aside [name={0}, run={1}, events={2}, file={3},"
                        + " reason={4}]",
                name,
                run.name,
                run.events(),
                file,
                reason);
        lock.lock();
        try {
            deadLetterCount++;
        } finally {
            lock.unlock();
        }
        return run.range.end();
    }

    /// Follows a receiver that expects another sequence.
    private @Nullable LogPosition goTo(Run run, long expected) throws InterruptedException {
        long first = run.name.firstSequence();
        String reason = "receiver expects another sequence [run=" + run.name + ", expected=" + expected + "]";
        failed(reason);
        LOGGER.log(System.Logger.Level.WARNING, "{0} [name={1}]", reason, name);
        if (++disagreements > 1) {
            // Following once is the rule. A receiver that sends us elsewhere again does not know where it is.
            pause(disagreements, Duration.ZERO);
        }
        if (expected == first || expected > log.end().sequence()) {
            readAgain(run.range.start(), first);
            return null;
        }
        if (expected > first) {
            readAgain(place(run.range.start(), expected), expected);
            return null;
        }
        LogPosition oldest = log.start();
        if (oldest.sequence() <= expected) {
            readAgain(place(oldest, expected), expected);
            return null;
        }
        long gone = first - expected;
        LOGGER.log(
                System.Logger.Level.ERROR,
                "receiver lacks events that the log does not hold any more [name={0}, first={1}, count={2}]",
                name,
                expected,
                gone);
        lock.lock();
        try {
            unavailableEvents += gone;
        } finally {
            lock.unlock();
        }
        readAgain(run.range.start(), expected);
        return null;
    }

    /// The place before the record that holds a sequence.
    private LogPosition place(LogPosition from, long sequence) throws InterruptedException {
        consumer.seek(from);
        while (true) {
            List<LogRecord> records = consumer.poll(1, 1, Duration.ZERO);
            if (records.isEmpty()) {
                return consumer.position();
            }
            if (records.getFirst().end().sequence() > sequence) {
                return records.getFirst().position();
            }
        }
    }

    /// Forgets the current run and reads on from another place. The cursor goes there too, which keeps the
    /// segments.
    private void readAgain(LogPosition from, long covered) {
        consumer.commit(from, covered);
        consumer.seek(from);
        ahead.clear();
        readTo = from;
        coveredSequence = covered;
    }

    private void startOver() {
        consumer.seek(consumer.committed());
        ahead.clear();
        readTo = consumer.committed();
        coveredSequence = consumer.coveredSequence();
    }

    /// Waits until everything that the log holds at this moment was delivered.
    ///
    /// @return false when the time passed first
    public boolean drain(Duration timeout) throws InterruptedException {
        LogPosition end = log.end();
        long remainingNanos = timeout.toNanos();
        lock.lock();
        try {
            while (consumer.committed().compareTo(end) < 0) {
                if (remainingNanos <= 0 || state == State.STOPPED) {
                    return false;
                }
                remainingNanos = committedMoved.awaitNanos(remainingNanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Events that a limit of the log has taken from this destination.
    public long lostEvents() {
        return consumer.lostEvents();
    }

    /// What was done and is being done.
    public DeliveryMetrics metrics() {
        lock.lock();
        try {
            return new DeliveryMetrics(
                    state,
                    deliveredRuns,
                    deliveredRecords,
                    deliveredEvents,
                    deliveredBytes,
                    filteredRecords,
                    retries,
                    deadLetterCount,
                    unavailableEvents,
                    inFlightEvents,
                    lastError);
        } finally {
            lock.unlock();
        }
    }

    /// Stops. An attempt on its way gets three seconds; whatever it comes to, the same run is repeated by the next
    /// start.
    @Override
    public void close() {
        stopping.countDown();
        boolean interrupted = false;
        try {
            if (!thread.join(STOP_GRACE)) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            thread.interrupt();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void pause(int failures, Duration asked) throws InterruptedException {
        long longest = options.longestRetry().toMillis();
        long doubled = options.firstRetry().toMillis() << Math.min(failures, 20);
        long millis = Math.max(Math.min(doubled, longest), Math.min(asked.toMillis(), longest));
        double jitter = 0.8 + 0.4 * random.nextDouble();
        setState(State.RETRYING, -1);
        boolean stopped = stopping.await((long) (millis * jitter), TimeUnit.MILLISECONDS);
        if (stopped) {
            LOGGER.log(System.Logger.Level.DEBUG, "stopped during a pause [name={0}]", name);
        }
    }

    private void setState(State next, long events) {
        lock.lock();
        try {
            state = next;
            if (events >= 0) {
                inFlightEvents = events;
            }
            if (next == State.STOPPED) {
                committedMoved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void failed(@Nullable String reason) {
        lock.lock();
        try {
            retries++;
            lastError = reason;
        } finally {
            lock.unlock();
        }
    }

    private void countFiltered() {
        lock.lock();
        try {
            filteredRecords++;
        } finally {
            lock.unlock();
        }
    }

    private void delivered(Run run) {
        lock.lock();
        try {
            deliveredRuns++;
            deliveredRecords += run.records.size();
            deliveredEvents += run.events();
            deliveredBytes += run.bytes();
            inFlightEvents = 0;
            lastError = null;
        } finally {
            lock.unlock();
        }
    }

    private void signalCommitted() {
        lock.lock();
        try {
            committedMoved.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
