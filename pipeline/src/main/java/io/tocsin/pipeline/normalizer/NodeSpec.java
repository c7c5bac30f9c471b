package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.Position;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One normalizer as it is written, checked key by key but not yet put together. Immutable.
///
/// @param node the mapping it was read from, for places in messages
/// @param keepMapped parts that a row names are kept in Extra too
/// @param timeZone null: that of the normalizer above, or of the site
record NodeSpec(
        ConfigNode.Mapping node,
        FormatPlan format,
        List<MappingRow> mapping,
        boolean defaults,
        List<Constant> constants,
        List<LinkSpec> nested,
        List<EnrichmentSpec> enrich,
        boolean requireNested,
        boolean keepExtra,
        boolean keepMapped,
        @Nullable String timeZone,
        List<String> times) {

    /// The root of a tree, which says what becomes of the source text.
    record Root(NodeSpec node, KeepRaw keepRaw) {}

    static final ConfigSpec<NodeSpec> NESTED =
            ConfigSpec.of("normalizer", "Takes a text apart and fills fields.", keys -> {
                Keys table = new Keys(keys);
                return table::read;
            });

    static final ConfigSpec<Root> ROOT = ConfigSpec.of("normalizer", "Takes a text apart and fills fields.", keys -> {
        Keys table = new Keys(keys);
        var keepRaw = keys.choice("keepRaw", "When the source text is stored with the event.", KeepRaw.class)
                .defaultTo(KeepRaw.ALWAYS);
        return values -> new Root(table.read(values), values.get(keepRaw));
    });

    NodeSpec {
        mapping = List.copyOf(mapping);
        constants = List.copyOf(constants);
        nested = List.copyOf(nested);
        enrich = List.copyOf(enrich);
        times = List.copyOf(times);
    }

    /// Name of the format, which names a nested normalizer that has none of its own.
    String formatName() {
        ConfigNode written = node.get("format");
        String name = written instanceof ConfigNode.Mapping mapping ? mapping.text("type") : node.text("format");
        return name == null ? "nested" : name;
    }

    Position position(String key) {
        ConfigNode value = node.get(key);
        return value == null ? node.position() : value.position();
    }

    /// The keys that every normalizer has.
    private static final class Keys {
        private final Key<FormatPlan> format;
        private final Key<List<MappingRow>> mapping;
        private final Key<Boolean> defaults;
        private final Key<List<Constant>> set;
        private final Key<List<LinkSpec>> nested;
        private final Key<List<EnrichmentSpec>> enrich;
        private final Key<Boolean> requireNested;
        private final Key<Boolean> keepExtra;
        private final Key<Boolean> keepMapped;
        private final OptionalKey<String> timeZone;
        private final Key<List<String>> times;

        Keys(ConfigSpec.Builder keys) {
            format = keys.key("format", "How the text is taken apart.", Formats.type())
                    .required();
            mapping = keys.list("mapping", "Which part fills which field.", ValueTypes.nested(MappingRow.SPEC))
                    .defaultTo(List.of());
            defaults = keys.flag("defaults", "The default mapping of the format holds for parts that are not mapped.")
                    .defaultTo(true);
            set = keys.key("set", "Fields and the values they always get.", FieldNames.CONSTANTS)
                    .defaultTo(List.of());
            nested = keys.list(
                            "nested",
                            "Normalizers for what the parts hold, tried in order.",
                            ValueTypes.nested(LinkSpec.SPEC))
                    .defaultTo(List.of());
            enrich = keys.list(
                            "enrich",
                            "Fields that are filled from others, after the nested normalizers.",
                            ValueTypes.nested(EnrichmentSpec.SPEC))
                    .defaultTo(List.of());
            requireNested = keys.flag(
                            "requireNested",
                            "The text counts as understood only when a nested normalizer understood it.")
                    .defaultTo(false);
            keepExtra = keys.flag("keepExtra", "Parts without a field are kept in Extra.")
                    .defaultTo(true);
            keepMapped = keys.flag("keepMapped", "Parts that a row names are kept in Extra too, under their own name.")
                    .defaultTo(false);
            timeZone = keys.text("timeZone", "Zone of times that are written without one.")
                    .example("Europe/Berlin")
                    .optional();
            times = keys.list("times", "Layouts of times, tried before the common ones.", ValueTypes.TEXT)
                    .defaultTo(List.of());
        }

        NodeSpec read(Values values) {
            return new NodeSpec(
                    values.node(),
                    values.get(format),
                    values.get(mapping),
                    values.get(defaults),
                    values.get(set),
                    values.get(nested),
                    values.get(enrich),
                    values.get(requireNested),
                    values.get(keepExtra),
                    values.get(keepMapped),
                    values.get(timeZone),
                    values.get(times));
        }
    }
}
