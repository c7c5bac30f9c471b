package io.tocsin.pipeline.enrich.lookup;

import java.util.List;

/// What a server said about a key.
///
/// @param values texts in UTF-8, in the order that the resolver promises; an empty one is no value
/// @param lifetimeSeconds how long the server lets it be kept, or -1 when it does not say
public record Answer(Kind kind, List<byte[]> values, long lifetimeSeconds) {
    /// Whether there is something.
    public enum Kind {
        FOUND,
        /// The server knows that there is nothing.
        ABSENT,
        /// The server failed, refused or did not answer.
        FAILED,
        /// Nobody was asked: the queue is full or the server is taken for dead.
        NOT_ASKED
    }

    static final Answer NOT_ASKED = new Answer(Kind.NOT_ASKED, List.of(), -1);

    public Answer {
        values = List.copyOf(values);
    }

    public static Answer found(List<byte[]> values, long lifetimeSeconds) {
        return new Answer(Kind.FOUND, values, lifetimeSeconds);
    }

    public static Answer absent(long lifetimeSeconds) {
        return new Answer(Kind.ABSENT, List.of(), lifetimeSeconds);
    }

    public static Answer failed() {
        return new Answer(Kind.FAILED, List.of(), -1);
    }
}
