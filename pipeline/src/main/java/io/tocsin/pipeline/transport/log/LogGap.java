package io.tocsin.pipeline.transport.log;

import org.jspecify.annotations.Nullable;

/// A stretch of the log that cannot be read: what a reader passed over between two sound records.
///
/// @param from place before the first record that is missing
/// @param to place before the next one that is there
/// @param aboutMillis when they were appended, as far as what lies around them tells; epoch milliseconds, 0 when
///     nothing does
/// @param remains payload of the only record of the stretch as it stands there, damaged somewhere; null when the
///     stretch is longer, or nothing is left of it
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record LogGap(LogPosition from, LogPosition to, long aboutMillis, byte @Nullable [] remains) {
    /// Events that the stretch held. A record without events counts as one, so it may be fewer.
    public long events() {
        return Math.max(0, to.sequence() - from.sequence());
    }
}
