package io.tocsin.pipeline.filter;

import io.tocsin.expression.CompiledCondition;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;

/// Decides which events of a collector go on.
///
/// Thread-safety: one thread at a time, as its condition; one per lane.
public final class EventFilter implements Stage {
    /// What happens to events that the condition fits.
    public enum Mode {
        /// They go on, all others are dropped.
        KEEP,
        /// They are dropped, all others go on.
        DROP
    }

    private static final Outcome NOT_KEPT = Outcome.filtered("not kept");
    private static final Outcome DROPPED = Outcome.filtered("dropped");

    private final boolean keep;
    private final CompiledCondition condition;

    EventFilter(Mode mode, CompiledCondition condition) {
        this.keep = mode == Mode.KEEP;
        this.condition = condition;
    }

    @Override
    public Outcome process(OpenEvent event) {
        if (condition.test(event.read()) == keep) {
            return Outcome.PASS;
        }
        return keep ? NOT_KEPT : DROPPED;
    }
}
