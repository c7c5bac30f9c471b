package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The list of conversions. In YAML a conversion is its name (`lower`), its name with its one value (`append:
/// "@local"`) or with its values (`substring: { start: 0, end: 8 }`).
public final class Conversions {
    /// One conversion or a list of them, for tables of other packages.
    public static final ValueType<List<Conversion>> LIST = ValueType.of(
            "conversions",
            ConfigNode.mapping().build(),
            (name, node, problems) -> {
                int before = problems.count();
                List<Conversion> read = read(node, problems);
                return problems.count() > before ? null : read;
            },
            String::valueOf);

    /// What one conversion is called and how it is made of its value.
    ///
    /// @param spec table of its keys
    /// @param shortKey key that a plain value stands for; empty when there is none
    private record Row(ComponentSpec<Conversion> spec, String shortKey) {}

    private static final List<Row> ALL = List.of(
            new Row(TextConversions.APPEND, "text"),
            new Row(DecodeConversions.BASE64, ""),
            new Row(DecodeConversions.BASE64_URL, ""),
            new Row(DecodeConversions.HEXADECIMAL, ""),
            new Row(DecodeConversions.URL, ""),
            new Row(TextConversions.DROP_IF, "text"),
            new Row(ListConversions.JOIN, "with"),
            new Row(TextConversions.LOWER, ""),
            new Row(ListConversions.MAP, ""),
            new Row(TextConversions.PREPEND, "text"),
            new Row(RegexpConversions.REGEXP, "expression"),
            new Row(TextConversions.REPLACE, ""),
            new Row(RegexpConversions.REPLACE_REGEXP, ""),
            new Row(ListConversions.SPLIT, "at"),
            new Row(TextConversions.SUBSTRING, ""),
            new Row(TextConversions.TRIM, "characters"),
            new Row(TextConversions.UPPER, ""),
            new Row(XmlConversions.TO_JSON, ""));

    private Conversions() {}

    /// The specs of all conversions in alphabetical order, for help and the manual.
    static List<ComponentSpec<Conversion>> specs() {
        return ALL.stream().map(Row::spec).toList();
    }

    /// Reads one conversion or a list of them; adds what is wrong to `problems`.
    static List<Conversion> read(ConfigNode node, Problems problems) {
        List<Conversion> result = new ArrayList<>();
        if (node instanceof ConfigNode.Sequence sequence) {
            for (ConfigNode item : sequence.items()) {
                Conversion conversion = one(item, problems);
                if (conversion != null) {
                    result.add(conversion);
                }
            }
        } else {
            Conversion conversion = one(node, problems);
            if (conversion != null) {
                result.add(conversion);
            }
        }
        return result;
    }

    private static @Nullable Conversion one(ConfigNode node, Problems problems) {
        return switch (node) {
            case ConfigNode.Scalar scalar -> {
                Row row = row(scalar.text(), scalar.position(), problems);
                yield row == null
                        ? null
                        : row.spec.read(new ConfigNode.Mapping(scalar.position(), List.of()), problems);
            }
            case ConfigNode.Mapping mapping
            when mapping.entries().size() == 1 -> {
                ConfigNode.Entry entry = mapping.entries().getFirst();
                Row row = row(entry.name(), entry.position(), problems);
                yield row == null ? null : withValue(row, entry, problems);
            }
            case ConfigNode.Mapping mapping -> {
                problems.add(mapping.position(), "a conversion is one name with its values, such as append: text");
                yield null;
            }
            case ConfigNode.Sequence sequence -> {
                problems.add(sequence.position(), "a conversion is expected, found a list");
                yield null;
            }
        };
    }

    private static @Nullable Conversion withValue(Row row, ConfigNode.Entry entry, Problems problems) {
        if (entry.value() instanceof ConfigNode.Mapping values) {
            return row.spec.read(values, problems);
        }
        if (row.shortKey.isEmpty()) {
            problems.add(entry.position(), "a mapping of values is expected [conversion=" + entry.name() + "]");
            return null;
        }
        ConfigNode.Entry named = new ConfigNode.Entry(entry.position(), row.shortKey, entry.value());
        return row.spec.read(new ConfigNode.Mapping(entry.position(), List.of(named)), problems);
    }

    private static @Nullable Row row(String name, Position position, Problems problems) {
        for (Row row : ALL) {
            if (row.spec.id().equals(name)) {
                return row;
            }
        }
        List<String> known = specs().stream().map(ComponentSpec::id).toList();
        problems.add(
                position,
                "unknown conversion [conversion=" + name + ", choices=" + String.join("|", known) + "]"
                        + Suggestions.hint(name, known));
        return null;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
