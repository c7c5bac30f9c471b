package io.tocsin.correlator.sigma.pipeline;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `field_name_mapping`: other names for fields; the name `null` stands for keywords.
record FieldNameMapping(Map<String, List<String>> mapping) implements NameTransformation {
    static FieldNameMapping read(Settings settings) {
        return new FieldNameMapping(settings.mapping("mapping"));
    }

    @Override
    public @Nullable List<String> names(String name) {
        return mapping.get(name.isEmpty() ? "null" : name);
    }
}
