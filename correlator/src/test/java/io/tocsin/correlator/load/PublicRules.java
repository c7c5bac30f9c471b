package io.tocsin.correlator.load;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The public Sigma rules, compiled once for all tests of this process that need them.
///
/// Thread-safety: any thread.
public final class PublicRules {
    /// Left to the collector of garbage when memory is short.
    private static final Map<SigmaTaxonomy, SoftReference<LoadedRules>> LOADED = new HashMap<>();

    private PublicRules() {}

    /// The folder `sigma` of the shared data; without it the test is passed over.
    public static Path folder() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        // Tests run in the folder of the module.
        Path root = Path.of("").toAbsolutePath().resolve("..").normalize();
        Path data = configured != null
                ? Path.of(configured)
                : root.resolveSibling("shared").resolve("data");
        Path sigma = data.resolve("sigma").normalize();
        assumeTrue(Files.isDirectory(sigma), "no public rules below " + sigma + "; set TOCSIN_TEST_DATA");
        return sigma;
    }

    /// @param taxonomy [SigmaTaxonomy#raw()] or [SigmaTaxonomy#schema()]
    public static synchronized LoadedRules loaded(SigmaTaxonomy taxonomy) throws IOException {
        SoftReference<LoadedRules> reference = LOADED.get(taxonomy);
        LoadedRules known = reference == null ? null : reference.get();
        if (known == null) {
            known = RuleLoader.load(List.of(folder().resolve("rules")), taxonomy);
            LOADED.put(taxonomy, new SoftReference<>(known));
        }
        return known;
    }
}
