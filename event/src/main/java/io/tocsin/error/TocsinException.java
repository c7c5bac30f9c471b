package io.tocsin.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A failure with an [ErrorCode]. Made by named factories, so that equal failures read alike. Messages are
/// lower-case: what failed, `[name=value]`, what to do next.
public class TocsinException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    protected TocsinException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public final ErrorCode code() {
        return code;
    }

    public static TocsinException of(ErrorCode code, String message) {
        return new TocsinException(code, message, null);
    }

    public static TocsinException of(ErrorCode code, String message, Throwable cause) {
        return new TocsinException(code, message, cause);
    }

    public static TocsinException invalidRequest(String message) {
        return new TocsinException(ErrorCode.INVALID_REQUEST, message, null);
    }

    /// @param kind what was looked for, such as `alert`
    public static TocsinException notFound(String kind, Object id) {
        return new TocsinException(ErrorCode.NOT_FOUND, kind + " not found [id=" + id + "]", null);
    }

    public static TocsinException internal(String message, Throwable cause) {
        return new TocsinException(ErrorCode.INTERNAL, message, cause);
    }

    /// A failed read or write; a full disk gets its own code.
    ///
    /// @param what what was being done, such as `cannot append to the log`
    public static TocsinException inputOutput(String what, Path path, IOException cause) {
        String reason = reason(cause);
        ErrorCode code = isFullDisk(reason) ? ErrorCode.DISK_FULL : ErrorCode.INPUT_OUTPUT;
        return new TocsinException(code, what + " [path=" + path + ", reason=" + reason + "]", cause);
    }

    /// The JDK says of many failures no more than the path, which stands there already.
    private static String reason(IOException cause) {
        return switch (cause) {
            case FileSystemException said when said.getReason() != null -> said.getReason();
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "it exists already";
            case NotDirectoryException _ -> "it is no folder";
            case DirectoryNotEmptyException _ -> "the folder is not empty";
            default -> String.valueOf(cause.getMessage());
        };
    }

    public static TocsinException peerUnreachable(String service, String address, @Nullable Throwable cause) {
        return new TocsinException(
                ErrorCode.PEER_UNREACHABLE, service + " does not answer [address=" + address + "]", cause);
    }

    private static boolean isFullDisk(String reason) {
        String lower = reason.toLowerCase(Locale.ROOT);
        return lower.contains("no space left") || lower.contains("quota exceeded");
    }
}
