package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import java.util.List;

/// What a selection of a rule asks for. Immutable.
public sealed interface Selection permits DetectionItem, Selection.All, Selection.Any {
    int MAXIMUM_DEPTH = 16;

    /// All of its parts; without any it asks for nothing, and counts as if it were not there.
    record All(List<Selection> parts) implements Selection {
        public All {
            parts = List.copyOf(parts);
        }
    }

    /// One of its parts; without any it asks for nothing, and counts as if it were not there.
    record Any(List<Selection> parts) implements Selection {
        public Any {
            parts = List.copyOf(parts);
        }
    }

    /// True when pipelines have left nothing of it.
    default boolean isEmpty() {
        return switch (this) {
            case DetectionItem ignored -> false;
            case All all -> all.parts.isEmpty();
            case Any any -> any.parts.isEmpty();
        };
    }

    /// Reads a selection; what is wrong with it is added to the problems.
    static Selection read(ConfigNode node, Problems problems) {
        return read(node, problems, 0);
    }

    private static Selection read(ConfigNode node, Problems problems, int depth) {
        if (depth > MAXIMUM_DEPTH) {
            problems.add(node.position(), "selection is nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            return new Any(List.of());
        }
        return switch (node) {
            case ConfigNode.Scalar keyword -> DetectionItem.keywords(keyword);
            case ConfigNode.Sequence list -> {
                if (list.items().isEmpty()) {
                    problems.add(list.position(), "selection is empty: it can match nothing");
                } else if (list.items().stream().allMatch(ConfigNode.Scalar.class::isInstance)) {
                    yield DetectionItem.keywords(list);
                }
                yield new Any(list.items().stream()
                        .map(each -> read(each, problems, depth + 1))
                        .toList());
            }
            case ConfigNode.Mapping mapping -> {
                if (mapping.entries().isEmpty()) {
                    problems.add(mapping.position(), "selection is empty: it would match everything");
                }
                yield new All(mapping.entries().stream()
                        .map(entry -> (Selection) DetectionItem.of(entry))
                        .toList());
            }
        };
    }
}
