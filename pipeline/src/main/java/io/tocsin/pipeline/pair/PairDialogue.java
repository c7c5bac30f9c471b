package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What the two of a pair say to each other, and the sessions that begin and end by it.
///
/// Thread-safety: that of the member.
final class PairDialogue {
    private static final System.Logger LOGGER = System.getLogger(PairDialogue.class.getName());
    private static final int BEATS_PER_TIMEOUT = 8;

    private final PairFiles files;
    private final KeeperRole keeper;
    private final HelperRole helper;
    private final PairAftermath aftermath;
    private final LongSupplier numbers;
    private final Duration timeout;

    private @Nullable PairSender link;
    /// True while both are bound to the same session and hear each other.
    private boolean linked;
    private long heardNanos;
    private long beatNanos;
    private long proposal;
    /// True when the proposal is its own.
    private boolean proposed;
    private boolean giveOutAsked;
    /// Up to where this keeper has what the helper received.
    private @Nullable LogPosition lastReceived;
    private boolean leaving;
    /// True while the keeper waits to be followed, but this helper has no replica yet.
    private boolean leaveAsked;
    private String refusal = "";
    private long takeovers;
    private long dropped;

    /// @param numbers for sessions, never 0
    /// @param timeout silence after which a connection is given up
    PairDialogue(
            PairFiles files,
            KeeperRole keeper,
            HelperRole helper,
            PairAftermath aftermath,
            LongSupplier numbers,
            Duration timeout) {
        this.files = files;
        this.keeper = keeper;
        this.helper = helper;
        this.aftermath = aftermath;
        this.numbers = numbers;
        this.timeout = timeout;
    }

    // ---- How it stands --------------------------------------------------------------------------------------------

    /// The other one, when it can be told something; null when there is no connection.
    @Nullable
    PairSender link() {
        return link;
    }

    /// The other one, when both are bound to the same session and hear each other; else null.
    @Nullable
    PairSender linked() {
        return linked ? link : null;
    }

    boolean isLink(PairSender from) {
        return from.equals(link);
    }

    /// When the other one was heard last.
    long heardNanos() {
        return heardNanos;
    }

    void heard(long atNanos) {
        heardNanos = atNanos;
    }

    /// Why no pair can be made of the two, or what is in the way of a session's end; else empty.
    String refusal() {
        return refusal;
    }

    void refuse(String reason) {
        refusal = reason;
    }

    boolean isLeaving() {
        return leaving;
    }

    /// How often it took over what the other one held.
    long takeovers() {
        return takeovers;
    }

    /// How often it forgot what it held, because the other one had taken it over.
    long dropped() {
        return dropped;
    }

    /// True when the other one offers to keep the groups.
    boolean isOffered() {
        return link != null && proposal != 0 && !proposed;
    }

    /// True for the first time that it is asked about an offer.
    boolean asksToGiveOut() {
        boolean first = !giveOutAsked;
        giveOutAsked = true;
        return first;
    }

    /// True when the other one is not there and nothing speaks against its coming.
    boolean isMissing() {
        return link == null && !leaving && refusal.isEmpty();
    }

    private boolean isHelper() {
        PairState state = files.state();
        return linked && state.session() != 0 && !state.keeper() && !state.doomed();
    }

    // ---- What both say --------------------------------------------------------------------------------------------

    /// What this one says of itself.
    ///
    /// @param parts hashes of the configuration
    PairMessage.Hello hello(boolean listens, Map<String, String> parts, long heldEvents) {
        PairState state = files.state();
        return new PairMessage.Hello(
                files.collector(),
                state.node(),
                listens,
                parts,
                state.session(),
                state.keeper(),
                state.doomed(),
                state.settled(),
                state.ended(),
                heldEvents,
                reached());
    }

    /// Up to where it has what the other one has told it, a place in the other one's log.
    @Nullable
    LogPosition reached() {
        return files.state().keeper() ? lastReceived : helper.replica().reached();
    }

