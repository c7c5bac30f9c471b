package io.tocsin.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The value types that every component shares.
public final class ValueTypes {
    /// Any text.
    public static final ValueType<String> TEXT = ValueType.of(
            "text", ConfigNode.mapping().put("type", "string").build(), ValueType::scalarText, Function.identity());

    public static final ValueType<Boolean> FLAG = ValueType.of(
            "true or false",
            ConfigNode.mapping().put("type", "boolean").build(),
            ValueTypes::readFlag,
            String::valueOf);

    public static final ValueType<Address> ADDRESS = ValueType.ofText(
            "address host:port", "an address such as 127.0.0.1:514 or [::1]:514", Address::parse, Address::toString);

    public static final ValueType<Secret> SECRET = ValueType.of(
            "secret: env:NAME or file:PATH",
            ConfigNode.mapping().put("type", "string").put("x-secret", true).build(),
            (name, node, problems) -> {
                String text = ValueType.scalarText(name, node, problems);
                return text == null ? null : Secret.of(text);
            },
            Secret::toString);

    /// A part of the tree as it is, for those who read it themselves.
    public static final ValueType<ConfigNode> TREE =
            ValueType.of("any", ConfigNode.mapping().build(), (name, node, problems) -> node, YamlWriter::write);

    private ValueTypes() {}

    public static ValueType<Integer> integer(int minimum, int maximum) {
        return ValueType.of(
                "integer " + range(minimum, maximum),
                numberSchema("integer", minimum, maximum),
                (name, node, problems) -> {
                    Long value = readNumber(name, node, minimum, maximum, problems);
                    return value == null ? null : value.intValue();
                },
                String::valueOf);
    }

    public static ValueType<Long> number(long minimum, long maximum) {
        return ValueType.of(
                "integer " + range(minimum, maximum),
                numberSchema("integer", minimum, maximum),
                (name, node, problems) -> readNumber(name, node, minimum, maximum, problems),
                String::valueOf);
    }

    public static ValueType<Duration> duration(Duration minimum, Duration maximum) {
        String label = "duration " + Durations.text(minimum) + " to " + Durations.text(maximum);
        ValueType<Duration> any =
                ValueType.ofText(label, "a duration such as 250ms, 30s or 1h30m", Durations::parse, Durations::text);
        return within(any, minimum, maximum);
    }

    public static ValueType<ByteSize> size(ByteSize minimum, ByteSize maximum) {
        String label = "size " + minimum + " to " + maximum;
        ValueType<ByteSize> any =
                ValueType.ofText(label, "a size such as 64KiB or 10MB", ByteSize::parse, ByteSize::toString);
        return within(any, minimum, maximum);
    }

    /// The constants of an enum, written in lower case with hyphens.
    public static <E extends Enum<E>> ValueType<E> choice(Class<E> constants) {
        Map<String, E> byName = new LinkedHashMap<>();
        for (E constant : constants.getEnumConstants()) {
            byName.put(choiceName(constant), constant);
        }
        List<String> names = List.copyOf(byName.keySet());
        ConfigNode.Mapping schema = ConfigNode.mapping()
                .put("type", "string")
                .put(
                        "enum",
                        ConfigNode.sequence(names.stream().map(ConfigNode::text).toList()))
                .build();
        return ValueType.of(
                "one of " + String.join(", ", names),
                schema,
                (name, node, problems) -> {
                    String text = ValueType.scalarText(name, node, problems);
                    if (text == null) {
                        return null;
                    }
                    E value = byName.get(text);
                    if (value == null) {
                        problems.add(
                                node.position(),
                                "unknown choice [" + name + "=" + text + ", choices=" + String.join("|", names) + "]"
                                        + Suggestions.hint(text, names));
                    }
                    return value;
                },
                ValueTypes::choiceName);
    }

