package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One of the two collectors of a pair.
///
/// ## How groups stay whole
///
/// In a session one of the two is the **keeper**: only it joins and folds. The other one, the
/// **helper**, sends it what it receives. The keeper appends that to its own log, so that all lines
/// stand in one order, and sends everything that it reads from there back, before it acts on it. So the
/// helper always has what it needs to do the same.
///
/// ## How nothing comes twice
///
/// A session binds both over restarts, until a [Witness] ends it. Each may claim it when it has not
/// heard the other one for a while; the witness gives it to the first. A helper that has it goes on
/// from its replica, up to the place `reached` of the keeper's log. The keeper learns that place from
/// the witness or from the helper, when it lives or when it is back: it does what its log says up to
/// there, as it would have done anyway, forgets what it holds then, and leaves what the helper had sent
/// it behind that place to the helper. A keeper that has the session goes on; the helper leaves to it
/// what the keeper's log has of it and goes on with the rest. Neither goes on before it knows. A helper
/// that was started anew and has no replica yet does not claim: it waits for its keeper.
///
/// A session that somebody may have claimed is doomed: it is not taken up again, even when the two hear
/// each other.
///
/// Thread-safety: any thread; one thread calls [#turn] and does what it says.
public final class PairMember {
    private static final Duration CLAIM_PAUSE = Duration.ofMillis(300);

    private final PairOptions options;
    private final Witness witness;
    private final LongSupplier nanos;
    private final Supplier<@Nullable Map<String, String>> parts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All of the following belongs to whoever holds the lock.
    private final PairFiles files;
    private final AloneRole alone = new AloneRole();
    private final KeeperRole keeper = new KeeperRole();
    private final HelperRole helper;
    private final PairAftermath aftermath;
    private final PairDialogue dialogue;

    private @Nullable PairHost host;
    private LogPosition replayFloor = LogPosition.START;
    /// True while what the other one forwarded goes into the log.
    private boolean appending;
    private boolean claiming;
    private long claimedNanos;
    private long heldEvents;
    private final PairProgress progress = new PairProgress();

    /// @param folder where its files lie
    /// @param producer of the log
    /// @param epoch of the log
    /// @param parts hashes of the configuration; null as long as they are not known
    /// @param nanos a counter that never steps back
    /// @param random numbers for nodes and sessions
    PairMember(
            String collector,
            Path folder,
            long producer,
            int epoch,
            PairOptions options,
            Witness witness,
            Supplier<@Nullable Map<String, String>> parts,
            LongSupplier nanos,
            LongSupplier random) {
        LongSupplier numbers = () -> nonZero(random.getAsLong());
        this.options = options;
        this.witness = witness;
        this.parts = parts;
        this.nanos = nanos;
        this.files = new PairFiles(collector, folder, producer, epoch, numbers);
        this.helper = new HelperRole(files.loadReplica(options.replicaLimitBytes()), options.replicaLimitBytes());
        this.aftermath = new PairAftermath(files);
        this.dialogue = new PairDialogue(files, keeper, helper, aftermath, numbers, options.timeout());
        look();
    }

    private static long nonZero(long number) {
        return number == 0 ? 1 : number;
    }

    /// Begins to wait for the other one.
    private void look() {
        dialogue.heard(nanos.getAsLong());
        alone.look(dialogue.heardNanos() + options.timeout().toNanos());
    }

    /// The collector's name.
    public String collector() {
        return files.collector();
    }

    /// True when an input is acknowledged only when the other one has it as well.
    public boolean acknowledgesReplicated() {
        return options.acknowledgeReplicated();
    }

    /// Tells who is behind it, before the first turn.
    ///
    /// @param floor what lies in the log before this place was read by an earlier process, at least
    ///     partly
    /// @param last up to where the log has what the other one received in the session that binds it, a
    ///     place in the other one's log
    public void attach(PairHost behind, LogPosition floor, @Nullable LogPosition last) {
        lock.lock();
        try {
            host = behind;
            replayFloor = floor;
            dialogue.took(last);
            look();
        } finally {
            lock.unlock();
        }
    }

    /// The session that binds it, 0: none.
    public long session() {
        lock.lock();
        try {
            return files.state().session();
        } finally {
            lock.unlock();
        }
    }

    // ---- What the other one says ----------------------------------------------------------------------------------

