package io.tocsin.pipeline.connector;

import java.io.IOException;

/// A peer said something after which its connection is of no more use. The message is the error that it is told,
/// without the minus sign before it; empty: it is told nothing.
final class RedisProblem extends IOException {
    private static final long serialVersionUID = 1L;

    private final StageCounter counter;

    /// @param error one line, such as `ERR Protocol error: invalid bulk length`
    RedisProblem(String error) {
        this(error, StageCounter.FRAMING_ERRORS);
    }

    /// @param counter where it is counted
    RedisProblem(String error, StageCounter counter) {
        super(error);
        this.counter = counter;
    }

    StageCounter counter() {
        return counter;
    }
}