    /// A connection is there and both have said who they are.
    ///
    /// @param mine what this one had said
    /// @return false when no pair can be made of the two
    /// @throws IOException when the state was not written
    boolean connected(PairSender to, PairMessage.Hello mine, PairMessage.Hello his, long nowNanos) throws IOException {
        if (link != null) {
            link.close("another connection took its place");
            drop();
        }
        refusal = PairGreeting.reasonToRefuse(mine, his);
        if (!refusal.isEmpty()) {
            to.send(new PairMessage.Refusal(refusal));
            to.close(refusal);
            return false;
        }
        heardNanos = nowNanos;
        link = to;
        PairState state = files.state();
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
                if (his.session() != state.session()) {
                    helper.unknownToKeeper();
                }
                doom();
                close("the witness decides");
            }
        } else if (his.session() != 0 || !state.settled() || !his.settled()) {
            close("a session has to end first");
        } else if (PairGreeting.isKeeper(mine, his)) {
            proposal = numbers.getAsLong();
            proposed = true;
            to.send(new PairMessage.Proposal(proposal));
        }
        return true;
    }

    private void resume(PairMessage.Hello his) {
        linked = true;
        if (files.state().keeper()) {
            keeper.resume(his.reached());
        } else {
            helper.resume(his.reached());
        }
    }

    /// The other one speaks, all but what it forwards.
    ///
    /// @param from the [#link]
    /// @throws IOException when it says what cannot be
    void received(PairSender from, PairMessage message, long nowNanos) throws IOException {
        heardNanos = nowNanos;
        PairState state = files.state();
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
            case PairMessage.Acceptance(long session) -> accepted(session);
            case PairMessage.Snapshot piece -> {
                if (isHelper() && helper.replica().snapshot(piece)) {
                    from.send(new PairMessage.Confirmation(piece.position()));
                    if (leaveAsked) {
                        leaveAsked = false;
                        doom();
                    }
                }
            }
            case PairMessage.Entry entry -> {
                if (isHelper()) {
                    helper.replica().entry(entry);
                    from.send(new PairMessage.Confirmation(entry.position()));
                }
            }
            case PairMessage.Confirmation(LogPosition position) -> {
                if (linked && state.keeper()) {
                    keeper.confirm(position);
                }
            }
            case PairMessage.Leave() -> {
                // Without a replica this helper does not know what the keeper has dealt with: first that.
                leaveAsked = isHelper() && helper.replica().reached() == null;
                if (state.session() != 0 && !leaveAsked) {
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
    }

    private void accepted(long session) throws IOException {
        if (session == proposal && proposed && files.state().session() == 0) {
            files.write(files.state().bound(session, true));
            proposal = 0;
            linked = true;
            lastReceived = null;
            keeper.begin();
        } else {
            close("it accepts what was not offered");
        }
    }

    /// Accepts what [#isOffered].
    ///
    /// @throws IOException when the state was not written
    void accept() throws IOException {
        PairSender to = link;
        if (to == null) {
            return;
        }
        files.deleteReplica();
        files.write(files.state().bound(proposal, false));
        helper.begin();
        linked = true;
        to.send(new PairMessage.Acceptance(proposal));
        proposal = 0;
        giveOutAsked = false;
    }

    /// True when this keeper takes what the helper forwards up to this place.
    boolean takes(PairSender from, LogPosition position) {
        PairState state = files.state();
        boolean known = lastReceived != null && lastReceived.compareTo(position) >= 0;
        return isLink(from) && linked && state.keeper() && !state.doomed() && !known;
    }

    /// Everything that the helper received before this place is in the own log.
    void took(@Nullable LogPosition position) {
        lastReceived = position;
    }

    /// Tells the other one that this one stops.
    void leave() {
        leaving = true;
        PairSender to = linked();
        if (to != null) {
            to.send(new PairMessage.Leave());
        }
    }

    /// Tells the other one that this one lives, and gives the connection up when that one is silent.
    void beat(long nowNanos) {
        PairSender open = link;
        if (open != null) {
            if (nowNanos - heardNanos >= timeout.toNanos()) {
                close("it is silent");
            } else if (nowNanos - beatNanos >= timeout.toNanos() / BEATS_PER_TIMEOUT) {
                beatNanos = nowNanos;
                open.send(new PairMessage.Beat());
            }
        }
    }

    // ---- The end --------------------------------------------------------------------------------------------------

    /// From now on only the witness ends the session.
    void doom() throws IOException {
        files.write(files.state().doom());
        linked = false;
    }

    /// The witness has said how the session ends.
    void decided(PairMessage.Ending answer) throws IOException {
        refusal = "";
        end(answer);
        PairSender open = link;
        if (open != null) {
            open.send(new PairMessage.Ended(answer));
            close("a session ended");
        }
    }

    private void end(PairMessage.Ending ending) throws IOException {
        PairState state = files.state();
        boolean won = ending.winner() == state.node();
        LogPosition skipTo = state.keeper() ? null : won ? helper.replica().received() : ending.reached();
        if (!state.keeper() && won) {
            files.writeReplica(helper.replica());
        }
        if (!won) {
            files.deleteReplica();
        }
        LOGGER.log(
                System.Logger.Level.INFO,
                "a session of a pair ended [collector={0}, was={1}, what is held={2}]",
                files.collector(),
                state.keeper() ? "keeper" : "helper",
                won ? "here" : "at the other one");
        if (won && !state.keeper()) {
            takeovers++;
        } else if (!won && state.keeper()) {
            dropped++;
        }
        files.write(state.end(ending, skipTo));
        helper.forget();
        linked = false;
        aftermath.reset();
    }

    /// The state was not written: both begin again with what is on disk.
    void trouble(IOException reason) {
        files.notWritten(reason);
        close("the state was not written");
    }

    private void close(String why) {
        PairSender open = link;
        drop();
        if (open != null) {
            open.close(why);
        }
    }

    /// The connection has ended.
    void drop() {
        link = null;
        linked = false;
        proposal = 0;
        proposed = false;
        giveOutAsked = false;
        leaveAsked = false;
    }
}
