package io.tocsin.pipeline.enrich;

import java.util.Map;

/// A running enrichment: what the lanes of a collector share.
///
/// Thread-safety: any thread.
public interface OpenEnrichment extends AutoCloseable {
    /// Makes the part of one lane.
    EnrichmentStep create();

    /// Looks whether files have changed. Called every few seconds by one thread at a time.
    default void refresh() {}

    /// What it counts beyond hits, misses, errors and timeouts.
    default Map<String, Long> counts() {
        return Map.of();
    }

    @Override
    default void close() {}
}
