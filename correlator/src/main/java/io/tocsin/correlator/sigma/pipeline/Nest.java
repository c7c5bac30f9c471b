package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;

/// `nest`: several items in the place of one, which share its conditions about rules.
record Nest(List<PipelineItem> items) implements RuleTransformation {
    private static final int MAXIMUM_DEPTH = 16;

    Nest {
        items = List.copyOf(items);
    }

    static Nest read(Settings settings, int depth) {
        if (depth >= MAXIMUM_DEPTH) {
            settings.refuse("items are nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            return new Nest(List.of());
        }
        if (!(settings.node("items") instanceof ConfigNode.Sequence list)) {
            settings.refuse("a list of transformations is expected [key=items]");
            return new Nest(List.of());
        }
        return new Nest(Pipeline.items(list, settings.problems(), depth + 1));
    }

    @Override
    public void apply(RuleDraft draft) {
        items.forEach(item -> item.apply(draft));
    }
}
