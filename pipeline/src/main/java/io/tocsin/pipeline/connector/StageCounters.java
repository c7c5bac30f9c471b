package io.tocsin.pipeline.connector;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// The counters of one collector since it was opened.
///
/// Thread-safety: any thread.
public final class StageCounters {
    /// Reasons come from code; should one ever be made of input, the rest is counted together.
    private static final int MAXIMUM_REASONS = 100;

    private final LongAdder[] values = new LongAdder[StageCounter.values().length];
    private final ConcurrentHashMap<String, LongAdder> rejected = new ConcurrentHashMap<>();

    public StageCounters() {
        for (int i = 0; i < values.length; i++) {
            values[i] = new LongAdder();
        }
    }

    public void add(StageCounter counter, long value) {
        if (value != 0) {
            values[counter.ordinal()].add(value);
        }
    }

    public void increment(StageCounter counter) {
        values[counter.ordinal()].increment();
    }

    public long get(StageCounter counter) {
        return values[counter.ordinal()].sum();
    }

    /// Counts events that could not be kept.
    public void addRejected(String reason, long events) {
        add(StageCounter.REJECTED_EVENTS, events);
        String key = rejected.size() < MAXIMUM_REASONS || rejected.containsKey(reason) ? reason : "other";
        rejected.computeIfAbsent(key, _ -> new LongAdder()).add(events);
    }

    /// Events that could not be kept, by reason.
    public Map<String, Long> rejectedByReason() {
        Map<String, Long> result = new TreeMap<>();
        rejected.forEach((reason, value) -> result.put(reason, value.sum()));
        return result;
    }
}
