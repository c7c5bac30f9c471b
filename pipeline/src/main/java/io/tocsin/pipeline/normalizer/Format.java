package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;

/// Takes a text apart and hands the parts to a [FieldWriter]. One file per format; [Formats] lists them.
///
/// Implementations read the text where it lies (`event.arena()`), do no IO, know no clock, never throw on any text
/// and do an amount of work that is bounded by the length of the text.
///
/// Thread-safety: one thread.
interface Format {
    /// @param offset where the text begins in the event's arena
    Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer);

    /// Forgets what texts of a stream said about those behind them: from now on, it is another one.
    default void streamBegins(EntryOrigin origin) {}

    /// What became of a text.
    enum Outcome {
        /// The parts are written.
        UNDERSTOOD,
        /// The text is of this format but damaged: what could be read is written, the reason is noted.
        BROKEN,
        /// The text is not of this format: nothing was written.
        FOREIGN,
        /// The text is of this format and no event, such as a header: the reason is noted ([ParseNotes#skip]).
        SKIPPED
    }
}
