package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How much of the public rule corpus compiles.
class SigmaCorpusTest {
    @Test
    void compilesAllPublicRulesButThoseThatLackSomething() throws IOException {
        for (SigmaTaxonomy taxonomy : List.of(SigmaTaxonomy.raw(), SigmaTaxonomy.schema())) {
            LoadedRules loaded = PublicRules.loaded(taxonomy);
            assertThat(loaded.total()).isEqualTo(2_733);
            assertThat(loaded.rules()).hasSize(2_728);
            assertThat(loaded.failures())
                    .allSatisfy(failure -> assertThat(failure.line()).isPositive());
            // The true reasons: an aggregation that was never Sigma, and parts of a rule that are not there.
            assertThat(loaded.failures())
                    .extracting(
                            failure -> String.valueOf(Path.of(failure.file()).getFileName()))
                    .containsOnly(
                            "net_dns_high_subdomain_rate.yml",
                            "win_dumping_ntdsdit_via_netsync.yml",
                            "win_remote_schtask.yml",
                            "win_remote_service.yml");
        }
    }
}
