package io.tocsin.core.storage;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the storage service. Its address is looked up for every request, because the process behind it may have
/// been restarted on another port; there are no retries here, a person who searches tries again.
///
/// Thread-safety: any thread.
public final class StorageClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LEDGER_TIMEOUT = Duration.ofSeconds(30);
    /// What storage gets beyond its own limit before we give up on its first byte.
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int MAX_ERROR_BYTES = 64 * 1024;
    private static final int MAX_SMALL_ANSWER_BYTES = 64 << 20;

    /// A query as storage takes it. Times are epoch ms; null leaves that side open.
    public record Query(
            String sql,
            @Nullable Map<String, String> parameters,
            @Nullable Long from,
            @Nullable Long to,
            String format,
            int maxRows,
            int maxSeconds,
            long maxBytes) {}

    private final Supplier<URI> address;
    private final String secret;
    private final JsonMapper mapper;
    private final HttpClient http;

    public StorageClient(Supplier<URI> address, String secret, JsonMapper mapper) {
        this.address = address;
        this.secret = secret;
        this.mapper = mapper;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /// Starts `query` and returns the body of the answer as it comes; closing it early cancels the query.
    ///
    /// @throws ApiException when the query is refused or storage cannot be reached
    public InputStream query(Query query) {
        byte[] body = mapper.writeValueAsBytes(query);
        return send(request("query", Duration.ofSeconds(query.maxSeconds()).plus(GRACE))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    /// Runs a query whose answer is small and returns it parsed.
    public JsonNode smallQuery(Query query) {
        return parse(query(query));
    }

    /// Returns the ledger of storage for receptions in `[from, to)`, epoch ms.
    public JsonNode ledger(long from, long to) {
        return parse(send(request("ledger?from=" + from + "&to=" + to, LEDGER_TIMEOUT)));
    }

    /// Tells whether storage answers that it is ready.
    public boolean ready() {
        try {
            return http.send(request("readyz", READY_TIMEOUT).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException | RuntimeException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// What to throw when an answer ends in the middle. While nothing of it has gone out the client gets this
    /// problem; later the connection is cut. The cause is left out on purpose: Spring would take its end of file
    /// for the client's.
    public static ApiException brokeOff(IOException cause) {
        return unavailable(cause);
    }

    private JsonNode parse(InputStream answer) {
        try (answer) {
            byte[] bytes = answer.readNBytes(MAX_SMALL_ANSWER_BYTES + 1);
            if (bytes.length > MAX_SMALL_ANSWER_BYTES) {
                throw badAnswer("it is too large");
            }
            return mapper.readTree(bytes);
        } catch (IOException e) {
            throw unavailable(e);
        } catch (JacksonException _) {
            throw badAnswer("it is not JSON");
        }
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        URI base = address.get();
        String prefix = base.toString().endsWith("/") ? base.toString() : base + "/";
        return HttpRequest.newBuilder(URI.create(prefix + path))
                .timeout(timeout)
                .header("Authorization", "Bearer " + secret);
    }

    private InputStream send(HttpRequest.Builder request) {
        try {
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            try (InputStream body = answer.body()) {
                throw refused(answer.statusCode(), body.readNBytes(MAX_ERROR_BYTES));
            }
        } catch (IOException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(new IOException("interrupted", e));
        }
    }

    private ApiException refused(int status, byte[] body) {
        JsonNode problem = parseOrEmpty(body);
        String code = problem.path("code").asString(ErrorCode.INVALID_QUERY.label());
        String detail = problem.path("detail").asString("storage refused the query [status=" + status + "]");
        return switch (status) {
            // The user's SQL, or a limit that it ran into.
            case 400, 408, 413, 422 ->
                new ApiException(Problem.of(400, code, detail).at(number(problem, "line"), number(problem, "column")));
            case 429, 503 -> new ApiException(Problem.of(503, code, detail), Map.of("Retry-After", "1"));
            default -> badAnswer("status " + status + ", " + detail);
        };
    }

    private JsonNode parseOrEmpty(byte[] body) {
        try {
            return mapper.readTree(body);
        } catch (JacksonException _) {
            return mapper.createObjectNode();
        }
    }

    private static @Nullable Integer number(JsonNode problem, String name) {
        JsonNode value = problem.path(name);
        return value.isInt() ? value.intValue() : null;
    }

    private static ApiException badAnswer(String why) {
        return new ApiException(
                Problem.of(502, ErrorCode.PEER_ANSWER_INVALID, "storage gave an answer of no use: " + why));
    }

    private static ApiException unavailable(IOException cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new ApiException(
                Problem.of(
                        503,
                        ErrorCode.STORAGE_UNAVAILABLE,
                        "storage cannot be reached, try again soon [reason=" + reason + "]"),
                Map.of("Retry-After", "1"));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
