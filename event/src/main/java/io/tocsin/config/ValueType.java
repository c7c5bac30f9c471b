package io.tocsin.config;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What values a key takes: how they are called, read, printed and described. Immutable.
public final class ValueType<T> {
    /// Turns a node into a value.
    @FunctionalInterface
    public interface Reader<T> {
        /// The value, or null after at least one problem was added.
        ///
        /// @param name the key, for messages
        @Nullable
        T read(String name, ConfigNode node, Problems problems);
    }

    private final String label;
    private final ConfigNode.Mapping schema;
    private final Reader<T> reader;
    private final Function<T, String> printer;

    private ValueType(String label, ConfigNode.Mapping schema, Reader<T> reader, Function<T, String> printer) {
        this.label = label;
        this.schema = schema;
        this.reader = reader;
        this.printer = printer;
    }

    /// @param label what the manual calls it, with its limits
    /// @param schema JSON schema of the values
    /// @param printer text of a value, for the default in the manual
    public static <T> ValueType<T> of(
            String label, ConfigNode.Mapping schema, Reader<T> reader, Function<T, String> printer) {
        return new ValueType<>(label, schema, reader, printer);
    }

    /// A type whose values are one text each, such as an address.
    ///
    /// @param parse the value, or null when the text means none
    /// @param expectation ends the message `not …` when it means none, such as `a duration such as 30s`
    public static <T> ValueType<T> ofText(
            String label, String expectation, Function<String, @Nullable T> parse, Function<T, String> printer) {
        ConfigNode.Mapping schema =
                ConfigNode.mapping().put("type", "string").put("x-type", label).build();
        return new ValueType<>(
                label,
                schema,
                (name, node, problems) -> {
                    String text = scalarText(name, node, problems);
                    if (text == null) {
                        return null;
                    }
                    T value = parse.apply(text);
                    if (value == null) {
                        problems.add(node.position(), "not " + expectation + " [" + name + "=" + text + "]");
                    }
                    return value;
                },
                printer);
    }

    public String label() {
        return label;
    }

    public ConfigNode.Mapping schema() {
        return schema;
    }

    public String print(T value) {
        return printer.apply(value);
    }

    public @Nullable T read(String name, ConfigNode node, Problems problems) {
        return reader.read(name, node, problems);
    }

    /// The text of a plain value, or null after the problem was added.
    static @Nullable String scalarText(String name, ConfigNode node, Problems problems) {
        if (node instanceof ConfigNode.Scalar scalar) {
            return scalar.text();
        }
        problems.add(node.position(), "one value is expected, found a " + node.shape() + " [key=" + name + "]");
        return null;
    }
}
