package io.tocsin.pipeline.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.normalizer.Conversion;
import io.tocsin.pipeline.normalizer.Conversions;
import io.tocsin.pipeline.reference.Dictionary;
import io.tocsin.pipeline.reference.DictionaryConfig;
import io.tocsin.pipeline.reference.DictionarySource;
import io.tocsin.pipeline.reference.Shared;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StageResources;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks up a row of a dictionary or table by the values of one or several fields and writes its columns to fields.
/// The two kinds differ in their keys only: a dictionary has one column.
///
/// @param source name of a shared dictionary or table, or the `spec` of one
/// @param resolved what the source means; null before [#resolve]
/// @param keys fields that make the key, in the order of its columns
/// @param set field and column
/// @param otherwise text for the field of a dictionary when there is no row, or null
record DictionaryEnrichment(
        EnrichmentHead head,
        ConfigNode source,
        @Nullable DictionaryConfig resolved,
        List<FieldReference> keys,
        List<Conversion> conversions,
        Map<FieldReference, String> set,
        @Nullable String otherwise)
        implements Enrichment {
    static final ComponentSpec<Enrichment> DICTIONARY = ComponentSpec.of(
            "dictionary",
            "Fills a field with what a dictionary has for other fields.",
            DictionaryEnrichment::ofDictionary);
    static final ComponentSpec<Enrichment> TABLE = ComponentSpec.of(
            "table", "Fills fields with the columns of a row of a table.", DictionaryEnrichment::ofTable);

    /// Column name that stands for the only column of a dictionary.
    private static final String ONLY_COLUMN = "";

    private static Function<Values, Enrichment> ofDictionary(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("dictionary", keys, true);
        var source =
                keys.tree("dictionary", "Name of a dictionary, or its spec.").required();
        var key = keys.list("key", "Fields that make the key.", FieldInput.TYPE).required();
        var convert = keys.key("convert", "What to do to each text of the key first.", Conversions.LIST)
                .defaultTo(List.of());
        var to = keys.key("to", "Field to fill.", FieldOutput.TYPE).required();
        var otherwise = keys.text("default", "Text for keys that the dictionary does not have.")
                .optional();
        return values -> new DictionaryEnrichment(
                head.read(values),
                values.get(source),
                null,
                values.get(key),
                values.get(convert),
                Map.of(values.get(to), ONLY_COLUMN),
                values.get(otherwise));
    }

    private static Function<Values, Enrichment> ofTable(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("table", keys, true);
        var source = keys.tree("table", "Name of a table, or its spec.").required();
        var key = keys.list("key", "Fields that make the key, in the order of its columns.", FieldInput.TYPE)
                .required();
        var convert = keys.key("convert", "What to do to each text of the key first.", Conversions.LIST)
                .defaultTo(List.of());
        var set = keys.key("set", "Field and column.", FieldOutput.mapping(ValueTypes.TEXT))
                .example("{ S.owner: owner, S.site: site }")
                .required();
        return values -> new DictionaryEnrichment(
                head.read(values),
                values.get(source),
                null,
                values.get(key),
                values.get(convert),
                values.get(set),
                null);
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new DictionaryEnrichment(other, source, resolved, keys, conversions, set, otherwise);
    }

    @Override
    public @Nullable Enrichment resolve(StageResources resources, Position position, Problems problems) {
        String kind = head.type();
        ConfigNode spec = source;
        if (source instanceof ConfigNode.Scalar name) {
            ConfigNode document = resources.find(kind, name.text());
            if (document == null) {
                problems.add(
                        name.position(),
                        "no such " + kind + " [" + kind + "=" + name.text() + "]"
                                + Suggestions.hint(name.text(), resources.names(kind)));
                return null;
            }
            spec = document instanceof ConfigNode.Mapping mapping && mapping.get("spec") != null
                    ? mapping.get("spec")
                    : document;
        }
        DictionaryConfig config = spec == null ? null : DictionaryConfig.read(kind, spec, problems);
        if (config == null) {
            return null;
        }
        if (config.keyColumns().size() != keys.size()) {
            problems.add(
                    position,
                    "the key needs as many fields as it has columns [columns=" + config.keyColumns() + ", fields="
                            + keys.size() + "]");
            return null;
        }
        return new DictionaryEnrichment(head, source, config, keys, conversions, set, otherwise);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        DictionaryConfig config = resolved;
        if (config == null) {
            throw new IllegalStateException("the dictionary was not resolved [enrichment=" + head.name() + "]");
        }
        String name = source instanceof ConfigNode.Scalar scalar ? scalar.text() : head.name();
        return new Open(this, DictionarySource.share(name, config), counters);
    }

    private record Open(DictionaryEnrichment config, Shared.Lease<DictionarySource> lease, EnrichmentCounters counters)
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
        public void close() {
            lease.close();
        }

        @Override
        public Map<String, Long> counts() {
            DictionarySource dictionary = lease.get();
            Map<String, Long> counts = new LinkedHashMap<>();
            counts.put("rows", (long) dictionary.current().size());
            counts.put("reload_failures", dictionary.failures());
            return counts;
        }
    }

    /// Thread-safety: one thread at a time.
    private static final class Step implements EnrichmentStep {
        private final DictionarySource source;
        private final EnrichmentCounters counters;
        private final FieldInput[] inputs;
        private final FieldOutput[] outputs;
        private final String[] columns;
        private final int[] columnAt;
        private final byte @Nullable [] otherwise;
        private @Nullable Dictionary dictionary;
        private byte[] key = new byte[256];

        Step(DictionaryEnrichment config, DictionarySource source, EnrichmentCounters counters) {
            this.source = source;
            this.counters = counters;
            inputs = config.keys.stream()
                    .map(field -> new FieldInput(field, config.conversions))
                    .toArray(FieldInput[]::new);
            outputs = config.set.keySet().stream()
                    .map(field -> new FieldOutput(field, config.head.overwrite()))
                    .toArray(FieldOutput[]::new);
            columns = config.set.values().toArray(String[]::new);
            columnAt = new int[columns.length];
            otherwise = config.otherwise == null ? null : config.otherwise.getBytes(UTF_8);
        }

        @Override
        public boolean apply(OpenEvent event) {
            Dictionary current = current();
            int row = find(current, event);
            if (row >= 0) {
                write(event, current, row);
            } else if (row == NO_ROW && otherwise != null) {
                if (outputs[0].wants(event)) {
                    outputs[0].text(event, otherwise, 0, otherwise.length);
                }
                counters.miss();
            } else {
                counters.miss();
            }
            return true;
        }

        private static final int NO_ROW = -1;
        private static final int NO_KEY = -2;

        private int find(Dictionary current, OpenEvent event) {
            if (inputs.length == 1) {
                FieldInput input = inputs[0];
                return input.read(event) ? current.find(input.bytes(), input.offset(), input.length()) : NO_KEY;
            }
            int length = 0;
            boolean any = false;
            for (FieldInput input : inputs) {
                // A part that is empty is part of the key, too.
                int part = input.read(event) ? input.length() : 0;
                any |= part > 0;
                if (length + part + 1 > key.length) {
                    key = Arrays.copyOf(key, (length + part + 1) * 2);
                }
                if (part > 0) {
                    System.arraycopy(input.bytes(), input.offset(), key, length, part);
                }
                length += part;
                key[length++] = Dictionary.KEY_SEPARATOR;
            }
            return any ? current.find(key, 0, length - 1) : NO_KEY;
        }

        private void write(OpenEvent event, Dictionary current, int row) {
            boolean fits = true;
            for (int i = 0; i < outputs.length; i++) {
                byte[] value = columnAt[i] < 0 ? null : current.value(row, columnAt[i]);
                if (value != null && outputs[i].wants(event)) {
                    fits &= outputs[i].text(event, value, 0, value.length);
                }
            }
            if (fits) {
                counters.hit();
            } else {
                counters.error();
            }
        }

        /// The dictionary of now; the places of its columns are found again when it is another one.
        private Dictionary current() {
            Dictionary now = source.current();
            if (now != dictionary) {
                for (int i = 0; i < columns.length; i++) {
                    columnAt[i] = columns[i].equals(ONLY_COLUMN) ? 0 : now.column(columns[i]);
                }
                dictionary = now;
            }
            return now;
        }
    }
}
