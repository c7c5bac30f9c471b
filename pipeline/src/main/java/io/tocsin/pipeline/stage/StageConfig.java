package io.tocsin.pipeline.stage;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import org.jspecify.annotations.Nullable;

/// The configuration of a stage as it is written, of whatever kind. Shared resources that it names are looked up by
/// [#plan].
public interface StageConfig {
    /// The id of its kind.
    String type();

    /// Looks up what the configuration names and checks everything that can be checked before the start.
    ///
    /// @param position where the stage stands, for problems
    /// @return null after all problems were added
    @Nullable
    StagePlan plan(StageResources resources, Position position, Problems problems);
}
