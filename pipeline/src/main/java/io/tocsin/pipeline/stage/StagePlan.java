package io.tocsin.pipeline.stage;

/// A stage that is configured and checked. Immutable.
public interface StagePlan {
    /// The id of its kind: `filter`, `enrich`, …
    String type();

    /// What people call it, for figures; the kind when they gave it no name.
    default String name() {
        return type();
    }

    /// Makes the part that all lanes of a collector share.
    OpenStage open(StageContext context);
}
