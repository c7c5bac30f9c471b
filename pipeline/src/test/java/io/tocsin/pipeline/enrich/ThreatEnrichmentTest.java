package io.tocsin.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThreatEnrichmentTest {
    @TempDir
    private Path folder;

    @Test
    void writesWhatMatchedAndItsCategories() throws IOException {
        Path file = Files.writeString(
                folder.resolve("feed.csv"), "v,c,t\n192.0.2.0/24,80,scanner\nevil.example,,c2\nweak.example,5,spam\n");
        String lists =
                "{ kind: indicators, name: feeds, spec: { lists: [ { type: csv, name: 'my \"feed\"', value: v, confidenceFrom: c, categoryFrom: t, file: "
                        + file + " } ] } }";
        try (StageRun run = StageRun.of(
                EnrichConfig.SPEC, "rules: [ { type: threats, indicators: feeds, minimumConfidence: 10 } ]", lists)) {
            assertThat(run.one("SourceAddress", "192.0.2.7", "RequestUrl", "http://www.evil.example/x"))
                    .contains(
                            "\"TI\":\"{\\\"192.0.2.0/24\\\":[{\\\"list\\\":\\\"my \\\\\\\"feed\\\\\\\"\\\",\\\"type\\\":\\\"network\\\","
                                    + "\\\"field\\\":\\\"SourceAddress\\\",\\\"category\\\":\\\"scanner\\\",\\\"confidence\\\":80}],"
                                    + "\\\"evil.example\\\":[{\\\"list\\\":\\\"my \\\\\\\"feed\\\\\\\"\\\",\\\"type\\\":\\\"domain\\\","
                                    + "\\\"field\\\":\\\"RequestUrl\\\",\\\"category\\\":\\\"c2\\\"}]}\"")
                    .contains("\"TICategories\":[\"scanner\",\"c2\"]");
            assertThat(run.one("DestinationHostName", "weak.example")).doesNotContain("\"TI");
            assertThat(run.count("threats.hits")).isOne();
            assertThat(run.count("threats.indicators")).isEqualTo(3);
        }
    }
}
