package io.tocsin.pipeline.normalizer.flow;

import java.util.concurrent.atomic.AtomicLongArray;

/// What happened to the packets of flow exporters.
///
/// Thread-safety: one writer, any reader.
public final class FlowCounters {
    /// What is counted.
    public enum Counter {
        /// Export packets.
        PACKETS("Export packets of flow exporters."),
        /// Templates that were new or different.
        TEMPLATES("Templates of flow exporters that were new or different."),
        /// What exporters numbered and what did not arrive.
        MISSING("Flow records (NetFlow 9, sFlow: packets) that exporters sent and that did not arrive."),
        /// Sets that came before their template.
        HELD("Sets of flow records that came before their template and were kept."),
        /// Held sets whose template came.
        RELEASED("Kept sets of flow records whose template came in time."),
        /// Held sets that became events undecoded.
        EXPIRED("Kept sets of flow records that went on undecoded because no template came."),
        /// Packets or sets whose lengths do not fit.
        DAMAGED("Export packets or sets whose lengths do not fit their content.");

        private final String sentence;

        Counter(String sentence) {
            this.sentence = sentence;
        }

        /// What is counted, for people.
        public String sentence() {
            return sentence;
        }
    }

    private static final int COUNTERS = Counter.values().length;

    private final AtomicLongArray counts = new AtomicLongArray(COUNTERS);

    void add(Counter counter, long value) {
        counts.setOpaque(counter.ordinal(), counts.getPlain(counter.ordinal()) + value);
    }

    public long get(Counter counter) {
        return counts.getOpaque(counter.ordinal());
    }
}
