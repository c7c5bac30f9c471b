package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `convert_type`: values as texts, or as numbers; a rule with a value that is no number is refused then.
record ConvertType(boolean number) implements LineTransformation {
    static ConvertType read(Settings settings) {
        return new ConvertType(
                settings.word("target_type", "", List.of("str", "num")).equals("num"));
    }

    @Override
    public @Nullable Selection changed(DetectionItem line, RuleDraft draft) {
        if (!line.isTextual()) {
            return null;
        }
        List<ConfigNode> values = new ArrayList<>();
        for (ConfigNode value : line.values()) {
            if (!(value instanceof ConfigNode.Scalar scalar) || scalar.isNull()) {
                values.add(value);
                continue;
            }
            if (number && !DetectionItem.isNumber(line.text(scalar).shown())) {
                draft.refuse(scalar.position(), "a pipeline wants a number here [value=" + scalar.text() + "]");
                return null;
            }
            values.add(new ConfigNode.Scalar(scalar.position(), scalar.text(), !number));
        }
        return line.withValues(values);
    }
}
