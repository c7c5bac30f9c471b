package io.tocsin.pipeline.enrich;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StageResources;
import org.jspecify.annotations.Nullable;

/// One enrichment as it is written, of whatever kind. Immutable.
public interface Enrichment {
    EnrichmentHead head();

    /// The same enrichment under another name.
    Enrichment named(EnrichmentHead head);

    /// Looks up what it names and checks everything that can be checked before the start.
    ///
    /// @return null after all problems were added
    default @Nullable Enrichment resolve(StageResources resources, Position position, Problems problems) {
        return this;
    }

    /// Opens what all lanes of a collector share: tables, databases, caches, connections.
    ///
    /// @throws io.tocsin.error.TocsinException when that is not possible
    OpenEnrichment open(StageContext context, EnrichmentCounters counters);
}
