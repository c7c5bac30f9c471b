package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.List;

/// The part of one that no session binds: it looks for the other one for a while, then goes on by itself; when the
/// other one offers a session, it brings to an end what it holds, so that the session begins with nothing.
///
/// Thread-safety: that of the member.
final class AloneRole {
    private long looksUntilNanos;
    private long splitEvents;

    /// Begins to wait for the other one.
    void look(long untilNanos) {
        looksUntilNanos = untilNanos;
    }

    boolean isLooking(long nowNanos) {
        return nowNanos < looksUntilNanos;
    }

    /// Events that were given out before their group was whole, because the other one came.
    long splitEvents() {
        return splitEvents;
    }

    /// Says what to do next.
    ///
    /// @param items what was read and not dealt with
    /// @param position everything before this place was dealt with
    /// @param replayFloor before this place an earlier process has read
    /// @param held events that are held over
    PairTurn turn(
            List<PairItem> items,
            LogPosition position,
            LogPosition replayFloor,
            long held,
            PairDialogue dialogue,
            long nowNanos) {
        if (!items.isEmpty() && position.compareTo(replayFloor) < 0) {
            // First what an earlier process may have done already is done again.
            return new PairTurn.Proceed(Math.max(1, PairItem.countUpTo(items, replayFloor)));
        }
        if (dialogue.isOffered()) {
            if (position.compareTo(replayFloor) < 0) {
                return new PairTurn.Wait();
            }
            if (held == 0) {
                return new PairTurn.Yield();
            }
            if (dialogue.asksToGiveOut()) {
                splitEvents += held;
                return new PairTurn.GiveOut();
            }
        } else if (dialogue.isMissing() && isLooking(nowNanos)) {
            // The other one may keep groups already: what is taken up now had to be given out in pieces.
            return new PairTurn.Wait();
        }
        int count = 0;
        while (count < items.size() && (count == 0 || !items.get(count - 1).givesOut())) {
            count++;
        }
        return count == 0 ? new PairTurn.Wait() : new PairTurn.Proceed(count);
    }
}
