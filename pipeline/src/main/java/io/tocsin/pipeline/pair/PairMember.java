package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
/// what the keeper's log has of it and goes on with the rest. Neither goes on before it knows.
///
/// A session that somebody may have claimed is doomed: it is not taken up again, even when the two hear
/// each other.
///
/// Thread-safety: any thread; one thread calls [#turn] and does what it says.
public final class PairMember {
    private static final System.Logger LOGGER = System.getLogger(PairMember.class.getName());
    private static final int PIECE_BYTES = 1 << 20;
    private static final long LEAST_BEHIND_BYTES = 8L << 20;
    private static final int PATIENCE_OF_EMPTY = 10;
    private static final int BEATS_PER_TIMEOUT = 8;
    private static final Duration CLAIM_PAUSE = Duration.ofMillis(300);

    private final String collector;
    private final Path file;
    private final Path replicaFile;
    private final PairOptions options;
    private final Witness witness;
    private final LongSupplier nanos;
    private final LongSupplier random;
    private final Supplier<@Nullable Map<String, String>> parts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private PairState state;
    private @Nullable PairHost host;
    private LogPosition replayFloor = LogPosition.START;
    /// Up to where this keeper has what the helper received.
    private @Nullable LogPosition lastReceived;
    private PairReplica replica;

    private @Nullable PairSender link;
    /// True while both are bound to the same session and hear each other.
    private boolean linked;
    private long heardNanos;
    private long proposal;
    /// True when the proposal is its own.
    private boolean proposed;
    private boolean giveOutAsked;
    private long heldEvents;
    private boolean leaving;

    // Of a keeper.
    private boolean mayHaveReplica = true;
    private @Nullable LogPosition confirmed;
    private @Nullable LogPosition sent;
    private long sentBytes;
    private long snapshotBytes;
    private boolean appending;
    // Of a helper.
    private @Nullable LogPosition forwarded;

