package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;

/// Compares what a pipeline remembers under a key. Immutable.
record StateComparison(String key, ConfigNode.Scalar value, Comparison comparison) {
    static StateComparison read(Settings settings) {
        return new StateComparison(
                settings.text("key"),
                settings.scalar("val"),
                Comparison.of(settings.word("op", "eq", List.of("eq", "ne", "gte", "gt", "lte", "lt"))));
    }

    /// False when nothing is remembered there.
    boolean holds(RuleDraft draft) {
        ConfigNode.Scalar known = draft.state().get(key);
        if (known == null) {
            return false;
        }
        if (DetectionItem.isNumber(known.text()) && DetectionItem.isNumber(value.text())) {
            return comparison.holds(Double.compare(Double.parseDouble(known.text()), Double.parseDouble(value.text())));
        }
        return comparison.holds(known.text().compareTo(value.text()));
    }
}
