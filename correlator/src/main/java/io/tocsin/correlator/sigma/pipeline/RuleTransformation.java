package io.tocsin.correlator.sigma.pipeline;

/// Works on a rule as a whole; conditions about lines and fields are not asked.
sealed interface RuleTransformation extends Transformation
        permits AddCondition,
                AddField,
                ChangeLogsource,
                Nest,
                RemoveField,
                RuleFailure,
                SetAttribute,
                SetField,
                SetState {
    void apply(RuleDraft draft);

    @Override
    default void apply(PipelineItem item, RuleDraft draft) {
        apply(draft);
    }
}
