package io.tocsin.app.up;

import io.tocsin.pipeline.topology.CollectorMetrics;
import io.tocsin.pipeline.transport.DeliveryClient;
import io.tocsin.pipeline.transport.DeliveryMetrics;
import io.tocsin.pipeline.transport.DeliveryOptions;
import io.tocsin.pipeline.transport.log.DurableLog;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// The deliveries from the logs of this process to other services.
///
/// Thread-safety: any thread reads; one thread starts and stops.
final class Deliveries implements AutoCloseable {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);

    private final String secret;
    private final Path deadLetters;
    private final Duration longestRetry;
    private final Map<String, DeliveryClient> clients = new ConcurrentSkipListMap<>();

    /// @param secret the installation's secret
    /// @param deadLetters folder for what is refused for good; each delivery has one of its own below it
    /// @param longestRetry longest pause between two attempts
    Deliveries(String secret, Path deadLetters, Duration longestRetry) {
        this.secret = secret;
        this.deadLetters = deadLetters;
        this.longestRetry = longestRetry;
    }

    /// Delivers a log from now on.
    ///
    /// @param consumer name of the durable cursor
    /// @param what name of the delivery in figures, and of the folder of its dead letters
    void start(DurableLog log, String consumer, URI target, DeliveryClient.Selection selection, String what) {
        DeliveryOptions options =
                DeliveryOptions.defaults(target, secret).withTimes(REQUEST_TIMEOUT, FIRST_RETRY, longestRetry);
        clients.put(
                what,
                DeliveryClient.start(log, consumer, options, selection, deadLetters.resolve(what), new SecureRandom()));
    }

    /// Waits until everything in the logs is delivered, or the time is over; then stops.
    void drain(Duration limit) throws InterruptedException {
        List<Thread> drains = new ArrayList<>();
        for (DeliveryClient client : clients.values()) {
            drains.add(Thread.ofVirtual().start(() -> {
                try {
                    client.drain(limit);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                client.close();
            }));
        }
        for (Thread drain : drains) {
            drain.join();
        }
    }

    long deliveredEvents() {
        return clients.values().stream()
                .mapToLong(client -> client.metrics().deliveredEvents())
                .sum();
    }

    /// OpenMetrics text of all of them.
    String metrics() {
        Map<String, DeliveryMetrics> metrics = new TreeMap<>();
        clients.forEach((what, client) -> metrics.put(what, client.metrics()));
        return CollectorMetrics.deliveries(metrics);
    }

    /// What is wrong, or null.
    @Nullable
    String detail() {
        for (DeliveryClient client : clients.values()) {
            DeliveryMetrics metrics = client.metrics();
            if (metrics.lastError() != null) {
                return metrics.lastError();
            }
            if (metrics.deadLetters() > 0) {
                return metrics.deadLetters() + " batches were refused for good and put aside in " + deadLetters;
            }
        }
        return null;
    }

    @Override
    public void close() {
        clients.values().forEach(DeliveryClient::close);
    }
}
