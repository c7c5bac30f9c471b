package io.tocsin.core.http;

import io.tocsin.error.ErrorCode;
import java.io.IOException;

/// The body of a request went past its limit while it was read.
final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long maxBytes;

    BodyTooLargeException(long maxBytes) {
        super("the body is too large [maxBytes=" + maxBytes + "]");
        this.maxBytes = maxBytes;
    }

    Problem problem() {
        return Problem.of(413, ErrorCode.INVALID_REQUEST, "the body is larger than " + maxBytes + " bytes");
    }
}
