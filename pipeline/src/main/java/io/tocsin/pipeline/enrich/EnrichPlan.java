package io.tocsin.pipeline.enrich;

import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StagePlan;
import java.time.Duration;
import java.util.List;

/// Enrichments that are ready to be opened.
///
/// @param timeLimit how long the events of a batch wait for slow answers, all together
/// @param refresh how often files are looked at
public record EnrichPlan(String name, List<Enrichment> enrichments, Duration timeLimit, Duration refresh)
        implements StagePlan {
    public EnrichPlan {
        enrichments = List.copyOf(enrichments);
    }

    @Override
    public String type() {
        return EnrichConfig.TYPE;
    }

    @Override
    public OpenStage open(StageContext context) {
        return OpenEnrichStage.open(this, context);
    }
}
