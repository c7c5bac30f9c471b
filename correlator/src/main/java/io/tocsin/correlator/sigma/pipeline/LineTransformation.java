package io.tocsin.correlator.sigma.pipeline;

import org.jspecify.annotations.Nullable;

/// Works on whole lines of selections.
sealed interface LineTransformation extends Transformation
        permits ConvertType, DetectionItemFailure, DropDetectionItem, HashesFields, RegexOfValues, SetValue {
    /// What stands in the place of the line from now on, nothing when it is empty; null to leave the line.
    @Nullable
    Selection changed(DetectionItem line, RuleDraft draft);

    @Override
    default void apply(PipelineItem item, RuleDraft draft) {
        draft.replaceItems(line -> {
            Selection changed = item.isFor(draft, line) ? changed(line, draft) : null;
            return changed instanceof DetectionItem one ? one.markedBy(item.id()) : changed;
        });
    }
}
