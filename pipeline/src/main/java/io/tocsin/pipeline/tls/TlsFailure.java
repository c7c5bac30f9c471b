package io.tocsin.pipeline.tls;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Says which file of certificates or keys cannot be used, and why.
final class TlsFailure {
    private TlsFailure() {}

    static TocsinException of(Path file, String reason) {
        return TocsinException.of(ErrorCode.INVALID_CONFIG, text(file, reason));
    }

    static TocsinException of(Path file, String reason, Exception cause) {
        return TocsinException.of(ErrorCode.INVALID_CONFIG, text(file, reason), cause);
    }

    static TocsinException unreadable(Path file, IOException cause) {
        String reason = switch (cause) {
            case NoSuchFileException _ -> "no such file";
            case AccessDeniedException _ -> "this process may not read it; give its user the right to";
            default -> String.valueOf(cause.getMessage());
        };
        return of(file, reason, cause);
    }

    private static String text(Path file, String reason) {
        return "cannot use a file for TLS [file=" + file + ", reason=" + reason + "]";
    }
}
