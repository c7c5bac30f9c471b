package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import org.jspecify.annotations.Nullable;

/// A record of the log that joins a group.
///
/// @param entry as it was read
/// @param received null: this collector received it; else the other one, the place behind it in the
///     other one's log
/// @param givesOut true: it asks to give out what is held
public record PairItem(LogRecord entry, @Nullable LogPosition received, boolean givesOut) {
    LogPosition end() {
        return entry.end();
    }
}
