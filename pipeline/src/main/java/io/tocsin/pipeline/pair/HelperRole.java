package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The helper's part in a session: the keeper gets what it receives, and it has a replica of what the
/// keeper holds. It passes over its own records when they are part of that.
///
/// Thread-safety: that of the member.
final class HelperRole {
    private final long limitBytes;
    private PairReplica replica;
    private @Nullable LogPosition forwarded;
    private long forwardedRecords;
    /// True when it is certain that the keeper has dealt with nothing that was sent to it.
    private boolean untouched;

    /// @param replica what an earlier process was about to take over
    /// @param limitBytes of memory for what the keeper holds
    HelperRole(PairReplica replica, long limitBytes) {
        this.replica = replica;
        this.limitBytes = limitBytes;
    }

    /// A session begins.
    void begin() {
        forget();
        forwarded = null;
        untouched = true;
    }

    /// The other one is not bound to the session, so it never kept anything in it.
    void unknownToKeeper() {
        untouched = true;
    }

    /// True when it knows what it has to deal with itself if the session becomes its own. One that was
    /// started anew and has no replica does not: the keeper may have dealt with what it had sent.
    boolean mayTakeOver() {
        return untouched || replica.reached() != null;
    }

    /// A session is taken up again.
    ///
    /// @param reached up to where the keeper has what was sent to it
    void resume(@Nullable LogPosition reached) {
        replica.cut();
        forwarded = reached;
        // A keeper that was started anew deals with what it had read before the replica is there.
        untouched = false;
    }

    /// The session has ended: what is to be taken over is on disk.
    void forget() {
        replica = new PairReplica(limitBytes);
        untouched = false;
    }

    PairReplica replica() {
        return replica;
    }

    long forwardedRecords() {
        return forwardedRecords;
    }

    /// Says what to do next.
    ///
    /// @param items what was read and not dealt with
    /// @param to the keeper; null while it is not heard
    PairTurn turn(List<PairItem> items, @Nullable PairSender to) {
        if (to != null) {
            for (PairItem item : items) {
                if (forwarded == null || item.end().compareTo(forwarded) > 0) {
                    to.send(new PairMessage.Forward(item.end(), item.entry().payload()));
                    forwarded = item.end();
                    forwardedRecords++;
                }
            }
        }
        int count = PairItem.countUpTo(items, replica.received());
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Skip(count);
    }
}
