package io.tocsin.correlator.sigma.pipeline;

import java.util.List;

/// `drop_detection_item`: takes lines away. A selection without lines counts as if the condition did not name it.
record DropDetectionItem() implements LineTransformation {
    static DropDetectionItem read(Settings ignored) {
        return new DropDetectionItem();
    }

    @Override
    public Selection changed(DetectionItem line, RuleDraft draft) {
        return new Selection.All(List.of());
    }
}
