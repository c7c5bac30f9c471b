package io.tocsin.pipeline.stage;

import io.tocsin.config.ConfigNode;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The resources that stages may name: filters, dictionaries, …
///
/// Immutable, if its functions are.
public final class StageResources {
    /// No resources at all.
    public static final StageResources NONE = new StageResources((_, _) -> null, _ -> Set.of());

    private final BiFunction<String, String, @Nullable ConfigNode> find;
    private final Function<String, Set<String>> names;

    /// @param find the whole document of a kind and name, or null
    /// @param names all names of a kind
    public StageResources(BiFunction<String, String, @Nullable ConfigNode> find, Function<String, Set<String>> names) {
        this.find = find;
        this.names = names;
    }

    /// Resources of a map from kind to name to document.
    public static StageResources of(Map<String, Map<String, ConfigNode>> byKind) {
        return new StageResources(
                (kind, name) -> byKind.getOrDefault(kind, Map.of()).get(name),
                kind -> byKind.getOrDefault(kind, Map.of()).keySet());
    }

    /// The whole document (`kind`, `name`, `spec`) of a resource, or null.
    public @Nullable ConfigNode find(String kind, String name) {
        return find.apply(kind, name);
    }

    /// All names of a kind, for suggestions.
    public Set<String> names(String kind) {
        return names.apply(kind);
    }
}
