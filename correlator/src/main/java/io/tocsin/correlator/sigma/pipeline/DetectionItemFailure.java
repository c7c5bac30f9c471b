package io.tocsin.correlator.sigma.pipeline;

import org.jspecify.annotations.Nullable;

/// `detection_item_failure`: refuses rules with such a line.
record DetectionItemFailure(String message) implements LineTransformation {
    static DetectionItemFailure read(Settings settings) {
        return new DetectionItemFailure(settings.text("message"));
    }

    @Override
    public @Nullable Selection changed(DetectionItem line, RuleDraft draft) {
        draft.refuse(line.position(), "a pipeline refuses this line: " + message + " [field=" + line.field() + "]");
        return null;
    }
}
