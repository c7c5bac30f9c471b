package io.tocsin.pipeline.kafka;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import org.jspecify.annotations.Nullable;

/// What is thrown when brokers do not answer what was asked about topics and groups.
final class AdminFailure {
    private AdminFailure() {}

    /// @param cause what the client said; null when it gave no reason
    static TocsinException of(String what, @Nullable Throwable cause) {
        return TocsinException.of(
                ErrorCode.PEER_UNREACHABLE,
                what + ": " + (cause == null ? "no reason given" : cause.getMessage()),
                cause == null ? new IllegalStateException(what) : cause);
    }

    /// Keeps the thread interrupted.
    static TocsinException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return of("interrupted", e);
    }
}
