package io.tocsin.core.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tocsin.error.ErrorCode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An error answer (`application/problem+json`, RFC 9457).
///
/// @param status HTTP status
/// @param code stable name for programs: the label of an [ErrorCode], e.g. `TOCSIN-1006`
/// @param detail sentence for people: what failed and what to do
/// @param errors the refused fields of the request, when it was refused for them
/// @param line line of the mistake in the SQL or condition text, from 1
/// @param column column of the mistake, from 1
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        @Nullable List<FieldError> errors,
        @Nullable Integer line,
        @Nullable Integer column) {
    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(400, "Bad request"),
            Map.entry(401, "Not signed in"),
            Map.entry(403, "Not allowed"),
            Map.entry(404, "Not found"),
            Map.entry(405, "Method not allowed"),
            Map.entry(406, "Not acceptable"),
            Map.entry(409, "Conflict"),
            Map.entry(413, "Too large"),
            Map.entry(414, "Address too long"),
            Map.entry(415, "Unsupported media type"),
            Map.entry(429, "Too many requests"),
            Map.entry(431, "Header too large"),
            Map.entry(500, "Internal error"),
            Map.entry(502, "Bad answer from storage"),
            Map.entry(503, "Unavailable"));

    /// A refused field of the request, as a path such as `from`, and why.
    public record FieldError(String field, String message) {}

    public static Problem of(int status, ErrorCode code, String detail) {
        return of(status, code.label(), detail);
    }

    /// Passes on the problem of another service with its code.
    public static Problem of(int status, String code, String detail) {
        return new Problem("about:blank", title(status), status, detail, code, null, null, null);
    }

    /// A problem of which only the status is known.
    public static Problem ofStatus(int status) {
        return switch (status) {
            case 404 -> of(404, ErrorCode.NOT_FOUND, "there is nothing at this address");
            case 405 -> of(405, ErrorCode.INVALID_REQUEST, "this method is not possible here");
            case 431 -> of(431, ErrorCode.INVALID_REQUEST, "the headers are too large");
            default ->
                status < 500
                        ? of(status, ErrorCode.INVALID_REQUEST, "the request is not valid")
                        : of(status, ErrorCode.INTERNAL, "the core could not serve this request");
        };
    }

    public static Problem invalid(List<FieldError> errors) {
        FieldError first = errors.getFirst();
        String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
        Problem plain = of(
                400,
                ErrorCode.INVALID_REQUEST,
                "the request is not valid: " + first.field() + " " + first.message() + more);
        return new Problem(
                plain.type, plain.title, plain.status, plain.detail, plain.code, List.copyOf(errors), null, null);
    }

    /// Returns this problem with the place of the mistake in the text that the user wrote.
    public Problem at(@Nullable Integer line, @Nullable Integer column) {
        return new Problem(type, title, status, detail, code, errors, line, column);
    }

    private static String title(int status) {
        return TITLES.getOrDefault(status, status < 500 ? "Bad request" : "Error");
    }
}
