package io.tocsin.pipeline.connector.beats;

import java.io.IOException;
import java.io.Serial;

/// What a peer sent is not the protocol, or goes beyond a limit. Nothing of its window may be
/// acknowledged.
public final class LumberjackProblem extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    LumberjackProblem(String sentence) {
        super(sentence);
    }
}
