package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.List;

/// `set_value`: one value in the place of all values of a line, whatever modifiers they had.
record SetValue(ConfigNode.Scalar value) implements LineTransformation {
    static SetValue read(Settings settings) {
        if (!(settings.written("value") instanceof ConfigNode.Scalar scalar)) {
            settings.refuse("a value is expected, null too [key=value]");
            return new SetValue(ConfigNode.text(""));
        }
        if (settings.node("force_type") == null) {
            return new SetValue(scalar);
        }
        boolean number =
                settings.word("force_type", "str", List.of("str", "num")).equals("num");
        if (scalar.isNull() || (number && !DetectionItem.isNumber(scalar.text()))) {
            settings.refuse("value is no " + (number ? "number" : "text") + " [value=" + scalar.text() + "]");
        }
        return new SetValue(new ConfigNode.Scalar(scalar.position(), scalar.text(), !number));
    }

    @Override
    public Selection changed(DetectionItem line, RuleDraft draft) {
        return line.with(line.has("neq") ? List.of("neq") : List.of(), value);
    }
}
