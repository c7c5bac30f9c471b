package io.tocsin.pipeline.filter;

import io.tocsin.config.ConfigSpec;
import io.tocsin.expression.Condition;

/// A filter as its resource says: `keep` or `drop` with a condition.
///
/// @param mode what happens to events that the condition fits
public record FilterConfig(EventFilter.Mode mode, Condition condition) {
    /// The table of its keys.
    public static final ConfigSpec<FilterConfig> SPEC =
            ConfigSpec.of("filter", "Drops events that nobody needs, and counts them.", keys -> {
                var keep = keys.key("keep", "Only events that the condition fits go on.", Condition.TYPE)
                        .example("DeviceVendor = 'Fortinet'")
                        .optional();
                var drop = keys.key("drop", "Events that the condition fits are dropped.", Condition.TYPE)
                        .example("DeviceSeverity = 'debug'")
                        .optional();
                return values -> {
                    Condition kept = values.get(keep);
                    Condition dropped = values.get(drop);
                    if (kept != null && dropped == null) {
                        return new FilterConfig(EventFilter.Mode.KEEP, kept);
                    }
                    if (dropped != null && kept == null) {
                        return new FilterConfig(EventFilter.Mode.DROP, dropped);
                    }
                    throw new IllegalArgumentException("a filter has one condition, either keep or drop");
                };
            });

    /// Makes the filter of one lane.
    public EventFilter create() {
        return new EventFilter(mode, condition.compile());
    }
}
