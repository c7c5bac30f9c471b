package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Pipelines in the order in which they work: by priority, those of the same priority as they were given. Where two
/// have a variable of the same name, the later one's values count.
///
/// Thread-safety: immutable.
public final class Pipelines {
    /// Leaves rules as they are.
    public static final Pipelines NONE = new Pipelines(List.of());

    private final List<Pipeline> ordered;
    private final Map<String, List<ConfigNode>> variables = new HashMap<>();

    private Pipelines(List<Pipeline> ordered) {
        this.ordered = ordered;
        ordered.forEach(each -> variables.putAll(each.variables()));
    }

    /// These and another one.
    public Pipelines with(Pipeline more) {
        List<Pipeline> all = new ArrayList<>(ordered);
        all.add(more);
        all.sort(Comparator.comparingInt(Pipeline::priority));
        return new Pipelines(List.copyOf(all));
    }

    public boolean isEmpty() {
        return ordered.isEmpty();
    }

    /// True when a pipeline of this place is one of them.
    public boolean holds(ConfigNode document) {
        return ordered.stream().anyMatch(each -> each.position().equals(document.position()));
    }

    /// Works on a rule; what makes it unusable is added to the draft's problems.
    public void apply(RuleDraft draft) {
        draft.variables(variables);
        for (Pipeline pipeline : ordered) {
            pipeline.items().forEach(item -> item.apply(draft));
        }
    }
}
