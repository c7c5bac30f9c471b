package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/// The default route of topics that several collectors share: knows what the others take, so that nothing falls
/// between them, and counts what is left by the port that it entered on.
///
/// Thread-safety: any thread.
final class KafkaRest {
    /// Whoever scans all ports must not fill the memory; the rest is counted together.
    private static final int MAXIMUM_PORTS = 200;

    private static final String OTHER = "other";
    private static final String UNKNOWN = "unknown";

    private final Map<String, LongAdder> byPort = new ConcurrentHashMap<>();
    private volatile List<KafkaSelection> others = List.of();

    /// Says which other collectors there are. One that takes everything, or the rest as well, leaves its records to
    /// this one all the same: it does not name them.
    void others(KafkaConnector.Config own, Collection<ConnectorConfig> configs) {
        others = configs.stream()
                .filter(config -> config instanceof KafkaConnector.Config other
                        && !other.only().isEverything()
                        && !other.only().rest()
                        && share(own, other))
                .map(config -> ((KafkaConnector.Config) config).only())
                .toList();
    }

    private static boolean share(KafkaConnector.Config one, KafkaConnector.Config other) {
        return one.access().brokers().stream().anyMatch(other.access().brokers()::contains)
                && (shareNames(one, other) || shareNames(other, one));
    }

    /// Two patterns may always share a topic.
    private static boolean shareNames(KafkaConnector.Config one, KafkaConnector.Config other) {
        String pattern = one.topicPattern();
        if (pattern == null) {
            return one.topics().stream().anyMatch(other.topics()::contains);
        }
        return other.topicPattern() != null
                || other.topics().stream().anyMatch(Pattern.compile(pattern).asMatchPredicate());
    }

    /// True when no other collector takes a record; it is counted then.
    boolean takes(EntryOrigin origin, byte[] value) {
        for (KafkaSelection other : others) {
            if (other.takes(origin, value)) {
                return false;
            }
        }
        String port = origin.localPort() < 0 ? UNKNOWN : Integer.toString(origin.localPort());
        LongAdder count = byPort.get(port);
        if (count == null) {
            count = byPort.computeIfAbsent(byPort.size() < MAXIMUM_PORTS ? port : OTHER, _ -> new LongAdder());
        }
        count.increment();
        return true;
    }

    /// What was left, by port; `unknown` when nobody says where it entered.
    Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        byPort.forEach((port, count) -> counts.put(port, count.sum()));
        return counts;
    }
}
