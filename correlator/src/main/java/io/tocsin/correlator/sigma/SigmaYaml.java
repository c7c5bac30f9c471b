package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Suggestions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads plain values of a rule's mapping leniently: what is absent is empty.
final class SigmaYaml {
    private SigmaYaml() {}

    static String text(ConfigNode.Mapping mapping, String name, String otherwise) {
        String text = mapping.text(name);
        return text == null ? otherwise : text;
    }

    /// Ends a message about a key that is missing: asks for one that is nearly the same, or says nothing.
    static String meant(ConfigNode.Mapping mapping, String missing) {
        for (String name : mapping.names()) {
            if (Suggestions.nearest(name, List.of(missing)) != null) {
                return ": did you mean it by " + name + "?";
            }
        }
        return "";
    }

    /// The texts of a list, or the one text that stands in its place.
    static List<String> texts(ConfigNode.Mapping mapping, String name) {
        List<String> texts = new ArrayList<>();
        switch (mapping.get(name)) {
            case null -> {}
            case ConfigNode.Scalar scalar -> texts.add(scalar.text());
            case ConfigNode.Sequence list -> {
                for (ConfigNode item : list.items()) {
                    if (item instanceof ConfigNode.Scalar scalar) {
                        texts.add(scalar.text());
                    }
                }
            }
            case ConfigNode.Mapping _ -> {}
        }
        return texts;
    }

    /// One mapping over another: entries of `over` win, mappings under the same name are merged.
    static ConfigNode.Mapping merge(ConfigNode.Mapping under, ConfigNode.Mapping over) {
        Map<String, ConfigNode.Entry> entries = new LinkedHashMap<>();
        under.entries().forEach(entry -> entries.put(entry.name(), entry));
        for (ConfigNode.Entry entry : over.entries()) {
            ConfigNode.Entry lower = entries.get(entry.name());
            if (lower != null
                    && lower.value() instanceof ConfigNode.Mapping below
                    && entry.value() instanceof ConfigNode.Mapping above) {
                entries.put(entry.name(), new ConfigNode.Entry(entry.position(), entry.name(), merge(below, above)));
            } else {
                entries.put(entry.name(), entry);
            }
        }
        return new ConfigNode.Mapping(over.position(), List.copyOf(entries.values()));
    }

    /// Number of nodes of a tree. The reader of YAML has bounded depth and number.
    static int nodes(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Scalar _ -> 1;
            case ConfigNode.Sequence list ->
                1 + list.items().stream().mapToInt(SigmaYaml::nodes).sum();
            case ConfigNode.Mapping mapping ->
                1
                        + mapping.entries().stream()
                                .mapToInt(entry -> nodes(entry.value()))
                                .sum();
        };
    }

    static ConfigNode.Mapping without(ConfigNode.Mapping mapping, String name) {
        return new ConfigNode.Mapping(
                mapping.position(),
                mapping.entries().stream()
                        .filter(entry -> !entry.name().equals(name))
                        .toList());
    }
}
