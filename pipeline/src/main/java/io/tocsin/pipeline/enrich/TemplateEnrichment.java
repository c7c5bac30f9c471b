package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Values;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.util.function.Function;

/// Fills a field with a text made of other fields. Nothing is written when all of them are empty.
record TemplateEnrichment(EnrichmentHead head, TemplateText template, FieldReference to) implements Enrichment {
    static final ComponentSpec<Enrichment> SPEC =
            ComponentSpec.of("template", "Fills a field with a text made of other fields.", TemplateEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("template", keys, true);
        var template = keys.text("template", "Text with fields in double braces.")
                .example("{{.SourceUserName}} from {{.SourceAddress}}")
                .required();
        var to = keys.key("to", "Field to fill.", FieldOutput.TYPE).required();
        return values ->
                new TemplateEnrichment(head.read(values), TemplateText.parse(values.get(template)), values.get(to));
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new TemplateEnrichment(other, template, to);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        return () -> {
            TemplateText own = template.forThread();
            FieldOutput output = new FieldOutput(to, head.overwrite());
            return event -> apply(own, output, event, counters);
        };
    }

    private static boolean apply(
            TemplateText template, FieldOutput output, OpenEvent event, EnrichmentCounters counters) {
        if (!output.wants(event)) {
            return true;
        }
        if (template.fill(event) == 0 && template.fieldCount() > 0) {
            counters.miss();
        } else if (output.text(event, template.bytes(), 0, template.length())) {
            counters.hit();
        } else {
            counters.error();
        }
        return true;
    }
}
