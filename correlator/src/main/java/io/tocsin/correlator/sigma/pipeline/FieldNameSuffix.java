package io.tocsin.correlator.sigma.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `field_name_suffix`: a text behind the names of fields.
record FieldNameSuffix(String suffix) implements NameTransformation {
    static FieldNameSuffix read(Settings settings) {
        return new FieldNameSuffix(settings.text("suffix"));
    }

    @Override
    public @Nullable List<String> names(String name) {
        return name.isEmpty() ? null : List.of(name + suffix);
    }
}
