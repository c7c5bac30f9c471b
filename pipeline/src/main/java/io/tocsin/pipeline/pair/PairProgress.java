package io.tocsin.pipeline.pair;

import java.util.List;

/// How far the two of a pair have come with what one of them reads from its log.
///
/// Thread-safety: that of the member.
final class PairProgress {
    private int waitingRecords;
    private long waitingSinceMillis;
    private long replicatedUntilMillis;

    /// @param items what was read and not dealt with
    void sees(List<PairItem> items) {
        waitingRecords = items.size();
        waitingSinceMillis = items.isEmpty() ? 0 : items.getFirst().entry().appendedAtMillis();
    }

    /// Tells what is done next in a session: a record is dealt with there only when both have it.
    void goesOn(List<PairItem> items, PairTurn next) {
        int count = switch (next) {
            case PairTurn.Proceed(int proceeding) -> proceeding;
            case PairTurn.Skip(int skipped) -> skipped;
            default -> 0;
        };
        if (count > 0) {
            replicatedUntilMillis = items.get(count - 1).entry().appendedAtMillis();
        }
    }

    /// Records that were read and not dealt with.
    int waitingRecords() {
        return waitingRecords;
    }

    /// When the oldest of them was received, milliseconds since the epoch; 0 when there is none.
    long waitingSinceMillis() {
        return waitingSinceMillis;
    }

    /// When the newest record was received that both have, milliseconds since the epoch; 0: none since the start.
    long replicatedUntilMillis() {
        return replicatedUntilMillis;
    }
}
