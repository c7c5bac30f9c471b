package io.tocsin.pipeline.enrich;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.Values;
import io.tocsin.expression.Condition;
import org.jspecify.annotations.Nullable;

/// What every enrichment has. Immutable.
///
/// @param type id of its kind
/// @param name what people call it, for figures and marks; the kind when they gave it no name
/// @param when events that it is for; null: all
/// @param overwrite true: fields that have a value are written all the same
public record EnrichmentHead(
        String type, String name, @Nullable Condition when, boolean overwrite) {

    /// The same under the name of a shared resource.
    EnrichmentHead named(String other) {
        return new EnrichmentHead(type, other, when, overwrite);
    }

    /// The keys that make a head.
    ///
    /// Thread-safety: one thread.
    static final class Keys {
        private final String type;
        private final OptionalKey<String> name;
        private final OptionalKey<Condition> when;
        private final Key<Boolean> overwrite;

        Keys(String type, ConfigSpec.Builder keys, boolean overwriteByDefault) {
            this.type = type;
            name = keys.text("name", "What the enrichment is called in figures and marks.")
                    .optional();
            when = keys.key("when", "Events that it is for; all of them without it.", Condition.TYPE)
                    .example("DeviceVendor = 'Fortinet'")
                    .optional();
            overwrite = keys.flag("overwrite", "Writes fields that have a value already.")
                    .defaultTo(overwriteByDefault);
        }

        EnrichmentHead read(Values values) {
            String given = values.get(name);
            return new EnrichmentHead(type, given == null ? type : given, values.get(when), values.get(overwrite));
        }
    }
}
