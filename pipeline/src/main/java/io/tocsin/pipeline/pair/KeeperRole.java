package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keeper's part in a session: the helper gets what it holds once, then everything that it reads,
/// and it deals with that when the helper has confirmed it.
///
/// Thread-safety: that of the member.
final class KeeperRole {
    private static final int PIECE_BYTES = 1 << 20;
    private static final long LEAST_BEHIND_BYTES = 8L << 20;

    /// False when it is certain that the helper has nothing.
    private boolean mayHaveReplica = true;
    private @Nullable LogPosition confirmed;
    private @Nullable LogPosition sent;
    private long sentBytes;
    private long snapshotBytes;
    private long replicatedRecords;

    /// A session begins.
    void begin() {
        confirmed = null;
        sent = null;
        mayHaveReplica = false;
    }

    /// A session is taken up again.
    ///
    /// @param reached up to where the helper has a replica; null: it has none
    void resume(@Nullable LogPosition reached) {
        confirmed = reached;
        sent = reached;
        mayHaveReplica = reached != null;
    }

    /// The helper has everything up to this place.
    void confirm(LogPosition position) {
        if (confirmed == null || confirmed.compareTo(position) < 0) {
            confirmed = position;
        }
    }

    long replicatedRecords() {
        return replicatedRecords;
    }

    /// Says what to do next.
    ///
    /// @param items what was read and not dealt with
    /// @param position everything before this place was dealt with
    /// @param replayFloor before this place an earlier process has read
    /// @param to the helper; null while it is not heard
    PairTurn turn(List<PairItem> items, LogPosition position, LogPosition replayFloor, @Nullable PairSender to) {
        if (to != null) {
            if (!mayHaveReplica) {
                if (position.compareTo(replayFloor) >= 0) {
                    return new PairTurn.Snapshot();
                }
                // The other one has nothing and can take nothing over: this is what was read before already.
                int before = PairItem.countUpTo(items, replayFloor);
                return before == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(before);
            }
            boolean dealt =
                    items.isEmpty() || sent == null || items.getFirst().end().compareTo(sent) > 0;
            if (dealt && sentBytes > Math.max(LEAST_BEHIND_BYTES, 2 * snapshotBytes)) {
                return new PairTurn.Snapshot();
            }
            replicate(items, to);
        }
        int count = PairItem.countUpTo(items, confirmed);
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(count);
    }

    private void replicate(List<PairItem> items, PairSender to) {
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

    /// Sends what is held.
    ///
    /// @param at the place in the log up to which it is
    /// @param receivedTo up to where what the helper received is part of it
    void snapshot(PairSender to, LogPosition at, @Nullable LogPosition receivedTo, byte[] held) {
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
    }
}
