package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A resource of kind `sigma-mapping`: where the fields and log sources of Sigma are in our events, and the values
/// of placeholders. Immutable.
///
/// @param rules log sources of the rules that its fields are for; empty for all
/// @param fields places of a field by its name in Sigma
/// @param sources what events of a product, service or category, or of `product/service`, say of
/// themselves
/// @param channels event logs of a Windows service
/// @param categories event logs and event ids of a Windows category
/// @param placeholders values of `%name%`
record SigmaMapping(
        List<SigmaLogsource> rules,
        Map<String, List<FieldReference>> fields,
        Map<String, Filter> sources,
        Map<String, List<String>> channels,
        Map<String, List<WindowsEvents>> categories,
        Map<String, List<String>> placeholders) {
    static final String KIND = "sigma-mapping";
    private static final List<String> KEYS =
            List.of("for", "fields", "sources", "windowsServices", "windowsCategories", "placeholders");

    /// @param services names of Windows services
    record WindowsEvents(List<String> services, List<String> eventIds) {}

    static boolean isMapping(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping && KIND.equals(mapping.text("kind"));
    }

    /// The mapping of a document, or null after what is wrong was added.
    static @Nullable SigmaMapping read(ConfigNode document, Problems problems) {
        int before = problems.count();
        if (!(document instanceof ConfigNode.Mapping whole)
                || !(whole.get("spec") instanceof ConfigNode.Mapping spec)) {
            problems.add(document.position(), "a sigma-mapping has a spec [key=spec]");
            return null;
        }
        for (ConfigNode.Entry entry : spec.entries()) {
            if (!KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "key is not known [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), KEYS));
            }
        }
        List<SigmaLogsource> rules = new ArrayList<>();
        if (spec.get("for") instanceof ConfigNode.Sequence list) {
            for (ConfigNode item : list.items()) {
                if (item instanceof ConfigNode.Mapping source) {
                    rules.add(new SigmaLogsource(
                            SigmaYaml.text(source, "category", ""),
                            SigmaYaml.text(source, "product", ""),
                            SigmaYaml.text(source, "service", "")));
                }
            }
        }
        Map<String, List<FieldReference>> fields = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries(spec, "fields")) {
            List<FieldReference> places = new ArrayList<>();
            texts(entry.value()).forEach(name -> add(places, name, entry.position(), problems));
            fields.put(entry.name(), places);
        }
        Map<String, Filter> sources = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries(spec, "sources")) {
            sources.put(entry.name(), source(entry.value(), problems));
        }
        Map<String, List<String>> channels = new LinkedHashMap<>();
        entries(spec, "windowsServices").forEach(entry -> channels.put(entry.name(), texts(entry.value())));
        Map<String, List<WindowsEvents>> categories = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : entries(spec, "windowsCategories")) {
            List<WindowsEvents> events = new ArrayList<>();
            if (entry.value() instanceof ConfigNode.Sequence list) {
                for (ConfigNode item : list.items()) {
                    if (item instanceof ConfigNode.Mapping pair) {
                        events.add(new WindowsEvents(
                                SigmaYaml.texts(pair, "services"), SigmaYaml.texts(pair, "eventIds")));
                    }
                }
            }
            categories.put(entry.name(), events);
        }
        Map<String, List<String>> placeholders = new LinkedHashMap<>();
        entries(spec, "placeholders").forEach(entry -> placeholders.put(entry.name(), texts(entry.value())));
        return problems.count() > before
                ? null
                : new SigmaMapping(rules, fields, sources, channels, categories, placeholders);
    }

    /// What events of a source say of themselves: comparisons of which one is enough, or `any` when they need say
    /// nothing.
    private static Filter source(ConfigNode node, Problems problems) {
        if (node instanceof ConfigNode.Scalar scalar && scalar.text().equals("any")) {
            return Filter.TRUE;
        }
        if (!(node instanceof ConfigNode.Mapping said)) {
            problems.add(node.position(), "a source is a mapping of our fields to values, or 'any'");
            return Filter.FALSE;
        }
        List<Filter> ways = new ArrayList<>();
        for (ConfigNode.Entry way : said.entries()) {
            List<FieldReference> places = new ArrayList<>();
            add(places, way.name(), way.position(), problems);
            places.forEach(place ->
                    texts(way.value()).forEach(value -> ways.add(new Filter.Test(place, comparison(value)))));
        }
        return Filter.any(ways);
    }

    private static Match comparison(String value) {
        return value.contains("*") ? Match.of(Wildcards.parse(value), true) : new Match.Same(value, true);
    }

    /// True when its fields are those of rules about this log source.
    boolean isFor(SigmaLogsource logsource) {
        return rules.isEmpty() || rules.stream().anyMatch(each -> each.covers(logsource));
    }

    private static void add(List<FieldReference> places, String name, Position position, Problems problems) {
        FieldReference field = FieldReference.byName(name);
        if (field == null) {
            problems.add(position, "unknown field [field=" + name + "]" + FieldReference.hint(name));
        } else {
            places.add(field);
        }
    }

    private static List<ConfigNode.Entry> entries(ConfigNode.Mapping spec, String name) {
        return spec.get(name) instanceof ConfigNode.Mapping mapping ? mapping.entries() : List.of();
    }

    private static List<String> texts(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Scalar scalar -> List.of(scalar.text());
            case ConfigNode.Sequence list ->
                list.items().stream()
                        .filter(ConfigNode.Scalar.class::isInstance)
                        .map(item -> ((ConfigNode.Scalar) item).text())
                        .toList();
            case ConfigNode.Mapping _ -> List.of();
        };
    }
}
