package io.tocsin.pipeline.normalizer;

import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/// What the normalizers of several threads counted, together.
///
/// @param counts what every normalizer counts
/// @param flows what readers of flow exporters count besides; empty when there are none
public record NormalizerFigures(Map<Count, Long> counts, Map<FlowCounters.Counter, Long> flows) {
    /// What every normalizer counts.
    public enum Count {
        TEXTS("Texts handed to the normalizer."),
        NOT_UNDERSTOOD_TEXTS("Texts that the normalizer did not understand."),
        NOTED_EVENTS("Events that carry a ParseError, those not understood included."),
        UNCONVERTED_VALUES("Values of the wrong type for their field, kept in Extra."),
        UNREADABLE_TIMES("Times that no layout reads, kept in Extra; they count as unconverted values too."),
        CUT_VALUES("Values longer than their field, kept whole in Extra.");

        private final String sentence;

        Count(String sentence) {
            this.sentence = sentence;
        }

        /// What is counted, for people.
        public String sentence() {
            return sentence;
        }
    }

    public NormalizerFigures {
        counts = Map.copyOf(counts);
        flows = Map.copyOf(flows);
    }

    /// Adds up what normalizers counted since they were made. Any thread may ask.
    public static NormalizerFigures of(Collection<Normalizer> normalizers) {
        Map<Count, Long> counts = new EnumMap<>(Count.class);
        Map<FlowCounters.Counter, Long> flows = new EnumMap<>(FlowCounters.Counter.class);
        for (Normalizer normalizer : normalizers) {
            NormalizerCounters counters = normalizer.counters();
            counts.merge(Count.TEXTS, counters.events(), Long::sum);
            counts.merge(Count.NOT_UNDERSTOOD_TEXTS, counters.notUnderstood(), Long::sum);
            counts.merge(Count.NOTED_EVENTS, counters.noted(), Long::sum);
            counts.merge(Count.UNCONVERTED_VALUES, counters.unconverted(), Long::sum);
            counts.merge(Count.UNREADABLE_TIMES, counters.unreadableTimes(), Long::sum);
            counts.merge(Count.CUT_VALUES, counters.cut(), Long::sum);
            FlowCounters flow = normalizer.flows();
            if (flow != null) {
                for (FlowCounters.Counter counter : FlowCounters.Counter.values()) {
                    flows.merge(counter, flow.get(counter), Long::sum);
                }
            }
        }
        return new NormalizerFigures(counts, flows);
    }
}
