package io.tocsin.pipeline.transport;

import io.tocsin.pipeline.transport.DeliveryMetrics.State;
import io.tocsin.pipeline.transport.RunReader.Run;
import io.tocsin.pipeline.transport.log.ConsumerLimits;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LostEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The sending end of a delivery: takes records from a durable log in order and brings each to one receiver,
/// exactly once in effect.
///
/// ## How
///
/// 1. Consecutive records of one epoch form a **run**. A run ends at a limit of events or bytes, or where nothing
/// more is waiting: one record that comes alone is sent at once, and what arrives during an attempt makes the next
/// run larger.
/// 2. The run's extent is written durably beside the cursor **before** the first attempt. Whoever repeats it, this
/// process or the next, sends the same run, and the receiver recognises it.
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
/// | 409 with `known` | the receiver has these sequences, maybe with other events: see `docs/specs/delivery.md` |
/// | 400, 413, 422 with the name of the run | refused for good: try with half as many records; a single record goes to
/// the dead letters |
/// | 429, 503 | later, as `Retry-After` says |
/// | anything else | later |
/// | none | soon again |
///
/// A run covers sequences without a hole: events that were filtered out are covered by the next run although its
/// body does not hold them. A destination that keeps the ledger gets counts in the place of events that are
/// damaged, refused for good or not there any more.
///
/// Pitfalls: the selection must give the same answer for the same bytes in the next process, or a repeated run
/// differs.
///
/// Thread-safety: any thread for the public methods; one thread of its own delivers.
public final class DeliveryClient implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DeliveryClient.class.getName());
    private static final Duration IDLE_POLL = Duration.ofMillis(100);
    private static final Duration STOP_GRACE = Duration.ofSeconds(3);
    /// A receiver that starts again is back in a few seconds; a pause that has grown to half a minute would be most
    /// of the time that its restart takes.
    private static final Duration LONGEST_AWAY = Duration.ofSeconds(1);

    /// Says what of a log's records a destination gets.
    @FunctionalInterface
    public interface Selection {
        /// The bytes to deliver for a record, mostly the record's own; null when the destination wants nothing of
        /// it. Depends on nothing but the bytes.
        byte @Nullable [] of(byte[] payload);

        /// Whether the destination is told, by counts for its ledger, of events that it will never get.
        default boolean tellsOfLosses() {
            return false;
        }
    }

    private final DurableLog log;
    private final String name;
    private final DeliveryOptions options;
    private final DeadLetters deadLetters;
    private final RandomGenerator random;
    private final RunSender request;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);

    private final RunReader reader;
    private final DeliveryFigures figures = new DeliveryFigures();
    /// Only the delivering thread touches this.
    private int disagreements;

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
        this.deadLetters = deadLetters;
        this.random = random;
        this.request = request;
        this.reader = new RunReader(log, consumer, options, selection, figures);
        this.thread = Thread.ofVirtual().name("delivery-" + name).unstarted(this::deliverUntilStopped);
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
                    figures.failed(e.getMessage());
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "delivery cannot use the disk, tries again [name=" + name + "]",
                            e);
                    pause(failures++, Duration.ZERO);
                    reader.startOver();
                } catch (RuntimeException e) {
                    figures.failed(e.toString());
                    LOGGER.log(
                            System.Logger.Level.ERROR,
                            "delivery failed unexpectedly, tries again [name=" + name + "]",
                            e);
                    pause(failures++, Duration.ZERO);
                    reader.startOver();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            reader.close();
            request.close();
            figures.state(State.STOPPED, 0);
        }
    }

    /// Delivers until stopped or until the disk fails.
    private void deliver() throws IOException, InterruptedException {
        LogPosition done = null;
        Run run = reader.intended();
        while (stopping.getCount() > 0) {
            if (run == null) {
                run = reader.form(done == null ? IDLE_POLL : Duration.ZERO);
                reader.note(run, done);
                done = null;
                if (run == null) {
                    reader.commitFiltered();
                    continue;
                }
            }
            done = attempt(run);
            run = null;
        }
        reader.note(null, done);
    }

    /// Sends a run until the receiver has decided about it.
    ///
    /// @return the place up to which the log is dealt with; null when the run has to be formed anew or the client
    ///     stops
    private @Nullable LogPosition attempt(Run run) throws IOException, InterruptedException {
        for (int failures = 0; stopping.getCount() > 0; failures++) {
            figures.state(State.SENDING, run.events());
            long began = System.nanoTime();
            switch (request.send(run.name(), run.bodies(), run.bytes())) {
                case DeliveryOutcome.Stored() -> {
                    figures.delivered(run);
                    disagreements = 0;
                    reader.delivered(run, System.nanoTime() - began);
                    return run.range().end();
                }
                case DeliveryOutcome.Elsewhere(long expected) -> {
                    return goTo(run, expected);
                }
                case DeliveryOutcome.Known(long expected, long first, int checksum) -> {
                    return known(run, expected, first, checksum);
                }
                case DeliveryOutcome.Refused(String reason) -> {
                    return refused(run, reason);
                }
                case DeliveryOutcome.Later(String reason, Duration pause) -> {
                    failed(run, reason, failures);
                    pause(failures, pause);
                }
                case DeliveryOutcome.Away(String reason) -> {
                    failed(run, reason, failures);
                    pause(Math.min(doubled(failures), LONGEST_AWAY.toMillis()));
                }
            }
        }
        return null;
    }

    private void failed(Run run, String reason, int failures) {
        figures.failed(reason);
        if (failures == 0) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "delivery failed, tries again [name={0}, run={1}, reason={2}]",
                    name,
                    run.name(),
                    reason);
        }
    }

    private @Nullable LogPosition refused(Run run, String reason) throws IOException, InterruptedException {
        figures.failed(reason);
        if (run.isOfLost() && run.records().size() == 1) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "receiver refuses the counts of lost events, its ledger lacks them [name={0}, run={1}, reason={2}]",
                    name,
                    run.name(),
                    reason);
            return run.range().end();
        }
        if (run.records().size() > 1) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "receiver refuses a run, tries with fewer records [name={0}, run={1}, records={2}, reason={3}]",
                    name,
                    run.name(),
                    run.records().size(),
                    reason);
            reader.halve(run);
            return null;
        }
        Path file = deadLetters.put(run.name(), run.records().getFirst().payload());
        LOGGER.log(
                System.Logger.Level.ERROR,
                "receiver refuses a record for good, it was put aside [name={0}, run={1}, events={2}, file={3},"
                        + " reason={4}]",
                name,
                run.name(),
                run.events(),
                file,
                reason);
        figures.putAside();
        log.tell(new LostEvents(
                name,
                LostEvents.Reason.DEAD_LETTER,
                run.events(),
                run.records().getFirst().appendedAtMillis(),
                "[file=" + file + "]: " + reason));
        Run counts = reader.withoutRefused(run);
        return counts == null ? run.range().end() : attempt(counts);
    }

    /// Follows a receiver that expects another sequence.
    private @Nullable LogPosition goTo(Run run, long expected) throws IOException, InterruptedException {
        long first = run.name().firstSequence();
        String reason = "receiver expects another sequence [run=" + run.name() + ", expected=" + expected + "]";
        figures.failed(reason);
        LOGGER.log(System.Logger.Level.WARNING, "{0} [name={1}]", reason, name);
        if (++disagreements > 1) {
            // Following once is the rule. A receiver that sends us elsewhere again does not know where it is.
            pause(disagreements, Duration.ZERO);
        }
        if (expected == first || expected > log.end().sequence()) {
            reader.readAgain(run.range().start(), first);
            return null;
        }
        if (expected > first) {
            reader.readAgain(reader.place(run.range().start(), expected), expected);
            return null;
        }
        LogPosition oldest = log.start();
        if (oldest.sequence() <= expected) {
            reader.readAgain(reader.place(oldest, expected), expected);
            return null;
        }
        long gone = first - expected;
        LOGGER.log(
                System.Logger.Level.ERROR,
                "receiver lacks events that the log does not hold any more [name={0}, first={1}, count={2}]",
                name,
                expected,
                gone);
        figures.unavailable(gone);
        log.tell(new LostEvents(
                name,
                LostEvents.Reason.UNAVAILABLE,
                gone,
                run.records().getFirst().appendedAtMillis(),
                "[first=" + expected + ", before=" + first + "]: the receiver has lost what it had acknowledged"));
        return attempt(reader.covering(run, expected));
    }

    /// The receiver has these sequences. Whether they are these events tells what it has last: when the log holds
    /// just that, a cursor was lost and the way goes on behind it. Else the log, or the whole machine, was set back
    /// and has given the sequences to other events, which are delivered under a number that the receiver does not
    /// know.
    private @Nullable LogPosition known(Run run, long expected, long first, int checksum)
            throws IOException, InterruptedException {
        if (reader.holds(first, expected, checksum)) {
            return goTo(run, expected);
        }
        Run anew = reader.anew(run);
        LOGGER.log(
                System.Logger.Level.WARNING,
                "receiver knows these sequences with other events: the log was set back or copied, its events are delivered"
                        + " under another number from now on [name={0}, run={1}, known={2}, anew={3}]",
                name,
                run.name(),
                expected,
                anew.name());
        return attempt(anew);
    }

    /// Waits until everything that the log holds at this moment was delivered.
    ///
    /// @return false when the time passed first
    public boolean drain(Duration timeout) throws InterruptedException {
        LogPosition end = log.end();
        return figures.await(() -> reader.reached(end), timeout);
    }

    /// Events that a limit of the log has taken from this destination.
    public long lostEvents() {
        return reader.lostEvents();
    }

    /// What was done and is being done.
    public DeliveryMetrics metrics() {
        return figures.metrics();
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

    /// @param asked what the receiver asked for: it knows best; zero when it did not
    private void pause(int failures, Duration asked) throws InterruptedException {
        pause(
                asked.isZero()
                        ? doubled(failures)
                        : Math.min(asked.toMillis(), options.longestRetry().toMillis()));
    }

    /// Pause after so many failures, milliseconds.
    private long doubled(int failures) {
        long doubled = options.firstRetry().toMillis() << Math.min(failures, 20);
        return Math.min(doubled, options.longestRetry().toMillis());
    }

    private void pause(long millis) throws InterruptedException {
        double jitter = 0.8 + 0.4 * random.nextDouble();
        figures.state(State.RETRYING, -1);
        boolean stopped = stopping.await((long) (millis * jitter), TimeUnit.MILLISECONDS);
        if (stopped) {
            LOGGER.log(System.Logger.Level.DEBUG, "stopped during a pause [name={0}]", name);
        }
    }
}
