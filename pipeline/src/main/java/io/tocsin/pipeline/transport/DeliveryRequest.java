package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.tls.ClientTlsContext;
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
import org.jspecify.annotations.Nullable;

/// One attempt to deliver a run over HTTP/1.1, and what its answer means.
///
/// Thread-safety: any thread.
public final class DeliveryRequest implements RunSender {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_REASON_LENGTH = 300;
    private static final Pattern EXPECTED = Pattern.compile("\"expected\"\\s*:\\s*(\\d{1,18})");

    private final DeliveryOptions options;
    private final boolean gaps;
    private final HttpClient client;

    /// Delivers to one receiver, which gets every run.
    DeliveryRequest(DeliveryOptions options) {
        this(options, CONNECT_TIMEOUT, null, false);
    }

    /// @param tls how TLS is spoken with an `https` target, null: as the Java runtime does
    /// @param gaps true: other receivers may have got runs that this one did not
    public DeliveryRequest(
            DeliveryOptions options, Duration connectTimeout, @Nullable ClientTlsContext tls, boolean gaps) {
        this.options = options;
        this.gaps = gaps;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER);
        if (tls != null) {
            builder.sslContext(tls.context()).sslParameters(tls.parameters());
        }
        this.client = builder.build();
    }

    @Override
    public DeliveryOutcome send(DeliveryRun run, List<byte[]> bodies, long bytes) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(options.target())
                .timeout(options.requestTimeout())
                .header("Authorization", "Bearer " + options.secret())
                .header("Content-Type", "application/octet-stream")
                .headers(run.headers())
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(bodies), bytes));
        if (gaps) {
            request.header(DeliveryRun.GAPS_HEADER, DeliveryRun.GAPS_ALLOWED);
        }
        try {
            return outcome(client.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            return new DeliveryOutcome.Later(
                    "receiver cannot be reached [target=" + options.target() + "]: " + e, Duration.ZERO);
        }
    }

    private static DeliveryOutcome outcome(HttpResponse<String> response) {
        String body = response.body();
        String reason = "receiver answered " + response.statusCode() + " [target=" + response.uri() + "]: "
                + body.substring(0, Math.min(body.length(), MAX_REASON_LENGTH));
        return switch (response.statusCode()) {
            case 200 -> new DeliveryOutcome.Stored();
            case 409 -> {
                OptionalLong expected = expected(body);
                yield expected.isPresent()
                        ? new DeliveryOutcome.Elsewhere(expected.getAsLong())
                        : new DeliveryOutcome.Later(reason, Duration.ZERO);
            }
            case 400, 413, 422 -> new DeliveryOutcome.Refused(reason);
            default -> new DeliveryOutcome.Later(reason, retryAfter(response));
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
