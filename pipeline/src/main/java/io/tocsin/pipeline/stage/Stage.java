package io.tocsin.pipeline.stage;

/// One step of the way of an event behind the normalizer. It sees the event while it is still open, may change its
/// fields, and says whether it goes on.
///
/// ## Slow lookups
///
/// A stage that asks somebody (a name server, a directory) must never wait inside [#process]. It says so by
/// [#mayWait()], starts the lookup in the background and answers [Outcome#WAITING] for events whose answer is not at
/// hand. Such a stage, and all behind it, work on sealed batches in a thread of their own, so the source is not held
/// up: all events of a batch are processed first, then the collector calls [#await] once, then [#finish] for each
/// event that waits, in order. `finish` takes the answer if it came, else it marks the event and lets it go on.
///
/// Pitfalls: an event that waits is closed and opened again before `finish`; keep no cursor, slots or offsets from
/// `process`. Key what you remember by the value that you look up, not by the event.
///
/// Thread-safety: one thread at a time; one instance per lane. What lanes share belongs into [OpenStage].
public interface Stage {
    /// Looks at the open event. An exception costs nothing but this step: the event goes on as it is, and the error
    /// is counted.
    Outcome process(OpenEvent event);

    /// True when [#process] may answer [Outcome#WAITING].
    default boolean mayWait() {
        return false;
    }

    /// Waits until everything that was looked up is answered, or the stage's own time limit is over.
    default void await() throws InterruptedException {}

    /// Finishes an event for which [#process] answered [Outcome#WAITING]; must not answer that again.
    default Outcome finish(OpenEvent event) {
        return Outcome.PASS;
    }
}
