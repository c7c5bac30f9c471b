package io.tocsin.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of a configuration tree; knows where it was written. Immutable.
public sealed interface ConfigNode {
    Position position();

    /// What the node is called in messages: `mapping`, `list` or `value`.
    default String shape() {
        return switch (this) {
            case Mapping ignored -> "mapping";
            case Sequence ignored -> "list";
            case Scalar ignored -> "value";
        };
    }

    /// One value.
    ///
    /// @param text what stands there, without quotes
    /// @param quoted true when it is text whatever it looks like; false when `true`, `12` or `null` mean more
    /// than text
    record Scalar(Position position, String text, boolean quoted) implements ConfigNode {
        /// True for `null`, `~` and nothing at all.
        public boolean isNull() {
            return !quoted && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
        }
    }

    /// Several nodes in order.
    record Sequence(Position position, List<ConfigNode> items) implements ConfigNode {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /// Named nodes in the order in which they were written; names are unique.
    record Mapping(Position position, List<Entry> entries) implements ConfigNode {
        public Mapping {
            entries = List.copyOf(entries);
        }

        /// The node with this name, or null. A value that says `null` counts as absent.
        public @Nullable ConfigNode get(String name) {
            for (Entry entry : entries) {
                if (entry.name().equals(name)) {
                    return entry.value() instanceof Scalar scalar && scalar.isNull() ? null : entry.value();
                }
            }
            return null;
        }

        /// The text of the value with this name, or null when it is absent or no plain value.
        public @Nullable String text(String name) {
            return get(name) instanceof Scalar scalar ? scalar.text() : null;
        }

        public List<String> names() {
            return entries.stream().map(Entry::name).toList();
        }
    }

    /// One named node of a mapping.
    ///
    /// @param position where the name stands
    record Entry(Position position, String name, ConfigNode value) {}

    /// A text value that was made, not read.
    static Scalar text(String text) {
        return new Scalar(Position.NONE, text, true);
    }

    /// A number, `true`, `false` or another value that is more than text.
    static Scalar plain(Object value) {
        return new Scalar(Position.NONE, String.valueOf(value), false);
    }

    static Sequence sequence(List<? extends ConfigNode> items) {
        return new Sequence(Position.NONE, List.copyOf(items));
    }

    /// Starts a mapping that is made, not read.
    static MappingBuilder mapping() {
        return new MappingBuilder();
    }

    /// Adds entries one after another.
    ///
    /// Thread-safety: one thread.
    final class MappingBuilder {
        private final List<Entry> entries = new ArrayList<>();

        private MappingBuilder() {}

        /// Adds an entry at the end; one of the same name is taken away.
        public MappingBuilder put(String name, ConfigNode value) {
            entries.removeIf(entry -> entry.name().equals(name));
            entries.add(new Entry(Position.NONE, name, value));
            return this;
        }

        public MappingBuilder put(String name, String text) {
            return put(name, text(text));
        }

        public MappingBuilder put(String name, long number) {
            return put(name, plain(number));
        }

        public MappingBuilder put(String name, boolean value) {
            return put(name, plain(value));
        }

        public Mapping build() {
            return new Mapping(Position.NONE, entries);
        }
    }
}
