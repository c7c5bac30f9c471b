package io.tocsin.pipeline.enrich;

import io.tocsin.pipeline.stage.OpenEvent;

/// The part of an enrichment that works on the events of one lane.
///
/// Thread-safety: one thread at a time.
@FunctionalInterface
public interface EnrichmentStep {
    /// Writes what it knows to the event. Counts hits, misses and errors itself.
    ///
    /// @return false when an answer is on its way: [#finish] will be called once for this event
    boolean apply(OpenEvent event);

    /// True when [#apply] may have to wait for an answer.
    default boolean isSlow() {
        return false;
    }

    /// Asks for what the event will need, without using it, because it waits for another answer first.
    default void ask(OpenEvent event) {}

    /// Waits for the answers that were asked for.
    ///
    /// @param deadlineNanos by [System#nanoTime()]
    default void await(long deadlineNanos) throws InterruptedException {}

    /// Writes what came; waits until the deadline for what is still on its way, then marks the event and lets it go
    /// on without.
    default void finish(OpenEvent event, long deadlineNanos) throws InterruptedException {}
}
