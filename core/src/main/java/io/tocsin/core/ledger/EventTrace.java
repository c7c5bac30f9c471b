package io.tocsin.core.ledger;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer to "where is this event".
///
/// @param status where it is
/// @param explanation a sentence for people
/// @param hops its way, in order
record EventTrace(String id, Status status, String explanation, List<Hop> hops) {
    EventTrace {
        hops = List.copyOf(hops);
    }

    /// Where an event is.
    enum Status {
        /// In storage: it can be searched.
        STORED("stored"),
        /// In a log on its way to storage.
        IN_FLIGHT("in-flight"),
        /// Its delivery was refused for good and put aside.
        DEAD_LETTER("dead-letter"),
        UNKNOWN("unknown");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        @JsonValue
        String text() {
            return text;
        }
    }

    /// A step of the way.
    ///
    /// @param hop `received`, `passed` by a later collector, `logged`, `stored`, `dead-letter`, or the name of
    ///     a consumer of the log
    /// @param where which service, log or file
    /// @param time epoch ms, null when it is not known
    /// @param done false: it waits for this step
    record Hop(String hop, String where, @Nullable Long time, boolean done) {}
}
