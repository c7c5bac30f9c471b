package io.tocsin.storage;

import com.sun.net.httpserver.HttpExchange;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.storage.search.SearchException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One request and the forms in which it is answered.
///
/// Thread-safety: one thread.
record Exchange(HttpExchange http) {
    private static final int RETRY_AFTER_SECONDS = 1;

    @Nullable
    String header(String name) {
        return http.getRequestHeaders().getFirst(name);
    }

    /// Reads the whole body.
    ///
    /// @throws TocsinException `INVALID_REQUEST` when it is longer than `limit`
    byte[] body(int limit) throws IOException {
        byte[] body = http.getRequestBody().readNBytes(limit + 1);
        if (body.length > limit) {
            throw TocsinException.invalidRequest("the body is too long [limit=" + limit + "]");
        }
        return body;
    }

    /// A number of the query text, or `absent`.
    long number(String name, long absent) {
        String query = http.getRequestURI().getRawQuery();
        if (query == null) {
            return absent;
        }
        for (String pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                try {
                    return Long.parseLong(URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    throw TocsinException.invalidRequest("not a whole number [" + pair + "]");
                }
            }
        }
        return absent;
    }

    void json(int status, String json) throws IOException {
        send(status, "application/json", json);
    }

    void send(int status, String contentType, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        http.getResponseHeaders().set("Content-Type", contentType);
        http.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = http.getResponseBody()) {
            out.write(bytes);
        }
    }

    /// Answers with problem+json.
    void problem(TocsinException e) throws IOException {
        int status = status(e.code());
        if (e.code().retriable() && (status == 429 || status == 503)) {
            http.getResponseHeaders().set("Retry-After", Integer.toString(RETRY_AFTER_SECONDS));
        }
        send(status, "application/problem+json", problemText(status, e));
    }

    static String problemText(int status, TocsinException e) {
        StringBuilder json = new StringBuilder("{\"type\":\"about:blank\",\"title\":");
        Json.append(json, e.code().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        json.append(",\"status\":").append(status).append(",\"code\":");
        Json.append(json, e.code().label());
        json.append(",\"detail\":");
        Json.append(json, String.valueOf(e.getMessage()));
        if (e instanceof SearchException search && search.line() > 0) {
            json.append(",\"line\":")
                    .append(search.line())
                    .append(",\"column\":")
                    .append(search.column());
        }
        return json.append('}').toString();
    }

    private static int status(ErrorCode code) {
        return switch (code) {
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case SEQUENCE_GAP, CONFLICT -> 409;
            case PEER_BUSY, TOO_MANY_ATTEMPTS -> 429;
            case QUERY_TIMEOUT, QUERY_TOO_LARGE, OUT_OF_MEMORY -> 422;
            case DISK_FULL, BUFFER_FULL, STORAGE_UNAVAILABLE, INPUT_OUTPUT -> 503;
            case INTERNAL -> 500;
            default ->
                switch (code.type()) {
                    case USER -> 400;
                    case INTERNAL -> 400; // damaged data of the caller: CORRUPT_BATCH
                    case RESOURCES -> 503;
                    case EXTERNAL -> 502;
                };
        };
    }
}
