package io.tocsin.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The table of a component's configuration: key, type, default, limits and a sentence each, and how to make a
/// record of the values. Parsing, messages, JSON schema, forms and the manual come from it.
///
/// ```java
/// static final ConfigSpec<Config> SPEC = ConfigSpec.of("tcp", "Reads lines from TCP connections.", keys -> {
///     var listen = keys.address("listen", "Address to listen on.").required();
///     var idle = keys.duration("idleTimeout", "Closes a connection that sends nothing for so long.",
///             Duration.ofSeconds(1), Duration.ofDays(1)).defaultTo(Duration.ofMinutes(10));
///     return values -> new Config(values.get(listen), values.get(idle));
/// });
/// ```
///
/// Immutable.
public final class ConfigSpec<T> {
    private final String id;
    private final String sentence;
    private final List<KeyRow<?>> rows;
    private final Function<Values, T> factory;

    private ConfigSpec(String id, String sentence, List<KeyRow<?>> rows, Function<Values, T> factory) {
        this.id = id;
        this.sentence = sentence;
        this.rows = rows;
        this.factory = factory;
    }

    /// @param id name of the component
    /// @param sentence what the component does
    /// @param definition declares the keys and returns how to make the record; that function may throw
    /// [IllegalArgumentException] or call [Values#refuse] when values do not fit each other
    public static <T> ConfigSpec<T> of(String id, String sentence, Function<Builder, Function<Values, T>> definition) {
        Builder builder = new Builder();
        Function<Values, T> factory = definition.apply(builder);
        return new ConfigSpec<>(id, sentence, List.copyOf(builder.rows), factory);
    }

    public String id() {
        return id;
    }

    public String sentence() {
        return sentence;
    }

    /// The keys in the order in which they were declared.
    public List<KeyDescription> keys() {
        return rows.stream().map(KeyRow::describe).toList();
    }

    /// Reads a mapping; returns null after all problems of it were added.
    public @Nullable T read(ConfigNode node, Problems problems) {
        return read(node, Set.of(), problems);
    }