    /// What this one says of itself; null when it cannot say it yet.
    PairMessage.@Nullable Hello hello() {
        lock.lock();
        try {
            Map<String, String> known = parts.get();
            if (host == null || known == null || dialogue.isLeaving() || claiming) {
                return null;
            }
            return dialogue.hello(options.listen() != null, known, heldEvents);
        } finally {
            lock.unlock();
        }
    }

    /// A connection is there and both have said who they are.
    ///
    /// @param mine what this one had said
    void connected(PairSender to, PairMessage.Hello mine, PairMessage.Hello his) {
        lock.lock();
        try {
            if (dialogue.connected(to, mine, his, nanos.getAsLong())) {
                changed.signalAll();
            }
        } catch (IOException e) {
            dialogue.trouble(e);
        } finally {
            lock.unlock();
        }
    }

    /// No pair can be made of the two.
    void refused(String reason) {
        lock.lock();
        try {
            if (dialogue.link() == null && files.state().session() == 0) {
                dialogue.refuse(reason);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The other one speaks.
    ///
    /// @throws IOException when it says what cannot be
    void received(PairSender from, PairMessage message) throws IOException {
        if (message instanceof PairMessage.Forward forward) {
            append(from, forward);
            return;
        }
        lock.lock();
        try {
            if (dialogue.isLink(from)) {
                dialogue.received(from, message, nanos.getAsLong());
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// What the other one received goes into the own log. That may take long, so the lock is free
    /// meanwhile; a claim waits for it.
    private void append(PairSender from, PairMessage.Forward forward) throws IOException {
        PairHost to;
        lock.lock();
        try {
            if (dialogue.isLink(from)) {
                dialogue.heard(nanos.getAsLong());
            }
            to = host;
            if (to == null || !dialogue.takes(from, forward.position())) {
                return;
            }
            appending = true;
        } finally {
            lock.unlock();
        }
        boolean done = false;
        try {
            to.append(forward.position(), forward.batch());
            done = true;
        } finally {
            lock.lock();
            try {
                appending = false;
                if (done) {
                    dialogue.took(forward.position());
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// The connection has ended.
    void lost(PairSender from) {
        lock.lock();
        try {
            if (dialogue.isLink(from)) {
                dialogue.drop();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- Time and the witness -------------------------------------------------------------------------------------

    /// Looks at the clock: call several times within the timeout. May ask the witness and takes as long
    /// as that.
    void tick() throws InterruptedException {
        PairMessage.Ending claim;
        lock.lock();
        try {
            long now = nanos.getAsLong();
            dialogue.beat(now);
            if (!claims(now)) {
                return;
            }
            claiming = true;
            claimedNanos = now;
            if (!files.state().doomed()) {
                dialogue.doom();
            }
            PairState state = files.state();
            if (!state.keeper()) {
                files.writeReplica(helper.replica());
            }
            claim = new PairMessage.Ending(state.session(), state.node(), dialogue.reached());
        } catch (IOException e) {
            claiming = false;
            dialogue.trouble(e);
            return;
        } finally {
            lock.unlock();
        }
        ask(claim);
    }

    /// True when it is time to claim the session.
    private boolean claims(long nowNanos) {
        PairState state = files.state();
        long silentNanos = nowNanos - dialogue.heardNanos();
        boolean unheard =
                dialogue.link() == null && silentNanos >= options.timeout().toNanos();
        boolean paused = claimedNanos != 0 && nowNanos - claimedNanos < CLAIM_PAUSE.toNanos();
        boolean busy = dialogue.isLeaving() || claiming || appending;
        boolean due = host != null && state.session() != 0 && !busy && (state.doomed() || unheard) && !paused;
        if (due && !state.keeper() && !helper.mayTakeOver()) {
            // How far the keeper has dealt with what this one sent, only the keeper knows: it claims when it is back.
            if (unheard) {
                dialogue.refuse("this one was started anew, has no replica and waits for its keeper; when that never"
                        + " comes back, see docs/guides/high-availability.md [collector=" + files.collector() + "]");
            }
            return false;
        }
        return due;
    }

    private void ask(PairMessage.Ending claim) throws InterruptedException {
        PairMessage.Ending answer = null;
        String unanswered = "";
        try {
            PairHost behind = host;
            if (behind != null) {
                // What this one says that it has, it must have after a loss of power as well.
                behind.sync();
            }
            answer = witness.claim(claim);
        } catch (IOException e) {
            unanswered = "the witness cannot be asked, what is held waits [witness=" + witness.name() + ", reason="
                    + e.getMessage() + "]";
        }
        lock.lock();
        try {
            claiming = false;
            if (answer == null) {
                dialogue.refuse(unanswered);
            } else if (answer.session() == files.state().session()) {
                dialogue.decided(answer);
            }
            changed.signalAll();
        } catch (IOException e) {
            dialogue.trouble(e);
        } finally {
            lock.unlock();
        }
    }

    // ---- What the collector asks ----------------------------------------------------------------------------------

    /// Says what to do next.
    ///
    /// @param items what was read from the log and not dealt with, in order; durable
    /// @param position everything before this place was dealt with
    /// @param logEnd end of the log
    /// @param held events that are held over
    /// @param done the last ended session that was noted as done
    public PairTurn turn(List<PairItem> items, LogPosition position, LogPosition logEnd, long held, long done) {
        lock.lock();
        try {
            heldEvents = held;
            progress.sees(items);
            PairState state = files.state();
            if (!state.settled()) {
                // What goes into the log now still belongs to the session, and has to be met before that is settled.
                return appending ? new PairTurn.Wait() : aftermath.turn(items, position, logEnd, done);
            }
            if (state.session() == 0) {
                return alone.turn(items, position, replayFloor, held, dialogue, nanos.getAsLong());
            }
            PairSender to = dialogue.linked();
            PairTurn next = state.keeper() ? keeper.turn(items, position, replayFloor, to) : helper.turn(items, to);
            progress.goesOn(items, next);
            return next;
        } finally {
            lock.unlock();
        }
    }

    /// Takes what is held, after [PairTurn.Snapshot].
    ///
    /// @param at the place in the log up to which it is
    /// @param receivedTo up to where what the other one received is part of it
    /// @param held the state
    public void snapshot(LogPosition at, @Nullable LogPosition receivedTo, byte[] held) {
        lock.lock();
        try {
            PairSender to = dialogue.linked();
            if (to != null && files.state().keeper()) {
                keeper.snapshot(to, at, receivedTo, held);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is held and everything so far is saved, after [PairTurn.Yield].
    public void yielded() {
        lock.lock();
        try {
            if (dialogue.isOffered() && files.state().session() == 0) {
                dialogue.accept();
            }
        } catch (IOException e) {
            dialogue.trouble(e);
        } finally {
            lock.unlock();
        }
    }

    /// Everything that an ended session left to do is done and saved, after [PairTurn.Settle].
    public void settled() {
        lock.lock();
        try {
            if (!files.state().settled()) {
                files.write(files.state().settle());
                files.deleteReplica();
                aftermath.reset();
            }
        } catch (IOException e) {
            dialogue.trouble(e);
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the other one, or the witness, changes something.
    @SuppressWarnings("WaitNotInLoop") // the caller looks and asks again in any case
    public void await(Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            changed.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            lock.unlock();
        }
    }

    /// Asks the other one to take over now: this one stops. Go on with turns until it is not bound any
    /// more.
    public void leave() {
        lock.lock();
        try {
            dialogue.leave();
        } finally {
            lock.unlock();
        }
    }

    /// True while a session binds it that the other one can end now.
    public boolean isBound() {
        lock.lock();
        try {
            PairState state = files.state();
            return (state.session() != 0 && dialogue.link() != null) || !state.settled();
        } finally {
            lock.unlock();
        }
    }

    /// How it stands.
    public PairFigures figures() {
        lock.lock();
        try {
            PairSender to = dialogue.link();
            String standing = standing();
            String refusal = dialogue.refusal();
            return new PairFigures(
                    standing,
                    to == null ? "" : to.peer(),
                    refusal.isEmpty() ? PairFigures.detail(standing, witness.name()) : refusal,
                    dialogue.takeovers(),
                    dialogue.dropped(),
                    alone.splitEvents(),
                    keeper.replicatedRecords(),
                    helper.forwardedRecords(),
                    helper.replica().bytes(),
                    progress.waitingRecords(),
                    progress.waitingSinceMillis(),
                    progress.replicatedUntilMillis());
        } finally {
            lock.unlock();
        }
    }

    private String standing() {
        PairState state = files.state();
        if (state.session() != 0) {
            return dialogue.linked() == null ? "deciding" : state.keeper() ? "keeper" : "helper";
        }
        if (!dialogue.refusal().isEmpty()) {
            return "refused";
        }
        return dialogue.link() == null && alone.isLooking(nanos.getAsLong()) ? "looking" : "alone";
    }
}
