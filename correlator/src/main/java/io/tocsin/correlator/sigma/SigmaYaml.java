package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;

/// Reads plain values of a rule's mapping leniently: what is absent is empty.
final class SigmaYaml {
    private SigmaYaml() {}

    static String text(ConfigNode.Mapping mapping, String name, String otherwise) {
        String text = mapping.text(name);
        return text == null ? otherwise : text;
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
        List<ConfigNode.Entry> entries = new ArrayList<>();
        for (ConfigNode.Entry entry : under.entries()) {
            ConfigNode.Entry winner = over.entries().stream()
                    .filter(each -> each.name().equals(entry.name()))
                    .findFirst()
                    .orElse(null);
            if (winner == null) {
                entries.add(entry);
            } else if (winner.value() instanceof ConfigNode.Mapping upper
                    && entry.value() instanceof ConfigNode.Mapping lower) {
                entries.add(new ConfigNode.Entry(winner.position(), winner.name(), merge(lower, upper)));
            } else {
                entries.add(winner);
            }
        }
        for (ConfigNode.Entry entry : over.entries()) {
            if (!under.names().contains(entry.name())) {
                entries.add(entry);
            }
        }
        return new ConfigNode.Mapping(over.position(), entries);
    }

    static ConfigNode.Mapping without(ConfigNode.Mapping mapping, String name) {
        return new ConfigNode.Mapping(
                mapping.position(),
                mapping.entries().stream()
                        .filter(entry -> !entry.name().equals(name))
                        .toList());
    }
}
