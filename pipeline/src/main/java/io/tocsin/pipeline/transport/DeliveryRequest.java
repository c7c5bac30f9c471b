package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One attempt to deliver a run over HTTP/1.1, and what its answer means.
///
/// Thread-safety: any thread.
final class DeliveryRequest implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_REASON_LENGTH = 300;
    private static final Pattern EXPECTED = Pattern.compile("\"expected\"\\s*:\\s*(\\d{1,18})");

    private final DeliveryOptions options;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    DeliveryRequest(DeliveryOptions options) {
        this.options = options;
    }

    /// What became of an attempt.
    sealed interface Outcome {}

    /// Durable at the receiver.
    record Stored() implements Outcome {}

    /// The receiver goes on at another sequence.
    record Elsewhere(long expected) implements Outcome {}

    /// Never going to be accepted as it is.
    record Refused(String reason) implements Outcome {}

    /// Nothing is known to be stored; try again.
    ///
    /// @param pause what the receiver asked for, zero when it did not
    record Later(String reason, Duration pause) implements Outcome {}

    Outcome send(DeliveryRun run, List<byte[]> bodies, long bytes) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(options.target())
                .timeout(options.requestTimeout())
                .header("Authorization", "Bearer " + options.secret())
                .header("Content-Type", "application/octet-stream")
                .headers(run.headers())
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(bodies), bytes))
                .build();
        try {
            return outcome(client.send(request, BodyHandlers.ofString()));
        } catch (IOException e) {
            return new Later("receiver cannot be reached [target=" + options.target() + "]: " + e, Duration.ZERO);
        }
    }

    private static Outcome outcome(HttpResponse<String> response) {
        String body = response.body();
        String reason = "receiver answered " + response.statusCode() + " [target=" + response.uri() + "]: "
                + body.substring(0, Math.min(body.length(), MAX_REASON_LENGTH));
        return switch (response.statusCode()) {
            case 200 -> new Stored();
            case 409 -> {
                OptionalLong expected = expected(body);
                yield expected.isPresent() ? new Elsewhere(expected.getAsLong()) : new Later(reason, Duration.ZERO);
            }
            case 400, 413, 422 -> new Refused(reason);
            default -> new Later(reason, retryAfter(response));
        };
    }

    private static OptionalLong expected(String body) {
        Matcher matcher = EXPECTED.matcher(body);
        return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    private static Duration retryAfter(HttpResponse<String> response) {
        try {
            return response.headers()
                    .firstValue("Retry-After")
                    .map(value -> Duration.ofSeconds(Math.max(0, Integer.parseInt(value.strip()))))
                    .orElse(Duration.ZERO);
        } catch (NumberFormatException aDateOrNonsense) {
            return Duration.ZERO;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