    /// How a constant is written in configuration: `OCTET_COUNTING` is `octet-counting`.
    public static String choiceName(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// A list; one plain value stands for a list of one.
    public static <T> ValueType<List<T>> list(ValueType<T> element, int maximumItems) {
        ConfigNode.Mapping schema = ConfigNode.mapping()
                .put("type", "array")
                .put("items", element.schema())
                .put("maxItems", maximumItems)
                .build();
        return ValueType.of(
                "list of " + element.label(),
                schema,
                (name, node, problems) -> readList(name, node, element, maximumItems, problems),
                values -> String.join(", ", values.stream().map(element::print).toList()));
    }

    /// Named values in the order in which they are written.
    public static <T> ValueType<Map<String, T>> mapping(ValueType<T> element, int maximumItems) {
        ConfigNode.Mapping schema = ConfigNode.mapping()
                .put("type", "object")
                .put("additionalProperties", element.schema())
                .build();
        return ValueType.of(
                "mapping of " + element.label(),
                schema,
                (name, node, problems) -> readMapping(name, node, element, maximumItems, problems),
                values -> String.join(", ", values.keySet()));
    }

    /// A mapping with a table of its own.
    public static <T> ValueType<T> nested(ConfigSpec<T> spec) {
        return ValueType.of(
                "mapping", spec.jsonSchema(), (name, node, problems) -> spec.read(node, problems), String::valueOf);
    }

    /// One of several components: a mapping whose key `type` names it, or just the name when no other key is
    /// needed.
    public static <T> ValueType<T> component(List<? extends ComponentSpec<? extends T>> components) {
        Map<String, ComponentSpec<? extends T>> byId = new LinkedHashMap<>();
        List<ConfigNode> schemas = new ArrayList<>();
        for (ComponentSpec<? extends T> component : components) {
            byId.put(component.id(), component);
            schemas.add(component.jsonSchema());
        }
        ConfigNode.Mapping schema =
                ConfigNode.mapping().put("oneOf", ConfigNode.sequence(schemas)).build();
        return ValueType.of(
                "one of " + String.join(", ", byId.keySet()),
                schema,
                (name, node, problems) -> readComponent(name, node, byId, problems),
                String::valueOf);
    }

    private static <T> @Nullable T readComponent(
            String name, ConfigNode node, Map<String, ComponentSpec<? extends T>> byId, Problems problems) {
        ConfigNode.Mapping mapping;
        ConfigNode id;
        switch (node) {
            case ConfigNode.Scalar scalar -> {
                mapping = new ConfigNode.Mapping(scalar.position(), List.of());
                id = scalar;
            }
            case ConfigNode.Mapping given -> {
                mapping = given;
                id = given.get(ComponentSpec.TYPE_KEY);
            }
            case ConfigNode.Sequence sequence -> {
                problems.add(sequence.position(), "a mapping is expected, found a list [key=" + name + "]");
                return null;
            }
        }
        if (!(id instanceof ConfigNode.Scalar type)) {
            problems.add(
                    node.position(),
                    "key is missing [key=" + name + ".type, choices=" + String.join("|", byId.keySet()) + "]");
            return null;
        }
        ComponentSpec<? extends T> component = byId.get(type.text());
        if (component == null) {
            problems.add(
                    type.position(),
                    "unknown type [" + name + "=" + type.text() + ", choices=" + String.join("|", byId.keySet()) + "]"
                            + Suggestions.hint(type.text(), byId.keySet()));
            return null;
        }
        return component.read(mapping, problems);
    }

    private static <T extends Comparable<T>> ValueType<T> within(ValueType<T> type, T minimum, T maximum) {
        return ValueType.of(
                type.label(),
                type.schema(),
                (name, node, problems) -> {
                    T value = type.read(name, node, problems);
                    if (value == null || (value.compareTo(minimum) >= 0 && value.compareTo(maximum) <= 0)) {
                        return value;
                    }
                    problems.add(
                            node.position(),
                            "out of range [" + name + "=" + type.print(value) + ", minimum=" + type.print(minimum)
                                    + ", maximum=" + type.print(maximum) + "]");
                    return null;
                },
                type::print);
    }

    private static @Nullable Boolean readFlag(String name, ConfigNode node, Problems problems) {
        String text = ValueType.scalarText(name, node, problems);
        if (text == null) {
            return null;
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> {
                problems.add(node.position(), "neither true nor false [" + name + "=" + text + "]");
                yield null;
            }
        };
    }

    private static @Nullable Long readNumber(
            String name, ConfigNode node, long minimum, long maximum, Problems problems) {
        String text = ValueType.scalarText(name, node, problems);
        if (text == null) {
            return null;
        }
        try {
            long value = Long.parseLong(text.replace("_", ""));
            if (value >= minimum && value <= maximum) {
                return value;
            }
            problems.add(
                    node.position(),
                    "out of range [" + name + "=" + value + ", minimum=" + minimum + ", maximum=" + maximum + "]");
        } catch (NumberFormatException e) {
            problems.add(node.position(), "not an integer [" + name + "=" + text + "]");
        }
        return null;
    }

    private static <T> @Nullable List<T> readList(
            String name, ConfigNode node, ValueType<T> element, int maximumItems, Problems problems) {
        List<ConfigNode> items = node instanceof ConfigNode.Sequence sequence ? sequence.items() : List.of(node);
        if (items.size() > maximumItems) {
            problems.add(
                    node.position(),
                    "too many items [" + name + "=" + items.size() + ", maximum=" + maximumItems + "]");
            return null;
        }
        int before = problems.count();
        List<T> values = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            T value = element.read(name + "[" + i + "]", items.get(i), problems);
            if (value != null) {
                values.add(value);
            }
        }
        return problems.count() > before ? null : List.copyOf(values);
    }

    private static <T> @Nullable Map<String, T> readMapping(
            String name, ConfigNode node, ValueType<T> element, int maximumItems, Problems problems) {
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            problems.add(node.position(), "a mapping is expected, found a " + node.shape() + " [key=" + name + "]");
            return null;
        }
        if (mapping.entries().size() > maximumItems) {
            problems.add(
                    node.position(),
                    "too many entries [" + name + "=" + mapping.entries().size() + ", maximum=" + maximumItems + "]");
            return null;
        }
        int before = problems.count();
        Map<String, T> values = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : mapping.entries()) {
            T value = element.read(name + "." + entry.name(), entry.value(), problems);
            if (value != null) {
                values.put(entry.name(), value);
            }
        }
        return problems.count() > before ? null : java.util.Collections.unmodifiableMap(values);
    }

    private static String range(long minimum, long maximum) {
        if (maximum == Long.MAX_VALUE || maximum == Integer.MAX_VALUE) {
            return "from " + minimum;
        }
        return minimum + " to " + maximum;
    }

    private static ConfigNode.Mapping numberSchema(String type, long minimum, long maximum) {
        return ConfigNode.mapping()
                .put("type", type)
                .put("minimum", minimum)
                .put("maximum", maximum)
                .build();
    }
}
