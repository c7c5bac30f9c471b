package io.tocsin.pipeline.filter;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.Values;
import io.tocsin.expression.Condition;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A filter as it is written: `keep` or `drop` with a condition, or the name of a shared one.
///
/// @param plan what it does, null when it names a shared filter
/// @param use name of a resource of kind `filter`, or null
public record FilterConfig(
        @Nullable FilterPlan plan, @Nullable String use) implements StageConfig {
    /// What `kind` of a shared filter says.
    public static final String KIND = "filter";

    private static final String SENTENCE = "Drops events that nobody needs, and counts them.";

    /// The kind of stage.
    public static final ComponentSpec<FilterConfig> SPEC = ComponentSpec.of(KIND, SENTENCE, FilterConfig::definition);

    /// The table of the keys under `spec` of a shared filter.
    private static final ConfigSpec<FilterPlan> SHARED = ConfigSpec.of(KIND, SENTENCE, keys -> {
        var keep = keys.key("keep", "Only events that the condition fits go on.", Condition.TYPE)
                .optional();
        var drop = keys.key("drop", "Events that the condition fits are dropped.", Condition.TYPE)
                .optional();
        return values -> plan(KIND, values.get(keep), values.get(drop));
    });

    private static Function<Values, FilterConfig> definition(ConfigSpec.Builder keys) {
        var keep = keys.key("keep", "Only events that the condition fits go on.", Condition.TYPE)
                .example("DeviceVendor = 'Fortinet'")
                .optional();
        var drop = keys.key("drop", "Events that the condition fits are dropped.", Condition.TYPE)
                .example("DeviceSeverity = 'debug'")
                .optional();
        var use = keys.text("use", "Name of a shared filter (`kind: filter`) instead of a condition.")
                .optional();
        return values -> {
            String name = values.get(use);
            if (name == null) {
                return new FilterConfig(plan(KIND, values.get(keep), values.get(drop)), null);
            }
            if (values.get(keep) != null || values.get(drop) != null) {
                throw new IllegalArgumentException("a filter is shared (use) or has a condition, not both");
            }
            return new FilterConfig(null, name);
        };
    }

    private static FilterPlan plan(String name, @Nullable Condition kept, @Nullable Condition dropped) {
        if (kept != null && dropped == null) {
            return new FilterPlan(name, EventFilter.Mode.KEEP, kept);
        }
        if (dropped != null && kept == null) {
            return new FilterPlan(name, EventFilter.Mode.DROP, dropped);
        }
        throw new IllegalArgumentException("a filter has one condition, either keep or drop");
    }

    @Override
    public String type() {
        return KIND;
    }

    @Override
    public @Nullable StagePlan plan(StageResources resources, Position position, Problems problems) {
        if (use == null) {
            return plan;
        }
        ConfigNode document = resources.find(KIND, use);
        if (document == null) {
            problems.add(position, "no such filter [use=" + use + "]" + Suggestions.hint(use, resources.names(KIND)));
            return null;
        }
        return shared(document, problems);
    }

    /// Reads a resource of kind `filter`; null after all problems were added.
    public static @Nullable FilterPlan shared(ConfigNode document, Problems problems) {
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a filter is a mapping, this is a " + document.shape());
            return null;
        }
        ConfigNode spec = mapping.get("spec");
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
            return null;
        }
        FilterPlan read = SHARED.read(spec, problems);
        String name = mapping.text("name");
        return read == null || name == null ? read : new FilterPlan(name, read.mode(), read.condition());
    }
}
