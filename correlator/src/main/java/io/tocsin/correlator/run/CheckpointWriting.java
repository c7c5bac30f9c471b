package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.CheckpointStore;
import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Makes checkpoints durable while events go on: the state is taken into memory by the thread of the
/// correlator, and written and forced by another one. At most one is on its way. Input is released
/// when the checkpoint after the one that stands there is durable.
///
/// A disk that is full or fails makes no checkpoint: the one before holds, events go on, and the next one writes
/// everything into another file. Nothing is lost by that, because input is kept from the last durable checkpoint on.
///
/// Thread-safety: one thread, that of the correlator; what it hands to another one is its own. [#trouble],
/// [#failures] and [#lastPause] any.
final class CheckpointWriting {
    private static final Logger LOG = System.getLogger(CheckpointWriting.class.getName());

    private final CheckpointStore store;
    private final CorrelatorInput input;
    private final CorrelatorOutput output;
    private final Executor writing;
    private @Nullable OnItsWay onItsWay;
    /// Where the newest durable checkpoint stands.
    private byte @Nullable [] durable;

    private volatile CorrelatorRunner.@Nullable Pause lastPause;
    private volatile @Nullable IOException trouble;
    private final AtomicLong failures = new AtomicLong();

    /// @param position what is to be read again after this checkpoint
    @SuppressWarnings("ArrayRecordComponent")
    private record OnItsWay(
            CheckpointStore.Taken taken, FutureTask<@Nullable Void> task, byte[] position, long begin, long taking) {}

    /// @param writing runs what writes and waits, beside the thread that asks for it
    /// @param position of the checkpoint that was read; null when there was none
    CheckpointWriting(
            CheckpointStore store,
            CorrelatorInput input,
            CorrelatorOutput output,
            Executor writing,
            byte @Nullable [] position) {
        this.store = store;
        this.input = input;
        this.output = output;
        this.writing = writing;
        durable = position;
    }

    /// Takes the state and lets it be written. Waits for the checkpoint before, when that is not
    /// durable yet.
    ///
    /// @param position after the last record whose effect is in the state
    /// @return false when there was no room for the state, see [#trouble]
    boolean begin(byte[] position, long rulesHash, StateWriter head, List<StatePart> parts)
            throws IOException, InterruptedException {
        await();
        long begin = System.nanoTime();
        CheckpointStore.Taken taken;
        try {
            taken = store.take(position, output.nextSequence(), rulesHash, head, parts);
        } catch (IOException e) {
            failed(e);
            return false;
        }
        FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
            // What the checkpoint says of the output must be so after the machine has died, too.
            output.sync();
            taken.store();
            return null;
        });
        onItsWay = new OnItsWay(taken, task, position, begin, System.nanoTime() - begin);
        writing.execute(task);
        return true;
    }

    /// True when the checkpoint that was begun is not durable yet.
    boolean isBusy() {
        OnItsWay current = onItsWay;
        return current != null && !current.task().isDone();
    }

    /// Releases input when a checkpoint has become durable.
    ///
    /// @return false when the one that was on its way did not because of the disk, see [#trouble]
    boolean settle() throws IOException, InterruptedException {
        return isBusy() || await();
    }

    /// Returns when nothing is on its way any more.
    ///
    /// @return false when the one that was on its way did not become durable because of the disk, see [#trouble]
    boolean await() throws IOException, InterruptedException {
        OnItsWay current = onItsWay;
        if (current == null) {
            return true;
        }
        // When no other thread has begun with it yet, there is no need to wait for one.
        current.task().run();
        try {
            current.task().get();
        } catch (ExecutionException failed) {
            onItsWay = null;
            store.giveUp(current.taken());
            return switch (failed.getCause()) {
                case ClosedByInterruptException e -> throw e;
                case InterruptedIOException e -> throw e;
                case IOException e -> {
                    failed(e);
                    yield false;
                }
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case InterruptedException e -> {
                    InterruptedIOException stopped = new InterruptedIOException("writing a checkpoint was stopped");
                    stopped.initCause(e);
                    throw stopped;
                }
                case null, default -> throw new IllegalStateException("BUG: nothing else is thrown", failed);
            };
        }
        onItsWay = null;
        lastPause = new CorrelatorRunner.Pause(
                Duration.ofNanos(current.taking()),
                Duration.ofNanos(System.nanoTime() - current.begin()),
                current.taken().written());
        byte[] release = durable;
        durable = current.position();
        if (release != null) {
            input.release(release);
        }
        if (trouble != null) {
            trouble = null;
            LOG.log(Logger.Level.INFO, "checkpoints are written again");
        }
        return true;
    }

    private void failed(IOException reason) throws ClosedByInterruptException {
        if (reason instanceof ClosedByInterruptException ended) {
            throw ended;
        }
        failures.incrementAndGet();
        if (trouble == null) {
            LOG.log(
                    Logger.Level.ERROR,
                    "a checkpoint could not be written; the one before holds and the next one is tried soon, meanwhile"
                            + " the log of events keeps what came since",
                    reason);
        }
        trouble = reason;
    }

    /// Why the last checkpoint did not become durable; null when it did.
    @Nullable
    IOException trouble() {
        return trouble;
    }

    /// Checkpoints that did not become durable because of the disk.
    long failures() {
        return failures.get();
    }

    /// What the last checkpoint took; null before the first one is durable.
    CorrelatorRunner.@Nullable Pause lastPause() {
        return lastPause;
    }
}
