package io.tocsin.pipeline.stage;

import java.util.Map;

/// A stage of a running collector: what its lanes share, such as caches, tables and connections.
///
/// Thread-safety: any thread.
public interface OpenStage extends AutoCloseable {
    /// Makes the stage of one lane.
    Stage create();

    /// What it counts beyond received, sent, dropped, errors and time, by name in lower case with underscores: cache
    /// hits, lookups that timed out. Totals since the start.
    default Map<String, Long> counts() {
        return Map.of();
    }

    /// Gives everything back. Called once, after the last stage has ended.
    @Override
    default void close() {}
}
