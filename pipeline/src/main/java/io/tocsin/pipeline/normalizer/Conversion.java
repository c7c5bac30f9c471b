package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;

/// Makes another text of a text before it is written to a field or handed to a nested normalizer. What changes is
/// appended to the batch's arena; what only gets shorter stays where it is. [Conversions] lists all of them.
@FunctionalInterface
public interface Conversion {
    /// The converted text no longer exists: the value counts as absent.
    long ABSENT = -1;

    /// A span of the arena as [io.tocsin.event.EventBatch] holds it.
    static long span(int offset, int length) {
        return (long) offset << 32 | length;
    }

    /// @param span `offset << 32 | length` of the text in the event's arena
    /// @return span of the converted text, or [#ABSENT]
    long apply(EventBuilder event, long span);

    /// The same conversion for another thread; itself when it holds no state.
    default Conversion forThread() {
        return this;
    }
}
