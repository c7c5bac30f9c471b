package io.tocsin.pipeline.transport.log;

import java.util.HashSet;
import java.util.Set;

/// The counters of one open log.
///
/// Thread-safety: guarded by the log's lock.
final class LogCounters {
    /// Gaps remembered so that each is counted once although several consumers come across it.
    private static final int MAX_REMEMBERED_GAPS = 100_000;

    long appendedRecords;
    long appendedEvents;
    long appendedBytes;
    long syncs;
    long syncFailures;
    long fullWaits;
    long cutBytes;
    int damagedCursors;

    /// What consumers lost to limits.
    long letGoRecords;

    long letGoEvents;
    private long lostRecords;
    private long lostEvents;
    private final Set<LogPosition> gaps = new HashSet<>();

    /// Counts a gap between two places unless it is known.
    ///
    /// @return true when it is new
    boolean addGap(LogPosition from, LogPosition to) {
        if (gaps.size() < MAX_REMEMBERED_GAPS && !gaps.add(from)) {
            return false;
        }
        lostRecords += Math.max(0, to.recordIndex() - from.recordIndex());
        lostEvents += Math.max(0, to.sequence() - from.sequence());
        return true;
    }

    long lostRecords() {
        return lostRecords;
    }

    long lostEvents() {
        return lostEvents;
    }
}
