package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import io.tocsin.expression.Condition;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes normalizers of resources `kind: normalizer` and of the bare names of formats (`cef`, `json`, `syslog`,
/// `kv`, `auto`).
///
/// A name is looked up among the resources first, then among the built-in ones ([Normalizers]). Everything that is
/// wrong is reported with its place, all at once.
///
/// Thread-safety: one thread.
public final class NormalizerLoader {
    /// Deepest nesting of normalizers.
    static final int MAXIMUM_DEPTH = 16;

    private final ZoneId site;
    private final Function<String, @Nullable ConfigNode> resources;
    private final Deque<String> open = new ArrayDeque<>();
    /// Normalizers that were put together so far: one that is named in many places is there once.
    private final Map<Shared, Built> built = new HashMap<>();
    /// How deep `open` was since the innermost normalizer of a name was begun.
    private int deepest;
    /// How far up the innermost normalizer of a name depends on those around it: index in `open` from the root.
    private int dependsOn;

    /// @param site zone of sources that write times without one, unless a normalizer says otherwise
    /// @param resources gives the resource `kind: normalizer` with a name (the whole document), or null; always
    /// the same one
    public NormalizerLoader(ZoneId site, Function<String, @Nullable ConfigNode> resources) {
        this.site = site;
        this.resources = resources;
    }

    /// A loader that knows the built-in normalizers only.
    public NormalizerLoader(ZoneId site) {
        this(site, _ -> null);
    }

    /// Loads a normalizer by name.
    ///
    /// @return null after at least one problem was added
    public @Nullable NormalizerPlan load(String name, Problems problems) {
        return load(name, Position.NONE, problems);
    }

    /// Loads what a resource refers to.
    ///
    /// @param place where the name stands
    /// @return null after at least one problem was added
    public @Nullable NormalizerPlan load(String name, Position place, Problems problems) {
        ConfigNode resource = find(name, place, problems);
        return resource == null ? null : load(resource, problems);
    }

    /// Loads a resource: a document with `kind: normalizer`, `name` and `spec`.
    ///
    /// @return null after at least one problem was added
    public @Nullable NormalizerPlan load(ConfigNode resource, Problems problems) {
        int before = problems.count();
        Document document = document(resource, problems);
        if (document == null) {
            return null;
        }
        open.clear();
        NodeSpec.Root root = NodeSpec.ROOT.read(document.spec, problems);
        if (root == null) {
            return null;
        }
        NormalizerPlan.NodePlan node = shared(document.name, document, root.node(), site, problems);
        return node == null || problems.count() > before
                ? null
                : new NormalizerPlan(node, root.keepRaw(), root.node().format().binary());
    }

    private record Document(String name, ConfigNode spec) {}

    private static @Nullable Document document(ConfigNode resource, Problems problems) {
        if (!(resource instanceof ConfigNode.Mapping mapping)) {
            problems.add(resource.position(), "a resource is a mapping with kind, name and spec");
            return null;
        }
        String kind = mapping.text("kind");
        String name = mapping.text("name");
        ConfigNode spec = mapping.get("spec");
        if (!"normalizer".equals(kind)) {
            problems.add(mapping.position(), "not a normalizer [kind=" + kind + "]");
        }
        if (name == null || name.isBlank() || name.length() > 128) {
            problems.add(mapping.position(), "a normalizer needs a name of 1 to 128 characters [key=name]");
        }
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
        }
        return name == null || spec == null || !"normalizer".equals(kind) ? null : new Document(name, spec);
    }

    private @Nullable ConfigNode find(String name, Position place, Problems problems) {
        ConfigNode resource = resources.apply(name);
        if (resource == null) {
            resource = Normalizers.builtIn(name);
        }
        if (resource == null) {
            problems.add(
                    place,
                    "no such normalizer [normalizer=" + name + ", built-in=" + String.join("|", Normalizers.names())
                            + "]" + Suggestions.hint(name, Normalizers.names()));
        }
        return resource;
    }

    private NormalizerPlan.@Nullable NodePlan node(String name, NodeSpec spec, ZoneId inherited, Problems problems) {
        ZoneId zone = zone(spec, inherited, problems);
        List<TimeLayout> times = layouts(spec, problems);
        SourceMapping mapping = new SourceMapping();
        if (spec.defaults()) {
            spec.format().defaults().accept(mapping);
        }
        rows(spec, zone, times, mapping, problems);
        Registers registers = new Registers();
        List<NormalizerPlan.LinkPlan> links = new ArrayList<>();
        for (LinkSpec link : spec.nested()) {
            NormalizerPlan.LinkPlan plan = link(link, zone, registers, problems);
            if (plan != null) {
                links.add(plan);
            }
        }
        List<NormalizerPlan.LeftoverPlan> leftovers = leftovers(spec, mapping, registers);
        registers.addTo(mapping);
        return new NormalizerPlan.NodePlan(
                name,
                spec.format().maker(),
                mapping,
                spec.keepExtra(),
                registers.count(),
                zone,
                times,
                spec.constants(),
                links,
                leftovers,
                enrichments(spec, problems),
                spec.requireNested());
    }

    /// Takes the fields of parts that a nested normalizer may consume out of the mapping.
    private static List<NormalizerPlan.LeftoverPlan> leftovers(
            NodeSpec spec, SourceMapping mapping, Registers registers) {
        List<NormalizerPlan.LeftoverPlan> leftovers = new ArrayList<>();
        for (LinkSpec link : spec.nested()) {
            String source = link.source();
            if (link.consumes() && source != null && registers.of(source) >= 0) {
                Target target = mapping.remove(source);
                if (target != null) {
                    leftovers.add(new NormalizerPlan.LeftoverPlan(registers.of(source), target.whenEmpty()));
                }
            }
        }
        return leftovers;
    }

    private static ZoneId zone(NodeSpec spec, ZoneId inherited, Problems problems) {
        String text = spec.timeZone();
        if (text == null) {
            return inherited;
        }
        try {
            return ZoneId.of(text);
        } catch (DateTimeException _) {
            problems.add(
                    spec.position("timeZone"),
                    "no such zone [timeZone=" + text + "]; such as UTC, +03:00 or Europe/Berlin");
            return inherited;
        }
    }

    private static List<TimeLayout> layouts(NodeSpec spec, Problems problems) {
        List<TimeLayout> layouts = new ArrayList<>();
        for (String text : spec.times()) {
            try {
                layouts.add(TimeLayout.parse(text));
            } catch (IllegalArgumentException e) {
                problems.add(spec.position("times"), String.valueOf(e.getMessage()));
            }
        }
        return layouts;
    }

    private static void rows(
            NodeSpec spec, ZoneId zone, List<TimeLayout> times, SourceMapping mapping, Problems problems) {
        Map<String, Boolean> declared = new LinkedHashMap<>();
        List<String> sources = spec.format().sources();
        for (MappingRow row : spec.mapping()) {
            MappingRow timed = timed(row, zone, times, problems);
            for (String from : row.from()) {
                row(timed, from, sources, declared, mapping, problems);
            }
        }
        if (spec.keepMapped()) {
            declared.keySet().forEach(from -> mapping.add(from, Target.of(DynamicKind.EXTRA, from, List.of())));
        }
    }

    /// The row with a last conversion that reads its time, when it says how.
    private static MappingRow timed(MappingRow row, ZoneId inherited, List<TimeLayout> times, Problems problems) {
        String written = row.timeZone();
        if (row.times().isEmpty() && written == null) {
            return row;
        }
        List<TimeLayout> layouts = new ArrayList<>();
        ZoneId zone = inherited;
        try {
            for (String layout : row.times()) {
                layouts.add(TimeLayout.parse(layout));
            }
            zone = written == null ? inherited : ZoneId.of(written);
        } catch (DateTimeException _) {
            problems.add(row.place(), "no such zone [timeZone=" + written + "]; such as UTC, +03:00 or Europe/Berlin");
        } catch (IllegalArgumentException e) {
            problems.add(row.place(), String.valueOf(e.getMessage()));
        }
        layouts.addAll(times);
        List<Conversion> conversions = new ArrayList<>(row.conversions());
        conversions.add(new TimeConversion(zone, layouts));
        return new MappingRow(
                row.from(), row.to(), conversions, row.label(), row.ifEmpty(), List.of(), null, row.place());
    }

    private static List<Enrichment> enrichments(NodeSpec spec, Problems problems) {
        List<Enrichment> result = new ArrayList<>();
        for (EnrichmentSpec written : spec.enrich()) {
            Target target = target(written.row(), problems);
            if (target == null) {
                continue;
            }
            try {
                result.add(Enrichment.of(written.template(), target, written.condition()));
            } catch (IllegalArgumentException e) {
                problems.add(written.row().place(), String.valueOf(e.getMessage()));
            }
        }
        return result;
    }

    private static void row(
            MappingRow row,
            String from,
            List<String> sources,
            Map<String, Boolean> declared,
            SourceMapping mapping,
            Problems problems) {
        if (!sources.isEmpty() && !sources.contains(from)) {
            problems.add(
                    row.place(),
                    "the format has no such part [from=" + from + ", parts=" + String.join("|", sources) + "]"
                            + Suggestions.hint(from, sources));
            return;
        }
        Target target = target(row, problems);
        if (target == null) {
            return;
        }
        // what is declared replaces the default; several rows of one source add up
        if (declared.putIfAbsent(from, true) == null) {
            mapping.replace(from, target);
        } else {
            mapping.add(from, target);
        }
    }

    private static @Nullable Target target(MappingRow row, Problems problems) {
        FieldNames.Reference reference = FieldNames.read(row.to(), row.place(), problems);
        if (reference == null) {
            return null;
        }
        Field field = reference.field();
        boolean splits = row.conversions().stream().anyMatch(ListConversions.Split.class::isInstance);
        boolean list = reference.dynamic() != null && reference.dynamic().isArray();
        if (splits && !list) {
            problems.add(
                    row.place(),
                    "split needs a field that takes several values: SA.x, NA.x or FA.x [to=" + row.to() + "]");
            return null;
        }
        if (field == null) {
            if (!row.label().isEmpty()) {
                problems.add(row.place(), "only custom and flex fields have a label [to=" + row.to() + "]");
            }
            return reference.dynamic() == null
                    ? null
                    : Target.of(reference.dynamic(), reference.key(), row.conversions());
        }
        Field labelField = Fields.byName(field.fieldName() + "Label");
        if (!row.label().isEmpty() && labelField == null) {
            problems.add(row.place(), "only custom and flex fields have a label [to=" + row.to() + "]");
            return null;
        }
        boolean labelled = !row.label().isEmpty();
        return Target.of(field, row.conversions(), labelled ? labelField : null, row.label(), row.ifEmpty());
    }

    private NormalizerPlan.@Nullable LinkPlan link(LinkSpec link, ZoneId zone, Registers registers, Problems problems) {
        List<LinkCondition> conditions = new ArrayList<>();
        for (ConditionSpec condition : link.conditions()) {
            conditions.add(condition.build(registers.of(condition.source())));
        }
        Condition fields = link.fields();
        if (fields != null) {
            conditions.add(LinkCondition.Holds.of(fields));
        }
        int register = registers.of(link.source());
        NormalizerPlan.NodePlan node = target(link, zone, problems);
        return node == null
                ? null
                : new NormalizerPlan.LinkPlan(
                        conditions, register, link.conversions(), link.goesOn(), link.consumes(), node);
    }

    private NormalizerPlan.@Nullable NodePlan target(LinkSpec link, ZoneId zone, Problems problems) {
        ConfigNode normalizer = link.normalizer();
        if (open.size() >= MAXIMUM_DEPTH) {
            problems.add(normalizer.position(), "normalizers are nested too deeply [maximum=" + MAXIMUM_DEPTH + "]");
            return null;
        }
        if (normalizer instanceof ConfigNode.Scalar scalar) {
            return referenced(scalar, zone, problems);
        }
        NodeSpec spec = NodeSpec.NESTED.read(normalizer, problems);
        if (spec == null) {
            return null;
        }
        String name = link.name() == null ? spec.formatName() : link.name();
        open.push("");
        deepest = Math.max(deepest, open.size());
        NormalizerPlan.NodePlan node = node(name, spec, zone, problems);
        open.pop();
        return node;
    }

    private NormalizerPlan.@Nullable NodePlan referenced(ConfigNode.Scalar scalar, ZoneId zone, Problems problems) {
        String name = scalar.text();
        dependOn(name);
        ConfigNode resource = open.contains(name) ? Normalizers.builtIn(name) : find(name, scalar.position(), problems);
        if (resource == null) {
            if (open.contains(name)) {
                problems.add(scalar.position(), "the normalizer contains itself [normalizer=" + name + "]");
            }
            return null;
        }
        Document document = document(resource, problems);
        if (document == null) {
            return null;
        }
        if (open.stream().filter(name::equals).count() > 1) {
            problems.add(scalar.position(), "the normalizer contains itself [normalizer=" + name + "]");
            return null;
        }
        return shared(name, document, null, zone, problems);
    }

    /// @param read what the document says, or null when it has to be read
    private NormalizerPlan.@Nullable NodePlan shared(
            String name, Document document, @Nullable NodeSpec read, ZoneId zone, Problems problems) {
        Shared key = new Shared(document.spec, zone);
        Built known = built.get(key);
        if (known != null && open.size() + known.height <= MAXIMUM_DEPTH) {
            return known.node;
        }
        NodeSpec spec = read;
        if (spec == null) {
            NodeSpec.Root root = NodeSpec.ROOT.read(document.spec, problems);
            if (root == null) {
                return null;
            }
            spec = root.node();
        }
        int outerDeepest = deepest;
        int outerDependsOn = dependsOn;
        int level = open.size();
        deepest = level;
        dependsOn = Integer.MAX_VALUE;
        int before = problems.count();
        open.push(name);
        NormalizerPlan.NodePlan node = node(document.name, spec, zone, problems);
        open.pop();
        // What was chosen because a normalizer further up is open would be chosen differently elsewhere.
        if (node != null && problems.count() == before && dependsOn >= level) {
            built.put(key, new Built(node, deepest - level));
        }
        deepest = Math.max(deepest, outerDeepest);
        dependsOn = Math.min(dependsOn, outerDependsOn);
        return node;
    }

    /// @param spec by identity of the document: a resource and a built-in normalizer may share a name
    private record Shared(ConfigNode spec, ZoneId zone) {
        @Override
        @SuppressWarnings("ReferenceEquality") // a document is itself only
        public boolean equals(@Nullable Object other) {
            return other instanceof Shared shared && shared.spec == spec && shared.zone.equals(zone);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(spec);
        }
    }

    /// @param height levels of normalizers below
    private record Built(NormalizerPlan.NodePlan node, int height) {}

    /// Notes that the choice of a normalizer depended on an open one of this name.
    private void dependOn(String name) {
        int level = open.size() - 1;
        for (String candidate : open) {
            if (candidate.equals(name)) {
                dependsOn = Math.min(dependsOn, level);
            }
            level--;
        }
    }

    /// Numbers the parts that nested normalizers and their conditions read.
    ///
    /// Thread-safety: one thread.
    private static final class Registers {
        private final Map<String, Integer> numbers = new LinkedHashMap<>();

        int of(@Nullable String source) {
            if (source == null) {
                return NormalizerNode.WHOLE_TEXT;
            }
            if (source.equals("raw")) {
                return NormalizerNode.RAW_TEXT;
            }
            return numbers.computeIfAbsent(source, _ -> numbers.size());
        }

        int count() {
            return numbers.size();
        }

        void addTo(SourceMapping mapping) {
            numbers.forEach((source, number) -> mapping.add(source, Target.register(number)));
        }
    }
}
