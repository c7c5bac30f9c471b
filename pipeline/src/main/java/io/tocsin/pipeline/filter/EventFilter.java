package io.tocsin.pipeline.filter;

import io.tocsin.event.Event;
import io.tocsin.expression.CompiledCondition;

/// Decides which events of a collector go on.
///
/// Thread-safety: one thread at a time, as its condition; one per lane.
public final class EventFilter {
    /// What happens to events that the condition fits.
    public enum Mode {
        /// They go on, all others are dropped.
        KEEP,
        /// They are dropped, all others go on.
        DROP
    }

    private final Mode mode;
    private final CompiledCondition condition;

    EventFilter(Mode mode, CompiledCondition condition) {
        this.mode = mode;
        this.condition = condition;
    }

    /// True when the event goes on.
    public boolean keeps(Event event) {
        return condition.test(event) == (mode == Mode.KEEP);
    }
}
