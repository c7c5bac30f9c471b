package io.tocsin.pipeline.enrich;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.stage.OpenEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/// What one enrichment counts, all lanes together, and how it marks events that it could not serve.
///
/// Thread-safety: any thread.
public final class EnrichmentCounters {
    /// Key of the dynamic field `Extra.…` that says which answers an event had to go without.
    public static final String MARK = "enrichmentError";

    private static final byte[] MARK_KEY = MARK.getBytes(StandardCharsets.UTF_8);

    private final String name;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder timeouts = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    public EnrichmentCounters(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    /// Something was found and written.
    public void hit() {
        hits.increment();
    }

    /// Nothing is known.
    public void miss() {
        misses.increment();
    }

    /// A value could not be used or a source failed.
    public void error() {
        errors.increment();
    }

    /// An answer did not come in time.
    public void timeout() {
        timeouts.increment();
    }

    void addNanos(long value) {
        nanos.add(value);
    }

    /// Says on the event that it goes on without an answer.
    ///
    /// @param reason a few words, such as `timeout`
    public void mark(OpenEvent event, String reason) {
        byte[] text = (name + ": " + reason).getBytes(StandardCharsets.UTF_8);
        EventBuilder builder = event.write();
        int key = builder.append(MARK_KEY, 0, MARK_KEY.length);
        builder.addDynamicSpan(
                DynamicKind.EXTRA, key, MARK_KEY.length, builder.append(text, 0, text.length), text.length);
    }

    /// Totals since the start, by name, to which `more` is added.
    Map<String, Long> totals(Map<String, Long> more) {
        Map<String, Long> totals = new TreeMap<>(more);
        totals.put("hits", hits.sum());
        totals.put("misses", misses.sum());
        totals.put("errors", errors.sum());
        totals.put("timeouts", timeouts.sum());
        totals.put("nanos", nanos.sum());
        return totals;
    }
}
