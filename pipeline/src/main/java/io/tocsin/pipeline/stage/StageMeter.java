package io.tocsin.pipeline.stage;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// What one stage of a collector counts, all lanes together.
///
/// Thread-safety: any thread.
public final class StageMeter {
    /// Reasons come from code; should one ever be made of input, the rest is counted together.
    private static final int MAXIMUM_REASONS = 50;

    /// In place of a time.
    public static final long NOT_MEASURED = -1;

    /// @param name what people call the stage, unique within its collector
    /// @param type kind of the stage
    /// @param received events that came to it
    /// @param sent events that it let go on, those that it made included
    /// @param dropped events that ended there, by reason
    /// @param errors events on which it failed; they went on as they were
    /// @param nanos time spent, estimated from a sample; [#NOT_MEASURED] for a stage that mostly waits for others
    /// @param details what this kind of stage counts besides, by name
    public record Figures(
            String name,
            String type,
            long received,
            long sent,
            Map<String, Long> dropped,
            long errors,
            long nanos,
            Map<String, Long> details) {
        public Figures {
            dropped = Map.copyOf(dropped);
            details = Map.copyOf(details);
        }
    }

    private final String name;
    private final String type;
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final Map<String, LongAdder> dropped = new ConcurrentHashMap<>();

    public StageMeter(String name, String type) {
        this.name = name;
        this.type = type;
    }

    public String name() {
        return name;
    }

    public void addReceived(long events) {
        received.add(events);
    }

    public void addSent(long events) {
        sent.add(events);
    }

    public void addErrors(long events) {
        errors.add(events);
    }

    public void addNanos(long value) {
        nanos.add(value);
    }

    /// Counts events that ended at this stage.
    public void addDropped(String reason, long events) {
        String key = dropped.size() < MAXIMUM_REASONS || dropped.containsKey(reason) ? reason : "other";
        dropped.computeIfAbsent(key, _ -> new LongAdder()).add(events);
    }

    public Figures figures(Map<String, Long> details) {
        Map<String, Long> reasons = new TreeMap<>();
        dropped.forEach((reason, value) -> reasons.put(reason, value.sum()));
        return new Figures(name, type, received.sum(), sent.sum(), reasons, errors.sum(), nanos.sum(), details);
    }
}
