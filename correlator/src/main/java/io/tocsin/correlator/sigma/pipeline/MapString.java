package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `map_string`: one or more other texts for texts that are exactly so.
record MapString(Map<String, List<String>> mapping) implements ValueTransformation {
    static MapString read(Settings settings) {
        return new MapString(settings.mapping("mapping"));
    }

    @Override
    public @Nullable List<ValueText> texts(
            ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft) {
        List<String> others = DetectionItem.isText(written) ? mapping.get(text.shown()) : null;
        return others == null ? null : others.stream().map(ValueText::parse).toList();
    }
}
