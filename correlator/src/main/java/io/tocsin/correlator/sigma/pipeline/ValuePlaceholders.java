package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `value_placeholders`: the values of a variable (`vars`) in the place of `%name%`, in lines with `expand`.
record ValuePlaceholders(Placeholders filled) implements ValueTransformation {
    /// More values than this of one line are refused.
    private static final int MAXIMUM_VALUES = 100_000;

    static ValuePlaceholders read(Settings settings) {
        return new ValuePlaceholders(Placeholders.read(settings));
    }

    @Override
    public @Nullable List<ValueText> texts(
            ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft) {
        List<String> names = line.has("expand") ? filled.in(text.written()) : List.of();
        if (names.isEmpty()) {
            return null;
        }
        List<String> texts = List.of(text.written());
        for (String name : names) {
            List<ConfigNode> values = draft.variable(name);
            if (values == null || values.isEmpty()) {
                draft.refuse(
                        written.position(),
                        "placeholder has no values [placeholder=" + name + "]: give it some below vars of a pipeline");
                return null;
            }
            List<String> longer = new ArrayList<>();
            for (String each : texts) {
                for (ConfigNode value : values) {
                    if (!(value instanceof ConfigNode.Scalar scalar) || scalar.isNull()) {
                        draft.refuse(
                                value.position(), "values of a variable are texts or numbers [variable=" + name + "]");
                        return null;
                    }
                    if (longer.size() >= MAXIMUM_VALUES) {
                        draft.refuse(
                                written.position(),
                                "placeholders have too many values [maximum=" + MAXIMUM_VALUES + "]");
                        return null;
                    }
                    if (!draft.takes(each.length() + scalar.text().length())) {
                        return null;
                    }
                    longer.add(each.replace("%" + name + "%", scalar.text()));
                }
            }
            texts = longer;
        }
        return texts.stream().map(ValueText::parse).toList();
    }
}
