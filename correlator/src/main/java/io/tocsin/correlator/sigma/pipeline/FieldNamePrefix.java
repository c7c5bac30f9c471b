package io.tocsin.correlator.sigma.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `field_name_prefix`: a text before the names of fields.
record FieldNamePrefix(String prefix) implements NameTransformation {
    static FieldNamePrefix read(Settings settings) {
        return new FieldNamePrefix(settings.text("prefix"));
    }

    @Override
    public @Nullable List<String> names(String name) {
        return name.isEmpty() ? null : List.of(prefix + name);
    }
}
