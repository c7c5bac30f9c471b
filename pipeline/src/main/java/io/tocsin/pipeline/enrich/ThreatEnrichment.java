package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.Values;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.indicator.IndicatorConfig;
import io.tocsin.pipeline.enrich.indicator.IndicatorIndex;
import io.tocsin.pipeline.enrich.indicator.IndicatorMatcher;
import io.tocsin.pipeline.enrich.indicator.IndicatorSource;
import io.tocsin.pipeline.reference.Shared;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StageResources;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Looks addresses, names, URLs and digests of an event up in threat lists, all in one pass. What matched goes to `TI`
/// as JSON, keyed by indicator, and the categories to `TICategories`.
///
/// @param source name of shared threat lists, or the `spec` of them
/// @param resolved what the source means; null before [#resolve]
/// @param fields what is looked up
/// @param minimumConfidence indicators that are less sure do not count
record ThreatEnrichment(
        EnrichmentHead head,
        ConfigNode source,
        @Nullable IndicatorConfig resolved,
        List<FieldReference> fields,
        int minimumConfidence)
        implements Enrichment {
    private static final List<FieldReference> USUAL_FIELDS = Stream.of(
                    Field.SOURCE_ADDRESS,
                    Field.DESTINATION_ADDRESS,
                    Field.SOURCE_TRANSLATED_ADDRESS,
                    Field.DESTINATION_TRANSLATED_ADDRESS,
                    Field.DEVICE_ADDRESS,
                    Field.SOURCE_HOST_NAME,
                    Field.DESTINATION_HOST_NAME,
                    Field.SOURCE_DNS_DOMAIN,
                    Field.DESTINATION_DNS_DOMAIN,
                    Field.REQUEST_URL,
                    Field.FILE_HASH,
                    Field.OLD_FILE_HASH)
            .map(FieldReference::of)
            .toList();

    static final ComponentSpec<Enrichment> SPEC = ComponentSpec.of(
            "threats",
            "Marks events whose addresses, names, URLs or digests stand in threat lists.",
            ThreatEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("threats", keys, true);
        var source = keys.tree("indicators", "Name of shared threat lists (`kind: indicators`), or their spec.")
                .required();
        var fields = keys.list("fields", "What is looked up.", FieldInput.TYPE).defaultTo(USUAL_FIELDS);
        var minimum = keys.integer("minimumConfidence", "Indicators that are less sure do not count.", 0, 100)
                .defaultTo(0);
        return values -> new ThreatEnrichment(
                head.read(values), values.get(source), null, values.get(fields), values.get(minimum));
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new ThreatEnrichment(other, source, resolved, fields, minimumConfidence);
    }

    @Override
    public @Nullable Enrichment resolve(StageResources resources, Position position, Problems problems) {
        ConfigNode spec = source;
        if (source instanceof ConfigNode.Scalar name) {
            ConfigNode document = resources.find(IndicatorConfig.KIND, name.text());
            if (document == null) {
                problems.add(
                        name.position(),
                        "no such threat lists [indicators=" + name.text() + "]"
                                + Suggestions.hint(name.text(), resources.names(IndicatorConfig.KIND)));
                return null;
            }
            ConfigNode inner = document instanceof ConfigNode.Mapping mapping ? mapping.get("spec") : null;
            spec = inner == null ? document : inner;
        }
        IndicatorConfig config = IndicatorConfig.SPEC.read(spec, problems);
        return config == null ? null : new ThreatEnrichment(head, source, config, fields, minimumConfidence);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        IndicatorConfig config = resolved;
        if (config == null) {
            throw new IllegalStateException("threat lists were not resolved [enrichment=" + head.name() + "]");
        }
        return new Open(
                this,
                IndicatorSource.share(config, context.folder().resolve("threat-lists"), context.clock()),
                counters);
    }

    private record Open(ThreatEnrichment config, Shared.Lease<IndicatorSource> lease, EnrichmentCounters counters)
            implements OpenEnrichment {
        @Override
        public EnrichmentStep create() {
            return new Step(config, lease.get(), counters);
        }

        @Override
        public void refresh() {
            lease.get().refresh();
        }

        @Override
        public Map<String, Long> counts() {
            IndicatorSource source = lease.get();
            Map<String, Long> counts = new LinkedHashMap<>();
            counts.put("indicators", (long) source.current().size());
            counts.put("indicator_bytes", source.current().bytes());
            counts.put("list_failures", source.failures());
            counts.put("list_fetches", source.fetches());
            source.passedOver()
                    .forEach((reason, count) -> counts.merge(
                            "passed_over." + reason.toLowerCase(Locale.ROOT).replace(' ', '_'), count, Long::sum));
            return counts;
        }

        @Override
        public void close() {
            lease.close();
        }
    }

    /// Thread-safety: one thread at a time.
    private static final class Step implements EnrichmentStep {
        private static final int MAXIMUM_CHARACTERS = 15_000;

        private final IndicatorSource source;
        private final EnrichmentCounters counters;
        private final FieldInput[] inputs;
        private final int minimumConfidence;
        private final IndicatorMatcher matcher = new IndicatorMatcher();
        private final int[] inputOf = new int[IndicatorMatcher.MAXIMUM_MATCHES];

        Step(ThreatEnrichment config, IndicatorSource source, EnrichmentCounters counters) {
            this.source = source;
            this.counters = counters;
            this.inputs = config.fields.stream().map(FieldInput::new).toArray(FieldInput[]::new);
            this.minimumConfidence = config.minimumConfidence;
        }

        @Override
        public boolean apply(OpenEvent event) {
            IndicatorIndex index = source.current();
            matcher.begin(index, event.read().timestampMillis(), minimumConfidence);
            for (int i = 0; i < inputs.length; i++) {
                FieldInput input = inputs[i];
                if (input.read(event)) {
                    int before = matcher.count();
                    matcher.any(input.bytes(), input.offset(), input.length());
                    Arrays.fill(inputOf, before, matcher.count(), i);
                }
            }
            if (matcher.count() == 0) {
                counters.miss();
            } else {
                write(event, index);
                counters.hit();
            }
            return true;
        }

        private void write(OpenEvent event, IndicatorIndex index) {
            Map<String, StringBuilder> byValue = new LinkedHashMap<>();
            Set<String> categories = new LinkedHashSet<>();
            int length = 0;
            for (int i = 0; i < matcher.count(); i++) {
                int entry = matcher.match(i);
                String category = index.category(entry);
                if (!category.isEmpty()) {
                    categories.add(category);
                }
                StringBuilder text = byValue.computeIfAbsent(index.value(entry), _ -> new StringBuilder());
                if (length < MAXIMUM_CHARACTERS) {
                    int before = text.length();
                    describe(index, entry, inputs[inputOf[i]].reference().name(), text);
                    length += text.length() - before;
                }
            }
            EventBuilder builder = event.write();
            String known = event.read().text(Field.TI);
            builder.setText(Field.TI, json(known, byValue));
            for (String category : categories) {
                builder.addText(Field.TI_CATEGORIES, category);
            }
        }

        private static void describe(IndicatorIndex index, int entry, String field, StringBuilder text) {
            text.append(text.isEmpty() ? "{" : ",{").append("\"list\":");
            quoted(index.list(entry), text);
            text.append(",\"type\":\"")
                    .append(index.kind(entry).name().toLowerCase(Locale.ROOT))
                    .append("\",\"field\":");
            quoted(field, text);
            if (!index.category(entry).isEmpty()) {
                text.append(",\"category\":");
                quoted(index.category(entry), text);
            }
            if (index.confidence(entry) >= 0) {
                text.append(",\"confidence\":").append(index.confidence(entry));
            }
            if (!index.reference(entry).isEmpty()) {
                text.append(",\"reference\":");
                quoted(index.reference(entry), text);
            }
            text.append('}');
        }

        /// Puts all together behind what an earlier look-up wrote.
        private static String json(@Nullable String known, Map<String, StringBuilder> byValue) {
            StringBuilder text = new StringBuilder("{");
            if (known != null && known.length() > 2 && known.startsWith("{") && known.endsWith("}")) {
                text.append(known, 1, known.length() - 1);
            }
            byValue.forEach((value, matches) -> {
                if (text.length() < MAXIMUM_CHARACTERS && !matches.isEmpty()) {
                    text.append(text.length() > 1 ? "," : "");
                    quoted(value, text);
                    text.append(":[").append(matches).append(']');
                }
            });
            return text.append('}').toString();
        }

        private static void quoted(String value, StringBuilder text) {
            text.append('"');
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c == '"' || c == '\\') {
                    text.append('\\').append(c);
                } else if (c < ' ') {
                    text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                } else {
                    text.append(c);
                }
            }
            text.append('"');
        }
    }
}
