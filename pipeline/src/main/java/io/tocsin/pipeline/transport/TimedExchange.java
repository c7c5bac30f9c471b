package io.tocsin.pipeline.transport;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// An HTTP exchange whose whole answer has to come within the time-out of the request. The client of the JDK lets
/// the time-out end with the headers of the answer: a peer that stops in its body, or whose length the wire has
/// damaged, would be waited for until the connection ends, which may be never.
///
/// Thread-safety: any thread.
public final class TimedExchange {
    private TimedExchange() {}

    /// Sends and waits.
    ///
    /// @param request with a time-out
    /// @throws HttpTimeoutException when the answer is not whole in time; the connection is given up
    public static <T> HttpResponse<T> send(HttpClient client, HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        Duration limit = request.timeout()
                .orElseThrow(() -> new IllegalArgumentException("the request has no time-out [" + request + "]"));
        CompletableFuture<HttpResponse<T>> answer = client.sendAsync(request, handler);
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no whole answer within " + limit.toMillis() + " ms");
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            // For one, what the client makes of a length that is not a number.
            throw new IOException(String.valueOf(e.getCause()), e);
        }
    }

    /// How long the peer asks to be left alone (`Retry-After`, RFC 9110 section 10.2.3, in seconds); zero when it does
    /// not say, or names a date.
    public static Duration retryAfter(HttpResponse<?> answer) {
        try {
            return answer.headers()
                    .firstValue("Retry-After")
                    .map(value -> Duration.ofSeconds(Math.max(0, Integer.parseInt(value.strip()))))
                    .orElse(Duration.ZERO);
        } catch (NumberFormatException aDateOrNonsense) {
            return Duration.ZERO;
        }
    }
}
