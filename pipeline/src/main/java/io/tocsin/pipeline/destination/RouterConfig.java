package io.tocsin.pipeline.destination;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueTypes;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An event router as its resource says: `kind: router`, `name`, `spec`. A topology with destinations only: it
/// takes deliveries of collectors and other routers and passes them on.
///
/// @param name unique among routers
/// @param destinations names of the destinations that get what comes in, each by its own filters
public record RouterConfig(String name, List<String> destinations) {
    /// What `kind` says.
    public static final String KIND = "router";

    private static final ConfigSpec<List<String>> SPEC = ConfigSpec.of(
            KIND, "Takes deliveries of other services and passes them on to destinations by their filters.", keys -> {
                var destinations = keys.list("destinations", "Who gets what comes in.", ValueTypes.TEXT)
                        .required();
                return values -> values.get(destinations);
            });

    public RouterConfig {
        destinations = List.copyOf(destinations);
    }

    /// The table of the keys under `spec`, for help, forms and the manual.
    public static ConfigSpec<?> spec() {
        return SPEC;
    }

    /// Reads one resource.
    ///
    /// @param resource a whole document with `kind: router`
    /// @param known names of destinations
    /// @return null after at least one problem was added
    public static @Nullable RouterConfig read(ConfigNode.Mapping resource, Set<String> known, Problems problems) {
        int before = problems.count();
        ConfigNode spec = resource.get("spec");
        if (spec == null) {
            problems.add(resource.position(), "key is missing [key=spec]");
            return null;
        }
        List<String> destinations = SPEC.read(spec, problems);
        if (destinations != null && destinations.isEmpty()) {
            problems.add(spec.position(), "a router needs at least one destination [key=destinations]");
        }
        if (destinations != null) {
            for (String destination : destinations) {
                if (!known.contains(destination)) {
                    problems.add(
                            spec.position(),
                            "no such destination [destination=" + destination + "]"
                                    + Suggestions.hint(destination, known));
                }
            }
        }
        String name = resource.text("name");
        return destinations == null || name == null || problems.count() > before
                ? null
                : new RouterConfig(name, destinations);
    }
}
