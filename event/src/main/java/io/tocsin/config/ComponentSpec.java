package io.tocsin.config;

import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A component that can be chosen by its id in configuration: a connector, a normalizer, a destination. Lists of
/// these drive help, REST schema, forms, the manual and validation.
///
/// @param id what stands behind `type:`, lower case with hyphens
/// @param sentence what it does, for people
/// @param config its keys besides `type`; what reading gives is the component's configuration record, or anything
/// else that the list's owner asks for
public record ComponentSpec<T>(String id, String sentence, ConfigSpec<T> config) {
    static final String TYPE_KEY = "type";

    public static <T> ComponentSpec<T> of(
            String id, String sentence, Function<ConfigSpec.Builder, Function<Values, T>> definition) {
        return new ComponentSpec<>(id, sentence, ConfigSpec.of(id, sentence, definition));
    }

    /// Reads a mapping that may carry `type`.
    public @Nullable T read(ConfigNode.Mapping mapping, Problems problems) {
        return config.read(mapping, Set.of(TYPE_KEY), problems);
    }

    /// JSON schema of the mapping, `type` included.
    public ConfigNode.Mapping jsonSchema() {
        return config.jsonSchema(TYPE_KEY);
    }
}
