package io.tocsin.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values of one mapping, all present and well-formed, for making the record of a component.
///
/// Thread-safety: one thread.
public final class Values {
    private final ConfigNode.Mapping mapping;
    private final Problems problems;
    private final Map<KeyRow<?>, Object> values = new HashMap<>();

    Values(ConfigNode.Mapping mapping, Problems problems) {
        this.mapping = mapping;
        this.problems = problems;
    }

    void put(KeyRow<?> row, Object value) {
        values.put(row, value);
    }

    public <T> T get(Key<T> key) {
        T value = value(key.row);
        if (value == null) {
            throw new IllegalStateException("key belongs to another table [key=" + key.row.name() + "]");
        }
        return value;
    }

    public <T> @Nullable T get(OptionalKey<T> key) {
        return value(key.row);
    }

    /// Where the mapping stands.
    public Position position() {
        return mapping.position();
    }

    /// The mapping itself.
    public ConfigNode.Mapping node() {
        return mapping;
    }

    /// Where the value of a key stands; the mapping when it is left out.
    public Position position(String key) {
        ConfigNode node = mapping.get(key);
        return node == null ? mapping.position() : node.position();
    }

    /// Adds a problem that only shows when several keys are looked at together.
    ///
    /// @param key the key to point at
    public void refuse(String key, String message) {
        problems.add(position(key), message);
    }

    @SuppressWarnings("unchecked") // put() is called by the table alone, with the value that the row's type has read.
    private <T> @Nullable T value(KeyRow<T> row) {
        return (T) values.get(row);
    }
}
