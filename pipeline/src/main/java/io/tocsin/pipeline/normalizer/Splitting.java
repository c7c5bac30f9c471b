package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import org.jspecify.annotations.Nullable;

/// A format of which one text may hold several events, one after another. What it finds in the text becomes the source
/// text of an event each and is then handed to [Format#parse] of the same format, before the next one is looked for.
///
/// ```
/// open(…); while (next()) { parse(event with the piece) }
/// ```
/// Only the root of a tree splits. What stands between the pieces must say nothing.
///
/// A format may keep a text that it cannot read before another one came: it is [#silent()] about it, and gives its
/// pieces later, with their own text and origin.
///
/// Thread-safety: one thread.
interface Splitting extends Format {
    /// Begins with another text; it stays unchanged until the last piece was taken.
    ///
    /// @param origin tells streams apart
    void open(EntryOrigin origin, byte[] text, int offset, int length);

    /// Looks for the next piece. Each piece ends behind the one before it; a text that says anything has at least one.
    ///
    /// @return false when there is none
    boolean next();

    /// Where the piece begins in the text that was opened.
    int pieceOffset();

    /// Bytes of the piece.
    int pieceLength();

    /// The text in which the piece lies when it is another than the one that was opened, such as an earlier text that
    /// could not be read before this one came; null for the one that was opened.
    default byte @Nullable [] pieceText() {
        return null;
    }

    /// Where the piece came from when its text is another than the one that was opened.
    default @Nullable EntryOrigin pieceOrigin() {
        return null;
    }

    /// True when the text without a piece that was just read is no event, and all is well: it said something about the
    /// texts behind it, or it waits for one.
    default boolean silent() {
        return false;
    }

    /// Says when the next text was received, before it is opened.
    ///
    /// @param epochNanos nanoseconds since the epoch
    default void at(long epochNanos) {}

    /// When texts have waited for too long, nanoseconds since the epoch; `Long.MAX_VALUE` when none waits. Any thread
    /// may ask.
    default long holdsUntilNanos() {
        return Long.MAX_VALUE;
    }

    /// Begins, in place of a text, with what waited for too long.
    ///
    /// @param untilNanos nanoseconds since the epoch; `Long.MAX_VALUE` for all that waits, when no more texts come
    default void openExpired(long untilNanos) {}

    /// What the format counts, null when that is nothing but events.
    default @Nullable FlowCounters counters() {
        return null;
    }
}
