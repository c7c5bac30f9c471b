package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;

/// Files whose documents build on each other, as was usual before version 2 of the specification.
public final class SigmaActions {
    /// Entries, at any depth, of a document that is laid under others.
    static final int MAXIMUM_GLOBAL_NODES = 5_000;

    private SigmaActions() {}

    /// The documents of a file as they are meant: `action: global` is laid under those that follow, until `action:
    /// reset`; `action: repeat` is laid over the document before.
    public static List<ConfigNode> expand(List<ConfigNode> documents) {
        List<ConfigNode> expanded = new ArrayList<>();
        ConfigNode.Mapping global = null;
        ConfigNode.Mapping before = null;
        for (ConfigNode document : documents) {
            if (!(document instanceof ConfigNode.Mapping mapping)
                    || mapping.names().contains("kind")) {
                expanded.add(document);
                continue;
            }
            String action = SigmaYaml.text(mapping, "action", "");
            ConfigNode.Mapping own = SigmaYaml.without(mapping, "action");
            switch (action) {
                case "global" -> {
                    if (SigmaYaml.nodes(own) > MAXIMUM_GLOBAL_NODES) {
                        expanded.add(mapping);
                    } else {
                        global = global == null ? own : SigmaYaml.merge(global, own);
                    }
                }
                case "reset" -> global = null;
                case "repeat" -> {
                    if (before != null && SigmaYaml.nodes(before) > MAXIMUM_GLOBAL_NODES) {
                        expanded.add(mapping);
                        continue;
                    }
                    before = before == null ? own : SigmaYaml.merge(before, own);
                    expanded.add(before);
                }
                case "" -> {
                    before = global == null || own.names().contains("correlation") ? own : SigmaYaml.merge(global, own);
                    expanded.add(before);
                }
                default -> expanded.add(mapping);
            }
        }
        return expanded;
    }
}
