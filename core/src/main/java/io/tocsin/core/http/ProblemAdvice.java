package io.tocsin.core.http;

import io.tocsin.error.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/// Turns every failure of a controller into a problem. What is not the client's fault is logged here and told
/// to the client without detail.
@RestControllerAdvice
final class ProblemAdvice {
    private static final System.Logger LOG = System.getLogger(ProblemAdvice.class.getName());

    private final ProblemWriter writer;

    ProblemAdvice(ProblemWriter writer) {
        this.writer = writer;
    }

    @ExceptionHandler
    void handle(Exception failure, HttpServletRequest request, HttpServletResponse response) throws Exception {
        if (failure instanceof AccessDeniedException || failure instanceof AuthenticationException) {
            throw failure;
        }
        if (response.isCommitted()) {
            // The client went away, or storage broke off: cutting the connection is the only honest end.
            throw failure;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        Problem problem = switch (failure) {
            case ApiException api -> {
                headers.putAll(api.headers());
                yield api.problem();
            }
            case HttpMessageNotReadableException unreadable -> unreadable(unreadable);
            case MethodArgumentNotValidException invalid -> invalid(invalid);
            case MissingServletRequestParameterException missing ->
                Problem.invalid(List.of(new Problem.FieldError(missing.getParameterName(), "is missing")));
            case MethodArgumentTypeMismatchException mismatch ->
                Problem.invalid(List.of(new Problem.FieldError(mismatch.getName(), "has the wrong type")));
            case ErrorResponse answer -> answer(answer, request, headers);
            case IOException _ -> throw failure;
            default -> internal(failure, request);
        };
        writer.write(response, problem, headers);
    }

    private static Problem internal(Exception failure, HttpServletRequest request) {
        LOG.log(
                System.Logger.Level.ERROR,
                "a request failed [method=" + request.getMethod() + ", path=" + request.getRequestURI() + "]",
                failure);
        return Problem.of(500, ErrorCode.INTERNAL, "the core could not serve this request, its log says why");
    }

    private static Problem answer(ErrorResponse answer, HttpServletRequest request, Map<String, String> headers) {
        HttpStatusCode status = answer.getStatusCode();
        HttpHeaders more = answer.getHeaders();
        String allow = more.getFirst(HttpHeaders.ALLOW);
        if (allow != null) {
            headers.put(HttpHeaders.ALLOW, allow);
        }
        return switch (status.value()) {
            case 404 -> Problem.of(404, ErrorCode.NOT_FOUND, "there is nothing at " + request.getRequestURI());
            case 405 ->
                Problem.of(
                        405,
                        ErrorCode.INVALID_REQUEST,
                        request.getMethod() + " is not possible here" + (allow == null ? "" : ", only " + allow));
            case 406 -> Problem.of(406, ErrorCode.INVALID_REQUEST, "this address answers with JSON only");
            case 415 -> Problem.of(415, ErrorCode.INVALID_REQUEST, "send the body as application/json");
            default ->
                Problem.of(
                        status.value(),
                        status.is4xxClientError() ? ErrorCode.INVALID_REQUEST : ErrorCode.INTERNAL,
                        status.is4xxClientError()
                                ? "the request is not valid"
                                : "the core could not serve this request");
        };
    }

    private static Problem invalid(MethodArgumentNotValidException failure) {
        List<Problem.FieldError> errors = failure.getBindingResult().getFieldErrors().stream()
                .map(error -> new Problem.FieldError(error.getField(), text(error.getDefaultMessage())))
                .sorted((left, right) -> left.field().compareTo(right.field()))
                .toList();
        return errors.isEmpty()
                ? Problem.of(400, ErrorCode.INVALID_REQUEST, "the request is not valid")
                : Problem.invalid(errors);
    }

    private static String text(@Nullable String message) {
        return message == null ? "is not valid" : message;
    }

    private static Problem unreadable(HttpMessageNotReadableException failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case BodyTooLargeException large -> {
                    return large.problem();
                }
                case ApiException api -> {
                    return api.problem();
                }
                case StreamConstraintsException _ -> {
                    return Problem.of(
                            400, ErrorCode.INVALID_REQUEST, "the body is nested too deeply or has a value too long");
                }
                case UnrecognizedPropertyException unknown -> {
                    return field(unknown, "is not known here");
                }
                case InvalidFormatException format
                when format.getTargetType().isEnum() -> {
                    return field(
                            format,
                            "must be one of " + List.of(format.getTargetType().getEnumConstants()));
                }
                case tools.jackson.databind.DatabindException databind
                when !databind.getPath().isEmpty() -> {
                    return field(databind, "has the wrong type or value");
                }
                case JacksonException json -> {
                    return Problem.of(
                                    400, ErrorCode.INVALID_REQUEST, "the body is not valid JSON of the expected shape")
                            .at(
                                    json.getLocation().getLineNr(),
                                    json.getLocation().getColumnNr());
                }
                default -> {}
            }
        }
        return Problem.of(400, ErrorCode.INVALID_REQUEST, "the body is missing or not valid JSON");
    }

    private static Problem field(tools.jackson.databind.DatabindException failure, String message) {
        String path = failure.getPath().stream()
                .map(step -> step.getPropertyName() == null ? "[" + step.getIndex() + "]" : step.getPropertyName())
                .collect(Collectors.joining("."));
        return Problem.invalid(List.of(new Problem.FieldError(path.isEmpty() ? "body" : path, message)));
    }
}