    private boolean claiming;
    private long claimedNanos;
    private long beatNanos;
    private @Nullable LogPosition settleAt;
    private String refusal = "";
    private long takeovers;
    private long dropped;
    private long splitEvents;
    private long replicatedRecords;
    private long forwardedRecords;
    private int waitingRecords;
    private long looksUntilNanos;

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
        this.collector = collector;
        this.file = folder.resolve(collector + ".pair");
        this.replicaFile = folder.resolve(collector + ".replica");
        this.options = options;
        this.witness = witness;
        this.parts = parts;
        this.nanos = nanos;
        this.random = random;
        this.replica = new PairReplica(options.replicaLimitBytes());
        this.heardNanos = nanos.getAsLong();
        this.looksUntilNanos = heardNanos + options.timeout().toNanos();
        this.state = load(producer, epoch);
        if (state.session() != 0 && !state.keeper() && state.doomed() && Files.exists(replicaFile)) {
            loadReplica();
        }
    }

    /// What was about to be taken over when the process ended.
    private void loadReplica() {
        try {
            replica = PairReplica.load(replicaFile, state.session(), options.replicaLimitBytes());
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "the replica cannot be read, what the other one holds stays there [path=" + replicaFile + "]",
                    e);
        }
    }

    private PairState load(long producer, int epoch) {
        try {
            PairState found = PairState.read(file);
            if (found != null && found.producer() == producer && found.epoch() == epoch) {
                return found;
            }
            if (found != null) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "the log was made anew, the collector begins as a new one of its pair [collector={0}]",
                        collector);
            }
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "the state of the pair cannot be read and is given up, the file is kept beside [path=" + file + "]",
                    e);
            try {
                Files.move(
                        file,
                        file.resolveSibling(file.getFileName() + ".damaged"),
                        StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException notKept) {
                LOGGER.log(System.Logger.Level.WARNING, "cannot keep the damaged file [path=" + file + "]", notKept);
            }
        }
        return PairState.fresh(nonZero(), producer, epoch);
    }

    private long nonZero() {
        long number = random.getAsLong();
        return number == 0 ? 1 : number;
    }

    /// The collector's name.
    public String collector() {
        return collector;
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
            lastReceived = last;
            heardNanos = nanos.getAsLong();
            looksUntilNanos = heardNanos + options.timeout().toNanos();
        } finally {
            lock.unlock();
        }
    }

    /// The session that binds it, 0: none.
    public long session() {
        lock.lock();
        try {
            return state.session();
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
            if (host == null || known == null || leaving || claiming) {
                return null;
            }
            return new PairMessage.Hello(
                    collector,
                    state.node(),
                    options.listen() != null,
                    known,
                    state.session(),
                    state.keeper(),
                    state.doomed(),
                    state.settled(),
                    state.ended(),
                    heldEvents,
                    state.keeper() ? lastReceived : replica.reached());
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
            if (link != null) {
                link.close("another connection took its place");
                drop();
            }
            String reason = reasonToRefuse(mine, his);
            refusal = reason;
            if (!reason.isEmpty()) {
                to.send(new PairMessage.Refusal(reason));
                to.close(reason);
                return;
            }
            heardNanos = nanos.getAsLong();
            link = to;
            PairMessage.Ending ended = his.ended();
            if (state.session() != mine.session() || state.doomed() != mine.doomed()) {
                close("it changed meanwhile");
            } else if (state.session() != 0) {
                if (ended != null && ended.session() == state.session()) {
                    end(ended);
                    close("a session ended");
                } else if (his.session() == state.session()
                        && his.keeper() != state.keeper()
                        && !his.doomed()
                        && !state.doomed()) {
                    resume(his);
                } else {
                    // The other one knows nothing of it, or has claimed it perhaps.
                    doom();
                    close("the witness decides");
                }
            } else if (his.session() != 0 || !state.settled() || !his.settled()) {
                close("a session has to end first");
            } else if (isKeeper(mine, his)) {
                proposal = nonZero();
                proposed = true;
                to.send(new PairMessage.Proposal(proposal));
            }
            changed.signalAll();
        } catch (IOException e) {
            trouble(e);
        } finally {
            lock.unlock();
        }
    }

    /// No pair can be made of the two.
    void refused(String reason) {
        lock.lock();
        try {
            if (link == null && state.session() == 0) {
                refusal = reason;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private String reasonToRefuse(PairMessage.Hello mine, PairMessage.Hello his) {
        if (his.node() == mine.node()) {
            return "both have the same data folder, or a copy of it";
        }
        if (his.listens() == mine.listens()) {
            return "one of a pair listens, the other one connects";
        }
        TreeSet<String> different = new TreeSet<>(mine.parts().keySet());
        different.addAll(his.parts().keySet());
        different.removeIf(key -> mine.parts().containsKey(key)
                && mine.parts().get(key).equals(his.parts().get(key)));
        return different.isEmpty()
                ? ""
                : "the two are configured differently [collector=" + collector + ", different="
                        + String.join(", ", different) + "]: give them the same resources, see tocsin compare";
    }

    /// Whoever holds more stays the keeper: what the other one holds is given out as it stands.
    private static boolean isKeeper(PairMessage.Hello mine, PairMessage.Hello his) {
        int order = Long.compare(mine.heldEvents(), his.heldEvents());
        return order > 0 || (order == 0 && mine.listens());
    }

    private void resume(PairMessage.Hello his) {
        linked = true;
        if (state.keeper()) {
            confirmed = his.reached();
            sent = his.reached();
            mayHaveReplica = his.reached() != null;
        } else {
            replica.cut();
            forwarded = his.reached();
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
            if (!from.equals(link)) {
                return;
            }
            heardNanos = nanos.getAsLong();
            switch (message) {
                case PairMessage.Beat() -> {}
                case PairMessage.Refusal(String reason) -> {
                    refusal = reason;
                    close(reason);
                }
                case PairMessage.Proposal(long session) -> {
                    if (state.session() == 0 && state.settled() && session != 0) {
                        proposal = session;
                        proposed = false;
                        giveOutAsked = false;
                    }
                }
                case PairMessage.Acceptance(long session) -> {
                    if (session == proposal && proposed && state.session() == 0) {
                        write(state.bound(session, true));
                        proposal = 0;
                        linked = true;
                        lastReceived = null;
                        confirmed = null;
                        sent = null;
                        mayHaveReplica = false;
                    } else {
                        close("it accepts what was not offered");
                    }
                }
                case PairMessage.Snapshot piece -> {
                    if (isHelper() && replica.snapshot(piece)) {
                        from.send(new PairMessage.Confirmation(piece.position()));
                    }
                }
                case PairMessage.Entry entry -> {
                    if (isHelper()) {
                        replica.entry(entry);
                        from.send(new PairMessage.Confirmation(entry.position()));
                    }
                }
                case PairMessage.Confirmation(LogPosition position) -> {
                    if (linked && state.keeper() && (confirmed == null || confirmed.compareTo(position) < 0)) {
                        confirmed = position;
                    }
                }
                case PairMessage.Leave() -> {
                    if (state.session() != 0) {
                        doom();
                    }
                }
                case PairMessage.Ended(PairMessage.Ending ending) -> {
                    if (ending.session() == state.session()) {
                        end(ending);
                    }
                    if (!leaving) {
                        close("a session ended");
                    }
                }
                case PairMessage.Hello _, PairMessage.Forward _ -> throw new IOException("nobody says this here");
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isHelper() {
        return linked && state.session() != 0 && !state.keeper() && !state.doomed();
    }

    /// What the other one received goes into the own log. That may take long, so the lock is free
    /// meanwhile; a claim waits for it.
    private void append(PairSender from, PairMessage.Forward forward) throws IOException {
        PairHost to;
        lock.lock();
        try {
            heardNanos = from.equals(link) ? nanos.getAsLong() : heardNanos;
            to = host;
            boolean known = lastReceived != null && lastReceived.compareTo(forward.position()) >= 0;
            if (to == null || !from.equals(link) || !linked || !state.keeper() || state.doomed() || known) {
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
                    lastReceived = forward.position();
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
            if (from.equals(link)) {
                drop();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void close(String why) {
        PairSender open = link;
        drop();
        if (open != null) {
            open.close(why);
        }
    }

    private void drop() {
        link = null;
        linked = false;
        proposal = 0;
        proposed = false;
        giveOutAsked = false;
    }

    // ---- Time -----------------------------------------------------------------------------------------------------

    /// Looks at the clock: call several times within the timeout. May ask the witness and takes as long
    /// as that.
    void tick() throws InterruptedException {
        PairMessage.Ending claim;
        lock.lock();
        try {
            long now = nanos.getAsLong();
            PairSender open = link;
            boolean silent = now - heardNanos >= options.timeout().toNanos();
            if (open != null) {
                if (silent) {
                    close("it is silent");
                } else if (now - beatNanos >= options.timeout().toNanos() / BEATS_PER_TIMEOUT) {
                    beatNanos = now;
                    open.send(new PairMessage.Beat());
                }
            }
            boolean alone = link == null && now - heardNanos >= patienceNanos();
            if (host == null
                    || state.session() == 0
                    || leaving
                    || claiming
                    || appending
                    || !(state.doomed() || alone)
                    || (claimedNanos != 0 && now - claimedNanos < CLAIM_PAUSE.toNanos())) {
                return;
            }
            claiming = true;
            claimedNanos = now;
            if (!state.doomed()) {
                doom();
            }
            if (!state.keeper() && replica.reached() != null && !Files.exists(replicaFile)) {
                replica.write(replicaFile, state.session());
            }
            claim = new PairMessage.Ending(
                    state.session(), state.node(), state.keeper() ? lastReceived : replica.reached());
        } catch (IOException e) {
            claiming = false;
            trouble(e);
            return;
        } finally {
            lock.unlock();
        }
        ask(claim);
    }

    /// A helper that was started anew has no replica and nothing to take over; and it may not know how
    /// far the keeper has dealt with what it sent. It gives the keeper, which may be starting as well,
    /// more time to tell.
    private long patienceNanos() {
        boolean empty = !state.keeper() && replica.reached() == null;
        return options.timeout().toNanos() * (empty ? PATIENCE_OF_EMPTY : 1);
    }

    private void ask(PairMessage.Ending claim) throws InterruptedException {
        PairMessage.Ending answer = null;
        try {
            PairHost behind = host;
            if (behind != null) {
                // What this one says that it has, it must have after a loss of power as well.
                behind.sync();
            }
            answer = witness.claim(claim);
        } catch (IOException e) {
            refusal = "the witness cannot be asked, what is held waits [witness=" + witness.name() + ", reason="
                    + e.getMessage() + "]";
        }
        lock.lock();
        try {
            claiming = false;
            if (answer != null && answer.session() == state.session()) {
                refusal = "";
                end(answer);
                PairSender open = link;
                if (open != null) {
                    open.send(new PairMessage.Ended(answer));
                    close("a session ended");
                }
            }
            changed.signalAll();
        } catch (IOException e) {
            trouble(e);
        } finally {
            lock.unlock();
        }
    }

    private void doom() throws IOException {
        write(state.doom());
        linked = false;
    }

    private void end(PairMessage.Ending ending) throws IOException {
        boolean won = ending.winner() == state.node();
        LogPosition skipTo = state.keeper() ? null : won ? replica.received() : ending.reached();
        if (!state.keeper() && won && replica.reached() != null && !Files.exists(replicaFile)) {
            replica.write(replicaFile, state.session());
        }
        if (!won) {
            Files.deleteIfExists(replicaFile);
        }
        LOGGER.log(
                System.Logger.Level.INFO,
                "a session of a pair ended [collector={0}, was={1}, what is held={2}]",
                collector,
                state.keeper() ? "keeper" : "helper",
                won ? "here" : "at the other one");
        if (won && !state.keeper()) {
            takeovers++;
        } else if (!won && state.keeper()) {
            dropped++;
        }
        write(state.end(ending, skipTo));
        replica = new PairReplica(options.replicaLimitBytes());
        linked = false;
        settleAt = null;
    }

    private void write(PairState next) throws IOException {
        next.write(file);
        state = next;
    }

    private void trouble(IOException e) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                "the state of the pair was not written, it is tried again [collector={0}, path={1}, reason={2}]",
                collector,
                file,
                e.getMessage());
        close("the state was not written");
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
            waitingRecords = items.size();
            if (!state.settled()) {
                return afterSession(items, position, logEnd, done);
            }
            if (state.session() == 0) {
                return alone(items, position, held);
            }
            return state.keeper() ? asKeeper(items, position) : asHelper(items);
        } finally {
            lock.unlock();
        }
    }

    private PairTurn alone(List<PairItem> items, LogPosition position, long held) {
        if (!items.isEmpty() && position.compareTo(replayFloor) < 0) {
            // First what an earlier process may have done already is done again.
            return new PairTurn.Proceed(Math.max(1, upTo(items, replayFloor)));
        }
        if (proposal != 0 && link != null && !proposed) {
            if (position.compareTo(replayFloor) < 0) {
                return new PairTurn.Wait();
            }
            if (held == 0) {
                return new PairTurn.Yield();
            }
            if (!giveOutAsked) {
                giveOutAsked = true;
                splitEvents += held;
                return new PairTurn.GiveOut();
            }
        } else if (link == null && !leaving && refusal.isEmpty() && nanos.getAsLong() < looksUntilNanos) {
            // The other one may keep groups already: what is taken up now had to be given out in pieces.
            return new PairTurn.Wait();
        }
        int count = 0;
        while (count < items.size() && (count == 0 || !items.get(count - 1).givesOut())) {
            count++;
        }
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(count);
    }

    private PairTurn afterSession(List<PairItem> items, LogPosition position, LogPosition logEnd, long done) {
        PairMessage.Ending ended = state.ended();
        if (ended == null) {
            return new PairTurn.Settle();
        }
        if (appending) {
            // It still belongs to the session, and has to be met before that is settled.
            return new PairTurn.Wait();
        }
        boolean lostKeeper = state.wasKeeper() && !state.won();
        LogPosition reached = ended.reached();
        if (done != ended.session()) {
            if (lostKeeper && reached != null) {
                int before = upTo(items, reached);
                if (before > 0) {
                    return new PairTurn.Proceed(before);
                }
                if (items.isEmpty() && position.compareTo(reached) < 0 && position.compareTo(logEnd) < 0) {
                    return new PairTurn.Wait();
                }
                return new PairTurn.Drop(ended.session());
            }
            return !state.wasKeeper() && state.won() && Files.exists(replicaFile)
                    ? new PairTurn.Install(ended.session(), replicaFile)
                    : new PairTurn.Note(ended.session());
        }
        if (settleAt == null) {
            settleAt = logEnd;
        }
        if (position.compareTo(settleAt) >= 0) {
            return new PairTurn.Settle();
        }
        int count = 0;
        boolean skip = false;
        for (PairItem item : items) {
            boolean his = isSkipped(item, lostKeeper);
            if (count == 0) {
                skip = his;
            } else if (skip != his) {
                break;
            }
            count++;
        }
        return count == 0 ? new PairTurn.Wait() : skip ? new PairTurn.Skip(count) : new PairTurn.Proceed(count);
    }

    private boolean isSkipped(PairItem item, boolean lostKeeper) {
        if (item.received() != null) {
            return lostKeeper;
        }
        LogPosition skipTo = state.skipTo();
        return skipTo != null && item.end().compareTo(skipTo) <= 0;
    }

    private static int upTo(List<PairItem> items, @Nullable LogPosition end) {
        int count = 0;
        while (end != null && count < items.size() && items.get(count).end().compareTo(end) <= 0) {
            count++;
        }
        return count;
    }

    private PairTurn asKeeper(List<PairItem> items, LogPosition position) {
        PairSender to = link;
        if (linked && to != null) {
            if (!mayHaveReplica) {
                if (position.compareTo(replayFloor) >= 0) {
                    return new PairTurn.Snapshot();
                }
                // The other one has nothing and can take nothing over: this is what was read before already.
                int before = upTo(items, replayFloor);
                return before == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(before);
            }
            boolean dealt =
                    items.isEmpty() || sent == null || items.getFirst().end().compareTo(sent) > 0;
            if (dealt && sentBytes > Math.max(LEAST_BEHIND_BYTES, 2 * snapshotBytes)) {
                return new PairTurn.Snapshot();
            }
            for (PairItem item : items) {
                if (sent == null || item.end().compareTo(sent) > 0) {
                    byte[] batch = item.entry().payload();
                    to.send(new PairMessage.Entry(
                            item.end(), item.received(), item.entry().appendedAtMillis(), batch));
                    sent = item.end();
                    sentBytes += batch.length;
                    replicatedRecords++;
                }
            }
        }
        int count = upTo(items, confirmed);
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(count);
    }

    private PairTurn asHelper(List<PairItem> items) {
        PairSender to = link;
        if (linked && to != null) {
            for (PairItem item : items) {
                if (forwarded == null || item.end().compareTo(forwarded) > 0) {
                    to.send(new PairMessage.Forward(item.end(), item.entry().payload()));
                    forwarded = item.end();
                    forwardedRecords++;
                }
            }
        }
        int count = upTo(items, replica.received());
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Skip(count);
    }

    /// Takes what is held, after [PairTurn.Snapshot].
    ///
    /// @param at the place in the log up to which it is
    /// @param receivedTo up to where what the other one received is part of it
    /// @param held the state
    public void snapshot(LogPosition at, @Nullable LogPosition receivedTo, byte[] held) {
        lock.lock();
        try {
            PairSender to = link;
            if (to == null || !linked || !state.keeper()) {
                return;
            }
            mayHaveReplica = true;
            int from = 0;
            do {
                int length = Math.min(PIECE_BYTES, held.length - from);
                to.send(new PairMessage.Snapshot(
                        at, receivedTo, held.length, Arrays.copyOfRange(held, from, from + length)));
                from += length;
            } while (from < held.length);
            sent = at;
            sentBytes = 0;
            snapshotBytes = held.length;
        } finally {
            lock.unlock();
        }
    }

    /// Nothing is held and everything so far is saved, after [PairTurn.Yield].
    public void yielded() {
        lock.lock();
        try {
            PairSender to = link;
            if (to == null || proposal == 0 || proposed || state.session() != 0) {
                return;
            }
            Files.deleteIfExists(replicaFile);
            write(state.bound(proposal, false));
            replica = new PairReplica(options.replicaLimitBytes());
            forwarded = null;
            linked = true;
            to.send(new PairMessage.Acceptance(proposal));
            proposal = 0;
            giveOutAsked = false;
        } catch (IOException e) {
            trouble(e);
        } finally {
            lock.unlock();
        }
    }

    /// Everything that an ended session left to do is done and saved, after [PairTurn.Settle].
    public void settled() {
        lock.lock();
        try {
            if (!state.settled()) {
                write(state.settle());
                Files.deleteIfExists(replicaFile);
                settleAt = null;
            }
        } catch (IOException e) {
            trouble(e);
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
            leaving = true;
            PairSender to = link;
            if (to != null && linked) {
                to.send(new PairMessage.Leave());
            }
        } finally {
            lock.unlock();
        }
    }

    /// True while a session binds it that the other one can end now.
    public boolean isBound() {
        lock.lock();
        try {
            return (state.session() != 0 && link != null) || !state.settled();
        } finally {
            lock.unlock();
        }
    }

    /// How it stands.
    public PairFigures figures() {
        lock.lock();
        try {
            PairSender to = link;
            return new PairFigures(
                    stateName(),
                    to == null ? "" : to.peer(),
                    detail(),
                    takeovers,
                    dropped,
                    splitEvents,
                    replicatedRecords,
                    forwardedRecords,
                    replica.bytes(),
                    waitingRecords);
        } finally {
            lock.unlock();
        }
    }

    private String stateName() {
        if (state.session() != 0) {
            return linked && link != null ? state.keeper() ? "keeper" : "helper" : "deciding";
        }
        if (!refusal.isEmpty()) {
            return "refused";
        }
        return link == null && nanos.getAsLong() < looksUntilNanos ? "looking" : "alone";
    }

    private String detail() {
        if (!refusal.isEmpty()) {
            return refusal;
        }
        return switch (stateName()) {
            case "keeper" -> "joins and folds what both receive; the other one has a replica";
            case "helper" -> "sends what it receives to the other one and has a replica of what that holds";
            case "deciding" -> "does not hear the other one and waits for the witness [witness=" + witness.name() + "]";
            case "looking" -> "looks for the other one";
            default -> "does not hear the other one and goes on alone";
        };
    }
}
