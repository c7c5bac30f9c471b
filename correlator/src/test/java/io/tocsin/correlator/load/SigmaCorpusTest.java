package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// How much of the public rule corpus compiles.
class SigmaCorpusTest {
    static Path data() {
        String folder = System.getenv("TOCSIN_TEST_DATA");
        // Tests run in the folder of the module.
        Path root = Path.of("").toAbsolutePath().resolve("..").normalize();
        return folder != null ? Path.of(folder) : root.resolveSibling("shared").resolve("data");
    }

    @Test
    void compilesNearlyAllOfThePublicRules() throws IOException {
        Path rules = data().resolve("sigma/rules").normalize();
        assumeTrue(Files.isDirectory(rules), "no public rules below " + rules + "; set TOCSIN_TEST_DATA");
        for (SigmaTaxonomy taxonomy : List.of(SigmaTaxonomy.raw(), SigmaTaxonomy.schema())) {
            LoadedRules loaded = RuleLoader.load(List.of(rules), taxonomy);
            Map<String, Integer> reasons = new TreeMap<>();
            loaded.failures()
                    .forEach(failure -> reasons.merge(failure.reason().replaceFirst("\\[.*", ""), 1, Integer::sum));
            System.out.println(
                    "Sigma rules compiled: " + loaded.rules().size() + " of " + loaded.total() + " " + reasons);
            loaded.failures().forEach(System.out::println);
            assertThat(loaded.failures())
                    .allSatisfy(failure -> assertThat(failure.line()).isPositive());
            assertThat(loaded.rules().size()).isGreaterThan(loaded.total() * 995 / 1000);
        }
    }
}
