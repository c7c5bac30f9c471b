package io.tocsin.app.report;

import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The public Sigma rules of a data folder, read once for all sets that need them.
///
/// Thread-safety: one thread.
final class SigmaRules {
    private final Map<Boolean, RuleSet> sets;

    SigmaRules() {
        this(Map.of());
    }

    /// @param known sets that are read already, by `raw`
    SigmaRules(Map<Boolean, RuleSet> known) {
        sets = new HashMap<>(known);
    }

    /// @param folder of the rules
    /// @param raw true for events with Sigma's own field names, false for normalized ones
    Detector detector(Path folder, boolean raw, Consumer<Detection> detections) throws IOException {
        RuleSet known = sets.get(raw);
        if (known == null) {
            known = load(List.of(folder), raw).ruleSet();
            sets.put(raw, known);
        }
        return new Detector(known, detections);
    }

    static LoadedRules load(List<Path> paths, boolean raw) throws IOException {
        return RuleLoader.load(paths, raw ? SigmaTaxonomy.raw() : SigmaTaxonomy.schema());
    }
}
