package io.tocsin.core.collector;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Port: tells what the collectors of this installation do. Called for each request, from several threads; it must not
/// block.
public interface CollectorView {
    /// All collectors that run.
    List<CollectorState> list();

    /// The stages of a collector in the order in which an event meets them, or null when there is no such collector.
    @Nullable
    List<StageState> stages(String collector);

    /// What a collector is configured like, or null when there is no such collector.
    @Nullable
    ConfigurationState configuration(String collector);

    /// The sources of a collector, last seen first, or null when there is no such collector.
    @Nullable
    SourceList sources(String collector);

    /// One source with its last failures, or null when there is no such collector or source.
    ///
    /// @param id [SourceState#id()]
    @Nullable
    SourceDetail source(String collector, String id);
}
