package io.tocsin.pipeline.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class KafkaAccessTest {
    private static final double JITTER = 0.2;
    private static final int ATTEMPTS = 20;

    private static long millis(Map<String, Object> properties, String key) {
        return (Long) Objects.requireNonNull(properties.get(key), key);
    }

    /// The library asks nobody who leads while it connects to somebody. So it must have asked another broker before it
    /// connects to the silent one again, however often both failed before; both pauses double and vary.
    @Test
    void asksAnotherBrokerBeforeItConnectsToTheSilentOneAgain() {
        Map<String, Object> properties = new KafkaAccess(List.of("127.0.0.1:9092"), null, null).properties("test");
        long ask = millis(properties, "retry.backoff.ms");
        long connect = millis(properties, "reconnect.backoff.ms");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            assertThat(connect * (1 - JITTER)).as("attempt %d", attempt).isGreaterThan(ask * (1 + JITTER) + 200);
            ask = Math.min(2 * ask, millis(properties, "retry.backoff.max.ms"));
            connect = Math.min(2 * connect, millis(properties, "reconnect.backoff.max.ms"));
        }
    }
}
