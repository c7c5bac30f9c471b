package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A processing pipeline as a file holds it. Immutable.
///
/// @param priority lower ones come first
/// @param variables values of placeholders
public record Pipeline(
        Position position,
        String name,
        int priority,
        Map<String, List<ConfigNode>> variables,
        List<PipelineItem> items) {
    private static final int MAXIMUM_ITEMS = 10_000;

    public Pipeline {
        variables = Map.copyOf(variables);
        items = List.copyOf(items);
    }

    /// True when a document looks like a pipeline.
    public static boolean isPipeline(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping
                && !mapping.names().contains("kind")
                && !mapping.names().contains("detection")
                && !mapping.names().contains("correlation")
                && (mapping.names().contains("transformations")
                        || mapping.names().contains("postprocessing")
                        || mapping.names().contains("finalizers"));
    }

    /// The pipeline of a document, or null after what is wrong was added.
    ///
    /// @param notes takes what is passed over
    public static @Nullable Pipeline read(ConfigNode document, Problems problems, Problems notes) {
        int before = problems.count();
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a pipeline is a mapping, found a " + document.shape());
            return null;
        }
        Settings settings = new Settings(mapping, problems);
        String name = settings.text("name", "");
        int priority = priority(settings);
        // Says which query languages it is written for; here there is none.
        settings.node("allowed_backends");
        for (String stage : List.of("postprocessing", "finalizers")) {
            ConfigNode ignored = settings.node(stage);
            if (ignored != null) {
                notes.add(ignored.position(), "passed over: there is no query to work on [key=" + stage + "]");
            }
        }
        Map<String, List<ConfigNode>> variables = new LinkedHashMap<>();
        if (settings.node("vars") instanceof ConfigNode.Mapping said) {
            for (ConfigNode.Entry entry : said.entries()) {
                variables.put(
                        entry.name(),
                        entry.value() instanceof ConfigNode.Sequence list ? list.items() : List.of(entry.value()));
            }
        } else if (settings.node("vars") != null) {
            settings.refuse("variables are a mapping of names to values [key=vars]");
        }
        List<PipelineItem> items = new ArrayList<>();
        switch (settings.node("transformations")) {
            case null -> {}
            case ConfigNode.Sequence list -> items.addAll(items(list, problems, 0));
            case ConfigNode other ->
                problems.add(other.position(), "transformations are a list, found a " + other.shape());
        }
        settings.refuseOthers();
        return problems.count() > before ? null : new Pipeline(mapping.position(), name, priority, variables, items);
    }

    /// @param depth of items within items
    static List<PipelineItem> items(ConfigNode.Sequence list, Problems problems, int depth) {
        List<PipelineItem> items = new ArrayList<>();
        if (list.items().size() > MAXIMUM_ITEMS) {
            problems.add(list.position(), "too many transformations [maximum=" + MAXIMUM_ITEMS + "]");
            return items;
        }
        for (ConfigNode each : list.items()) {
            PipelineItem item = PipelineItem.read(each, problems, depth);
            if (item != null) {
                items.add(item);
            }
        }
        return items;
    }

    private static int priority(Settings settings) {
        String text = settings.text("priority", "0");
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            settings.refuse("a priority is a whole number, lower ones come first [priority=" + text + "]");
            return 0;
        }
    }
}
