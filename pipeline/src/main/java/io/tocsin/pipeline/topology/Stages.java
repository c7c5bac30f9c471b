package io.tocsin.pipeline.topology;

import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.aggregate.AggregateConfig;
import io.tocsin.pipeline.enrich.EnrichConfig;
import io.tocsin.pipeline.filter.FilterConfig;
import io.tocsin.pipeline.mutate.MutateConfig;
import io.tocsin.pipeline.stage.StageConfig;
import java.util.List;

/// The kinds of stages that a collector may have between its normalizer and the log. A new kind is one file and one
/// line here; help, validation, schema and manual follow from it.
public final class Stages {
    /// All kinds, by id.
    public static final List<ComponentSpec<? extends StageConfig>> ALL =
            List.of(AggregateConfig.SPEC, EnrichConfig.SPEC, FilterConfig.SPEC, MutateConfig.SPEC);

    private Stages() {}
}
