package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;

/// Counts what a rule tells for each second of event time, and what it does not because that would be too much. Hits
/// come in the order of time.
///
/// Thread-safety: one thread.
final class RateLimit {
    private static final long SECOND_MILLIS = 1_000;

    private final int limit;
    private long second = Long.MIN_VALUE;
    private int told;
    private int unreported;
    private long suppressed;

    /// @param limit most hits told for a second; 0 for no limit
    RateLimit(int limit) {
        this.limit = limit;
    }

    /// Counts a hit.
    ///
    /// @return true when it is to be told
    boolean allows(long millis) {
        if (limit == 0) {
            return true;
        }
        long now = Math.floorDiv(millis, SECOND_MILLIS);
        if (now > second) {
            second = now;
            told = 0;
        }
        if (told < limit) {
            told++;
            return true;
        }
        suppressed++;
        unreported++;
        return false;
    }

    int limit() {
        return limit;
    }

    /// When what was suppressed is to be reported: at the end of its second; [Long#MAX_VALUE] for nothing.
    long dueMillis() {
        return unreported == 0 ? Long.MAX_VALUE : (second + 1) * SECOND_MILLIS;
    }

    /// Number of hits suppressed since the last report.
    int report() {
        int count = unreported;
        unreported = 0;
        return count;
    }

    /// Hits suppressed since the beginning.
    long suppressed() {
        return suppressed;
    }

    void write(StateWriter out) {
        out.number(second);
        out.count(told);
        out.count(unreported);
        out.count(suppressed);
    }

    void read(StateReader in) {
        second = in.number();
        told = in.smallCount();
        unreported = in.smallCount();
        suppressed = in.count();
    }
}
