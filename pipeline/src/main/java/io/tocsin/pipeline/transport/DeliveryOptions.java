package io.tocsin.pipeline.transport;

import java.net.URI;
import java.time.Duration;

/// Where and how a [DeliveryClient] delivers.
///
/// @param target the receiver's endpoint, for instance `http://127.0.0.1:7001/delivery/v1`
/// @param secret the installation's secret, sent as bearer token
/// @param maxEvents sequences after which a run is closed, at least 1
/// @param maxBytes payload bytes after which a run is closed; a single larger record still goes alone
/// @param requestTimeout how long one attempt may take
/// @param firstRetry pause after the first failure; doubles with each further one, 20 % jitter
/// @param longestRetry the pause grows no longer than this, and no `Retry-After` is believed beyond it
/// @param compress true: bodies are compressed for receivers that say they undo it
public record DeliveryOptions(
        URI target,
        String secret,
        int maxEvents,
        long maxBytes,
        Duration requestTimeout,
        Duration firstRetry,
        Duration longestRetry,
        boolean compress) {
    private static final long MEBIBYTE = 1024 * 1024;

    /// 65,536 events or 16 MiB a run, 60 s an attempt, retries from 200 ms to 30 s.
    public static DeliveryOptions defaults(URI target, String secret) {
        return new DeliveryOptions(
                target,
                secret,
                65_536,
                16 * MEBIBYTE,
                Duration.ofSeconds(60),
                Duration.ofMillis(200),
                Duration.ofSeconds(30),
                false);
    }

    public DeliveryOptions {
        if (maxEvents < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "run must be able to hold an event [maxEvents=" + maxEvents + ", maxBytes=" + maxBytes + "]");
        }
        if (!requestTimeout.isPositive() || !firstRetry.isPositive() || longestRetry.compareTo(firstRetry) < 0) {
            throw new IllegalArgumentException("times must be positive and in order [requestTimeout=" + requestTimeout
                    + ", firstRetry=" + firstRetry + ", longestRetry=" + longestRetry + "]");
        }
    }

    public DeliveryOptions withRun(int newMaxEvents, long newMaxBytes) {
        return new DeliveryOptions(
                target, secret, newMaxEvents, newMaxBytes, requestTimeout, firstRetry, longestRetry, compress);
    }

    public DeliveryOptions withTimes(Duration newRequestTimeout, Duration newFirstRetry, Duration newLongestRetry) {
        return new DeliveryOptions(
                target, secret, maxEvents, maxBytes, newRequestTimeout, newFirstRetry, newLongestRetry, compress);
    }

    public DeliveryOptions withCompression(boolean newCompress) {
        return new DeliveryOptions(
                target, secret, maxEvents, maxBytes, requestTimeout, firstRetry, longestRetry, newCompress);
    }

    /// Leaves the secret out.
    @Override
    public String toString() {
        return "DeliveryOptions[target=" + target + ", maxEvents=" + maxEvents + ", maxBytes=" + maxBytes + "]";
    }
}