    /// Reads a mapping in which keys of others stand, too.
    ///
    /// @param otherKeys keys that are somebody else's business
    public @Nullable T read(ConfigNode node, Set<String> otherKeys, Problems problems) {
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            problems.add(node.position(), id + ": a mapping is expected, found a " + node.shape());
            return null;
        }
        int before = problems.count();
        Values values = new Values(mapping, problems);
        refuseUnknownKeys(mapping, otherKeys, problems);
        for (KeyRow<?> row : rows) {
            Object value = valueOf(row, mapping, problems);
            if (value != null) {
                values.put(row, value);
            }
        }
        if (problems.count() > before) {
            return null;
        }
        try {
            T result = factory.apply(values);
            return problems.count() > before ? null : result;
        } catch (IllegalArgumentException e) {
            problems.add(mapping.position(), String.valueOf(e.getMessage()));
        } catch (InvalidConfigException e) {
            problems.addAll(e.problems());
        }
        return null;
    }

    /// Reads a mapping.
    ///
    /// @throws InvalidConfigException with all problems
    public T require(ConfigNode node) {
        Problems problems = new Problems();
        T value = read(node, problems);
        if (value == null) {
            throw new InvalidConfigException(problems.list(), problems.count());
        }
        return value;
    }

    /// JSON schema of the mapping. Own words in it: `x-secret`, `x-type` (what a text must look like, for people).
    public ConfigNode.Mapping jsonSchema() {
        return jsonSchema(null);
    }

    ConfigNode.Mapping jsonSchema(@Nullable String typeKey) {
        ConfigNode.MappingBuilder properties = ConfigNode.mapping();
        List<ConfigNode> required = new ArrayList<>();
        if (typeKey != null) {
            properties.put(typeKey, ConfigNode.mapping().put("const", id).build());
            required.add(ConfigNode.text(typeKey));
        }
        for (KeyDescription key : keys()) {
            ConfigNode.MappingBuilder property = ConfigNode.mapping();
            key.schema().entries().forEach(entry -> property.put(entry.name(), entry.value()));
            property.put("description", key.sentence());
            if (key.defaultText() != null) {
                property.put("default", schemaDefault(key));
            }
            if (key.example() != null) {
                property.put("examples", ConfigNode.sequence(List.of(ConfigNode.text(key.example()))));
            }
            if (key.required()) {
                required.add(ConfigNode.text(key.name()));
            }
            properties.put(key.name(), property.build());
        }
        return ConfigNode.mapping()
                .put("type", "object")
                .put("title", id)
                .put("description", sentence)
                .put("properties", properties.build())
                .put("required", ConfigNode.sequence(required))
                .put("additionalProperties", false)
                .build();
    }

    /// A Markdown table of the keys, for the manual.
    public String markdown() {
        StringBuilder text = new StringBuilder("| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
        for (KeyDescription key : keys()) {
            String defaultText =
                    key.required() ? "required" : key.defaultText() == null ? "–" : code(key.defaultText());
            text.append("| `").append(key.name()).append("` | ").append(escaped(key.type()));
            text.append(" | ").append(defaultText).append(" | ").append(escaped(key.sentence()));
            if (key.example() != null) {
                text.append(" For example ").append(code(key.example())).append('.');
            }
            text.append(" |\n");
        }
        return text.toString();
    }

    private static String code(String text) {
        return text.isEmpty() ? "empty" : "`" + escaped(text) + "`";
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }

    private static ConfigNode schemaDefault(KeyDescription key) {
        String type = key.schema().text("type");
        String text = String.valueOf(key.defaultText());
        return switch (type == null ? "" : type) {
            case "integer", "boolean" -> ConfigNode.plain(text);
            case "array" ->
                ConfigNode.sequence(
                        text.isEmpty()
                                ? List.of()
                                : List.of(text.split(", ", -1)).stream()
                                        .map(ConfigNode::text)
                                        .toList());
            default -> ConfigNode.text(text);
        };
    }

    private static <V> @Nullable V valueOf(KeyRow<V> row, ConfigNode.Mapping mapping, Problems problems) {
        ConfigNode node = mapping.get(row.name());
        if (node != null) {
            return row.type().read(row.name(), node, problems);
        }
        if (row.required()) {
            problems.add(mapping.position(), "key is missing [key=" + row.name() + "]: " + row.sentence());
        }
        return row.defaultValue();
    }

    private void refuseUnknownKeys(ConfigNode.Mapping mapping, Set<String> otherKeys, Problems problems) {
        Set<String> known = new HashSet<>(otherKeys);
        rows.forEach(row -> known.add(row.name()));
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!known.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        id + ": unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), known));
            }
        }
    }

    /// Declares the keys of a component, one call each.
    ///
    /// Thread-safety: one thread.
    public static final class Builder {
        private final List<KeyRow<?>> rows = new ArrayList<>();

        private Builder() {}

        public <T> KeyDraft<T> key(String name, String sentence, ValueType<T> type) {
            return new KeyDraft<>(this, name, sentence, type);
        }

        public KeyDraft<String> text(String name, String sentence) {
            return key(name, sentence, ValueTypes.TEXT);
        }

        public KeyDraft<Integer> integer(String name, String sentence, int minimum, int maximum) {
            return key(name, sentence, ValueTypes.integer(minimum, maximum));
        }

        public KeyDraft<Long> number(String name, String sentence, long minimum, long maximum) {
            return key(name, sentence, ValueTypes.number(minimum, maximum));
        }

        public KeyDraft<Boolean> flag(String name, String sentence) {
            return key(name, sentence, ValueTypes.FLAG);
        }

        public KeyDraft<Duration> duration(String name, String sentence, Duration minimum, Duration maximum) {
            return key(name, sentence, ValueTypes.duration(minimum, maximum));
        }

        public KeyDraft<ByteSize> size(String name, String sentence, ByteSize minimum, ByteSize maximum) {
            return key(name, sentence, ValueTypes.size(minimum, maximum));
        }

        public <E extends Enum<E>> KeyDraft<E> choice(String name, String sentence, Class<E> constants) {
            return key(name, sentence, ValueTypes.choice(constants));
        }

        public KeyDraft<Address> address(String name, String sentence) {
            return key(name, sentence, ValueTypes.ADDRESS);
        }

        public KeyDraft<Secret> secret(String name, String sentence) {
            return key(name, sentence, ValueTypes.SECRET);
        }

        public <T> KeyDraft<List<T>> list(String name, String sentence, ValueType<T> element) {
            return key(name, sentence, ValueTypes.list(element, 10_000));
        }

        public <T> KeyDraft<Map<String, T>> mapping(String name, String sentence, ValueType<T> element) {
            return key(name, sentence, ValueTypes.mapping(element, 10_000));
        }

        public <T> KeyDraft<T> nested(String name, String sentence, ConfigSpec<T> spec) {
            return key(name, sentence, ValueTypes.nested(spec));
        }

        public <T> KeyDraft<T> component(
                String name, String sentence, List<? extends ComponentSpec<? extends T>> components) {
            return key(name, sentence, ValueTypes.component(components));
        }

        /// The tree below the key as it is.
        public KeyDraft<ConfigNode> tree(String name, String sentence) {
            return key(name, sentence, ValueTypes.TREE);
        }

        <T> KeyRow<T> add(KeyRow<T> row) {
            for (KeyRow<?> other : rows) {
                if (other.name().equals(row.name())) {
                    throw new IllegalArgumentException("key is declared twice [key=" + row.name() + "]");
                }
            }
            rows.add(row);
            return row;
        }
    }
}
