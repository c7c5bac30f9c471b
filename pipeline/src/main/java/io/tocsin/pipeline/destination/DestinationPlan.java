package io.tocsin.pipeline.destination;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.filter.FilterPlan;
import io.tocsin.pipeline.stage.StageResources;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A destination as its resource says, checked: `kind: destination`, `name`, `spec` with `type`.
///
/// @param name unique among destinations; collectors name it
/// @param place where the resource stands
/// @param config what it does
/// @param filters which events it gets, one after another
public record DestinationPlan(String name, Position place, DestinationConfig config, List<FilterPlan> filters) {
    /// What `kind` says.
    public static final String KIND = "destination";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,47}");
    private static final Set<String> TOP_LEVEL = Set.of("kind", "name", "spec", "description");
    private static final ValueType<DestinationConfig> TYPE = ValueTypes.component(Destinations.ALL);
    private static final String CONSUMER = "destination.";

    public DestinationPlan {
        filters = List.copyOf(filters);
    }

    /// Name of the durable cursor of a destination in the log.
    public static String consumer(String name) {
        return CONSUMER + name;
    }

    /// Name of the destination that a cursor belongs to; null when it is not that of a destination.
    public static @Nullable String ofConsumer(String consumer) {
        return consumer.startsWith(CONSUMER) ? consumer.substring(CONSUMER.length()) : null;
    }

    /// Reads one resource.
    ///
    /// @param resource a whole document with `kind: destination`
    /// @param resources shared filters that it may name
    /// @return null after at least one problem was added
    public static @Nullable DestinationPlan read(ConfigNode resource, StageResources resources, Problems problems) {
        int before = problems.count();
        if (!(resource instanceof ConfigNode.Mapping mapping) || !KIND.equals(mapping.text("kind"))) {
            problems.add(resource.position(), "not a destination: a mapping with kind: destination is expected");
            return null;
        }
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!TOP_LEVEL.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        KIND + ": unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), TOP_LEVEL));
            }
        }
        String name = mapping.text("name");
        if (name == null || !NAME.matcher(name).matches()) {
            ConfigNode at = mapping.get("name");
            problems.add(
                    at == null ? mapping.position() : at.position(),
                    "a destination needs a name of small letters, digits, '.', '_' and '-', at most 48 [name=" + name
                            + "]");
        }
        ConfigNode spec = mapping.get("spec");
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
            return null;
        }
        DestinationConfig config = TYPE.read("spec", spec, problems);
        List<FilterPlan> filters = new ArrayList<>();
        if (config != null) {
            for (FilterConfig filter : config.settings().filters()) {
                if (filter.plan(resources, spec.position(), problems) instanceof FilterPlan plan) {
                    filters.add(plan);
                }
            }
        }
        return name == null || config == null || problems.count() > before
                ? null
                : new DestinationPlan(name, mapping.position(), config, filters);
    }
}
