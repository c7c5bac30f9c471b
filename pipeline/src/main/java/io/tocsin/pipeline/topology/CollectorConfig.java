package io.tocsin.pipeline.topology;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.connector.ConnectorConfig;
import io.tocsin.pipeline.connector.Connectors;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.pipeline.stage.StageConfig;
import io.tocsin.pipeline.stage.StagePlan;
import io.tocsin.pipeline.stage.StageResources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A collector as its resource says, checked: `kind: collector`, `name`, `spec`.
///
/// @param name unique among collectors; the ledger and the events carry it
/// @param place where the resource stands
/// @param enabled false: it is checked, but not started
/// @param connector where events come from
/// @param assemble how lines are joined before they are normalized, null: each is an event
/// @param normalizer makes the normalizer of each lane
/// @param stages what happens to events behind the normalizer, in order
/// @param keepRaw true: the source text is stored with every event; false: as the normalizer says
/// @param destinations names of the consumers that take its events
/// @param tenant tenant that owns the events, may be empty
/// @param way the same text as long as what happens to its events between connector and log is written the same
public record CollectorConfig(
        String name,
        Position place,
        boolean enabled,
        ConnectorConfig connector,
        @Nullable AssembleConfig assemble,
        NormalizerPlan normalizer,
        List<StagePlan> stages,
        boolean keepRaw,
        List<String> destinations,
        String tenant,
        String way) {
    /// What `kind` says.
    public static final String KIND = "collector";

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}");
    private static final Set<String> TOP_LEVEL = Set.of("kind", "name", "spec", "description");

    /// Destinations that exist everywhere.
    public static final List<String> DEFAULT_DESTINATIONS = List.of("storage", "correlator");

    /// The part under `spec` as it was written.
    ///
    /// @param values for the places of values
    private record Written(
            boolean enabled,
            ConnectorConfig connector,
            @Nullable AssembleConfig assemble,
            String normalizer,
            @Nullable FilterConfig filter,
            List<Placed> stages,
            boolean keepRaw,
            List<String> destinations,
            String tenant,
            Values values) {}

    /// A stage and where it stands.
    private record Placed(StageConfig stage, Position position) {}

    private static final ValueType<StageConfig> STAGE = ValueTypes.component(Stages.ALL);

    private static final ValueType<Placed> PLACED_STAGE = ValueType.of(
            STAGE.label(),
            STAGE.schema(),
            (name, node, problems) -> {
                StageConfig stage = STAGE.read(name, node, problems);
                return stage == null ? null : new Placed(stage, node.position());
            },
            placed -> placed.stage().type());

    private static final ConfigSpec<Written> WRITTEN =
            ConfigSpec.of(KIND, "Takes events from one connector, makes them uniform and passes them on.", keys -> {
                var enabled = keys.flag("enabled", "Whether the collector is started.")
                        .defaultTo(true);
                var connector = keys.component("connector", "Where events come from.", Connectors.ALL)
                        .required();
                var assemble = keys.key(
                                "assemble",
                                "Joins lines that are one event before they are parsed: auditd, or how they are told"
                                        + " apart.",
                                AssembleConfig.TYPE)
                        .optional();
                var normalizer = keys.text(
                                "normalizer",
                                "Name of a normalizer, or one of auto, cef, json, kv, syslog. What it does not"
                                        + " understand is kept as it came.")
                        .defaultTo("auto");
                var filter = keys.nested(
                                "filter",
                                "Which events go on; all of them without it. The same as a first stage of type filter.",
                                FilterConfig.SPEC.config())
                        .optional();
                var stages = keys.list(
                                "stages", "What happens to events behind the normalizer, in order.", PLACED_STAGE)
                        .defaultTo(List.of());
                var keepRaw = keys.flag(
                                "keepRaw", "Stores the source text with every event; otherwise the normalizer decides.")
                        .defaultTo(false);
                var destinations = keys.list(
                                "destinations",
                                "Who gets the events: storage, correlator, and what resources of kind destination"
                                        + " describe.",
                                ValueTypes.TEXT)
                        .defaultTo(DEFAULT_DESTINATIONS);
                var tenant = keys.text("tenant", "Tenant that owns the events.").defaultTo("");
                return values -> new Written(
                        values.get(enabled),
                        values.get(connector),
                        values.get(assemble),
                        values.get(normalizer),
                        values.get(filter),
                        values.get(stages),
                        values.get(keepRaw),
                        values.get(destinations),
                        values.get(tenant),
                        values);
            });

    public CollectorConfig {
        stages = List.copyOf(stages);
        destinations = List.copyOf(destinations);
    }

    /// The table of the keys under `spec`, for help, forms and the manual.
    public static ConfigSpec<?> spec() {
        return WRITTEN;
    }

    /// Reads one resource.
    ///
    /// @param resource a whole document with `kind: collector`
    /// @param destinations names that exist
    /// @return null after at least one problem was added
    public static @Nullable CollectorConfig read(
            ConfigNode resource, NormalizerLoader normalizers, Set<String> destinations, Problems problems) {
        return read(resource, normalizers, StageResources.NONE, destinations, problems);
    }

    /// Reads one resource.
    ///
    /// @param resource a whole document with `kind: collector`
    /// @param resources what its stages may name
    /// @param destinations names that exist
    /// @return null after at least one problem was added
    public static @Nullable CollectorConfig read(
            ConfigNode resource,
            NormalizerLoader normalizers,
            StageResources resources,
            Set<String> destinations,
            Problems problems) {
        int before = problems.count();
        if (!(resource instanceof ConfigNode.Mapping mapping) || !KIND.equals(mapping.text("kind"))) {
            problems.add(resource.position(), "not a collector: a mapping with kind: collector is expected");
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
                    "a collector needs a name of letters, digits, '.', '_' and '-', at most 128 [name=" + name + "]");
        }
        ConfigNode spec = mapping.get("spec");
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
            return null;
        }
        Written written = WRITTEN.read(spec, problems);
        NormalizerPlan plan = null;
        List<StagePlan> stages = new ArrayList<>();
        if (written != null) {
            planStages(written, resources, stages, problems);
            plan = normalizers.load(written.normalizer(), written.values().position("normalizer"), problems);
            checkDestinations(written, destinations, problems);
        }
        if (name == null || written == null || plan == null || problems.count() > before) {
            return null;
        }
        return new CollectorConfig(
                name,
                mapping.position(),
                written.enabled(),
                written.connector(),
                written.assemble(),
                plan,
                stages,
                written.keepRaw(),
                written.destinations(),
                written.tenant(),
                way(spec));
    }

    private static String way(ConfigNode spec) {
        StringBuilder text = new StringBuilder();
        if (spec instanceof ConfigNode.Mapping mapping) {
            for (String key : List.of("assemble", "normalizer", "filter", "stages")) {
                ConfigNode part = mapping.get(key);
                if (part != null) {
                    write(text.append(key).append('='), part);
                }
            }
        }
        return text.toString();
    }

    private static void write(StringBuilder text, ConfigNode node) {
        switch (node) {
            case ConfigNode.Scalar scalar ->
                text.append('"')
                        .append(scalar.text().replace("\\", "\\\\").replace("\"", "\\\""))
                        .append('"');
            case ConfigNode.Sequence sequence -> {
                text.append('[');
                sequence.items().forEach(item -> write(text, item));
                text.append(']');
            }
            case ConfigNode.Mapping mapping -> {
                text.append('{');
                mapping.entries()
                        .forEach(entry -> write(text.append(entry.name()).append('='), entry.value()));
                text.append('}');
            }
        }
    }

    /// Reads all collectors among resources; other kinds are passed over. Names must be unique.
    public static List<CollectorConfig> readAll(
            List<ConfigNode> resources, NormalizerLoader normalizers, Set<String> destinations, Problems problems) {
        StageResources named = StageResources.of(byKind(resources));
        List<CollectorConfig> collectors = new ArrayList<>();
        Map<String, Position> names = new HashMap<>();
        for (ConfigNode resource : resources) {
            if (!(resource instanceof ConfigNode.Mapping mapping) || !KIND.equals(mapping.text("kind"))) {
                continue;
            }
            String name = mapping.text("name");
            Position other = name == null ? null : names.putIfAbsent(name, mapping.position());
            if (other != null) {
                problems.add(
                        mapping.position(), "another collector has this name [name=" + name + ", other=" + other + "]");
            }
            CollectorConfig collector = read(resource, normalizers, named, destinations, problems);
            if (collector != null) {
                collectors.add(collector);
            }
        }
        return collectors;
    }

    private static Map<String, Map<String, ConfigNode>> byKind(List<ConfigNode> resources) {
        Map<String, Map<String, ConfigNode>> byKind = new HashMap<>();
        for (ConfigNode resource : resources) {
            if (resource instanceof ConfigNode.Mapping mapping) {
                byKind.computeIfAbsent(String.valueOf(mapping.text("kind")), _ -> new HashMap<>())
                        .put(String.valueOf(mapping.text("name")), mapping);
            }
        }
        return byKind;
    }

    private static void planStages(
            Written written, StageResources resources, List<StagePlan> plans, Problems problems) {
        List<Placed> stages = new ArrayList<>();
        if (written.filter() != null) {
            stages.add(new Placed(written.filter(), written.values().position("filter")));
        }
        stages.addAll(written.stages());
        for (Placed placed : stages) {
            StagePlan plan = placed.stage().plan(resources, placed.position(), problems);
            if (plan != null) {
                plans.add(plan);
            }
        }
    }

    private static void checkDestinations(Written written, Set<String> known, Problems problems) {
        if (written.destinations().isEmpty()) {
            problems.add(
                    written.values().position("destinations"),
                    "a collector needs at least one destination [key=destinations]");
        }
        for (String destination : written.destinations()) {
            if (!known.contains(destination)) {
                problems.add(
                        written.values().position("destinations"),
                        "no such destination [destination=" + destination + "]" + Suggestions.hint(destination, known));
            }
        }
    }
}
