package io.tocsin.correlator.sigma.pipeline;

/// What an item of a pipeline does to a rule. One file a kind, and a line in [Transformations]. Immutable.
sealed interface Transformation
        permits NameTransformation, ValueTransformation, LineTransformation, RuleTransformation {
    /// @param item whose conditions say which lines and fields are meant
    void apply(PipelineItem item, RuleDraft draft);
}
