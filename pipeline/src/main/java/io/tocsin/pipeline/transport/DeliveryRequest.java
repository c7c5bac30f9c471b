package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.tls.ClientTlsContext;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One attempt to deliver a run over HTTP/1.1, and what its answer means.
///
/// ## Compression
///
/// A body is compressed when the answer before was that of a receiver that has stored a run and says that it undoes
/// the encoding. Whatever else was answered, the next attempt goes as it is: so a receiver of an older release that
/// has taken the place of another gets what it understands, and what is wrong with a run shows by itself.
///
/// ## Narrow lines
///
/// An attempt that ran out of time is repeated with twice the time, at most [#MOST_TIMES] times as much: what a line
/// does not carry in the time-out it never would, and a run is always repeated as it is. Another run begins with the
/// time-out itself again.
///
/// Thread-safety: one thread sends at a time; any thread closes.
public final class DeliveryRequest implements RunSender {
    private static final int MOST_TIMES = 64;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_REASON_LENGTH = 300;
    private static final Pattern NEXT = Pattern.compile("\"next\"\\s*:\\s*(\\d{1,18})");
    private static final Pattern EXPECTED = Pattern.compile("\"expected\"\\s*:\\s*(\\d{1,18})");

    private static final Pattern KNOWN =
            Pattern.compile("\"first\"\\s*:\\s*(\\d{1,18})\\s*,\\s*\"checksum\"\\s*:\\s*\"([0-9a-f]{8})\"");

    private final DeliveryOptions options;
    private final boolean gaps;
    private final HttpClient client;
    private boolean compressing;
    /// The run of the last attempt, when that ran out of time; how many times the time-out the next one gets.
    private @Nullable DeliveryRun late;

    private int times = 1;

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
        byte[] compressed = compressing ? DeliveryBody.compress(bodies, bytes) : null;
        compressing = false;
        times = run.equals(late) ? Math.min(2 * times, MOST_TIMES) : 1;
        late = null;
        HttpRequest.Builder request = HttpRequest.newBuilder(options.target())
                .timeout(options.requestTimeout().multipliedBy(times))
                .header("Authorization", "Bearer " + options.secret())
                .header("Content-Type", "application/octet-stream")
                .headers(run.headers())
                .header(DeliveryRun.CHECKSUM_HEADER, run.checksum(gaps, bodies));
        if (compressed != null && compressed.length < bytes) {
            request.header(DeliveryBody.ENCODING_HEADER, DeliveryBody.ZSTD)
                    .POST(BodyPublishers.ofByteArray(compressed));
        } else {
            request.POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(bodies), bytes));
        }
        if (gaps) {
            request.header(DeliveryRun.GAPS_HEADER, DeliveryRun.GAPS_ALLOWED);
        }
        try {
            HttpResponse<String> response = TimedExchange.send(client, request.build(), BodyHandlers.ofString());
            DeliveryOutcome outcome = outcome(run, response);
            compressing = options.compress()
                    && outcome instanceof DeliveryOutcome.Stored
                    && response.headers().allValues(DeliveryBody.ACCEPT_HEADER).contains(DeliveryBody.ZSTD);
            return outcome;
        } catch (IOException e) {
            String reason = "receiver cannot be reached [target=" + options.target() + "]: " + e;
            if (e instanceof HttpTimeoutException && !(e instanceof HttpConnectTimeoutException)) {
                late = run;
                // Too slow is no sign that it was not understood.
                compressing = compressed != null;
                return new DeliveryOutcome.Later(reason, Duration.ZERO);
            }
            return new DeliveryOutcome.Away(reason);
        }
    }

    private static DeliveryOutcome outcome(DeliveryRun run, HttpResponse<String> response) {
        String body = response.body();
        String reason = "receiver answered " + response.statusCode() + " [target=" + response.uri() + "]: "
                + body.substring(0, Math.min(body.length(), MAX_REASON_LENGTH));
        return switch (response.statusCode()) {
            case 200 ->
                number(NEXT, body).orElse(-1) >= run.endSequence()
                        ? new DeliveryOutcome.Stored()
                        : new DeliveryOutcome.Later(reason, Duration.ZERO);
            case 409 -> {
                OptionalLong expected = number(EXPECTED, body);
                Matcher known = KNOWN.matcher(body);
                if (expected.isPresent() && known.find()) {
                    yield new DeliveryOutcome.Known(
                            expected.getAsLong(),
                            Long.parseLong(known.group(1)),
                            Integer.parseUnsignedInt(known.group(2), 16));
                }
                yield expected.isPresent()
                        ? new DeliveryOutcome.Elsewhere(expected.getAsLong())
                        : new DeliveryOutcome.Later(reason, Duration.ZERO);
            }
            case 400, 413, 422 ->
                // Who has read the request as it was sent says which run is refused; whoever else answers so, such
                // as the HTTP server itself, may have seen what a wire has damaged.
                body.contains(run.deduplicationToken())
                        ? new DeliveryOutcome.Refused(reason)
                        : new DeliveryOutcome.Later(reason, Duration.ZERO);
            default -> new DeliveryOutcome.Later(reason, TimedExchange.retryAfter(response));
        };
    }

    private static OptionalLong number(Pattern name, String body) {
        Matcher matcher = name.matcher(body);
        return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    @Override
    public void close() {
        // Ends what is on its way; close() would also wait, without a limit, for the client's own thread.
        client.shutdownNow();
    }
}
