package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Values;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.normalizer.Conversion;
import io.tocsin.pipeline.normalizer.Conversions;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Fills a field from other fields of the event: a copy with conversions of the first one that has a value, the sum
/// of several numbers, or the difference of two (times give milliseconds).
///
/// @param computation what is done with the fields
record EventEnrichment(
        EnrichmentHead head,
        Computation computation,
        List<FieldReference> from,
        List<Conversion> conversions,
        FieldReference to)
        implements Enrichment {
    enum Computation {
        COPY,
        SUM,
        DIFFERENCE
    }

    static final ComponentSpec<Enrichment> SPEC =
            ComponentSpec.of("event", "Fills a field from other fields of the same event.", EventEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("event", keys, true);
        var from = keys.list("from", "Fields to copy; the first one that has a value counts.", FieldInput.TYPE)
                .optional();
        var sum = keys.list("sum", "Numbers to add instead; empty ones count as 0.", FieldInput.TYPE)
                .optional();
        var difference = keys.list(
                        "difference", "Two numbers or times instead: the first less the second.", FieldInput.TYPE)
                .optional();
        var convert = keys.key("convert", "What to do to the text first.", Conversions.LIST)
                .defaultTo(List.of());
        var to = keys.key("to", "Field to fill.", FieldOutput.TYPE).required();
        return values -> {
            List<EventEnrichment> made = new ArrayList<>();
            List<FieldReference> copied = values.get(from);
            List<FieldReference> added = values.get(sum);
            List<FieldReference> taken = values.get(difference);
            EnrichmentHead read = head.read(values);
            if (copied != null) {
                made.add(new EventEnrichment(read, Computation.COPY, copied, values.get(convert), values.get(to)));
            }
            if (added != null) {
                made.add(new EventEnrichment(read, Computation.SUM, added, List.of(), values.get(to)));
            }
            if (taken != null) {
                made.add(new EventEnrichment(read, Computation.DIFFERENCE, taken, List.of(), values.get(to)));
            }
            if (made.size() != 1) {
                throw new IllegalArgumentException("exactly one of from, sum, difference is expected");
            }
            if (taken != null && taken.size() != 2) {
                throw new IllegalArgumentException("a difference needs two fields [fields=" + taken.size() + "]");
            }
            return made.getFirst();
        };
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new EventEnrichment(other, computation, from, conversions, to);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        return () -> new Step(this, counters);
    }

    private static final class Step implements EnrichmentStep {
        private final Computation computation;
        private final FieldInput[] inputs;
        private final FieldOutput output;
        private final EnrichmentCounters counters;

        Step(EventEnrichment config, EnrichmentCounters counters) {
            this.computation = config.computation;
            this.inputs = config.from.stream()
                    .map(field -> new FieldInput(field, config.conversions))
                    .toArray(FieldInput[]::new);
            this.output = new FieldOutput(config.to, config.head.overwrite());
            this.counters = counters;
        }

        @Override
        public boolean apply(OpenEvent event) {
            if (!output.wants(event)) {
                return true;
            }
            switch (computation) {
                case COPY -> copy(event);
                case SUM, DIFFERENCE -> compute(event);
            }
            return true;
        }

        private void copy(OpenEvent event) {
            for (FieldInput input : inputs) {
                if (input.read(event)) {
                    written(output.text(event, input.bytes(), input.offset(), input.length()));
                    return;
                }
            }
            counters.miss();
        }

        private void compute(OpenEvent event) {
            double total = 0;
            int found = 0;
            for (int i = 0; i < inputs.length; i++) {
                if (!inputs[i].read(event)) {
                    if (computation == Computation.DIFFERENCE) {
                        counters.miss();
                        return;
                    }
                    continue;
                }
                found++;
                try {
                    double value = Double.parseDouble(inputs[i].toString());
                    total += computation == Computation.DIFFERENCE && i == 1 ? -value : value;
                } catch (NumberFormatException _) {
                    counters.error();
                    return;
                }
            }
            if (found == 0) {
                counters.miss();
            } else if (total == Math.rint(total) && Math.abs(total) < 1L << 53) {
                written(output.integer(event, (long) total));
            } else {
                written(output.value(event, total));
            }
        }

        private void written(boolean fits) {
            if (fits) {
                counters.hit();
            } else {
                counters.error();
            }
        }
    }
}
