package io.tocsin.correlator.window;

import java.util.HashMap;
import java.util.Map;

/// How often each value stands in a window, exactly.
///
/// Thread-safety: one thread.
final class ValueCounts {
    private final Map<Value, Integer> counts = new HashMap<>();

    private record Value(long high, long low) {}

    void add(long high, long low) {
        counts.merge(new Value(high, low), 1, Integer::sum);
    }

    void remove(long high, long low) {
        counts.computeIfPresent(new Value(high, low), (_, count) -> count == 1 ? null : count - 1);
    }

    int count(long high, long low) {
        return counts.getOrDefault(new Value(high, low), 0);
    }

    /// Number of different values.
    int distinct() {
        return counts.size();
    }
}
