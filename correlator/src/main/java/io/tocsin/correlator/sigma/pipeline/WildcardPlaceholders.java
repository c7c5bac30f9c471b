package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `wildcard_placeholders`: `*` in the place of `%name%`, in lines with `expand`.
record WildcardPlaceholders(Placeholders filled) implements ValueTransformation {
    static WildcardPlaceholders read(Settings settings) {
        return new WildcardPlaceholders(Placeholders.read(settings));
    }

    @Override
    public @Nullable List<ValueText> texts(
            ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft) {
        List<String> names = line.has("expand") ? filled.in(text.written()) : List.of();
        if (names.isEmpty()) {
            return null;
        }
        String filledIn = text.written();
        for (String name : names) {
            filledIn = filledIn.replace("%" + name + "%", "*");
        }
        return List.of(ValueText.parse(filledIn));
    }
}
