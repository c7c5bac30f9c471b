package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an ended session leaves to do: to forget or to take over what was held, and to part what lies
/// in the log between the two.
///
/// Thread-safety: that of the member.
final class PairAftermath {
    private final PairFiles files;
    /// What lies before this place in the log is of the ended session.
    private @Nullable LogPosition settleAt;

    PairAftermath(PairFiles files) {
        this.files = files;
    }

    /// A session ended, or one that ended is settled.
    void reset() {
        settleAt = null;
    }

    /// Says what to do next.
    ///
    /// @param items what was read and not dealt with
    /// @param position everything before this place was dealt with
    /// @param done the last ended session that was noted as done
    PairTurn turn(List<PairItem> items, LogPosition position, LogPosition logEnd, long done) {
        PairState state = files.state();
        PairMessage.Ending ended = state.ended();
        if (ended == null) {
            return new PairTurn.Settle();
        }
        boolean lostKeeper = state.wasKeeper() && !state.won();
        if (done != ended.session()) {
            return handOver(ended, lostKeeper, items, position, logEnd);
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

    private PairTurn handOver(
            PairMessage.Ending ended,
            boolean lostKeeper,
            List<PairItem> items,
            LogPosition position,
            LogPosition logEnd) {
        LogPosition reached = ended.reached();
        if (lostKeeper && reached != null) {
            int before = PairItem.countUpTo(items, reached);
            if (before > 0) {
                return new PairTurn.Proceed(before);
            }
            if (items.isEmpty() && position.compareTo(reached) < 0 && position.compareTo(logEnd) < 0) {
                return new PairTurn.Wait();
            }
            return new PairTurn.Drop(ended.session());
        }
        PairState state = files.state();
        return !state.wasKeeper() && state.won() && files.hasReplica()
                ? new PairTurn.Install(ended.session(), files.replicaFile())
                : new PairTurn.Note(ended.session());
    }

    private boolean isSkipped(PairItem item, boolean lostKeeper) {
        if (item.received() != null) {
            return lostKeeper;
        }
        LogPosition skipTo = files.state().skipTo();
        return skipTo != null && item.end().compareTo(skipTo) <= 0;
    }
}
