package io.tocsin.app.report;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.rule.RuleSet;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The public Sigma rules, compiled once for all tests of this process that need them.
///
/// Thread-safety: any thread.
final class PublicRules {
    /// Left to the collector of garbage when memory is short.
    private static final Map<Boolean, SoftReference<LoadedRules>> LOADED = new HashMap<>();

    private PublicRules() {}

    /// The folder of the shared data; without it the test is passed over.
    static Path data() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        Path data = configured == null || configured.isBlank() ? Path.of("../../shared/data") : Path.of(configured);
        assumeThat(data).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        return data;
    }

    /// @param raw true for events with Sigma's own field names, false for normalized ones
    static synchronized LoadedRules loaded(boolean raw) throws IOException {
        SoftReference<LoadedRules> reference = LOADED.get(raw);
        @Nullable LoadedRules known = reference == null ? null : reference.get();
        if (known == null) {
            known = SigmaRules.load(List.of(data().resolve("sigma/rules")), raw);
            LOADED.put(raw, new SoftReference<>(known));
        }
        return known;
    }

    /// The same for data sets.
    static SigmaRules sets() throws IOException {
        Map<Boolean, RuleSet> sets = new HashMap<>();
        for (boolean raw : new boolean[] {true, false}) {
            sets.put(raw, loaded(raw).ruleSet());
        }
        return new SigmaRules(sets);
    }
}
