package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;

/// Sets fields to texts that are always the same; an empty text clears the field.
record ConstantEnrichment(EnrichmentHead head, Map<FieldReference, String> set) implements Enrichment {
    static final ComponentSpec<Enrichment> SPEC =
            ComponentSpec.of("constant", "Sets fields to texts that are always the same.", ConstantEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("constant", keys, true);
        var set = keys.key(
                        "set", "Field and text; an empty text clears the field.", FieldOutput.mapping(ValueTypes.TEXT))
                .example("{ DeviceVendor: Acme, S.site: north }")
                .required();
        return values -> new ConstantEnrichment(head.read(values), values.get(set));
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new ConstantEnrichment(other, set);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        return () -> new Step(this, counters);
    }

    private static final class Step implements EnrichmentStep {
        private final FieldOutput[] outputs;
        private final byte[][] texts;
        private final EnrichmentCounters counters;

        Step(ConstantEnrichment config, EnrichmentCounters counters) {
            this.counters = counters;
            outputs = config.set.keySet().stream()
                    .map(field -> new FieldOutput(field, config.head.overwrite()))
                    .toArray(FieldOutput[]::new);
            texts = config.set.values().stream()
                    .map(text -> text.getBytes(StandardCharsets.UTF_8))
                    .toArray(byte[][]::new);
        }

        @Override
        public boolean apply(OpenEvent event) {
            boolean fits = true;
            for (int i = 0; i < outputs.length; i++) {
                if (outputs[i].wants(event)) {
                    fits &= outputs[i].text(event, texts[i], 0, texts[i].length);
                }
            }
            if (fits) {
                counters.hit();
            } else {
                counters.error();
            }
            return true;
        }
    }
}
