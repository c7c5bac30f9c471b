package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import org.jspecify.annotations.Nullable;

/// A format of which one text may hold several events, one after another. What it finds in the text becomes the source
/// text of an event each and is then handed to [Format#parse] of the same format, before the next one is looked for.
///
/// ```
/// open(…); while (next()) { parse(event with the piece) }
/// ```
/// Only the root of a tree splits. What stands between the pieces must say nothing.
///
/// Thread-safety: one thread.
interface Splitting extends Format {
    /// Begins with another text; it stays unchanged until the last piece was taken.
    ///
    /// @param origin tells streams apart
    void open(@Nullable EntryOrigin origin, byte[] text, int offset, int length);

    /// Looks for the next piece. Each piece ends behind the one before it; a text that says anything has at least one.
    ///
    /// @return false when there is none
    boolean next();

    /// Where the piece begins in the text that was opened.
    int pieceOffset();

    /// Bytes of the piece.
    int pieceLength();
}
