package io.tocsin.pipeline.connector.http;

import java.io.IOException;
import java.io.Serial;

/// A request that cannot be understood or goes beyond a limit.
public final class HttpProblem extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    /// @param status the HTTP status that says it
    /// @param sentence what is wrong, for the sender
    public HttpProblem(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
