package io.tocsin.core.http;

import io.tocsin.error.ErrorCode;
import java.util.List;
import java.util.Map;

/// A request that cannot be served, with the answer that the client gets: an RFC 9457 problem.
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final transient Map<String, String> headers;

    public ApiException(Problem problem) {
        this(problem, Map.of());
    }

    public ApiException(Problem problem, Map<String, String> headers) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
        this.headers = Map.copyOf(headers);
    }

    /// A request whose field `field` is refused for `message`.
    public static ApiException invalid(String field, String message) {
        return new ApiException(Problem.invalid(List.of(new Problem.FieldError(field, message))));
    }

    /// There is no `what` with that identifier.
    public static ApiException notFound(String what) {
        return new ApiException(Problem.of(404, ErrorCode.NOT_FOUND, "there is no such " + what));
    }

    public Problem problem() {
        return problem;
    }

    /// Headers of the answer besides its content type.
    public Map<String, String> headers() {
        return headers;
    }
}
