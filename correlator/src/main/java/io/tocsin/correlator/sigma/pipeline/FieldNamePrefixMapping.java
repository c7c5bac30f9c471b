package io.tocsin.correlator.sigma.pipeline;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `field_name_prefix_mapping`: other beginnings for names of fields; the first one that fits counts.
record FieldNamePrefixMapping(Map<String, List<String>> mapping) implements NameTransformation {
    static FieldNamePrefixMapping read(Settings settings) {
        return new FieldNamePrefixMapping(settings.mapping("mapping"));
    }

    @Override
    public @Nullable List<String> names(String name) {
        if (name.isEmpty()) {
            return null;
        }
        for (Map.Entry<String, List<String>> entry : mapping.entrySet()) {
            if (name.startsWith(entry.getKey())) {
                String rest = name.substring(entry.getKey().length());
                return entry.getValue().stream().map(prefix -> prefix + rest).toList();
            }
        }
        return null;
    }
}
