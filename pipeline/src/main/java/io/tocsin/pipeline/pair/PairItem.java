package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.util.List;
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

    /// How many of the first items end at this place or before it.
    static int countUpTo(List<PairItem> items, @Nullable LogPosition end) {
        int count = 0;
        while (end != null && count < items.size() && items.get(count).end().compareTo(end) <= 0) {
            count++;
        }
        return count;
    }
}
